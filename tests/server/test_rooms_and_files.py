"""What becomes of edits and files when servers are killed and files change underneath."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest
from pycrdt import Map, create_update_message

from tests.server.conftest import new_document
from tests.server.peers import Peer, arrives, connected, put_session
from tests.servers import JupyterServer

pytestmark = pytest.mark.server

NEVER_SAVE = "c.YDocExtension.document_save_delay = None\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[JupyterServer]:
    """A server of the test's own, which it may kill."""
    with JupyterServer.start(tmp_path / "root") as server:
        yield server


@pytest.fixture
def unsaving(tmp_path: Path) -> Iterator[JupyterServer]:
    """A server that does not write files by itself."""
    with JupyterServer.start(tmp_path / "root", config=NEVER_SAVE) as server:
        yield server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """A server that survives its tests."""
    with JupyterServer.start(tmp_path_factory.mktemp("shared") / "root") as server:
        yield server


@asynccontextmanager
async def opened(server: JupyterServer, path: str) -> AsyncIterator[Peer]:
    """A new peer of the document at `path`."""
    answer = await put_session(server, path)
    assert answer.status_code in {200, 201}, answer.text
    room = f"text:mudrock:{answer.json()['fileId']}"
    async with connected(server, room, answer.json()["sessionId"]) as peer:
        yield peer


def add(peer: Peer, key: str, **fields: object) -> None:
    peer.doc.get("nodes", type=Map)[key] = Map({"id": key, "name": key, **fields})


def nodes(peer: Peer) -> set[str]:
    return set(peer.doc.get("nodes", type=Map).keys())


def on_disk(path: Path) -> dict[str, dict[str, object]]:
    return json.loads(path.read_text())["nodes"]


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.05)


def problem(peer: Peer) -> str:
    return str(peer.doc.get("state", type=Map).get("problem") or "")


# Killed servers


async def test_a_file_that_is_behind_does_not_win(unsaving: JupyterServer) -> None:
    name = new_document(unsaving.root, "stale")
    async with opened(unsaving, name) as peer:
        add(peer, "kept")
        add(peer, "removed")
        await peer.saved()
        del peer.doc.get("nodes", type=Map)["removed"]
        await peer.saved()
    unsaving.kill()
    assert on_disk(unsaving.root / name) == {}
    unsaving.restart()
    async with opened(unsaving, name) as peer:
        assert nodes(peer) == {"kept"}


