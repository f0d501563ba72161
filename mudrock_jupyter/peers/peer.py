"""A process's share in a document: one interface, whether the document is a room or a file."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pycrdt import Doc, Map, TransactionEvent, create_sync_message, handle_sync_message

from mudrock_jupyter.documents.reading import read, read_run
from mudrock_jupyter.documents.roots import saved_roots
from mudrock_jupyter.documents.undo import History
from mudrock_jupyter.peers.discovery import Connection, connect
from mudrock_jupyter.peers.document_thread import DocumentThread
from mudrock_jupyter.peers.ledger import Sync
from mudrock_jupyter.spec.errors import InvalidDocument, MudrockError, NewerFormat
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.spec.salvage import read_tree
from mudrock_jupyter.spec.text import Tree, is_newer

Result = TypeVar("Result")
State = Literal["connecting", "synced", "offline", "error", "closed"]
LOCAL = "mudrock-local"
AUTOMATIC = "mudrock-automatic"
MAXIMUM_FRAME = 16 * 1024 * 1024
log = logging.getLogger("mudrock_jupyter.peers")


@dataclass(frozen=True)
class Status:
    """How a peer is doing; `message` says why and what to do when it is not well."""

    state: State
    message: str = ""

    def __str__(self) -> str:
        return f"{self.state}: {self.message}" if self.message else self.state


@dataclass(frozen=True)
class Change:
    """A change of the document.

    `source` is `LOCAL` or, for what is no step of undo, `AUTOMATIC`; else what it came in with.
    `of_content` is False for what no file holds, as the status of a run.
    """

    update: bytes
    source: object
    of_content: bool = True


class Peer(ABC):
    """A live document, safe to use from any thread.

    peer = open_peer("porosity.mudrock")
    node = peer.call(lambda doc: graph.add_node(doc, "vsh_linear"))
    peer.undo()
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._status = Status("connecting")
        self._listeners: list[Callable[[Change], None]] = []
        self._source: object = None
        self._handles = 0
        self._before_close: set[Callable[[Peer], object]] = set()
        self._touched = False
        self._thread = DocumentThread(f"mudrock {connection.file.name}")
        self._thread.run(self._prepare)

    @property
    def status(self) -> Status:
        """How the connection is doing now."""
        return self._status

    @property
    def sync(self) -> Sync:
        """Whether the edits of this process are saved, as of now."""
        return self._thread.run(self._sync) if self._status.state != "closed" else Sync("closed")

    def call(self, work: Callable[[Doc[Any]], Result], *, undoable: bool = True) -> Result:
        """Run `work(doc)` in the document's thread, as one transaction and one step of undo.

        What nobody asked for should not be `undoable`. `work` must be quick, and neither wait for
        another thread nor keep `doc`. Raises `InvalidDocument` when the file does not hold a
        pipeline, and what `work` raises; what `work` wrote before it raised stays.
        """
        source = LOCAL if undoable else AUTOMATIC
        return self._thread.run(lambda: self._edit(lambda: self._transact(work, source)))

    def undo(self) -> bool:
        """Take back this process's last step; False if there is none.

        Raises `InvalidInput` if that would remove a node in which somebody else has worked.
        """
        return self._thread.run(lambda: self._edit(lambda: self._as(LOCAL, self._history.undo)))

    def redo(self) -> bool:
        """Do the last step that was undone again; False if there is none."""
        return self._thread.run(lambda: self._edit(lambda: self._as(LOCAL, self._history.redo)))

    def tree(self) -> Tree:
        """Return the document as a file holds it."""
        return self._thread.run(lambda: self._look(read))

    def spec(self) -> PipelineSpec:
        """Return the document as plain types; its `faults` tell of nonsense that a peer wrote."""
        return read_tree(self.tree())

    def run_status(self) -> Tree:
        """Return the status of the last run by node id, and of the whole under `"pipeline"`."""
        return self._thread.run(lambda: self._look(read_run))

    def observe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call `callback` after every change, in the document's thread; returns what stops it."""
        self._listeners.append(callback)

        def stop() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return stop

    def greeting(self) -> bytes:
        """Return the y-protocols frame (sync step 1) that starts an exchange with another doc."""
        return self._thread.run(lambda: create_sync_message(self._doc))

    def exchange(self, frame: bytes, source: object) -> bytes | None:
        """Take in a y-protocols sync frame from `source`; return the frame to answer, if any.

        Its changes are not this process's own: undo does not take them back. Raises
        `InvalidDocument` for a frame that is none.
        """
        if not 2 < len(frame) <= MAXIMUM_FRAME or frame[0] != 0:
            raise InvalidDocument("What arrived is no update of a pipeline.")
        return self._thread.run(lambda: self._edit(lambda: self._take_in(frame, source)))

    def before_close(self, callback: Callable[[Peer], object]) -> None:
        """Call `callback(peer)` once, before the document is closed."""
        self._before_close.add(callback)

    def let_go(self) -> bool:
        """Close the document if nobody else in this process has it open; True if it was closed.

        Each `open_peer` is to be followed by one of these.
        """
        with _peers_lock:
            self._handles -= 1
            last = self._handles <= 0
            if last:
                self._forget()
        if last:
            self.close()
        return last

    def close(self) -> None:
        """Leave the document, for everybody in this process; what was edited is saved first.

        Raises `NotConnected` or `WriteFailed` when it is left, but nobody knows of its last edits
        whether they are saved.
        """
        with _peers_lock:
            self._forget()
        if self._status.state != "closed":
            try:
                for callback in self._before_close:
                    callback(self)
                self._leave()
            finally:
                self._status = Status("closed")
                self._thread.stop()

    def _forget(self) -> None:
        for key in [key for key, peer in _peers.items() if peer is self]:
            del _peers[key]

    @abstractmethod
    def wait_ready(self, timeout: float = 30.0) -> None:
        """Return when the document is whole; raise `NotConnected` or `InvalidDocument` if not."""

    @abstractmethod
    def wait_until_saved(self, timeout: float) -> None:
        """Return when every edit is saved; raise `NotConnected` or `WriteFailed` if not in time."""

    @abstractmethod
    def _sync(self) -> Sync:
        """Return whether the edits are saved; in the document's thread."""

    @abstractmethod
    def _leave(self) -> None:
        """Send or save what is left."""

    def _edit(self, work: Callable[[], Result]) -> Result:
        """Do something that may change the document; in its thread."""
        self._refuse_unparsed()
        return work()

    def _look(self, reader: Callable[[Doc[Any]], Result]) -> Result:
        self._refuse_unparsed()
        return reader(self._doc)

    def _prepare(self) -> None:
        self._doc: Doc[Any] = Doc(allow_multithreading=True)
        self._state: Map[Any] = self._doc.get("state", type=Map)
        self._history = History(self._doc, LOCAL)
        self._contents = saved_roots(self._doc)  # pycrdt ends a subscription with its last map
        for contents in self._contents.values():
            contents.observe_deep(self._touch)
        self._subscription = self._doc.observe(self._note)

    def _touch(self, _events: object) -> None:
        self._touched = True

    def _note(self, event: TransactionEvent) -> None:
        # The document may not be read inside its own event; listeners are called after it.
        change = Change(event.update, self._source, of_content=self._touched)
        self._touched = False
        self._thread.loop.call_soon(self._publish, change)

    def _publish(self, change: Change) -> None:
        for listener in list(self._listeners):
            try:
                listener(change)
            except Exception:
                log.exception("A listener of %s failed", self.connection.path)

    def _transact(self, work: Callable[[Doc[Any]], Result], source: object) -> Result:
        def transaction() -> Result:
            with self._doc.transaction(source):
                return work(self._doc)

        return self._as(source, transaction)

    def _as(self, source: object, work: Callable[[], Result]) -> Result:
        outer, self._source = self._source, source
        try:
            return work()
        finally:
            self._source = outer

    def _take_in(self, frame: bytes, source: object) -> bytes | None:
        try:
            return self._as(source, lambda: handle_sync_message(frame[1:], self._doc))
        except (ValueError, RuntimeError, IndexError, AssertionError) as error:
            raise InvalidDocument(f"What arrived is no update of a pipeline: {error}") from error

    def _refuse_unparsed(self) -> None:
        unparsed = self._state.get("unparsed")
        if unparsed is None:
            return
        if is_newer(unparsed):
            raise NewerFormat(f"{self.connection.path}: {self._state.get('error')}")
        raise InvalidDocument(
            f"{self.connection.path} is not a pipeline: {self._state.get('error')} "
            "Repair the file or restore an older version of it; it was not changed."
        )


