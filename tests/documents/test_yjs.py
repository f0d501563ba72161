"""Python against real Yjs: what the editor writes and what the kernel writes are one document."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc

from mudrock_jupyter.documents import graph
from mudrock_jupyter.documents.reading import read
from mudrock_jupyter.documents.undo import History
from mudrock_jupyter.documents.ydoc import YPipeline

pytestmark = pytest.mark.node
HERE = Path(__file__).resolve().parent
JS = HERE.parent.parent / "js"


class Yjs:
    """A Y.Doc in a Node process."""

    def __init__(self) -> None:
        assert shutil.which("node"), "Node is missing: it runs the editor's tests too"
        assert (JS / "node_modules" / "yjs").is_dir(), "run `npm ci` in js/ first"
        self.process = subprocess.Popen(
            ["node", str(HERE / "yjs_peer.mjs"), str(JS / "package.json")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, command: str, **options: object) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"command": command, **options}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer
        return answer["result"]

    def sync(self, doc: Doc) -> None:
        state = b64decode(self.ask("state"))
        doc_state = b64encode(doc.get_state()).decode()
        self.ask("apply", update=b64encode(doc.get_update(state)).decode())
        doc.apply_update(b64decode(self.ask("update", state=doc_state)))

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(5)
        self.process.stdout.close()


@pytest.fixture
def yjs() -> Iterator[Yjs]:
    peer = Yjs()
    yield peer
    peer.close()


def test_numbers_stay_whole_after_an_edit_in_the_editor(yjs: Yjs) -> None:
    pipeline = YPipeline()
    pipeline.set("")
    node = graph.add_node(
        pipeline.ydoc, "sig_moving_average", parameters={"window": 21, "big": 2**53, "f": 0.5}
    )
    before = pipeline.get()
    yjs.sync(pipeline.ydoc)
    assert yjs.ask("read", root="nodes")[node]["parameters"]["big"] == 2**53
    yjs.ask("setIn", root="nodes", path=[node, "parameters", "window"], value=21)
    yjs.ask("setPlain", root="layout", key=node, value=[0, 0])
    yjs.sync(pipeline.ydoc)
    assert pipeline.get() == before
    yjs.ask("setIn", root="nodes", path=[node, "parameters", "window"], value=23)
    yjs.sync(pipeline.ydoc)
    assert pipeline.get() == before.replace('"window": 21', '"window": 23')


def test_plain_objects_from_the_editor_are_nodes(yjs: Yjs) -> None:
    doc = Doc()
    plain = {"id": "a", "name": "logs", "operatorId": "well_logs", "parameters": {"n": 10}}
    yjs.ask("setPlain", root="nodes", key="a", value=plain)
    yjs.sync(doc)
    assert graph.read_spec(doc).nodes["a"].parameters == {"n": 10}
    graph.set_parameter(doc, "a", "n", 11)
    yjs.sync(doc)
    assert yjs.ask("read", root="nodes")["a"] == {**plain, "parameters": {"n": 11}}


@pytest.mark.parametrize("from_file", [False, True])
def test_the_editor_finds_the_maps_it_expects(yjs: Yjs, from_file: bool) -> None:
    doc = Doc()
    node = graph.add_node(doc, "vsh_linear", parameters={"gr_clean": 20})
    loaded = YPipeline()
    loaded.set(YPipeline(doc).get())
    yjs.sync(loaded.ydoc if from_file else doc)
    types = yjs.ask("types", root="nodes", key=node)
    assert {key for key, kind in types.items() if kind and "Map" in kind} == {
        "parameters",
        "curveMapping",
    }
    assert types["version"] == "Object"
    assert types["tags"] == "Array"


def test_undo_in_python_spares_the_editors_work(yjs: Yjs) -> None:
    doc = Doc()
    history = History(doc, "me")
    node = graph.add_node(doc, "vsh_linear", parameters={"gr_clean": 20})
    graph.set_parameter(doc, node, "gr_clean", 25, origin="me")
    yjs.sync(doc)
    yjs.ask("setIn", root="nodes", path=[node, "parameters", "gr_shale"], value=110)
    yjs.sync(doc)
    history.undo()
    yjs.sync(doc)
    expected = {"gr_clean": 20, "gr_shale": 110}
    assert yjs.ask("read", root="nodes")[node]["parameters"] == expected


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.sampled_from("pj"), st.integers(0, 3), st.integers(0, 99)), max_size=20)
)
def test_both_sides_converge(steps: list[tuple[str, int, int]]) -> None:
    yjs, doc = Yjs(), Doc()
    node = graph.add_node(doc, "a")
    try:
        yjs.sync(doc)
        for side, which, value in steps:
            key = f"p{which}"
            if which == 3:
                yjs.sync(doc)
            elif side == "p":
                graph.set_parameter(doc, node, key, value)
            else:
                yjs.ask("setIn", root="nodes", path=[node, "parameters", key], value=value)
        yjs.sync(doc)
        assert yjs.ask("read", root="nodes") == read(doc)["nodes"]
    finally:
        yjs.close()
