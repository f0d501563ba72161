"""The file of one version: reading it with care, and what its name says."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from mudrock_jupyter.documents.reading import complete
from mudrock_jupyter.spec import text
from mudrock_jupyter.spec.errors import InvalidDocument, NewerFormat, ReadFailed
from mudrock_jupyter.spec.text import Tree

FORMAT: Literal["mudrock-version/1"] = "mudrock-version/1"
_NAME = re.compile(r"(\d{8}T\d{9}Z)-([0-9a-f]{12})(\.auto)?\.json")
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Version:
    """A state of a document that was kept: when, by whom and why, and what changed before it.

    `kind` is `"damaged"` where the file cannot be read; then `summary` says why.
    """

    id: str
    kind: Literal["named", "automatic", "damaged"]
    name: str
    reason: str
    created_at: datetime
    created_by: str
    summary: str
    parent: str
    sha256: str

    def __str__(self) -> str:
        label = repr(self.name) if self.name else self.id
        return f"{label} ({self.created_at:%Y-%m-%d %H:%M} UTC, {self.created_by or 'unknown'})"


class Record(BaseModel):
    """What the file of a version holds."""

    # What a newer version of the same format adds is passed over.
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    format: Literal["mudrock-version/1"] = FORMAT
    id: str
    name: str = ""
    reason: str = ""
    created_at: datetime
    created_by: str = ""
    summary: str = ""
    parent: str = ""
    sha256: str = ""
    file: str = ""
    pipeline: dict[str, JsonValue]

    @property
    def version(self) -> Version:
        """The version without the document itself."""
        return Version(
            id=self.id,
            kind="named" if self.name else "automatic",
            name=self.name,
            reason=self.reason,
            created_at=self.created_at,
            created_by=self.created_by,
            summary=self.summary,
            parent=self.parent,
            sha256=self.sha256,
        )

    def tree(self) -> Tree:
        """Return the document as it was; raises `ReadFailed` or `NewerFormat`."""
        try:
            return complete(text.parse(json.dumps(self.pipeline)))
        except NewerFormat:
            raise
        except InvalidDocument as error:
            raise ReadFailed(f"The version {self.id} is damaged: {error}") from error


def read_record(path: Path) -> Record:
    """Read one version. Raises `ReadFailed` naming the file, or `NewerFormat`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadFailed(f"{path} could not be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ReadFailed(f"{path} is damaged: it is not JSON.") from error
    marker = content.get("format") if isinstance(content, dict) else None
    newer = re.fullmatch(r"mudrock-version/(\d{1,9})", marker) if isinstance(marker, str) else None
    if newer and int(newer[1]) > 1:
        raise NewerFormat(
            f"{path} has the format {marker}; this version reads up to {FORMAT}. "
            "Upgrade with: pip install --upgrade mudrock-jupyter"
        )
    try:
        record = Record.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the version"
        raise ReadFailed(f"{path} is damaged: {place}: {first['msg']}.") from error
    at = record.created_at
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return record.model_copy(update={"id": id_of(path), "created_at": aware})


def listed(path: Path) -> Version:
    """Return what is known of a version; one that cannot be read is `"damaged"`."""
    try:
        return read_record(path).version
    except (ReadFailed, NewerFormat) as error:
        return Version(id_of(path), "damaged", "", "", stamp_of(path), "", str(error), "", "")


def content_hash(tree: Tree) -> str:
    """Return the SHA-256 of a document's text."""
    return hashlib.sha256(text.dump(tree).encode()).hexdigest()


def file_name(record: Record, after: Path | None) -> str:
    """Return the name of a version's file; it sorts behind that of the last one, `after`.

    A clock that was set back does not turn the order round.
    """
    stamp = record.created_at
    if after is not None and stamp_of(after) >= stamp:
        stamp = stamp_of(after) + _TICK
    written = stamp.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]
    return f"{written}Z-{record.id}{'' if record.name else '.auto'}.json"


def is_version(path: Path) -> bool:
    """Tell whether a file has the name of a version."""
    return _NAME.fullmatch(path.name) is not None


def is_automatic(path: Path) -> bool:
    """Tell from a version's file name whether nobody named it."""
    return path.name.endswith(".auto.json")


def id_of(path: Path) -> str:
    """Return the id in a version's file name."""
    return path.name.partition("-")[2].partition(".")[0]


def stamp_of(path: Path) -> datetime:
    """Return the time in a version's file name; that of the epoch if it is none."""
    try:
        stamp = datetime.strptime(path.name.partition("-")[0], "%Y%m%dT%H%M%S%fZ")
        return stamp.replace(tzinfo=UTC) if stamp.year < 9000 else _EPOCH
    except ValueError:
        return _EPOCH


_EPOCH = datetime.fromtimestamp(0, UTC)
