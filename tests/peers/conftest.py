"""Kernels of a real server, as far as a document is concerned."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mudrock_jupyter.peers import peer as peers
from mudrock_jupyter.peers.discovery import connect
from mudrock_jupyter.peers.room_peer import RoomPeer
from tests.servers import JupyterServer

Until = Callable[[Callable[[], object]], None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """A server that saves rooms a fifth of a second after the last edit."""
    root = tmp_path_factory.mktemp("root")
    config = "c.YDocExtension.document_save_delay = 0.2\nc.YDocExtension.file_poll_interval = 0.3\n"
    with JupyterServer.start(root, base_url="/user/x/", config=config) as running:
        yield running


@pytest.fixture
def in_kernel(server: JupyterServer, monkeypatch: pytest.MonkeyPatch) -> JupyterServer:
    """Make this process look like a kernel of the server, in the server's root."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime_dir))
    monkeypatch.setenv("JPY_PARENT_PID", str(server.pid))
    monkeypatch.chdir(server.root)
    return server


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make this process one that no Jupyter server started, in a folder of its own."""
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def join(in_kernel: JupyterServer) -> Iterator[Callable[[str], RoomPeer]]:
    """Join a room as another kernel would: each call is a peer of its own."""
    joined: list[RoomPeer] = []

    def join(name: str) -> RoomPeer:
        peer = RoomPeer(connect(name))
        joined.append(peer)
        peer.wait_ready()
        return peer

    yield join
    for peer in joined:
        peer.close()


@pytest.fixture(autouse=True)
def _leave_all() -> Iterator[None]:
    yield
    peers._close_all()


def until(condition: Callable[[], object], timeout: float = 10.0) -> None:
    """Wait for something that happens elsewhere."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def on_disk(path: Path) -> dict[str, dict[str, object]]:
    """Return the file's content; Jupyter empties a file before it writes it: look again then."""
    deadline = time.monotonic() + 5
    while True:
        text = path.read_text()
        if text.endswith("}\n") or time.monotonic() > deadline:
            return json.loads(text)
