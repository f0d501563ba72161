"""What a kernel is told of its edits is true: against real servers, killed and restarted."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mudrock_jupyter.documents import graph
from mudrock_jupyter.peers import room_peer
from mudrock_jupyter.peers.discovery import connect
from mudrock_jupyter.peers.ledger import Sync
from mudrock_jupyter.peers.room_peer import RoomPeer
from mudrock_jupyter.spec.errors import NotConnected, WriteFailed
from tests.peers.conftest import on_disk, until
from tests.servers import JupyterServer

pytestmark = pytest.mark.server
LONG = 60.0


@pytest.fixture
def slow_saver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JupyterServer]:
    """A server that writes files a minute after the last edit, so that only its log is in time."""
    config = f"c.YDocExtension.document_save_delay = {LONG}\n"
    with JupyterServer.start(tmp_path / "root", config=config) as server:
        monkeypatch.setattr(room_peer, "BACKOFF", (0.2,))
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime_dir))
        monkeypatch.setenv("JPY_PARENT_PID", str(server.pid))
        monkeypatch.chdir(server.root)
        yield server


@pytest.fixture
def enter(slow_saver: JupyterServer) -> Iterator[Callable[[str], RoomPeer]]:
    """Join a room of it as a kernel."""
    joined: list[RoomPeer] = []

    def enter(name: str) -> RoomPeer:
        peer = RoomPeer(connect(name))
        joined.append(peer)
        peer.wait_ready()
        return peer

    yield enter
    for peer in joined:
        peer.close()


@contextmanager
def locked(server: JupyterServer) -> Iterator[None]:
    """Keep the server from writing its log."""
    (file,) = server.rooms_log.glob("*.sqlite")
    with closing(sqlite3.connect(file, isolation_level=None)) as log:
        log.execute("BEGIN IMMEDIATE")
        yield
        log.execute("ROLLBACK")


def add(peer: RoomPeer, operator: str = "vsh_linear") -> str:
    return peer.call(lambda doc: graph.add_node(doc, operator))


def test_an_edit_that_is_called_saved_survives_a_kill(
    enter: Callable[[str], RoomPeer], slow_saver: JupyterServer
) -> None:
    peer = enter("p.mudrock")
    node = add(peer)
    assert peer.sync in {Sync("saving", 1), Sync("saved")}
    peer.wait_until_saved(5)
    assert peer.sync == Sync("saved")
    slow_saver.kill()
    assert node not in on_disk(slow_saver.root / "p.mudrock")["nodes"]
    until(lambda: peer.sync.status == "offline")
    assert peer.sync.pending == 0
    peer.close()
    slow_saver.restart()
    assert set(enter("p.mudrock").spec().nodes) == {node}


def test_edits_made_offline_are_counted_and_saved_once_there_is_a_server(
    enter: Callable[[str], RoomPeer], slow_saver: JupyterServer
) -> None:
    peer = enter("p.mudrock")
    node = add(peer)
    peer.wait_until_saved(5)
    slow_saver.kill()
    until(lambda: peer.sync.status == "offline")
    peer.call(lambda doc: graph.set_parameter(doc, node, "gr_clean", 20))
    add(peer, "phi_density")
    peer.call(lambda doc: graph.set_run_status(doc, "pipeline", {"status": "running"}))
    sync = peer.sync
    assert (sync.status, sync.pending) == ("offline", 2)
    assert "Jupyter server" in sync.message
    with pytest.raises(NotConnected, match=r"p\.mudrock: the last 2 changes are not known to be"):
        peer.wait_until_saved(0.3)
    slow_saver.restart()
    peer.wait_until_saved(20)
    assert peer.sync == Sync("saved")
    tree = peer.tree()
    slow_saver.kill()
    slow_saver.restart()
    assert enter("p.mudrock").tree() == tree


def test_waiting_for_the_log_is_said_and_ends(
    enter: Callable[[str], RoomPeer], slow_saver: JupyterServer
) -> None:
    peer = enter("p.mudrock")
    with locked(slow_saver):
        add(peer)
        until(lambda: peer.sync.status == "error", 15)
        assert peer.sync.pending == 1
        assert peer.sync.message
        with pytest.raises(WriteFailed, match="the last change is not known to be saved"):
            peer.wait_until_saved(0.1)
    peer.wait_until_saved(10)
    assert peer.sync == Sync("saved")


def test_an_edit_that_was_sent_but_never_saved_goes_into_the_file(
    enter: Callable[[str], RoomPeer], slow_saver: JupyterServer
) -> None:
    peer = enter("p.mudrock")
    before = add(peer)
    peer.wait_until_saved(5)
    with locked(slow_saver):
        sent = add(peer, "phi_density")
        until(lambda: peer.sync.status == "error", 15)
        slow_saver.kill()
    until(lambda: peer.sync.status == "offline")
    assert peer.sync.pending == 1
    peer.close()
    assert set(on_disk(slow_saver.root / "p.mudrock")["nodes"]) == {sent}
    slow_saver.restart()
    assert set(enter("p.mudrock").spec().nodes) == {before, sent}


def test_a_rescue_leaves_other_people_s_later_edits_alone(
    enter: Callable[[str], RoomPeer], slow_saver: JupyterServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = enter("p.mudrock"), enter("p.mudrock")
    node = add(theirs)
    theirs.call(lambda doc: graph.set_parameter(doc, node, "gr_clean", 10))
    until(lambda: node in mine.spec().nodes and mine.spec().nodes[node].parameters)
    monkeypatch.setattr(room_peer, "BACKOFF", (LONG,))
    _cut(mine)
    until(lambda: mine.sync.status == "offline")
    theirs.call(lambda doc: graph.set_parameter(doc, node, "gr_clean", 30))
    theirs.wait_until_saved(5)
    offline = add(mine, "phi_density")
    mine.close()
    until(lambda: offline in theirs.spec().nodes)
    assert theirs.spec().nodes[node].parameters == {"gr_clean": 30}


def test_a_script_without_a_server_says_what_it_could_not_save(
    enter: Callable[[str], RoomPeer], slow_saver: JupyterServer
) -> None:
    enter("p.mudrock")
    script = (
        "from mudrock_jupyter.documents import graph\n"
        "from mudrock_jupyter.peers.peer import open_peer\n"
        "peer = open_peer('p.mudrock')\n"
        "peer.call(lambda doc: graph.add_node(doc, 'phi_density'))\n"
        "peer.wait_until_saved(5)\n"
        "print('saved', flush=True)\n"
        "input()\n"
        "peer.call(lambda doc: graph.add_node(doc, 'vsh_linear'))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script],
        cwd=slow_saver.root,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == "saved\n"
        with locked(slow_saver):
            started = time.monotonic()
            _, said = process.communicate("go on\n", timeout=30)
            assert time.monotonic() - started < 10
    assert process.returncode == 0
    assert said.startswith("mudrock: p.mudrock: the last change is not known to be saved within 4")
    assert "Traceback" not in said


def test_a_server_without_our_extension_is_shared_and_never_called_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_peer, "SHARED_AFTER", 0.5)
    with JupyterServer.start(tmp_path, extensions={"mudrock_jupyter": False}) as server:
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime_dir))
        monkeypatch.setenv("JPY_PARENT_PID", str(server.pid))
        monkeypatch.chdir(tmp_path)
        peer = RoomPeer(connect("p.mudrock"))
        peer.wait_ready()
        add(peer)
        assert peer.sync == Sync("saving", 1)
        until(lambda: peer.sync == Sync("shared"))
        add(peer)
        assert peer.sync == Sync("shared")
        peer.wait_until_saved(1)
        peer.close()


def test_what_is_wrong_with_the_file_is_told_though_the_edit_is_saved(
    enter: Callable[[str], RoomPeer], slow_saver: JupyterServer
) -> None:
    peer = enter("p.mudrock")
    add(peer)
    peer.wait_until_saved(5)
    (slow_saver.root / "p.mudrock").unlink()
    until(lambda: "deleted or moved" in peer.sync.message)
    assert peer.sync.status == "saved"


def test_a_quiet_peer_leaves_no_trace_in_the_server_s_log(
    enter: Callable[[str], RoomPeer],
    slow_saver: JupyterServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_peer, "CHECK_SESSION_EVERY", 0.1)
    peer = enter("p.mudrock")
    peer.wait_until_saved(5)
    before = slow_saver.log
    time.sleep(1.5)
    said = slow_saver.log.removeprefix(before)
    assert "p.mudrock" not in said
    assert "session" not in said.lower()
    assert peer.sync == Sync("saved")


def test_a_peer_of_a_server_s_former_life_moves_to_the_new_one(
    enter: Callable[[str], RoomPeer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_peer, "CHECK_SESSION_EVERY", 0.1)
    peer = enter("p.mudrock")
    peer.wait_until_saved(5)
    told = iter(["another life"])
    really = type(peer._server).session_id
    monkeypatch.setattr(
        type(peer._server), "session_id", lambda server: next(told, None) or really(server)
    )
    until(lambda: peer.sync.status != "saved")
    until(lambda: peer.sync == Sync("saved"))


def _cut(peer: RoomPeer) -> None:
    """Drop the peer's connection without a word."""

    async def cut() -> None:
        peer._socket.transport.abort()

    peer._thread.start(cut()).result(5)
