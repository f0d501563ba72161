"""Edits that were called saved are there at the end, whatever happened meanwhile.

pytest tests/faults                 a few seeds per fault
pytest tests/faults --seeds 50      the long profile
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.editors import Editor, values
from tests.server.conftest import new_document
from tests.server.peers import connected, put_session
from tests.servers import JupyterServer

pytestmark = pytest.mark.server

CONFIG = "c.YDocExtension.document_save_delay = 0.3\n"
ROUNDS = 3

Fault = Callable[[JupyterServer, list[Editor], random.Random], Awaitable[None]]


async def kill(server: JupyterServer, editors: list[Editor], draw: random.Random) -> None:
    server.kill()
    await asyncio.sleep(draw.random())
    await asyncio.to_thread(server.restart)


async def stop(server: JupyterServer, editors: list[Editor], draw: random.Random) -> None:
    await asyncio.to_thread(server.restart)


async def disconnect(server: JupyterServer, editors: list[Editor], draw: random.Random) -> None:
    draw.choice(editors).disconnect()


async def change_file(server: JupyterServer, editors: list[Editor], draw: random.Random) -> None:
    path = server.root / "shared.mudrock"
    tree = json.loads(path.read_text())
    tree["description"] = f"changed {draw.random()}"
    path.write_text(json.dumps(tree))


async def delete_file(server: JupyterServer, editors: list[Editor], draw: random.Random) -> None:
    (server.root / "shared.mudrock").unlink(missing_ok=True)


async def lock_log(server: JupyterServer, editors: list[Editor], draw: random.Random) -> None:
    for path in server.rooms_log.glob("*.sqlite"):
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as database:
            database.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(3 * draw.random())
            database.execute("ROLLBACK")


async def delete_log(server: JupyterServer, editors: list[Editor], draw: random.Random) -> None:
    server.forget_rooms()
    await asyncio.sleep(3)


async def break_log(server: JupyterServer, editors: list[Editor], draw: random.Random) -> None:
    for path in server.rooms_log.glob("*.sqlite"):
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(draw.randrange(max(1, size // 4096)) * 4096)
            file.write(draw.randbytes(4096))
    await asyncio.sleep(3)


FAULTS = [kill, stop, disconnect, change_file, delete_file, lock_log, delete_log, break_log]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[JupyterServer]:
    with JupyterServer.start(tmp_path / "root", config=CONFIG) as server:
        yield server


@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_what_was_called_saved_is_there(
    server: JupyterServer, fault: Fault, seed: int
) -> None:
    draw = random.Random(seed)
    path = new_document(server.root, "shared")
    editors = [Editor(server, path, name, seed) for name in "ab"]
    lives = [asyncio.create_task(editor.live()) for editor in editors]
    works = [asyncio.create_task(editor.work()) for editor in editors]
    for _ in range(ROUNDS):
        await asyncio.sleep(0.5 + draw.random())
        await fault(server, editors, draw)
    await asyncio.sleep(0.5)
    for task in works:
        task.cancel()
    for editor in editors:
        await editor.settle()
        editor.leaving = True
    # Not cancelled: Python 3.11's `wait_for` may lose a cancellation.
    await asyncio.gather(*works, *lives, return_exceptions=True)

    if fault in (delete_file, break_log):  # the file is all, or a part, of what is left
        await in_file(server.root / path, values(editors[0].doc) | values(editors[1].doc))
    whole = await reopened(server, path)
    assert [lost for editor in editors for lost in editor.broken_promises(whole)] == []
    for editor in editors:
        assert editor.promises > 0
        own = {key: value for key, value in values(editor.doc).items() if key[0] == editor.name}
        assert own.items() <= whole.items()


async def reopened(server: JupyterServer, path: str) -> dict[str, int | None]:
    """Kill the server, and read what a new one shows; the file has to follow."""
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.restart)
    answer = await put_session(server, path)
    room = f"text:mudrock:{answer.json()['fileId']}"
    async with connected(server, room, answer.json()["sessionId"]) as peer:
        whole = values(peer.doc)
        await in_file(server.root / path, whole)
    return whole


async def in_file(path: Path, nodes: dict[str, int | None]) -> None:
    deadline = time.monotonic() + 20
    while not path.exists() or on_disk(path) != nodes:
        assert time.monotonic() < deadline, "the file does not follow"
        await asyncio.sleep(0.1)


def on_disk(path: Path) -> dict[str, int | None]:
    nodes = json.loads(path.read_text())["nodes"]
    return {key: node["parameters"]["n"] for key, node in nodes.items()}
