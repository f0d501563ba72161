"""Versions of a document, in a folder beside it: one file each, that is never changed again.

`<folder>/.mudrock-versions/<document id>/<time>-<id>.json`, with `.auto` before `.json` for a
version that nobody named. Any process that may write there can add one; none waits for another.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from mudrock_jupyter.documents.version_file import (
    Record,
    Version,
    content_hash,
    file_name,
    id_of,
    is_automatic,
    is_version,
    listed,
    read_record,
)
from mudrock_jupyter.spec.change_words import summary
from mudrock_jupyter.spec.changes import difference, entries
from mudrock_jupyter.spec.errors import (
    InvalidInput,
    MudrockError,
    NotFound,
    ReadFailed,
    did_you_mean,
)
from mudrock_jupyter.spec.files import write_atomically
from mudrock_jupyter.spec.text import Tree, dump

log = logging.getLogger("mudrock_jupyter.versions")

FOLDER = ".mudrock-versions"
AUTOMATIC_KEPT = 50
_LONGEST_NAME = 200


class VersionFolder:
    """The versions of one document."""

    def __init__(self, file: Path, document_id: str) -> None:
        self._file = file
        self.path = file.parent / FOLDER / _folder_name(document_id)

    def save(
        self,
        tree: Tree,
        *,
        by: str,
        name: str = "",
        reason: str = "saved",
        titles: Mapping[str, str] | None = None,
    ) -> Version:
        """Keep a state of the document; one without a name only if it differs from the last.

        Versions without a name are thinned out: of those before the last fifty one a day stays.
        Raises `WriteFailed`, or `InvalidInput` for a name that is none.
        """
        label = _checked_name(name)
        last = self._last()
        digest = content_hash(tree)
        if last and last.sha256 == digest and label in ("", last.name):
            return last.version
        record = Record(
            id=secrets.token_hex(6),
            name=label,
            reason=reason,
            created_at=datetime.now(UTC),
            created_by=by,
            summary=_summary(last, tree, titles),
            parent=last.id if last else "",
            sha256=digest,
            file=self._file.name,
            pipeline=tree,
        )
        self._write(record)
        if not label:
            self._thin_out()
        return record.version

    def adopt(self, other: VersionFolder, version_id: str) -> None:
        """Take over another document's version, under its own id."""
        self._write(other._record(version_id))

    def versions(self) -> list[Version]:
        """Return all versions, newest first; one that cannot be read says so."""
        return [listed(path) for path in self._files()]

    def find(self, wanted: str) -> Version:
        """Return the version of that id or name, or whose id begins so; of a name the newest.

        Raises `NotFound`, or `ReadFailed` or `NewerFormat` for one that cannot be read.
        """
        versions = self.versions()
        ids = [version.id for version in versions if version.id == wanted]
        names = [version.id for version in versions if wanted and version.name == wanted]
        begun = [version.id for version in versions if wanted and version.id.startswith(wanted)]
        found = ids[:1] or names[:1] or begun
        if len(found) != 1:
            known = [version.name or version.id for version in versions]
            many = f"{len(found)} versions begin with {wanted!r}." if found else (
                f"There is no version {wanted!r}.{did_you_mean(wanted, known)}"
            )
            raise NotFound(f"{many} pipe.versions() lists them.")
        return self._record(found[0]).version

    def tree(self, version_id: str) -> Tree:
        """Return the document as it was; raises what `find` does."""
        return self._record(version_id).tree()

    def has(self, version_id: str) -> bool:
        """Tell whether there is a version of that id."""
        return any(id_of(path) == version_id for path in self._files())

    @property
    def last_file(self) -> str:
        """The name that the document's file had at the last version; empty if there is none."""
        last = self._last()
        return last.file if last else ""

    def _write(self, record: Record) -> None:
        last = next(iter(self._files()), None)
        tree: Tree = record.model_dump(by_alias=True, mode="json")
        write_atomically(self.path / file_name(record, last), dump(tree))

    def _files(self) -> list[Path]:
        """Return the versions' files, newest first."""
        try:
            found = [path for path in self.path.iterdir() if is_version(path)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ReadFailed(f"{self.path} could not be read: {error.strerror}.") from error
        return sorted(found, key=lambda path: path.name, reverse=True)

    def _last(self) -> Record | None:
        """Return the newest version that can be read."""
        for path in self._files():
            try:
                return read_record(path)
            except MudrockError as error:
                log.warning("%s", error)
        return None

    def _record(self, version_id: str) -> Record:
        for path in self._files():
            if id_of(path) == version_id:
                return read_record(path)
        raise NotFound(f"There is no version {version_id!r}. pipe.versions() lists them.")

    def _thin_out(self) -> None:
        for path in superfluous(path for path in self._files() if is_automatic(path)):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                log.warning("%s could not be thinned out: %s", path, error.strerror)


def superfluous(newest_first: Iterable[Path]) -> list[Path]:
    """Return what to thin out: all but the first fifty, and of those before the last of each day.

    >>> day = [Path(f"20261121T12{n:02}00000Z-0123456789ab.auto.json") for n in range(59, -1, -1)]
    >>> [path.name[:13] for path in superfluous(day)][:1], len(superfluous(day))
    (['20261121T1208'], 9)
    """
    older = list(newest_first)[AUTOMATIC_KEPT:]
    last_of_day = {path.name[:8]: path for path in reversed(older)}
    return [path for path in older if last_of_day[path.name[:8]] is not path]


def folder_of_lost(file: Path) -> VersionFolder | None:
    """Return the versions of a file of that name, for one that can no longer tell its id."""
    parent = file.parent / FOLDER
    known = [VersionFolder(file, path.name) for path in _folders(parent)]
    found = [folder for folder in known if folder.last_file == file.name]
    return max(found, key=lambda folder: folder.versions()[0].created_at, default=None)


def _folders(parent: Path) -> list[Path]:
    try:
        return sorted(path for path in parent.iterdir() if path.is_dir())
    except OSError:
        return []


def _summary(last: Record | None, tree: Tree, titles: Mapping[str, str] | None) -> str:
    if last is not None:
        return summary(difference(last.pipeline, tree), titles)
    count = len(entries(tree, "nodes"))
    return f"first version, {count} node{'' if count == 1 else 's'}"


def _folder_name(document_id: str) -> str:
    """Return a folder's name for an id; any peer may have written one that is no name."""
    if re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}", document_id):
        return document_id
    return hashlib.sha256(document_id.encode("utf-8", "replace")).hexdigest()[:32]


def _checked_name(name: str) -> str:
    label = " ".join(name.split())
    if len(label) > _LONGEST_NAME or not label.isprintable():
        raise InvalidInput(
            f"{label[:40]!r} is no name for a version. Give at most {_LONGEST_NAME} characters."
        )
    return label
