"""Where the document is a file, "saved" means that the kernel has written it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Doc, Map, create_sync_message, create_update_message, handle_sync_message

from mudrock_jupyter.documents.durability import Answer, durable_answer, request_durable
from mudrock_jupyter.peers.peer import Peer, open_peer
from mudrock_jupyter.widgets import document_sync
from mudrock_jupyter.widgets.document_sync import DocumentSync


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    (tmp_path / "folder").mkdir()
    peer = open_peer(tmp_path / "folder" / "p.mudrock")
    yield peer
    peer.close()


def edit(page: Doc[Any], node: str) -> bytes:
    before = page.get_state()
    page.get("nodes", type=Map)[node] = Map({"id": node, "name": node, "operatorId": "output"})
    return create_update_message(page.get_update(before))


def joined(sync: DocumentSync) -> Doc[Any]:
    page: Doc[Any] = Doc()
    for frame in sync.receive([create_sync_message(page)]):
        handle_sync_message(frame[1:], page)
    return page


def answers(sync: DocumentSync) -> list[Answer]:
    found = [durable_answer(frame) for frame in sync.pending()]
    return [answer for answer in found if answer is not None]


def test_an_answer_means_that_the_edit_is_in_the_file(peer: Peer) -> None:
    sync = DocumentSync(peer)
    page = joined(sync)
    assert answers(sync) == []
    sync.receive([edit(page, "a"), request_durable(7)])
    assert "a" in json.loads(peer.connection.file.read_text())["nodes"]
    assert answers(sync) == [Answer(7, "saved")]
    assert answers(sync) == []
    assert peer.sync.status == "saved"


def test_what_cannot_be_written_waits_and_is_written_later(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_sync, "TRY_AGAIN_AFTER", 0.0)
    sync = DocumentSync(peer)
    page, folder = joined(sync), peer.connection.file.parent
    away = folder.rename(folder.with_name("away"))
    folder.write_text("a file where the folder was")
    sync.receive([edit(page, "a")])
    sync.receive([request_durable(7)])
    (answer,) = answers(sync)
    assert (answer.number, answer.status) == (7, "waiting")
    assert "p.mudrock could not be written" in answer.message
    assert (peer.sync.status, peer.sync.pending) == ("error", 1)
    assert peer.sync.message == answer.message
    assert answers(sync) == []  # it was told once
    folder.unlink()
    away.rename(folder)
    assert answers(sync) == [Answer(7, "saved")]
    assert "a" in json.loads(peer.connection.file.read_text())["nodes"]
    assert peer.sync.status == "saved"


def test_each_page_that_asked_is_answered(peer: Peer) -> None:
    sync = DocumentSync(peer)
    joined(sync)
    sync.receive([request_durable(7), request_durable(900_000_000)])
    assert answers(sync) == [Answer(7, "saved"), Answer(900_000_000, "saved")]
