"""Recording a run: there is a record however it ends, and making it is never in the way."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from mudrock_jupyter.engine.bound import WellSource
from mudrock_jupyter.engine.compile import Plan
from mudrock_jupyter.engine.records import surroundings
from mudrock_jupyter.engine.records.folder import RunFolder
from mudrock_jupyter.engine.records.inputs import input_files
from mudrock_jupyter.engine.records.nodes import content_hash, node_records, pipeline_record
from mudrock_jupyter.engine.records.record import InputRecord, NodeTrace, Outcome, RunRecord
from mudrock_jupyter.engine.records.spans import emit_spans
from mudrock_jupyter.engine.records.traces import traces
from mudrock_jupyter.engine.run import Run
from mudrock_jupyter.engine.status import NodeStatus
from mudrock_jupyter.spec.errors import InvalidPipeline, MudrockError, WriteFailed
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.spec.problems import Problem
from mudrock_jupyter.wells.store import WellStore

log = logging.getLogger("mudrock_jupyter.records")
_ENDED = frozenset({"completed", "failed", "stopped"})
_T = TypeVar("_T")


class Recorder:
    """Follows one run and keeps its record in the project, whatever becomes of the run.

    >>> with Recorder(path, wells) as recorder:  # doctest: +SKIP
    ...     recorder.reads(spec)
    ...     recorder.follows(plan := compile(spec, wells))
    ...     run = recorder.finished(execute(plan, on_status=recorder.hear))
    """

    def __init__(
        self, pipeline: Path, wells: WellSource | None, to: str | None = None, run_id: str = ""
    ) -> None:
        self._path, self._to = pipeline, to
        self._store = wells if isinstance(wells, WellStore) else None
        self._run_id = run_id or secrets.token_hex(6)
        self._started, self._started_at = time.perf_counter(), datetime.now(UTC)
        self._spec = PipelineSpec()
        self._plan: Plan | None = None
        self._inputs: dict[Path, InputRecord] = {}
        self._statuses: dict[str, NodeStatus] = {}
        self._times: dict[str, tuple[float, float]] = {}
        self._kept = False

    def reads(self, spec: PipelineSpec) -> None:
        """Take note of the pipeline, as it is at the start."""
        self._spec = spec

    def follows(self, plan: Plan) -> None:
        """Take note of the plan, and of the state of the files it will read."""
        self._plan = plan
        self._inputs = _attempt("the state of the files", lambda: input_files(plan), {})

    def hear(self, status: NodeStatus) -> None:
        """Take note of how far a node is and when; for `on_status`, from any thread."""
        self._statuses[status.node] = status
        now = (time.perf_counter() - self._started) * 1e3
        if status.status == "running" and status.node not in self._times:
            self._times[status.node] = (now, now)
        elif status.status in _ENDED and status.node in self._times:
            self._times[status.node] = (self._times[status.node][0], now)

    def finished(self, run: Run) -> Run:
        """Return the run with its record."""
        return replace(run, record=self._keep(run.status, run=run))

    def refused(self, problems: list[Problem]) -> None:
        """Record a pipeline that is invalid, and so did not run."""
        self._keep("invalid", "The pipeline is invalid.", problems=problems)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._kept or error is None:
            return
        if isinstance(error, InvalidPipeline):
            self._keep("invalid", str(error), problems=list(error.problems))
        elif isinstance(error, KeyboardInterrupt):
            # Who interrupts wants to go on at once; Python does not end before such a thread.
            threading.Thread(
                target=self._keep, args=("interrupted", "Interrupted."), name="mudrock-record"
            ).start()
        elif isinstance(error, MudrockError):
            self._keep("failed", str(error))
        else:
            self._keep("failed", f"The run ended in an internal error ({type(error).__name__}).")

    def _keep(
        self, status: Outcome, message: str | None = None, run: Run | None = None,
        problems: list[Problem] | None = None,
    ) -> RunRecord | None:
        self._kept = True
        record = _attempt("the run",
                          lambda: self._record(status, message, run, problems or []), None)
        if record is not None:
            self._write(record)
            _attempt("the run's spans", lambda: emit_spans(record), None)
        return record

    def _record(
        self, status: Outcome, message: str | None, run: Run | None, problems: list[Problem]
    ) -> RunRecord:
        plan, spec = self._plan, self._spec
        statuses = run.statuses if run else self._statuses
        ended_at = datetime.now(UTC)
        failures = run.failures if run else [f for s in statuses.values() for f in s.failures]
        nothing: dict[str, NodeTrace] = {}
        lineage = nothing if plan is None else _attempt(
            "where the columns come from", lambda: traces(plan, self._inputs), nothing)
        target = spec.nodes.get(self._to or "")
        return RunRecord(
            run_id=self._run_id, status=status, message=message, by=surroundings.user(),
            started_at=self._started_at.isoformat(timespec="milliseconds"),
            ended_at=ended_at.isoformat(timespec="milliseconds"),
            wall_ms=round(run.wall_ms if run else (time.perf_counter() - self._started) * 1e3, 3),
            cpu_ms=round(run.cpu_ms, 3) if run else 0.0, peak_bytes=run.peak_bytes if run else 0,
            to=target.name if target else self._to,
            project_id=self._store.id if self._store else spec.project_id,
            pipeline=pipeline_record(
                spec, self._relative(), _attempt("the content", lambda: content_hash(spec), "")),
            nodes=node_records(spec, plan, statuses, run, self._times),
            failures=tuple(failure.to_dict() for failure in failures),
            problems=tuple(problem.to_dict() for problem in problems),
            inputs=tuple(self._inputs.values()), versions=surroundings.versions(),
            lineage=lineage,
        )

    def _relative(self) -> str:
        """Return the pipeline's path relative to the project, which may move with it."""
        if self._store is None:
            return self._path.name
        try:
            return Path(os.path.relpath(self._path, self._store.root)).as_posix()
        except ValueError:  # on another drive
            return self._path.as_posix()

    def _write(self, record: RunRecord) -> None:
        if self._store is None or not self._store.layout.project_file.exists():
            return
        try:
            RunFolder(self._store.layout.runs).write(record, self._started_at)
        except (WriteFailed, OSError) as error:
            log.warning("The record of run %s could not be kept: %s", record.run_id, error)


def _attempt(what: str, make: Callable[[], _T], otherwise: _T) -> _T:
    """Make a part of the record; what goes wrong is told, and does not harm the run."""
    try:
        return make()
    except Exception:
        log.exception("The record lacks %s", what)
        return otherwise
