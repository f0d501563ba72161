"""A plain room peer for the server's tests: what any client on the network may send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import quote

import httpx
import websockets
from pycrdt import (
    Doc,
    Encoder,
    Map,
    YMessageType,
    YSyncMessageType,
    create_sync_message,
    create_update_message,
    handle_sync_message,
)

from mudrock_jupyter.documents.durability import request_durable
from tests.servers import JupyterServer


async def put_session(
    server: JupyterServer,
    path: str,
    kind: str = "mudrock",
    form: str = "text",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Ask for a session, as every client does before it opens a room."""
    async with httpx.AsyncClient() as client:
        return await client.put(
            f"{server.url}api/collaboration/session/{quote(path)}",
            json={"format": form, "type": kind},
            headers=server.headers if headers is None else headers,
        )


def room_url(server: JupyterServer, room: str, session: str = "") -> str:
    """The websocket's address of a room."""
    base = server.url.replace("http", "ws", 1)
    return f"{base}api/collaboration/room/{room}?sessionId={session}"


class Peer:
    """A document that follows the room, sends its own changes, and asks whether they are safe."""

    def __init__(self, socket: websockets.ClientConnection, doc: Doc | None = None) -> None:
        self.doc: Doc = doc or Doc()
        self.answers: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.synced = asyncio.Event()
        self._socket = socket
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self._number = 0
        self._subscription = self.doc.observe(self._send_change)
        self._answering = False

    def _send_change(self, event: object) -> None:
        if not self._answering:
            self._outgoing.put_nowait(create_update_message(event.update))

    async def send(self, frame: bytes) -> None:
        self._outgoing.put_nowait(frame)

    async def durable(self) -> dict[str, object]:
        """Ask whether everything sent so far is durable; return the first answer."""
        self._number += 1
        await self.send(request_durable(self._number))
        return await self.answer("durable", self._number)

    async def saved(self) -> None:
        """Wait until everything sent so far is durable."""
        answer = await self.durable()
        while answer["status"] == "waiting":
            answer = await self.answer("durable", self._number)
        assert answer["status"] == "saved", answer

    async def save(self) -> object:
        """Have the file written, as Ctrl+S does; return how it went."""
        encoder = Encoder()
        encoder.write_var_uint(2)
        encoder.write_var_string("save")
        encoder.write_var_uint(1)
        await self.send(encoder.to_bytes())
        return (await self.answer("save", 1))["status"]

    async def answer(self, kind: str, number: int) -> dict[str, object]:
        while True:
            answer = await asyncio.wait_for(self.answers.get(), 20)
            if (answer["type"], answer["responseTo"]) == (kind, number):
                return answer

    @property
    def is_closed(self) -> bool:
        return self._socket.state is websockets.State.CLOSED

    def cut(self) -> None:
        """Drop the connection without a word."""
        self._socket.transport.abort()

    async def closed(self) -> tuple[int | None, str | None]:
        await asyncio.wait_for(self._socket.wait_closed(), 20)
        return self._socket.close_code, self._socket.close_reason

    async def _send(self) -> None:
        while True:
            await self._socket.send(await self._outgoing.get())

    async def _receive(self) -> None:
        async for message in self._socket:
            assert isinstance(message, bytes)
            if message[0] == 2:
                self.answers.put_nowait(json.loads(message[message.index(b"{") :]))
            if message[0] != YMessageType.SYNC:
                continue
            self._answering = True
            reply = handle_sync_message(message[1:], self.doc)
            self._answering = False
            if reply is not None:
                await self._socket.send(reply)
            if message[1] == YSyncMessageType.SYNC_STEP2:
                self.synced.set()


@asynccontextmanager
async def connected(
    server: JupyterServer, room: str, session: str, doc: Doc | None = None
) -> AsyncIterator[Peer]:
    """A peer of the room, with a document of its own or one that has been there before."""
    async with websockets.connect(
        room_url(server, room, session), additional_headers=server.headers
    ) as socket:
        peer = Peer(socket, doc)
        await socket.send(create_sync_message(peer.doc))
        tasks = [asyncio.create_task(peer._send()), asyncio.create_task(peer._receive())]
        try:
            await asyncio.wait_for(peer.synced.wait(), 10)
            yield peer
        finally:
            peer.doc.unobserve(peer._subscription)
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError, websockets.ConnectionClosed):
                    await task


@asynccontextmanager
async def joined(server: JupyterServer, room: str, session: str) -> AsyncIterator[Doc]:
    """The document of a peer of the room."""
    async with connected(server, room, session) as peer:
        yield peer.doc


async def arrives(doc: Doc, root: str, key: str, seconds: float = 5) -> bool:
    """Wait for a key in a root map."""
    for _ in range(int(seconds / 0.05)):
        if key in doc.get(root, type=Map):
            return True
        await asyncio.sleep(0.05)
    return False
