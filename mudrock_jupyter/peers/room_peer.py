"""A document that is a room of a Jupyter server: a live peer beside the browsers, without one."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TypeVar

from pycrdt import (
    Awareness,
    YMessageType,
    YSyncMessageType,
    create_awareness_message,
    create_sync_message,
    create_update_message,
)
from websockets.asyncio.client import ClientConnection, connect

from mudrock_jupyter.documents import durability
from mudrock_jupyter.documents.reading import read, same
from mudrock_jupyter.documents.roots import root
from mudrock_jupyter.peers.connection_loss import explain
from mudrock_jupyter.peers.discovery import Connection
from mudrock_jupyter.peers.file_peer import merge_into_file
from mudrock_jupyter.peers.jupyter import JupyterServer, Session
from mudrock_jupyter.peers.known_saved import KnownSaved
from mudrock_jupyter.peers.ledger import Ledger, Sync
from mudrock_jupyter.peers.peer import MAXIMUM_FRAME, Change, Peer, Status
from mudrock_jupyter.peers.side_by_side import every, until_one_ends
from mudrock_jupyter.spec.errors import InvalidDocument, NotConnected, WriteFailed

BACKOFF = (1.0, 2.0, 5.0, 10.0, 30.0)
# Peers that lost the same server do not come back in the same moment.
JITTER = 0.2
# Not the module's own: a thread of ours must not change what others draw from a seed.
_chance = random.Random()
RESYNC_EVERY = 5.0
CHECK_SESSION_EVERY = 15.0
SHOW_PRESENCE_EVERY = 10.0
# A server that can tell what is saved answers within milliseconds.
SHARED_AFTER = 3.0
# Jupyter kills a kernel that takes more than five seconds to end.
SAVE_WITHIN = 4.0
LEAVE_WITHIN = 2.0
SERVER = "server"

Result = TypeVar("Result")
log = logging.getLogger("mudrock_jupyter.peers")
# At DEBUG, websockets logs the request's headers, and so the token.
_quiet = logging.getLogger("mudrock_jupyter.peers.websocket")
_quiet.setLevel(logging.INFO)


class RoomPeer(Peer):
    """A peer of the room: receives while a cell is busy, edits offline, comes back by itself."""

    def __init__(self, connection: Connection) -> None:
        if connection.server is None:
            raise NotConnected(f"{connection.path} is no room of a server.")
        self._server: JupyterServer = connection.server
        self._synced = threading.Event()
        self._settled = threading.Event()
        self._failures = 0
        self._outbox: asyncio.Queue[bytes] | None = None
        self._socket: ClientConnection | None = None
        self._wake = asyncio.Event()
        self._leaving = False
        self._ledger = Ledger()
        self._known_saved = KnownSaved()
        super().__init__(connection)
        self._supervisor = self._thread.start(self._stay_connected())

    def wait_ready(self, timeout: float = 30.0) -> None:
        """Return when the room's content is here."""
        self._settled.wait(timeout)
        if not self._synced.is_set():
            reason = self._status.message or f"no answer within {timeout:.0f} seconds."
            raise NotConnected(
                f"{self.connection.path} could not be opened in the room it is shared in: {reason}"
            )
        self._thread.run(self._refuse_unparsed)

    def wait_until_saved(self, timeout: float) -> None:
        """Return when the server has every edit on its disk.

        Where the server cannot tell, return when it has been sent every edit.
        """
        deadline = time.monotonic() + timeout
        self._thread.run(self._wake.set)  # no waiting for the next attempt to connect
        while (sync := self.sync).status not in {"saved", "shared"}:
            if time.monotonic() > deadline or sync.status == "closed":
                raise self._not_saved(sync, f"within {timeout:g} seconds")
            time.sleep(0.01)

    def _sync(self) -> Sync:
        ledger, status = self._ledger, self._status
        if status.state == "offline" or status.state == "error":
            return Sync(status.state, ledger.pending, status.message)
        if status.state == "connecting" or status.state == "closed":
            return Sync(status.state, ledger.pending)
        if ledger.problem:
            return Sync("error", ledger.pending, ledger.problem)
        if ledger.shared:
            return Sync("shared")
        if ledger.pending or not ledger.confirmed:
            return Sync("saving", ledger.pending)
        return Sync("saved", 0, str(self._state.get("problem") or ""))

    def _not_saved(self, sync: Sync, when: str) -> NotConnected | WriteFailed:
        changes = "last change is" if sync.pending == 1 else f"last {sync.pending} changes are"
        why = sync.message or "The server has not answered."
        kind = WriteFailed if sync.status == "error" else NotConnected
        return kind(f"{self.connection.path}: the {changes} not known to be saved {when}. {why}")

    # The document

    def _prepare(self) -> None:
        super()._prepare()
        self._awareness = Awareness(self._doc)
        self._pipeline = root(self._doc, "pipeline")
        self.observe(self._send_change)

    def _edit(self, work: Callable[[], Result]) -> Result:
        outermost = self._source is None
        if outermost and not self._ledger.pending:
            self._known_saved.before_edit(self._doc)
        return super()._edit(work)

    def _send_change(self, change: Change) -> None:
        if change.source == SERVER:
            self._known_saved.take_in(change.update)
            return
        # Offline edits need no queue: the next sync sends what the server does not have.
        if self._outbox is not None:
            self._outbox.put_nowait(create_update_message(change.update))
        if change.of_content:
            self._ledger.note_edit()
            self._ask()

    # Leaving

    def _leave(self) -> None:
        self._wait_while_connected(SAVE_WITHIN)
        connected, sync = self._thread.run(lambda: (self._ledger.connected, self._sync()))

        def ask() -> None:
            self._leaving = True
            self._wake.set()

        self._thread.run(ask)
        with suppress(CancelledError, TimeoutError):
            self._supervisor.result(LEAVE_WITHIN)
        if not sync.pending:
            return
        if connected:  # the room has the edits, and will write the file
            raise self._not_saved(sync, f"within {SAVE_WITHIN:g} seconds")
        self._thread.run(self._rescue)

    def _wait_while_connected(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._thread.run(
            lambda: self._ledger.connected and self._ledger.pending > 0
        ):
            time.sleep(0.005)

    def _rescue(self) -> None:
        """Write into the file what was edited and the server is not known to have."""
        saved, edited = self._known_saved.tree(), read(self._doc)
        if saved is not None and not same(edited, saved):
            log.warning("%s: edits made offline go into the file itself", self.connection.path)
            merge_into_file(self.connection.file, edited, saved)

    # The connection

    async def _stay_connected(self) -> None:
        """Supervise the connection until the peer leaves."""
        while not self._leaving:
            try:
                await self._live()
                self._settle("offline", "The connection was closed; trying again.")
            except asyncio.CancelledError:
                raise
            except BaseException as error:  # pycrdt's PanicException is no Exception
                self._settle(*explain(error, self.connection.path))
            finally:
                self._outbox = None
                self._ledger.disconnect()
            delay = BACKOFF[min(self._failures, len(BACKOFF) - 1)]
            self._failures += 1
            await self._sleep(delay * _chance.uniform(1 - JITTER, 1 + JITTER))

    async def _live(self) -> None:
        """Join the room and stay until the connection ends, one way or another."""
        session = await self._open_session()
        # Edits from now on are queued; what was edited before is in the answer to the server's
        # sync step 1.
        self._outbox = asyncio.Queue()
        async with connect(
            self._server.websocket(session),
            additional_headers=self._server.headers,
            max_size=MAXIMUM_FRAME,
            proxy=None,
            logger=_quiet,
            close_timeout=1,
        ) as socket:
            self._socket = socket
            await until_one_ends(
                self._receive(socket),
                self._send(socket, self._outbox),
                every(RESYNC_EVERY, lambda: socket.send(create_sync_message(self._doc))),
                every(SHOW_PRESENCE_EVERY, lambda: self._show_presence(socket)),
                self._until_replaced(session),
                self._until_leaving(self._outbox),
            )
            if self._leaving:
                await self._say_goodbye(socket)

    async def _open_session(self) -> Session:
        path = self.connection.path
        if not await asyncio.to_thread(self._server.has_file, path):
            raise NotConnected(
                f"{path} was deleted or moved on the Jupyter server. Put it back there, "
                "or keep a copy of this pipeline under another name."
            )
        return await asyncio.to_thread(self._server.session, path)

    async def _receive(self, socket: ClientConnection) -> None:
        async for frame in socket:
            if not isinstance(frame, bytes) or len(frame) < 2:
                continue
            if frame[0] == YMessageType.SYNC:
                answer = self._take_in(frame, SERVER)
                if answer is not None:
                    await socket.send(answer)
                    self._ledger.connect()
                    self._ask()
                if frame[1] == YSyncMessageType.SYNC_STEP2:
                    self._confirm()
            elif frame[0] == durability.RAW:
                self._hear(frame)

    async def _send(self, socket: ClientConnection, outbox: asyncio.Queue[bytes]) -> None:
        while True:
            await socket.send(await outbox.get())
            outbox.task_done()

    def _ask(self) -> None:
        """Ask whether all that was sent is saved, if there is something to ask."""
        number = self._ledger.question()
        if number is None or self._outbox is None:
            return
        self._known_saved.before_question(self._doc)
        self._outbox.put_nowait(durability.request_durable(number))
        self._thread.loop.call_later(SHARED_AFTER, self._give_up, number)

    def _give_up(self, number: int) -> None:
        if self._ledger.give_up(number):
            self._failures = 0

    def _hear(self, frame: bytes) -> None:
        """Take an answer, or note of a conflict: our history does not fit the room's any more."""
        answer = durability.durable_answer(frame)
        if answer is not None and answer.status == "refused":
            raise WriteFailed(f"The server did not take an edit: {answer.message}")
        if answer is not None:
            if self._ledger.take(answer):
                self._failures = 0
                self._known_saved.confirm()
            self._ask()
        elif durability.read_notice(frame).get("type") == "conflict":
            raise InvalidDocument(
                "The file was replaced while this process was offline, and the two do not "
                "fit together. Open the pipeline again (restart the kernel)."
            )

    async def _show_presence(self, socket: ClientConnection) -> None:
        name = os.environ.get("JUPYTERHUB_USER") or "Python"
        user = {"name": name, "username": "kernel", "display_name": name, "color": "#4b8bbe"}
        self._awareness.set_local_state({"user": user, "kind": "kernel"})
        await socket.send(self._presence())

    async def _say_goodbye(self, socket: ClientConnection) -> None:
        self._awareness.set_local_state(None)
        await socket.send(self._presence())

    def _presence(self) -> bytes:
        client = self._awareness.client_id
        return create_awareness_message(self._awareness.encode_awareness_update([client]))

    async def _until_replaced(self, session: Session) -> None:
        """Return when the server has begun a new life: this connection may lead to the old one."""
        while True:
            await asyncio.sleep(CHECK_SESSION_EVERY)
            if not self._ledger.answered:
                continue  # only a server with our extension tells quietly
            with suppress(NotConnected):
                now = await asyncio.to_thread(self._server.session_id)
                if now and now != session.session_id:
                    log.info("%s: the server restarted", self.connection.path)
                    return

    async def _until_leaving(self, outbox: asyncio.Queue[bytes]) -> None:
        """Return when the peer leaves and its last edit has been sent."""
        while not self._leaving:
            self._wake.clear()
            await self._wake.wait()
        # Updates are published after their transaction: let the last one reach the outbox.
        await asyncio.sleep(0)
        await outbox.join()

    async def _sleep(self, seconds: float) -> None:
        self._wake.clear()
        if not self._leaving:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)

    def _confirm(self) -> None:
        """Be synced, if the room holds a document: one that holds none is saved by nobody."""
        if "id" not in self._pipeline and "unparsed" not in self._state:
            raise NotConnected(
                "The room is empty. Check that mudrock-jupyter is installed where the Jupyter "
                "server runs, and restart the server."
            )
        self._synced.set()
        self._settle("synced")

    def _settle(self, state: str, message: str = "") -> None:
        status = Status("synced" if state == "synced" else "offline", message)
        if state == "error":
            status = Status("error", message)
        if status != self._status and status.state != "synced":
            log.info("%s: %s", self.connection.path, status)
        self._status = status
        # Whoever waits for the first sync waits through a server that is just starting, but not
        # through a refusal.
        if state != "offline":
            self._settled.set()
