"""Documents that are files: nothing half-written, nothing of anybody's lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pycrdt import Map, create_sync_message, create_update_message, handle_sync_message

from mudrock_jupyter.documents import graph
from mudrock_jupyter.peers.file_peer import FilePeer
from mudrock_jupyter.peers.peer import Peer, open_peer
from mudrock_jupyter.spec.errors import InvalidDocument, InvalidInput, NotFound, WriteFailed
from tests.peers.conftest import on_disk


def add(peer: Peer, operator: str = "vsh_linear", **parameters: object) -> str:
    return peer.call(lambda doc: graph.add_node(doc, operator, parameters=parameters))


@pytest.fixture
def peer(alone: Path) -> Peer:
    return open_peer("porosity.mudrock")


def test_each_edit_is_on_disk_when_it_returns(peer: Peer, alone: Path) -> None:
    file = alone / "porosity.mudrock"
    assert isinstance(peer, FilePeer)
    assert on_disk(file)["name"] == "porosity"
    node = add(peer, gr_clean=20)
    assert on_disk(file)["nodes"][node]["parameters"] == {"gr_clean": 20}
    assert on_disk(file) == peer.tree()
    peer.undo()
    assert on_disk(file)["nodes"] == {}
    peer.redo()
    assert set(on_disk(file)["nodes"]) == {node}
    assert peer.status.state == "synced"


def test_reading_and_run_status_write_nothing(peer: Peer, alone: Path) -> None:
    add(peer)
    before = (alone / "porosity.mudrock").stat()
    peer.spec()
    peer.call(lambda doc: graph.set_run_status(doc, "pipeline", {"status": "running"}))
    assert peer.run_status() == {"pipeline": {"status": "running"}}
    assert (alone / "porosity.mudrock").stat().st_mtime_ns == before.st_mtime_ns


def test_somebody_elses_change_is_taken_over(peer: Peer, alone: Path) -> None:
    mine = add(peer, gr_clean=20)
    file = alone / "porosity.mudrock"
    tree = on_disk(file)
    tree["nodes"]["theirs"] = {"name": "theirs", "operatorId": "phi_density"}
    tree["nodes"][mine]["parameters"]["gr_shale"] = 110
    file.write_text(json.dumps(tree))
    assert "theirs" in peer.spec().nodes
    peer.call(lambda doc: graph.set_parameter(doc, mine, "gr_clean", 25))
    assert set(on_disk(file)["nodes"]) == {mine, "theirs"}
    assert on_disk(file)["nodes"][mine]["parameters"] == {"gr_clean": 25, "gr_shale": 110}
    peer.undo()
    assert set(peer.spec().nodes) == {mine, "theirs"}


def test_two_processes_edit_in_turn(peer: Peer, alone: Path) -> None:
    mine = add(peer)
    script = (
        "from mudrock_jupyter.peers.peer import open_peer\n"
        "from mudrock_jupyter.documents import graph\n"
        "peer = open_peer('porosity.mudrock')\n"
        "print(peer.call(lambda doc: graph.add_node(doc, 'phi_density')))\n"
    )
    theirs = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=alone,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    last = add(peer)
    assert set(on_disk(alone / "porosity.mudrock")["nodes"]) == {mine, theirs, last}


def test_processes_that_edit_at_once_lose_nothing(alone: Path) -> None:
    script = (
        "import sys\n"
        "from mudrock_jupyter.peers.peer import open_peer\n"
        "from mudrock_jupyter.documents import graph\n"
        "peer = open_peer('porosity.mudrock')\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "for _ in range(30):\n"
        "    print(peer.call(lambda doc: graph.add_node(doc, 'phi_density')))\n"
    )
    open_peer("porosity.mudrock").close()
    command = [sys.executable, "-W", "error", "-c", script]
    writers = [
        subprocess.Popen(
            command, cwd=alone, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    added = [node for writer in writers for node in writer.communicate(timeout=60)[0].split()]
    assert len(added) == 60
    assert set(on_disk(alone / "porosity.mudrock")["nodes"]) == set(added)


def test_a_file_that_is_no_pipeline_is_refused_and_untouched(alone: Path) -> None:
    file = alone / "broken.mudrock"
    file.write_text('{"nodes": {\n  oops}')
    with pytest.raises(InvalidDocument, match=r"broken\.mudrock .*line 2, column 3.*Repair"):
        open_peer(file)
    assert file.read_text() == '{"nodes": {\n  oops}'
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidDocument, match="byte 0"):
        open_peer(file)
    file.write_text('{"format": "mudrock/9"}')
    with pytest.raises(InvalidDocument, match="Upgrade"):
        open_peer(file)


def test_a_file_that_breaks_while_open_is_not_overwritten(peer: Peer, alone: Path) -> None:
    mine, file = add(peer), alone / "porosity.mudrock"
    good = file.read_text()
    file.write_text("<<<<<<< HEAD\n" + good)
    with pytest.raises(InvalidDocument, match="line 1"):
        add(peer)
    with pytest.raises(InvalidDocument):
        peer.spec()
    assert file.read_text().startswith("<<<<<<<")
    file.write_text(good)
    assert set(peer.spec().nodes) == {mine}
    add(peer)


FILE_SIZE_LIMITED = """
import os, resource
from pathlib import Path
from mudrock_jupyter.documents import graph
from mudrock_jupyter.peers.peer import open_peer
from mudrock_jupyter.spec.errors import WriteFailed

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

