"""A document that is a room of a Jupyter server: a live peer beside the browsers, without one."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError
from contextlib import suppress

from pycrdt import (
    Awareness,
    YMessageType,
    YSyncMessageType,
    create_awareness_message,
    create_sync_message,
    create_update_message,
)
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from mudrock_jupyter.documents.reading import read, same
from mudrock_jupyter.documents.roots import root
from mudrock_jupyter.peers.discovery import Connection
from mudrock_jupyter.peers.file_peer import merge_into_file
from mudrock_jupyter.peers.jupyter import JupyterServer, Refused, Session
from mudrock_jupyter.peers.peer import MAXIMUM_FRAME, Change, Peer, Status
from mudrock_jupyter.spec.errors import InvalidDocument, MudrockError, NotConnected
from mudrock_jupyter.spec.text import Tree

BACKOFF = (1.0, 2.0, 5.0, 10.0, 30.0)
RESYNC_EVERY = 5.0
CHECK_SESSION_EVERY = 10.0
SHOW_PRESENCE_EVERY = 10.0
LEAVE_WITHIN = 2.0
# Type 2 of Jupyter's own messages: JSON about saving and conflicts.
RAW = 2
SERVER = "server"

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
        self._wake = asyncio.Event()
        self._leaving = False
        self._before_offline: Tree | None = None
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

    def _prepare(self) -> None:
        super()._prepare()
        self._awareness = Awareness(self._doc)
        self._pipeline = root(self._doc, "pipeline")
        self.observe(self._send_change)

    def _send_change(self, change: Change) -> None:
        # Offline edits need no queue: the next sync sends what the server does not have.
        if change.source != SERVER and self._outbox is not None:
            self._outbox.put_nowait(create_update_message(change.update))

    def _leave(self) -> None:
        def ask() -> None:
            self._leaving = True
            self._wake.set()

        self._thread.run(ask)
        with suppress(CancelledError, TimeoutError):
            self._supervisor.result(LEAVE_WITHIN)
        self._thread.run(self._rescue)

    def _rescue(self) -> None:
        """Write into the file what was edited offline and the server never heard of."""
        if self._before_offline is None:
            return
        edited = read(self._doc)
        if not same(edited, self._before_offline):
            log.warning("%s: edits made offline go into the file itself", self.connection.path)
            merge_into_file(self.connection.file, edited, self._before_offline)

    async def _stay_connected(self) -> None:
        """Supervise the connection until the peer leaves."""
        while not self._leaving:
            try:
                await self._live()
                self._settle("offline", "The connection was closed; trying again.")
            except asyncio.CancelledError:
                raise
            except BaseException as error:  # pycrdt's PanicException is no Exception
                self._explain(error)
            finally:
                self._go_offline()
            delay = BACKOFF[min(self._failures, len(BACKOFF) - 1)]
            self._failures += 1
            await self._sleep(delay)

    def _go_offline(self) -> None:
        self._outbox = None
        if self._synced.is_set() and self._before_offline is None and not self._leaving:
            self._before_offline = read(self._doc)

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
            await self._until_one_ends(
                self._receive(socket),
                self._send(socket, self._outbox),
                self._every(RESYNC_EVERY, lambda: socket.send(create_sync_message(self._doc))),
                self._every(SHOW_PRESENCE_EVERY, lambda: self._show_presence(socket)),
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
                if frame[1] == YSyncMessageType.SYNC_STEP2:
                    self._confirm()
            elif frame[0] == RAW:
                self._hear(frame[1:])

    async def _send(self, socket: ClientConnection, outbox: asyncio.Queue[bytes]) -> None:
        while True:
            await socket.send(await outbox.get())
            outbox.task_done()

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
            with suppress(NotConnected):
                if await asyncio.to_thread(self._server.session, self.connection.path) != session:
                    log.info("%s: the server restarted", self.connection.path)
                    return

    async def _until_leaving(self, outbox: asyncio.Queue[bytes]) -> None:
        """Return when the peer leaves and its last edit has been sent."""
        while not self._leaving:
            await self._wake.wait()
        # Updates are published after their transaction: let the last one reach the outbox.
        await asyncio.sleep(0)
        await outbox.join()

    @staticmethod
    async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await work()
            await asyncio.sleep(seconds)

    @staticmethod
    async def _until_one_ends(*works: Awaitable[None]) -> None:
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = [task for task in tasks if task.done()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in ended:
            task.result()

    async def _sleep(self, seconds: float) -> None:
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
        self._failures = 0
        self._before_offline = None
        self._synced.set()
        self._settle("synced")

    def _hear(self, content: bytes) -> None:
        """Take note of a conflict: our history does not fit the room's any more."""
        with suppress(ValueError, IndexError):
            start = content.index(b"{")
            if json.loads(content[start:]).get("type") == "conflict":
                raise InvalidDocument(
                    "The file was replaced while this process was offline, and the two do not "
                    "fit together. Open the pipeline again (restart the kernel)."
                )

    def _explain(self, error: BaseException) -> None:
        """Say what went wrong in a sentence, and go on trying."""
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, Refused):
            self._settle("error", error.message)
        elif isinstance(error, MudrockError):
            self._settle("offline", error.message)
        elif isinstance(error, ConnectionClosed | InvalidStatus):
            self._settle("offline", _closing_words(error))
        elif isinstance(error, WebSocketException | OSError):
            self._settle("offline", f"The Jupyter server does not answer: {error}.")
        else:
            log.error("%s: the connection failed", self.connection.path, exc_info=error)
            self._settle("error", f"{type(error).__name__}: {error}")

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


def _closing_words(error: ConnectionClosed | InvalidStatus) -> str:
    if isinstance(error, InvalidStatus):
        return f"The Jupyter server refused the room ({error.response.status_code})."
    received = error.rcvd
    if received is None or not received.reason:
        return "The connection to the Jupyter server was lost."
    return f"The Jupyter server closed the room ({received.code}): {received.reason}."
