"""People who edit while everything breaks, and an oracle of what they were promised."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import httpx
import websockets
from pycrdt import Doc, Map

from tests.server.peers import Peer, connected, put_session
from tests.servers import JupyterServer

COME_BACK_AFTER = 0.2
EDIT_EVERY = 0.02

# A node's parameter `n`, or None for a node that was removed.
Value = int | None


class Editor:
    """One person: edits nodes of its own, at random, online or not, and asks what is saved."""

    def __init__(self, server: JupyterServer, path: str, name: str, seed: int) -> None:
        self.doc: Doc = Doc()
        self.edits = 0
        self.promises = 0
        self.leaving = False
        self._nodes = self.doc.get("nodes", type=Map)
        self._server, self._path, self.name = server, path, name
        self._draw = random.Random(f"{seed}-{name}")
        self._history: dict[str, list[Value]] = {}
        self._promised: dict[str, int] = {}
        self._peer: Peer | None = None

    async def live(self) -> None:
        """Stay in the room, and come back whenever the connection ends."""
        while not self.leaving:
            with suppress(httpx.HTTPError, OSError, websockets.WebSocketException, TimeoutError):
                await self._visit()
            await asyncio.sleep(COME_BACK_AFTER)

    async def work(self) -> None:
        """Edit without end."""
        while True:
            self._edit()
            await asyncio.sleep(EDIT_EVERY * self._draw.random() * 2)

    def disconnect(self) -> None:
        """Cut the connection, as a laptop does when it is closed."""
        if self._peer is not None:
            self._peer.cut()

    async def settle(self) -> None:
        """Wait until everything is promised."""
        async with asyncio.timeout(60):
            while any(self._promised.get(key, -1) < len(h) - 1 for key, h in self._history.items()):
                await asyncio.sleep(0.05)

    def broken_promises(self, nodes: dict[str, Value]) -> list[str]:
        """Compare a document with what was promised: the value then, or one of a later edit."""
        return [
            f"{key}: {nodes.get(key)} is none of {history[since:]}"
            for key, since in self._promised.items()
            if nodes.get(key) not in (history := self._history[key])[since:]
        ]

    async def _visit(self) -> None:
        answer = await put_session(self._server, self._path)
        if answer.status_code not in {200, 201}:
            return
        room = f"text:mudrock:{answer.json()['fileId']}"
        session = answer.json()["sessionId"]
        async with connected(self._server, room, session, self.doc) as self._peer:
            try:
                await self._ask(self._peer)
            finally:
                self._peer = None

    async def _ask(self, peer: Peer) -> None:
        while not (peer.is_closed or self.leaving):
            sent = {key: len(history) - 1 for key, history in self._history.items()}
            await peer.saved()
            self._promised.update(sent)
            self.promises += 1
            await asyncio.sleep(EDIT_EVERY)

    def _edit(self) -> None:
        key = f"{self.name}{self._draw.randrange(12)}"
        value: Value = None
        if key not in self._nodes or self._draw.random() < 0.7:
            value = self.edits
            node = Map({"id": key, "name": key, "parameters": Map({"n": value})})
            if key in self._nodes and isinstance(self._nodes[key], Map):
                self._nodes[key]["parameters"]["n"] = value
            else:
                self._nodes[key] = node
        else:
            del self._nodes[key]
        self._history.setdefault(key, []).append(value)
        self.edits += 1


def values(doc: Doc) -> dict[str, Value]:
    """What a document holds, as the oracle remembers it."""
    nodes = doc.get("nodes", type=Map)
    return {key: int(nodes[key]["parameters"]["n"]) for key in nodes}