file = Path("porosity.mudrock")
peer = open_peer(file)
first = peer.call(lambda doc: graph.add_node(doc, "vsh_linear"))
before = file.read_text()
limit(100)
for edit in (lambda: peer.call(lambda doc: graph.add_node(doc, "phi_density")), peer.undo):
    try:
        edit()
        raise SystemExit("the edit was not refused")
    except WriteFailed as error:
        assert "porosity.mudrock could not be written: File too large." in error.message
    assert set(peer.spec().nodes) == {first}
assert peer.status.state == "error"
assert file.read_text() == before
assert os.listdir() == ["porosity.mudrock"]
limit(resource.RLIM_INFINITY)
second = peer.call(lambda doc: graph.add_node(doc, "phi_density"))
assert set(peer.spec().nodes) == {first, second}
assert second in file.read_text()
assert peer.status.state == "synced"
"""


def test_an_edit_that_cannot_be_saved_is_taken_back(alone: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", FILE_SIZE_LIMITED]
    done = subprocess.run(command, cwd=alone, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_that_cannot_be_written_is_named(alone: Path) -> None:
    with pytest.raises(WriteFailed, match=r"/proc/porosity\.mudrock could not be written"):
        open_peer("/proc/porosity.mudrock")


def test_a_deleted_file_comes_back_with_the_next_edit(peer: Peer, alone: Path) -> None:
    mine = add(peer)
    (alone / "porosity.mudrock").unlink()
    assert set(peer.spec().nodes) == {mine}
    again = add(peer)
    assert set(on_disk(alone / "porosity.mudrock")["nodes"]) == {mine, again}


def test_an_emptied_file_is_written_again(peer: Peer, alone: Path) -> None:
    mine = add(peer)
    (alone / "porosity.mudrock").write_text("")
    assert set(peer.spec().nodes) == {mine}
    peer.close()
    assert set(on_disk(alone / "porosity.mudrock")["nodes"]) == {mine}


def test_a_deleted_file_stays_deleted_if_nobody_edits(peer: Peer, alone: Path) -> None:
    mine = add(peer)
    (alone / "porosity.mudrock").unlink()
    assert set(peer.spec().nodes) == {mine}
    peer.close()
    assert not (alone / "porosity.mudrock").exists()


def test_a_second_opening_that_fails_leaves_the_first_open(peer: Peer, alone: Path) -> None:
    file = alone / "porosity.mudrock"
    mine = add(peer)
    good = file.read_text()
    file.write_text("{oops")
    with pytest.raises(InvalidDocument):
        open_peer(file)
    file.write_text(good)
    assert set(peer.spec().nodes) == {mine}
    assert open_peer(file) is peer


def test_threads_edit_one_document(peer: Peer) -> None:
    added: list[str] = []
    threads = [
        threading.Thread(target=lambda: added.extend(add(peer) for _ in range(10)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spec = peer.spec()
    assert set(spec.nodes) == set(added)
    assert len({node.name for node in spec.nodes.values()}) == 40


def test_an_edit_inside_an_edit_is_a_part_of_it(peer: Peer, alone: Path) -> None:
    inner: list[str] = []
    outer = peer.call(lambda doc: (inner.append(add(peer)), graph.add_node(doc, "output"))[1])
    assert set(on_disk(alone / "porosity.mudrock")["nodes"]) == {outer, *inner}
    assert peer.undo()
    assert on_disk(alone / "porosity.mudrock")["nodes"] == {}


def test_mistakes_change_nothing(peer: Peer, alone: Path) -> None:
    node = add(peer)
    before = (alone / "porosity.mudrock").read_text()
    with pytest.raises(NotFound, match="Did you mean 'vsh_linear'"):
        peer.call(lambda doc: graph.connect(doc, "vsh_linaer", node))
    for value in (object(), float("nan"), "\ud800", 10**400):
        with pytest.raises(InvalidInput, match=r"vsh_linear\.x"):
            peer.call(lambda doc, value=value: graph.set_parameter(doc, node, "x", value))
    assert (alone / "porosity.mudrock").read_text() == before


def test_a_panic_in_the_document_library_is_an_ordinary_error(peer: Peer) -> None:
    def panic(doc: object) -> None:
        doc.get("nodes", type=Map)["x"] = "\ud800"

    with pytest.raises(InvalidInput, match="PanicException"):
        peer.call(panic)
    assert add(peer) in peer.spec().nodes


def test_an_editor_over_a_comm_is_a_peer_of_its_own(peer: Peer, alone: Path) -> None:
    browser = graph.YDoc()
    sent: list[bytes] = []
    mine = add(peer)
    peer.observe(lambda change: change.source == "browser" or sent.append(change.update))
    answer = peer.exchange(create_sync_message(browser), "browser")
    handle_sync_message(answer[1:], browser)
    handle_sync_message(peer.greeting()[1:], browser)
    sent.clear()
    before = browser.get_state()
    theirs = graph.add_node(browser, "phi_density")
    peer.exchange(create_update_message(browser.get_update(before)), "browser")
    assert set(on_disk(alone / "porosity.mudrock")["nodes"]) == {mine, theirs}
    assert sent == []
    peer.undo()
    assert set(peer.spec().nodes) == {theirs}
    assert len(sent) == 1
    for junk in (b"", b"\x00", b"\x01\x00\x00", b"\x00\x02\x04\xff\xff\xff", b"\x00\x07\x01"):
        try:
            peer.exchange(junk, "browser")
        except InvalidDocument:
            continue


@pytest.mark.parametrize("name", ["porosity", "porosity.json"])
def test_the_suffix_is_asked_for(alone: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match=r"Did you mean 'porosity\.mudrock'"):
        open_peer(name)
    assert os.listdir(alone) == []