_peers: dict[tuple[int, str, Path], Peer] = {}
_peers_lock = threading.RLock()


def open_peer(path: str | Path, timeout: float = 30.0) -> Peer:
    """Open or create the document `path` and wait until it is whole.

    The same document opened twice in one process is the same peer, until each has let go of it.
    Raises `NotConnected`, `InvalidDocument` or `WriteFailed`; there is never a document that
    nobody keeps.
    """
    from mudrock_jupyter.peers.file_peer import FilePeer
    from mudrock_jupyter.peers.room_peer import RoomPeer

    with _peers_lock:
        connection = connect(path)
        server = connection.server.url if connection.server else ""
        key = (os.getpid(), server, connection.file)
        peer = _peers.get(key)
        if peer is None:
            peer = RoomPeer(connection) if connection.kind == "room" else FilePeer(connection)
            _peers[key] = peer
        peer._handles += 1
    try:
        peer.wait_ready(timeout)
    except BaseException:
        peer.let_go()
        raise
    return peer


@atexit.register
def _close_all() -> None:
    for (pid, _, _), peer in list(_peers.items()):
        if pid != os.getpid():
            continue
        try:
            peer.close()
        except MudrockError as error:  # the last chance to tell: a script has no other screen
            print(f"mudrock: {error.message}", file=sys.stderr)
        except Exception:
            log.exception("%s could not be closed", peer.connection.path)
