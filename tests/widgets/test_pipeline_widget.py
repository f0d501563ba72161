from __future__ import annotations

import json

import pytest

from mudrock_jupyter.spec.errors import NotFound
from mudrock_jupyter.widgets import bundle
from mudrock_jupyter.widgets.pipeline_widget import PipelineWidget
from tests.widgets.hosts import HELLO, TableHost


@pytest.fixture
def widget() -> PipelineWidget:
    return PipelineWidget(
        TableHost(), path="porosity.mudrock", transport="room", room_path="work/porosity.mudrock"
    )


def test_a_saved_notebook_grows_by_kilobytes_only(widget: PipelineWidget) -> None:
    shown = widget._repr_mimebundle_()
    assert shown is not None
    assert len(json.dumps(shown[0])) < 400
    assert shown[0]["text/plain"] == "Pipeline porosity.mudrock"
    state = json.dumps(widget.get_state(), default=str)
    assert len(state) < 6_000
    assert len(str(widget._esm)) < 4_000


def test_its_state_says_where_and_never_how_to_get_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "s3cret-token")
    widget = PipelineWidget(TableHost(), path="a.mudrock", transport="comm")
    state = widget.get_state()
    assert "s3cret-token" not in json.dumps(state, default=str)
    own = {"path", "transport", "room_path", "height", "version"}
    assert own <= set(state)
    assert not [name for name in state if "token" in name or "secret" in name]


def test_it_speaks_the_protocol(widget: PipelineWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[object, object]] = []
    monkeypatch.setattr(
        widget, "send", lambda content, buffers=None: sent.append((content, buffers))
    )
    widget._handle_custom_msg({"id": 1, "method": "hello", "params": {}}, [])
    assert sent == [({"id": 1, "result": HELLO}, [])]


def test_it_hands_over_the_editor_where_there_is_no_server(
    widget: PipelineWidget, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    sent: list[tuple[dict[str, object], object]] = []
    monkeypatch.setattr(
        widget, "send", lambda content, buffers=None: sent.append((content, buffers))
    )
    monkeypatch.setattr(bundle, "read", lambda: b"export default 1")
    widget._handle_custom_msg({"bundle": True}, [])
    assert sent == [({"bundle": True}, [b"export default 1"])]

    def missing() -> bytes:
        raise NotFound("Not built.")

    monkeypatch.setattr(bundle, "read", missing)
    widget._handle_custom_msg({"bundle": True}, [])
    assert sent[-1][0] == {"bundle": True, "error": "Not built."}


def test_closing_it_ends_the_conversation() -> None:
    host = TableHost()
    widget = PipelineWidget(host, path="a.mudrock", transport="comm")
    assert len(host.listeners) == 1
    widget.close()
    assert host.listeners == []
