"""Kernels as live peers of a real server's room."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from mudrock_jupyter.documents import graph
from mudrock_jupyter.peers.peer import LOCAL, open_peer
from mudrock_jupyter.peers.room_peer import RoomPeer
from mudrock_jupyter.spec.errors import InvalidDocument, NotConnected
from tests.peers.conftest import on_disk, until
from tests.servers import JupyterServer

pytestmark = pytest.mark.server
Join = Callable[[str], RoomPeer]


def add(peer: RoomPeer, operator: str = "vsh_linear", **parameters: object) -> str:
    return peer.call(lambda doc: graph.add_node(doc, operator, parameters=parameters))


def test_two_kernels_and_the_file_converge(join: Join, in_kernel: JupyterServer) -> None:
    one, other = join("two.mudrock"), join("two.mudrock")
    logs = add(one, "well_logs", wells=["15/9-F-1"])
    until(lambda: logs in other.spec().nodes)
    vsh = other.call(lambda doc: graph.add_node(doc, "vsh_linear", inputs={"input": logs}))
    until(lambda: vsh in one.spec().nodes)
    assert one.tree() == other.tree()
    file = in_kernel.root / "two.mudrock"
    until(lambda: vsh in on_disk(file)["nodes"])
    until(lambda: on_disk(file) == one.tree())


def test_a_missing_file_is_created_before_the_room(join: Join, in_kernel: JupyterServer) -> None:
    assert not (in_kernel.root / "new.mudrock").exists()
    peer = join("new.mudrock")
    assert on_disk(in_kernel.root / "new.mudrock")["id"] == peer.spec().id != ""
    assert " 404 " not in in_kernel.log


def test_the_same_path_is_the_same_peer(in_kernel: JupyterServer) -> None:
    (in_kernel.root / "deep").mkdir()
    peer = open_peer("deep/same.mudrock")
    assert open_peer("./deep/../deep/same.mudrock") is peer
    assert str(peer.connection).startswith("Shared live as 'deep/same.mudrock', because")
    assert peer.status.state == "synced"
    peer.close()
    assert peer.status.state == "closed"
    with pytest.raises(NotConnected, match="closed"):
        peer.tree()
    assert open_peer("deep/same.mudrock") is not peer


def test_an_edit_arrives_while_this_thread_is_busy(join: Join) -> None:
    one, other = join("busy.mudrock"), join("busy.mudrock")
    seen: list[float] = []
    other.observe(lambda change: seen.append(time.monotonic()))
    threading.Timer(0.2, lambda: add(one)).start()
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        sum(range(1000))
    assert seen
    assert seen[0] < end - 0.3


def test_undo_takes_back_own_work_only(join: Join) -> None:
    one, other = join("undo.mudrock"), join("undo.mudrock")
    mine = add(one)
    until(lambda: mine in other.spec().nodes)
    theirs = add(other, "phi_density")
    until(lambda: theirs in one.spec().nodes)
    assert one.undo()
    assert set(one.spec().nodes) == {theirs}
    assert not one.undo()
    until(lambda: set(other.spec().nodes) == {theirs})
    assert one.redo()
    until(lambda: set(other.spec().nodes) == {mine, theirs})


def test_changes_tell_where_they_came_from(join: Join) -> None:
    one, other = join("sources.mudrock"), join("sources.mudrock")
    sources: list[object] = []
    one.observe(lambda change: sources.append(change.source))
    add(one)
    until(lambda: sources == [LOCAL])
    add(other)
    until(lambda: sources == [LOCAL, "server"])


def test_a_listener_that_raises_stops_nobody(join: Join, caplog: pytest.LogCaptureFixture) -> None:
    peer, seen = join("listeners.mudrock"), []

    def broken(_change: object) -> None:
        raise RuntimeError("broken listener")

    peer.observe(broken)
    peer.observe(seen.append)
    with caplog.at_level(logging.ERROR):
        add(peer)
        until(lambda: seen)
    assert "listeners.mudrock" in caplog.text


def test_a_change_on_disk_reaches_the_kernel_and_keeps_its_edits(
    join: Join, in_kernel: JupyterServer
) -> None:
    peer, file = join("disk.mudrock"), in_kernel.root / "disk.mudrock"
    mine = add(peer)
    until(lambda: mine in on_disk(file)["nodes"])
    time.sleep(1.1)  # Jupyter compares times of whole seconds on some file systems
    tree = on_disk(file)
    tree["nodes"]["fromdisk0000"] = {"name": "from_disk", "operatorId": "phi_density"}
    file.write_text(json.dumps(tree))
    until(lambda: "fromdisk0000" in peer.spec().nodes)
    assert mine in peer.spec().nodes


def test_an_emptied_file_is_saved_again(join: Join, in_kernel: JupyterServer) -> None:
    peer, file = join("emptied.mudrock"), in_kernel.root / "emptied.mudrock"
    mine = add(peer)
    until(lambda: mine in on_disk(file)["nodes"])
    time.sleep(1.1)  # Jupyter compares times of whole seconds on some file systems
    file.write_text("")
    until(lambda: file.read_text() and mine in on_disk(file)["nodes"])
    assert set(peer.spec().nodes) == {mine}


def test_a_broken_file_is_never_written(join: Join, in_kernel: JupyterServer) -> None:
    file = in_kernel.root / "broken.mudrock"
    file.write_text('{"nodes": {')
    with pytest.raises(InvalidDocument, match=r"broken\.mudrock.*line 1, column 12"):
        join("broken.mudrock")
    time.sleep(0.5)
    assert file.read_text() == '{"nodes": {'


def test_the_kernel_shows_itself_as_present(join: Join) -> None:
    peer = join("present.mudrock")
    assert peer._awareness.get_local_state()["kind"] == "kernel"
    assert peer._awareness.get_local_state()["user"]["name"]


def test_the_token_appears_nowhere(
    join: Join, in_kernel: JupyterServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        peer = join("secret.mudrock")
        add(peer)
    token = in_kernel.token
    assert token not in caplog.text
    assert token not in repr(peer.connection) + str(peer.connection.server) + str(peer.status)
    assert token not in in_kernel.log


def test_leaving_sends_the_last_edit(join: Join) -> None:
    other = join("leave.mudrock")
    for _ in range(3):
        peer = join("leave.mudrock")
        last = add(peer)
        peer.close()
        until(lambda last=last: last in other.spec().nodes)


def test_a_deleted_file_is_reported(join: Join, in_kernel: JupyterServer) -> None:
    peer = join("gone.mudrock")
    (in_kernel.root / "gone.mudrock").unlink()
    peer.close()
    httpx.get(in_kernel.url + "api/status", headers=in_kernel.headers)
    with pytest.raises(NotConnected, match="deleted or moved"):
        RoomPeer(peer.connection).wait_ready(2)


def test_a_server_restart_loses_and_doubles_nothing(
    join: Join, in_kernel: JupyterServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mudrock_jupyter.peers.room_peer.BACKOFF", (0.2,))
    one, other = join("restart.mudrock"), join("restart.mudrock")
    before = add(one, gr_clean=20)
    until(lambda: before in on_disk(in_kernel.root / "restart.mudrock")["nodes"])
    until(lambda: before in other.spec().nodes)
    in_kernel.kill()
    until(lambda: one.status.state == "offline" and other.status.state == "offline")
    offline_one = add(one, "phi_density", rho_ma=2.65)
    offline_other = add(other, "sw_archie", rw=0.05)
    one.call(lambda doc: graph.set_parameter(doc, before, "gr_clean", 25))
    in_kernel.restart()
    everything = {before, offline_one, offline_other}
    until(lambda: set(one.spec().nodes) == set(other.spec().nodes) == everything, 20)
    until(lambda: other.spec().nodes[before].parameters == {"gr_clean": 25})
    assert one.tree() == other.tree()
    assert one.status.state == "synced"
    until(lambda: on_disk(in_kernel.root / "restart.mudrock") == one.tree())
    assert one.undo()
    assert one.spec().nodes[before].parameters == {"gr_clean": 20}


@pytest.mark.parametrize("keep_history", [True, False])
def test_an_edit_made_offline_survives_the_end_of_the_kernel(
    join: Join, in_kernel: JupyterServer, keep_history: bool
) -> None:
    name = f"offline-{keep_history}.mudrock"
    peer, file = join(name), in_kernel.root / name
    before = add(peer)
    until(lambda: before in on_disk(file)["nodes"])
    in_kernel.kill()
    until(lambda: peer.status.state == "offline")
    offline = add(peer, "phi_density")
    peer.close()
    assert set(on_disk(file)["nodes"]) == {before, offline}
    if not keep_history:
        in_kernel.forget_rooms()
    in_kernel.restart()
    assert set(join(name).spec().nodes) == {before, offline}


def test_a_server_that_forgot_the_rooms_history_loses_no_node(
    join: Join, in_kernel: JupyterServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mudrock_jupyter.peers.room_peer.BACKOFF", (0.2,))
    peer, file = join("forgot.mudrock"), in_kernel.root / "forgot.mudrock"
    before = add(peer)
    until(lambda: before in on_disk(file)["nodes"])
    in_kernel.kill()
    until(lambda: peer.status.state == "offline")
    in_kernel.forget_rooms()
    offline = add(peer, "phi_density")
    in_kernel.restart()
    until(lambda: peer.status.state == "synced", 20)
    until(lambda: set(join("forgot.mudrock").spec().nodes) == {before, offline})
    assert set(peer.spec().nodes) == {before, offline}
    assert peer.tree()["id"] == on_disk(file)["id"]


def test_a_script_that_just_ends_has_sent_everything(join: Join, in_kernel: JupyterServer) -> None:
    peer = join("script.mudrock")
    script = (
        "from mudrock_jupyter.documents import graph\n"
        "from mudrock_jupyter.peers.peer import open_peer\n"
        "peer = open_peer('script.mudrock')\n"
        "assert peer.connection.kind == 'room', peer.connection\n"
        "for _ in range(20):\n"
        "    last = peer.call(lambda doc: graph.add_node(doc, 'phi_density'))\n"
        "print(last)\n"
    )
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, cwd=in_kernel.root, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    until(lambda: done.stdout.strip() in peer.spec().nodes)
    assert len(peer.spec().nodes) == 20


def test_a_change_on_disk_before_the_save_is_merged_and_saved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = "c.YDocExtension.document_save_delay = 0.3\nc.YDocExtension.file_poll_interval = 60\n"
    with JupyterServer.start(tmp_path / "root", config=config) as server:
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime_dir))
        monkeypatch.setenv("JPY_PARENT_PID", str(server.pid))
        file = server.root / "both.mudrock"
        peer = open_peer(file)
        first = add(peer)
        until(lambda: first in on_disk(file)["nodes"])
        time.sleep(0.5)  # until the server has noted the time of its own save
        tree = on_disk(file)
        tree["nodes"]["fromdisk0000"] = {"name": "from_disk", "operatorId": "phi_density"}
        second = add(peer)
        file.write_text(json.dumps(tree) + "\n")
        everything = {first, second, "fromdisk0000"}
        until(lambda: set(peer.spec().nodes) == everything)
        until(lambda: set(on_disk(file)["nodes"]) == everything)
        until(lambda: on_disk(file) == peer.tree())
        peer.close()
