"""A document that is a file: read again before each edit if it changed, written after each."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from mudrock_jupyter.documents.merging import merge
from mudrock_jupyter.documents.ydoc import YPipeline
from mudrock_jupyter.peers.discovery import Connection
from mudrock_jupyter.peers.file_lock import alone
from mudrock_jupyter.peers.ledger import Sync
from mudrock_jupyter.peers.peer import LOCAL, Peer, Status
from mudrock_jupyter.spec.errors import InvalidDocument, MudrockError, ReadFailed, WriteFailed
from mudrock_jupyter.spec.files import write_atomically
from mudrock_jupyter.spec.text import Tree, dump

Result = TypeVar("Result")
Stamp = tuple[int, int, int]
DISK = "disk"


class FilePeer(Peer):
    """The file itself is the document.

    What somebody else wrote into the file meanwhile is taken over three-way. A file that is no
    pipeline is never written; an edit that cannot be saved is taken back.
    """

    def __init__(self, connection: Connection) -> None:
        self._stamp: Stamp | None = None
        self._text = ""
        self._unsaved = False
        self._editing = False
        super().__init__(connection)

    def wait_ready(self, timeout: float = 30.0) -> None:
        """Load the file; raise `InvalidDocument` or `ReadFailed` that names it."""
        self._thread.run(self._load, timeout)

    def wait_until_saved(self, timeout: float) -> None:
        """Write what could not be written before; raises `WriteFailed` if it still cannot be."""
        self._thread.run(self._save_if_needed, timeout)

    def _sync(self) -> Sync:
        if self._unsaved:
            return Sync("error", 1, self._status.message)
        return Sync("saved" if self._status.state != "connecting" else "connecting")

    def _prepare(self) -> None:
        super()._prepare()
        self._pipeline = YPipeline(self._doc)
        self._pipeline.observe(self._mark_unsaved)

    def _mark_unsaved(self, target: str, _event: object) -> None:
        if target != "state" and self._source != DISK:
            self._unsaved = True

    def _load(self) -> None:
        with alone(self.connection.file):
            self._refresh()
            self._refuse_unparsed()
            self._status = Status("synced")
            if self._pipeline.get() != self._text and os.access(self.connection.file, os.W_OK):
                self._save()  # the file had no id, or an older format

    def _edit(self, work: Callable[[], Result]) -> Result:
        if self._editing:  # an edit inside another is a part of it
            return work()
        with alone(self.connection.file):
            self._refresh()
            self._refuse_unparsed()
            steps = self._history.steps
            self._editing = True
            try:
                return work()
            finally:
                self._editing = False
                self._save_or_take_back(steps)

    def _look(self, reader: Callable[..., Result]) -> Result:
        self._refresh()
        return super()._look(reader)

    def _leave(self) -> None:
        self._thread.run(self._save_if_needed)

    def _save_if_needed(self) -> None:
        if not self._unsaved:
            return
        with alone(self.connection.file):
            try:
                self._refresh()
                self._refuse_unparsed()
                self._save()
            except MudrockError as error:
                self._status = Status("error", error.message)
                raise

    def _save_or_take_back(self, steps: tuple[int, int]) -> None:
        if not self._unsaved:
            return
        try:
            self._save()
        except WriteFailed as error:
            self._status = Status("error", error.message)
            self._as(LOCAL, lambda: self._history.go_back_to(steps))
            raise

    def _refresh(self) -> None:
        """Take over what somebody else wrote into the file."""
        file = self.connection.file
        try:
            status = file.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if stamp == self._stamp:
                return
            text = _read_text(file)
        except (FileNotFoundError, NotADirectoryError):
            return  # deleted by somebody: the next edit writes it again
        if text != self._text or self._stamp is None:
            self._as(DISK, lambda: self._pipeline.set(text))
            self._unsaved |= not text.strip()  # emptied by somebody: the pipeline is only here
        self._stamp, self._text = stamp, text

    def _save(self) -> None:
        text = self._pipeline.get()
        file = self.connection.file
        if text != self._text or not file.exists():
            write_atomically(file, text)
            status = file.stat()
            self._stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            self._text = text
        self._as(DISK, lambda: setattr(self._pipeline, "dirty", False))
        self._unsaved = False
        self._status = Status("synced")


def merge_into_file(file: Path, edited: Tree, base: Tree) -> None:
    """Apply to a file what changed from `base` to `edited`.

    Raises `InvalidDocument` when the file holds no pipeline, `ReadFailed` or `WriteFailed`.
    """
    pipeline = YPipeline()
    with alone(file):
        pipeline.set(_read_text(file) if file.exists() else dump(base))
        if pipeline.error:
            raise InvalidDocument(f"{file} is not a pipeline: {pipeline.error} It was not changed.")
        merge(pipeline.ydoc, edited, base)
        write_atomically(file, pipeline.get())


def _read_text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidDocument(
            f"{file} is not a pipeline: byte {error.start} is no UTF-8 text. "
            "Restore an older version of it; it was not changed."
        ) from error
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ReadFailed(f"{file} could not be read: {error.strerror or error}.") from error
