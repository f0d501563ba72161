"""The folder of a project's run records: one JSON file each, kept for good."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from pydantic import ValidationError

from mudrock_jupyter.engine.records.record import FORMAT, RunRecord
from mudrock_jupyter.spec.errors import NewerFormat, NotFound, ReadFailed, did_you_mean
from mudrock_jupyter.spec.files import write_atomically

log = logging.getLogger("mudrock_jupyter.records")
_NAME = re.compile(r"(\d{8}T\d{9}Z)-([0-9a-f]{4,64})\.json")
_DAMAGED = (ReadFailed, NewerFormat)


class RunRow(TypedDict):
    """A run in one line; `message` says why, for one that did not complete."""

    run_id: str
    started_at: datetime
    status: str
    pipeline: str
    by: str
    seconds: float | None
    nodes: int | None
    rows: int | None
    cached: int | None
    failures: int | None
    message: str


class RunFolder:
    """The run records in one folder; the names begin with the time, so that they sort by it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, record: RunRecord, started: datetime) -> Path:
        """Write a record, whole or not at all. Raises `WriteFailed` where that is refused."""
        stamp = started.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
        path = self.path / f"{stamp}Z-{record.run_id}.json"
        write_atomically(path, record_text(record))
        return path

    def files(self, last: int | None = None) -> list[Path]:
        """Return the records' files, newest first; only the `last` ones if given."""
        try:
            found = [path for path in self.path.iterdir() if _NAME.fullmatch(path.name)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ReadFailed(f"{self.path} could not be read: {error.strerror}.") from error
        return sorted(found, key=lambda path: path.name, reverse=True)[:last]

    def read(self, run_id: str) -> RunRecord:
        """Return the record of the run whose id begins so.

        Raises `NotFound`, or `ReadFailed` or `NewerFormat` for a record that cannot be read.
        """
        ids = {_run_id(path): path for path in self.files()}
        found = [ids[run_id]] if run_id in ids else \
            [path for known, path in ids.items() if run_id and known.startswith(run_id)]
        if len(found) != 1:
            many = f"{len(found)} runs begin with {run_id!r}." if found else \
                f"There is no record of a run {run_id!r}.{did_you_mean(run_id, ids)}"
            raise NotFound(f"{many} project.runs() lists them.")
        return read_record(found[0])

    def rows(self, last: int | None = None) -> list[RunRow]:
        """Return one row for each run, newest first; one that cannot be read says so."""
        return [self._row(path) for path in self.files(last)]

    def _row(self, path: Path) -> RunRow:
        try:
            return _summary(read_record(path))
        except _DAMAGED as error:
            log.warning("%s", error)
            status = "newer" if isinstance(error, NewerFormat) else "damaged"
            return RunRow(run_id=_run_id(path), started_at=_started(path), status=status,
                          pipeline="", by="", seconds=None, nodes=None, rows=None, cached=None,
                          failures=None, message=str(error))


def record_text(record: RunRecord) -> str:
    """Return a record as JSON: keys sorted, a line for each part."""
    parts = json.loads(record.model_dump_json())
    lines = [f"  {json.dumps(key)}: {json.dumps(value, sort_keys=True, ensure_ascii=False)}"
             for key, value in sorted(parts.items())]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read_record(path: Path) -> RunRecord:
    """Read one record. Raises `ReadFailed` naming the file, or `NewerFormat`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadFailed(f"{path} could not be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ReadFailed(f"{path} is damaged: it is not JSON. Nothing else depends on it.") \
            from error
    format = content.get("format") if isinstance(content, dict) else None
    newer = re.fullmatch(r"mudrock-run/(\d{1,9})", format) if isinstance(format, str) else None
    if newer and int(newer[1]) > int(FORMAT.rpartition("/")[2]):
        raise NewerFormat(f"{path} has the format {format}; this version reads up to {FORMAT}. "
                          "Upgrade with: pip install --upgrade mudrock-jupyter")
    try:
        return RunRecord.model_validate_json(json.dumps(content))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the record"
        raise ReadFailed(f"{path} is damaged: {place}: {first['msg']}. "
                         "Nothing else depends on it.") from error


def _summary(record: RunRecord) -> RunRow:
    reached = {source for node in record.nodes for source in node.inputs}
    failed = next((node.message for node in record.nodes
                   if node.status == "failed" and node.message), None)
    return RunRow(
        run_id=record.run_id, started_at=datetime.fromisoformat(record.started_at),
        status=record.status, pipeline=record.pipeline.name or record.pipeline.path,
        by=record.by, seconds=record.wall_ms / 1e3, nodes=len(record.nodes),
        rows=sum(node.rows for node in record.nodes if node.id not in reached),
        cached=sum(node.wells_cached for node in record.nodes),
        failures=len(record.failures), message=record.message or failed or "",
    )


def _run_id(path: Path) -> str:
    return path.stem.rpartition("-")[2]


def _started(path: Path) -> datetime:
    stamp = path.name.partition("-")[0]
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