async def test_a_file_killed_half_way_does_not_win(unsaving: JupyterServer) -> None:
    name = new_document(unsaving.root, "torn")
    async with opened(unsaving, name) as peer:
        for number in range(50):
            add(peer, f"n{number}")
        await peer.saved()
        assert await peer.save() == "success"
    unsaving.kill()
    path = unsaving.root / name
    text = path.read_text()
    set_note(unsaving, "saving", text)
    set_note(unsaving, "saved", "older")
    path.write_text(text[: len(text) // 2])
    unsaving.restart()
    async with opened(unsaving, name) as peer:
        assert len(nodes(peer)) == 50
        assert "error" not in peer.doc.get("state", type=Map)
        assert await peer.save() == "success"
    assert len(on_disk(path)) == 50


def set_note(server: JupyterServer, field: str, text: str) -> None:
    (path,) = server.rooms_log.glob("*.sqlite")
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"UPDATE rooms SET {field} = ?", (text,))
        database.commit()


@pytest.mark.parametrize("when", ["running", "killed"])
async def test_a_change_on_disk_is_merged_with_unsaved_edits(
    unsaving: JupyterServer, when: str
) -> None:
    name = new_document(unsaving.root, "merged")
    path = unsaving.root / name
    async with opened(unsaving, name) as peer:
        add(peer, "both", parameters=Map({"n": 1}))
        add(peer, "old")
        await peer.saved()
        assert await peer.save() == "success"
        edited = path.read_text().replace('"n": 1', '"n": 2')
        tree = json.loads(edited)
        del tree["nodes"]["old"]
        add(peer, "unsaved")
        await peer.saved()
        if when == "killed":
            unsaving.kill()
        path.write_text(json.dumps(tree))
        if when == "killed":
            unsaving.restart()
        if when == "running":
            await until(lambda: nodes(peer) == {"both", "unsaved"})
    async with opened(unsaving, name) as peer:
        assert nodes(peer) == {"both", "unsaved"}
        assert peer.doc.get("nodes", type=Map)["both"]["parameters"].to_py() == {"n": 2}


async def test_an_older_version_from_git_is_taken(server: JupyterServer) -> None:
    name = new_document(server.root, "versions")
    path = server.root / name
    async with opened(server, name) as peer:
        add(peer, "first")
        await until(lambda: set(on_disk(path)) == {"first"})
        committed = path.read_text()
        add(peer, "second")
        assert await peer.save() == "success"
        await peer.saved()
    server.kill()
    path.write_text(committed)
    server.restart()
    async with opened(server, name) as peer:
        assert nodes(peer) == {"first"}


async def test_an_older_date_is_a_change_as_well(server: JupyterServer) -> None:
    name = new_document(server.root, "dates")
    path = server.root / name
    original = path.read_text()
    async with opened(server, name) as peer:
        add(peer, "mine")
        await until(lambda: set(on_disk(path)) == {"mine"})
        path.write_text(original)
        os.utime(path, (1_000_000_000, 1_000_000_000))
        await until(lambda: nodes(peer) == set())


# Files


async def test_a_stream_of_edits_is_saved_now_and_then(server: JupyterServer) -> None:
    name = new_document(server.root, "stream")
    async with opened(server, name) as peer:
        deadline = time.monotonic() + 12
        while time.monotonic() < deadline and not on_disk(server.root / name):
            add(peer, f"n{time.monotonic()}")
            await asyncio.sleep(0.3)
    assert on_disk(server.root / name), "twelve seconds of edits, and none in the file"


async def test_a_deleted_file_is_missed_and_written_again(server: JupyterServer) -> None:
    name = new_document(server.root, "deleted")
    path = server.root / name
    async with opened(server, name) as peer:
        add(peer, "before")
        await until(lambda: set(on_disk(path)) == {"before"})
        path.unlink()
        await until(lambda: "was deleted" in problem(peer))
        assert not path.exists()
        add(peer, "after")
        await until(path.exists)
        await until(lambda: set(on_disk(path)) == {"before", "after"})
        await until(lambda: problem(peer) == "")


async def test_a_file_deleted_in_jupyter_is_written_again_and_has_one_room(
    server: JupyterServer,
) -> None:
    name = new_document(server.root, "trashed")
    path = server.root / name
    async with opened(server, name) as peer:
        add(peer, "before")
        await until(lambda: set(on_disk(path)) == {"before"})
        httpx.delete(server.url + f"api/contents/{name}", headers=server.headers)
        await until(lambda: not path.exists())
        add(peer, "after")
        await until(path.exists)
        assert (await peer.closed())[0] == 1012
    async with opened(server, name) as one, opened(server, name) as two:
        assert nodes(one) == {"before", "after"}
        add(one, "more")
        assert await arrives(two.doc, "nodes", "more")


async def test_a_renamed_file_is_followed(server: JupyterServer) -> None:
    name = new_document(server.root, "old")
    async with opened(server, name) as peer:
        answer = httpx.patch(
            server.url + f"api/contents/{name}",
            headers=server.headers,
            json={"path": "new.mudrock"},
        )
        assert answer.status_code == 200
        add(peer, "after")
        await until(lambda: set(on_disk(server.root / "new.mudrock")) == {"after"})
        await until(lambda: peer.doc.get("state", type=Map).get("path") == "new.mudrock")
    assert not (server.root / name).exists()


async def test_a_file_moved_while_the_server_is_down_keeps_its_edits(
    unsaving: JupyterServer,
) -> None:
    name = new_document(unsaving.root, "here")
    async with opened(unsaving, name) as peer:
        add(peer, "unsaved")
        await peer.saved()
    unsaving.kill()
    (unsaving.root / name).rename(unsaving.root / "there.mudrock")
    unsaving.restart()
    async with opened(unsaving, "there.mudrock") as peer:
        assert nodes(peer) == {"unsaved"}


async def test_a_copy_has_a_history_of_its_own(unsaving: JupyterServer) -> None:
    name = new_document(unsaving.root, "original")
    async with opened(unsaving, name) as peer:
        add(peer, "unsaved")
        await peer.saved()
        (unsaving.root / "copy.mudrock").write_text((unsaving.root / name).read_text())
        async with opened(unsaving, "copy.mudrock") as copy:
            assert nodes(copy) == set()


async def test_a_broken_file_is_kept_until_somebody_decides(server: JupyterServer) -> None:
    name = new_document(server.root, "broken")
    path = server.root / name
    async with opened(server, name) as peer:
        add(peer, "mine")
        await until(lambda: set(on_disk(path)) == {"mine"})
        path.write_text('{"format": "mudrock/1", oops')
        state = peer.doc.get("state", type=Map)
        await until(lambda: "line 1" in str(state.get("error")))
        add(peer, "more")
        await asyncio.sleep(2)
        assert path.read_text() == '{"format": "mudrock/1", oops'
        del state["unparsed"]
        del state["error"]
        await until(lambda: "oops" not in path.read_text())
        assert set(on_disk(path)) == {"mine", "more"}
        copy = server.root / f"{name}.broken-1"
        assert copy.read_text() == '{"format": "mudrock/1", oops'


async def test_a_file_repaired_while_the_server_was_down_is_taken(server: JupyterServer) -> None:
    name = new_document(server.root, "repaired")
    path = server.root / name
    async with opened(server, name) as peer:
        add(peer, "mine")
        assert await peer.save() == "success"
        good = path.read_text()
        path.write_text("{oops")
        await until(lambda: "error" in peer.doc.get("state", type=Map))
        add(peer, "more")
        await peer.saved()
    server.kill()
    path.write_text(good)
    server.restart()
    async with opened(server, name) as peer:
        assert "error" not in peer.doc.get("state", type=Map)
        await until(lambda: set(on_disk(path)) == {"mine", "more"})


async def test_a_locked_log_is_told_and_nothing_is_lost(unsaving: JupyterServer) -> None:
    name = new_document(unsaving.root, "locked")
    async with opened(unsaving, name) as peer, opened(unsaving, name) as other:
        await peer.saved()
        (path,) = unsaving.rooms_log.glob("*.sqlite")
        with closing(sqlite3.connect(path, isolation_level=None)) as lock:
            lock.execute("BEGIN IMMEDIATE")
            add(peer, "waiting")
            answer = await peer.durable()
            assert answer["status"] == "waiting"
            assert "locked by another program" in str(answer["message"])
            assert await arrives(other.doc, "nodes", "waiting"), "the room goes on"
            lock.execute("ROLLBACK")
        assert (await peer.answer("durable", int(str(answer["responseTo"]))))["status"] == "saved"
    unsaving.kill()
    unsaving.restart()
    async with opened(unsaving, name) as peer:
        assert nodes(peer) == {"waiting"}


async def test_a_hard_link_is_no_second_room(server: JupyterServer) -> None:
    name = new_document(server.root, "one")
    (server.root / "two.mudrock").hardlink_to(server.root / name)
    async with opened(server, name):
        with pytest.raises(Exception, match="409"):
            async with opened(server, "two.mudrock"):
                pass


@pytest.mark.parametrize("alias", ["{}/", "./{}", "x/../{}"])
async def test_another_spelling_is_no_second_room(server: JupyterServer, alias: str) -> None:
    name = new_document(server.root, "spelled")
    (server.root / "x").mkdir()
    first = (await put_session(server, name)).json()["fileId"]
    answer = await put_session(server, alias.format(name))
    assert answer.status_code in {404, 409} or answer.json()["fileId"] == first


# The log


async def test_saved_means_that_a_kill_does_not_matter(unsaving: JupyterServer) -> None:
    name = new_document(unsaving.root, "kept")
    saved: set[str] = set()
    for life in range(3):
        async with opened(unsaving, name) as peer:
            assert nodes(peer) >= saved
            for number in range(20):
                add(peer, key := f"n{life}-{number}")
                await peer.saved()
                saved.add(key)
            add(peer, f"perhaps-{life}")
            unsaving.kill()
        unsaving.restart()
    async with opened(unsaving, name) as peer:
        assert nodes(peer) >= saved


async def test_an_update_that_is_not_taken_is_not_called_saved(server: JupyterServer) -> None:
    name = new_document(server.root, "bad")
    async with opened(server, name) as peer:
        # An embedded object whose JSON is none: it is where it should be, and cannot be read.
        await peer.send(create_update_message(bytes.fromhex("010101000501016d017b00")))
        assert (await peer.durable())["status"] == "refused"


@pytest.mark.parametrize(
    "frame",
    [
        create_update_message(bytes.fromhex("010101000801016d01" + "7501" * 100_000)),
        create_update_message(bytes.fromhex("ffffff7a")),
        bytes.fromhex("0000" + "04ffffff7a"),
        bytes([1]) + b"x" * 70_000,
        bytes([0, 2]) + b"x" * (17 * 1024 * 1024),
        bytes([7, 7]),
        bytes([0, 7, 0]),
        b"",
    ],
    ids=["nested", "clients", "vector", "awareness", "size", "type", "sync", "empty"],
)
async def test_a_hostile_frame_ends_its_connection_and_nothing_else(
    shared: JupyterServer, frame: bytes
) -> None:
    name = new_document(shared.root, f"hostile{abs(hash(frame))}")
    async with opened(shared, name) as one, opened(shared, name) as two:
        await one.send(frame)
        assert (await one.closed())[0] in {1007, 1009}
        add(two, "alive")
        await two.saved()
        async with opened(shared, name) as three:
            assert nodes(three) == {"alive"}


async def test_a_flood_is_slowed_down_and_nothing_is_lost(shared: JupyterServer) -> None:
    name = new_document(shared.root, "flood")
    async with opened(shared, name) as one, opened(shared, name) as two:
        execution = one.doc.get("execution", type=Map)
        for number in range(24_000):
            execution["n"] = number
        started = time.monotonic()
        await one.saved()
        assert time.monotonic() - started > 1
        await until(lambda: two.doc.get("execution", type=Map).get("n") == 23_999)


async def test_a_deleted_log_is_written_again(unsaving: JupyterServer) -> None:
    name = new_document(unsaving.root, "relogged")
    async with opened(unsaving, name) as peer:
        add(peer, "before")
        await peer.saved()
        unsaving.forget_rooms()
        add(peer, "after")
        await peer.saved()
    unsaving.kill()
    unsaving.restart()
    async with opened(unsaving, name) as peer:
        assert nodes(peer) == {"before", "after"}


async def test_servers_with_different_files_do_not_share_a_history(
    server: JupyterServer, tmp_path: Path
) -> None:
    """With a client id of 0 both have the state vector {0: n}, and never exchange."""
    broken = "{oops, number %d"
    (server.root / "a.mudrock").write_text(broken % 1)
    (server.root / "b.mudrock").write_text(broken % 2)
    async with opened(server, "a.mudrock") as a, opened(server, "b.mudrock") as b:
        b.doc.apply_update(a.doc.get_update(b.doc.get_state()))
        a.doc.apply_update(b.doc.get_update(a.doc.get_state()))
        texts = [peer.doc.get("state", type=Map).get("unparsed") for peer in (a, b)]
        assert texts[0] == texts[1]
