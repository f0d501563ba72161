"""The local log: what it called durable survives, whatever happens to its file."""

from __future__ import annotations

import asyncio
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from pycrdt import Doc, Map

from mudrock_jupyter.server.local_log import LocalLog
from mudrock_jupyter.server.log_file import LogFile, Note, Update
from mudrock_jupyter.spec.errors import ReadFailed


class Author:
    """A document whose every change goes into the log, as a room's does."""

    def __init__(self, log: LocalLog, room: str = "r") -> None:
        self.log, self.room, self.position = log, room, 0
        self.doc: Doc = Doc()
        self.nodes = self.doc.get("nodes", type=Map)
        self._subscription = self.doc.observe(self._append)
        log.on_renewal(self, self._write_all)

    def _append(self, event: object) -> None:
        self.position = self.log.append(Update(self.room, event.update))

    def _write_all(self) -> None:
        self.position = self.log.append(Update(self.room, self.doc.get_update()))

    def edit(self, count: int = 1, size: int = 10) -> None:
        for _ in range(count):
            self.nodes[f"n{len(self.nodes)}"] = {"text": "x" * size}

    async def saved(self) -> None:
        await asyncio.wait_for(self.log.until_durable(self.log.position), 20)


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[LocalLog]:
    log = LocalLog(tmp_path / "log.sqlite")
    yield log
    log.close()


def nodes_in(path: Path, room: str = "r") -> set[str]:
    """What a server that starts now would find."""
    with closing(LogFile(path)) as file:
        stored = file.read(room)
    if stored is None:
        return set()
    doc: Doc = Doc()
    doc.apply_update(stored.update)
    return set(doc.get("nodes", type=Map).keys())


async def test_what_was_appended_can_be_read(log: LocalLog) -> None:
    author = Author(log)
    assert await log.read("r") is None
    author.edit(300)
    log.append(Note("r", "saved", "text"), Note("r", "document", "d"), Note("r", "path", "p"))
    stored = await log.read("r")
    assert stored is not None
    copy: Doc = Doc()
    copy.apply_update(stored.update)
    assert copy.get("nodes", type=Map).to_py() == author.nodes.to_py()
    assert (stored.saved, stored.saving, stored.damaged) == ("text", None, False)
    assert await log.rooms_of("d") == [("r", "p")]
    await log.rename("r", "s")
    assert await log.read("r") is None
    assert (await log.read("s")).saved == "text"


WRITER = """
import asyncio, sys
from pathlib import Path
from mudrock_jupyter.server.local_log import LocalLog
from tests.server.test_local_log import Author

async def main():
    author = Author(LocalLog(Path(sys.argv[1])))
    while True:
        author.edit(20)
        await author.saved()
        print(len(author.nodes), flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("rounds", [3, 30])
def test_a_killed_server_loses_nothing_that_was_durable(tmp_path: Path, rounds: int) -> None:
    path = tmp_path / "log.sqlite"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        durable = [process.stdout.readline() for _ in range(rounds)]
        process.send_signal(signal.SIGKILL)
        durable += process.stdout.readlines()
    count = int(durable[-1])
    assert nodes_in(path) >= {f"n{n}" for n in range(count)}


async def test_a_locked_log_waits_and_says_so(log: LocalLog) -> None:
    author = Author(log)
    author.edit()
    await author.saved()
    with closing(sqlite3.connect(log.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        author.edit()
        problem = await asyncio.wait_for(log.settle(author.position), 10)
        assert "locked" in problem
        assert log.durable < author.position
        stored = await log.read("r")
        assert stored is not None
        copy: Doc = Doc()
        copy.apply_update(stored.update)
        assert "n1" in copy.get("nodes", type=Map), "what waits for the disk belongs to it"
        other.execute("ROLLBACK")
    await author.saved()
    assert await log.settle(author.position) == ""
    assert nodes_in(log.path) == {"n0", "n1"}


def delete(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def delete_journal(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink()


def move(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


def scribble(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1000)


@pytest.mark.parametrize("harm", [delete, delete_journal, move, scribble])
async def test_a_log_that_is_gone_begins_anew_from_the_open_rooms(
    log: LocalLog, harm: Callable[[Path], None]
) -> None:
    one, two = Author(log, "one"), Author(log, "two")
    one.edit(5)
    two.edit(5)
    await one.saved()
    harm(log.path)
    one.edit()
    await one.saved()
    assert nodes_in(log.path, "one") == set(one.nodes.keys())
    assert nodes_in(log.path, "two") == set(two.nodes.keys())
    assert log.problem == ""


async def test_a_broken_page_is_noticed_and_the_rest_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    first = LocalLog(path)
    closed = Author(first, "closed")
    closed.edit(60, size=500)
    await closed.saved()
    first.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(content)

    log = LocalLog(path)
    stored = await log.read("closed")
    author = Author(log, "open")
    author.edit(3)
    await author.saved()
    log.close()
    assert nodes_in(path, "open") == {"n0", "n1", "n2"}
    assert stored is not None
    kept = nodes_in(path, "closed")
    assert "n0" in kept
    assert len(kept) < 60
    assert list(tmp_path.glob("log.sqlite.broken-*")), "the broken log is kept"


async def test_a_full_disk_loses_nothing(log: LocalLog) -> None:
    author = Author(log)
    author.edit()
    await author.saved()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        author.edit(200, size=2000)
        problem = await asyncio.wait_for(log.settle(author.position), 10)
        assert str(log.path) in problem
        assert log.durable < author.position
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await author.saved()
    assert nodes_in(log.path) == set(author.nodes.keys())


async def test_a_long_outage_does_not_fill_the_memory(
    log: LocalLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mudrock_jupyter.server.local_log.MAXIMUM_WAITING_BYTES", 10_000)
    author = Author(log)
    author.edit()
    await author.saved()
    with closing(sqlite3.connect(log.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        author.edit(500, size=100)
        assert log._waiting_bytes <= 10_000
        other.execute("ROLLBACK")
    monkeypatch.undo()
    await author.saved()
    assert nodes_in(log.path) == set(author.nodes.keys())


async def test_a_log_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    log = LocalLog(tmp_path / "file" / "log.sqlite")
    with pytest.raises(ReadFailed, match="part of the path is a file"):
        await log.read("r")
    log.close()


async def test_a_long_history_is_compacted_to_the_same(log: LocalLog) -> None:
    author = Author(log)
    author.edit(300)
    del author.nodes["n7"]
    await author.saved()
    await log.read("r")
    await log.read("r")
    with closing(sqlite3.connect(log.path)) as database:
        assert database.execute("SELECT COUNT(*) FROM updates").fetchone() == (1,)
    assert nodes_in(log.path) == set(author.nodes.keys())
    author.edit()
    await author.saved()
    assert nodes_in(log.path) == set(author.nodes.keys())


async def test_a_damaged_history_is_not_compacted(log: LocalLog) -> None:
    author = Author(log)
    author.edit(300)
    await author.saved()
    with closing(sqlite3.connect(log.path)) as database:
        database.execute("UPDATE updates SET content = x'00ff' WHERE seq = 250")
        database.commit()
    stored = await log.read("r")
    assert stored is not None
    assert stored.damaged
    with closing(sqlite3.connect(log.path)) as database:
        assert database.execute("SELECT COUNT(*) FROM updates").fetchone() == (300,)
