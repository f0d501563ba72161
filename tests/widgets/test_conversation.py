from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Map, create_sync_message, handle_sync_message

from mudrock_jupyter.documents import graph
from mudrock_jupyter.peers.peer import Peer, open_peer
from mudrock_jupyter.widgets.conversation import Conversation
from tests.widgets.hosts import CARD, HELLO, TableHost


class Editor:
    """The other end of the line: keeps what it is sent."""

    def __init__(self, host: TableHost | None = None) -> None:
        self.host = host or TableHost()
        self.heard: list[tuple[dict[str, Any], list[bytes]]] = []
        self.conversation = Conversation(self.host, lambda *message: self.heard.append(message))

    def send(self, content: object, *buffers: bytes) -> list[tuple[dict[str, Any], list[bytes]]]:
        self.heard.clear()
        self.conversation.handle(content, buffers)
        return self.heard

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        ((reply, _),) = self.send({"id": 7, "method": method, "params": params})
        assert reply.pop("id") == 7
        return reply

    def result(self, method: str, **params: object) -> Any:
        return self.ask(method, **params)["result"]


@pytest.fixture
def editor() -> Editor:
    return Editor()


def test_requests_are_answered(editor: Editor) -> None:
    assert editor.result("hello") == HELLO
    assert editor.result("catalogue") == {"operators": [CARD]}
    assert editor.result("run", to=None) == {"runId": "r1"}
    assert editor.result("stop") == {}
    assert editor.host.stopped


def test_check_describes_schemas_by_unit(editor: Editor) -> None:
    checked = editor.result("check")
    assert checked["problems"][0]["node"] == "n"
    assert checked["schemas"]["logs"][1] == {
        "name": "GR",
        "unit": "gAPI",
        "type": "double",
        "description": "Gamma ray",
    }


def test_a_table_is_opened_paged_and_summarised(editor: Editor) -> None:
    opened = editor.result("open", node="logs", sort=["GR", "descending"], filter="DEPTH < 3")
    assert (opened["rows"], opened["totalRows"]) == (2, 3)
    request = {"table": opened["table"], "offset": 0, "limit": 10}
    ((reply, buffers),) = editor.send({"id": 1, "method": "page", "params": request})
    assert reply["result"] == {"offset": 0, "rows": 2}
    page = pa.ipc.open_stream(buffers[0]).read_all()
    assert page.column("GR").to_pylist() == [80.0, None]
    assert page.schema.field("WELL").type == pa.string()  # JavaScript reads no string views
    statistics = editor.result("statistics", table=opened["table"])["columns"]
    assert statistics["GR"]["nulls"] == 1
    assert statistics["DEPTH"]["maximum"] == 2


def test_the_users_mistakes_come_back_as_words(editor: Editor) -> None:
    assert editor.ask("run", to="broken")["error"] == {
        "message": "The pipeline has a cycle.",
        "advice": "Remove an edge.",
    }
    assert "has not run" in editor.ask("open", node="gone")["error"]["message"]
    misspelt = editor.ask("open", node="logs", filter="GRR > 1")["error"]["message"]
    assert "Did you mean 'GR'?" in misspelt
    assert "Did you mean 'catalogue'?" in editor.ask("catalog")["error"]["message"]
    assert "offset" in editor.ask("page", table="x", offset=-1)["error"]["message"]
    assert "Select the node again" in editor.ask("page", table="x")["error"]["message"]


def test_a_bug_is_logged_and_said_without_a_traceback(
    editor: Editor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "mudrock_jupyter"):
        error = editor.ask("open", node="explodes")["error"]
    assert "Traceback" not in error["message"]
    assert caplog.records[0].exc_info is not None


def test_events_wait_until_the_editor_asks(editor: Editor) -> None:
    (listener,) = editor.host.listeners
    editor.heard.clear()
    listener("finished", {"runId": "r1", "status": "completed"})
    assert editor.heard == []
    finished = {"event": "finished", "data": {"runId": "r1", "status": "completed"}}
    assert editor.send({"ping": True}) == [(finished, []), ({"ping": True}, [])]
    assert editor.send({"ping": True}) == [({"ping": True}, [])]
    editor.conversation.close()
    assert editor.host.listeners == []


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    peer = open_peer(tmp_path / "porosity.mudrock")
    yield peer
    peer.close()


messages = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "method", "params", "y", "ping", "table", "node"]), inner
        )
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages, st.lists(st.binary(max_size=20), max_size=2))
def test_no_message_breaks_the_conversation(
    peer: Peer, content: object, buffers: list[bytes]
) -> None:
    editor = Editor(TableHost(peer))
    logging.disable()
    try:
        editor.send(content, *buffers)
    finally:
        logging.disable(logging.NOTSET)
    assert editor.result("hello") == HELLO
    editor.conversation.close()


def test_a_document_in_a_file_is_kept_by_the_kernel(peer: Peer) -> None:
    first = peer.call(lambda doc: graph.add_node(doc, "vsh_linear"))
    editor = Editor(TableHost(peer))
    page: Doc[Any] = Doc()
    nodes = page.get("nodes", type=Map)

    def exchange(*frames: bytes) -> None:
        waiting = list(frames)
        while waiting:
            ((_, answers),) = editor.send({"y": True}, *waiting)
            replies = [handle_sync_message(answer[1:], page) for answer in answers]
            waiting = [reply for reply in replies if reply is not None]

    exchange(create_sync_message(page))
    assert list(nodes.keys()) == [first]
    nodes["b"] = Map({"id": "b", "name": "b", "operatorId": "vsh_linear"})
    exchange(create_sync_message(page))
    assert peer.spec().nodes["b"].operator_id == "vsh_linear"

    third = peer.call(lambda doc: graph.add_node(doc, "vsh_linear"))  # as a cell does
    peer.tree()  # the change is told once the peer's thread is done with it
    ((_, frames),) = editor.send({"y": True, "ping": True})
    for frame in frames:
        handle_sync_message(frame[1:], page)
    assert third in nodes
    assert "b" in peer.connection.file.read_text()


def test_frames_that_are_not_ours_are_refused(peer: Peer) -> None:
    assert "server" in Editor().send({"y": True}, b"\0\0\1\0")[0][0]["error"]
    assert "error" in Editor(TableHost(peer)).send({"y": True}, b"\0\2\xff\xff")[0][0]
