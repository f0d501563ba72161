"""A plain room peer for the server's tests: what any client on the network may send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import quote

import httpx
import websockets
from pycrdt import (
    Doc,
    Map,
    YMessageType,
    YSyncMessageType,
    create_sync_message,
    create_update_message,
    handle_sync_message,
)

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


@asynccontextmanager
async def joined(server: JupyterServer, room: str, session: str) -> AsyncIterator[Doc]:
    """A document that follows the room and sends its own changes to it."""
    doc: Doc = Doc()
    async with websockets.connect(
        room_url(server, room, session), additional_headers=server.headers
    ) as socket:
        outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        subscription = doc.observe(lambda event: outgoing.put_nowait(event.update))
        synced = asyncio.Event()

        async def send() -> None:
            while True:
                await socket.send(create_update_message(await outgoing.get()))

        async def receive() -> None:
            async for message in socket:
                assert isinstance(message, bytes)
                if message[0] != YMessageType.SYNC:
                    continue
                if (reply := handle_sync_message(message[1:], doc)) is not None:
                    await socket.send(reply)
                if message[1] == YSyncMessageType.SYNC_STEP2:
                    synced.set()

        await socket.send(create_sync_message(doc))
        tasks = [asyncio.create_task(send()), asyncio.create_task(receive())]
        try:
            await asyncio.wait_for(synced.wait(), 10)
            yield doc
        finally:
            doc.unobserve(subscription)
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError, websockets.ConnectionClosed):
                    await task


async def arrives(doc: Doc, root: str, key: str, seconds: float = 5) -> bool:
    """Wait for a key in a root map."""
    for _ in range(int(seconds / 0.05)):
        if key in doc.get(root, type=Map):
            return True
        await asyncio.sleep(0.05)
    return False
