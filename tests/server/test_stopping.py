"""A server that is asked to stop does, whoever is connected."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from pycrdt import Map

from tests.server.peers import connected, put_session
from tests.servers import STOP_TIMEOUT, JupyterServer

pytestmark = pytest.mark.server


async def test_a_peer_does_not_keep_the_server_from_stopping(tmp_path: Path) -> None:
    (tmp_path / "a.mudrock").write_text('{"format": "mudrock/1", "nodes": {}}')
    with JupyterServer.start(tmp_path) as server:
        session = (await put_session(server, "a.mudrock")).json()
        room = f"text:mudrock:{session['fileId']}"
        async with connected(server, room, session["sessionId"]) as peer:
            peer.doc.get("pipeline", type=Map)["name"] = "said just before"
            await peer.saved()
            process = server.process
            assert process is not None
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait, STOP_TIMEOUT)
        assert process.returncode == 0, server.log[-2000:]
        await asyncio.to_thread(server.restart)
        session = (await put_session(server, "a.mudrock")).json()
        async with connected(server, room, session["sessionId"]) as peer:
            assert peer.doc.get("pipeline", type=Map)["name"] == "said just before"
