"""One document, several who have it open: in this process, and in others at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import mudrock_jupyter as mr
from mudrock_jupyter.peers import discovery
from mudrock_jupyter.peers.peer import open_peer
from mudrock_jupyter.spec.errors import InvalidDocument, NotConnected
from mudrock_jupyter.spec.text import Tree, empty
from tests.peers.conftest import on_disk


def test_two_that_create_a_file_get_the_same_pipeline(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_found_nothing = threading.Barrier(2)

    def slowly(name: str) -> Tree:
        with suppress(threading.BrokenBarrierError):
            both_found_nothing.wait(0.5)
        return empty(name)

    monkeypatch.setattr(discovery, "empty", slowly)
    ids: list[object] = []

    def create() -> None:
        discovery.connect(alone / "new.mudrock")
        ids.append(on_disk(alone / "new.mudrock")["id"])

    threads = [threading.Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids == [on_disk(alone / "new.mudrock")["id"]] * 2


def test_a_document_closes_with_its_last_handle(alone: Path) -> None:
    peer = open_peer("shared.mudrock")
    assert open_peer("shared.mudrock") is peer
    assert not peer.let_go()
    assert peer.status.state == "synced"
    assert peer.let_go()
    assert peer.status.state == "closed"
    assert open_peer("shared.mudrock") is not peer


def test_closing_one_handle_leaves_the_others_open(alone: Path) -> None:
    project = mr.Project("wells")
    one, other = project.pipeline("p.mudrock"), project.pipeline("p.mudrock")
    node = one.add("well_logs")
    one.close()
    one.close()  # does not count twice
    assert other.node(node.id).name == "well_logs"
    assert other.add("vsh_linear", node.id).name == "vsh_linear"
    with pytest.raises(NotConnected, match=r"p\.mudrock is closed"):
        one.add("well_logs")
    assert "closed" in repr(one)
    assert one.sync.status == "closed"
    other.close()
    assert project.pipeline("p.mudrock").node("vsh_linear")


def test_the_run_of_another_handle_is_not_stopped(alone: Path) -> None:
    project = mr.Project("wells")
    one, other = project.pipeline("p.mudrock"), project.pipeline("p.mudrock")
    one.close()
    assert project.pipeline("p.mudrock").runner is other.runner


def test_a_handle_that_failed_to_open_counts_for_nothing(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = open_peer("p.mudrock")
    good = (alone / "p.mudrock").read_text()
    (alone / "p.mudrock").write_text("{oops")
    with pytest.raises(InvalidDocument):
        open_peer("p.mudrock")
    (alone / "p.mudrock").write_text(good)
    assert peer.let_go()


def test_what_is_to_be_done_before_closing_is_done_once(alone: Path) -> None:
    peer, seen = open_peer("p.mudrock"), []
    note: Callable[..., object] = lambda closing: seen.append(closing.spec().name)  # noqa: E731
    peer.before_close(note)
    peer.before_close(note)
    peer.close()
    peer.close()
    assert seen == ["p"]
