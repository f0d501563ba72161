"""The document type: text on disk in step with the Y maps, whatever the text is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from mudrock_jupyter.documents import graph
from mudrock_jupyter.documents.ydoc import YPipeline
from mudrock_jupyter.spec.text import dump, parse

SMALL = dump(
    {
        "format": "mudrock/1",
        "id": "0b0e1c1a-0d26-4c26-9a4f-6d2f5f1d2c11",
        "nodes": {
            "a": {"id": "a", "name": "logs", "operatorId": "well_logs", "parameters": {"n": 1}},
            "b": {
                "id": "b",
                "name": "vsh",
                "operatorId": "vsh_linear",
                "parameters": {"clip": True},
            },
        },
        "edges": {"e": {"id": "e", "sourceNodeId": "a", "targetNodeId": "b"}},
        "layout": {"positions": {"a": [0, 0], "b": [320.5, 0]}},
    }
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=3
        )
    ),
    max_leaves=6,
)
ids = st.sampled_from(["a", "b", "c", "__proto__", "d d", "ä"])
entries = st.dictionaries(
    st.sampled_from(["name", "operatorId", "parameters", "curveMapping", "tags", "cache", "new"]),
    json_values,
    max_size=4,
)
trees = st.fixed_dictionaries(
    {"format": st.just("mudrock/1"), "id": st.just("x")},
    optional={
        "nodes": st.dictionaries(ids, entries, max_size=4),
        "edges": st.dictionaries(ids, entries, max_size=3),
        "comments": st.dictionaries(ids, entries, max_size=2),
        "layout": st.dictionaries(ids | st.just("positions"), json_values, max_size=3),
        "metadata": st.dictionaries(ids, json_values, max_size=2),
        "name": st.text(st.characters(exclude_categories=["Cs"])),
        "future": json_values,
    },
)


def document(text: str = SMALL) -> YPipeline:
    pipeline = YPipeline()
    pipeline.set(text)
    return pipeline


def updates(pipeline: YPipeline) -> list[bytes]:
    found: list[bytes] = []
    pipeline.ydoc.observe(lambda event: found.append(event.update))
    return found


def nodes(pipeline: YPipeline) -> dict[str, dict[str, object]]:
    return json.loads(pipeline.get())["nodes"]


@given(trees)
def test_text_survives_the_maps(tree: dict[str, object]) -> None:
    pipeline = document(dump(tree))
    assert pipeline.error is None
    text = pipeline.get()
    again = parse(text)
    for key in ("nodes", "edges", "comments"):
        for entry_id, entry in parse(dump(tree)).get(key, {}).items():
            assert again[key][entry_id].items() >= {**entry, "id": entry_id}.items()
    assert again.get("future") == parse(dump(tree)).get("future")
    assert document(text).get() == text


@given(trees, trees)
def test_a_set_makes_the_text_so_and_a_second_one_emits_nothing(
    first: dict[str, object], second: dict[str, object]
) -> None:
    pipeline = document(dump(first))
    pipeline.set(dump(second))
    assert pipeline.get() == document(dump(second)).get()
    emitted = updates(pipeline)
    pipeline.set(dump(second))
    pipeline.set(pipeline.get())
    assert emitted == []


def test_a_changed_parameter_is_a_small_update() -> None:
    pipeline = document()
    emitted = updates(pipeline)
    pipeline.set(SMALL.replace('"n": 1', '"n": 2'))
    assert len(emitted) == 1
    assert len(emitted[0]) < 60


def test_the_same_text_makes_the_same_history() -> None:
    one, other = Doc(client_id=0), Doc(client_id=0)
    YPipeline(one).set(SMALL)
    YPipeline(other).set(SMALL)
    assert one.get_update() == other.get_update()


def test_different_texts_in_two_servers_still_converge() -> None:
    one, other = Doc(client_id=0), Doc(client_id=0)
    YPipeline(one).set(SMALL)
    YPipeline(other).set(SMALL.replace('"n": 1', '"n": 2'))
    assert one.get_state() != other.get_state()
    one.apply_update(other.get_update(one.get_state()))
    other.apply_update(one.get_update(other.get_state()))
    assert YPipeline(one).get() == YPipeline(other).get()


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_file_becomes_a_pipeline_with_an_id(text: str) -> None:
    one, other = document(text), document(text)
    assert parse(one.get())["id"]
    assert parse(one.get())["id"] != parse(other.get())["id"]
    assert document(one.get()).get() == one.get()


def test_a_file_without_an_id_keeps_the_documents_id() -> None:
    pipeline = document()
    before = parse(pipeline.get())["id"]
    pipeline.set('{"format": "mudrock/1"}')
    assert parse(pipeline.get())["id"] == before


def test_emptying_the_file_does_not_empty_the_pipeline() -> None:
    pipeline = document()
    before = pipeline.get()
    pipeline.set("")
    assert pipeline.get() == before


HOSTILE = [
    "{oops",
    "[1]",
    "null",
    '"text"',
    "{" * 100_000,
    "[" * 100_000,
    '{"a":' * 200 + "1" + "}" * 200,
    '{"nodes": []}',
    '{"nodes": {"a": 1}}',
    '{"format": "mudrock/2"}',
    '{"format": "elyra"}',
    '{"id": "a", "id": "b"}',
    '{"execution": {"x": NaN}}',
    '{"execution": {"x": 1e999}}',
    '{"execution": {"x": ' + "9" * 5000 + "}}",
    '{"name": "\\ud800"}',
    '{"\\udfff": 1}',
    "\x00\x01",
    '{"nodes": {"a": ' + "{" * 60_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_that_is_no_pipeline_is_kept_and_explained(text: str) -> None:
    pipeline = document(text)
    assert pipeline.get() == text
    assert pipeline.error
    pipeline.ydoc.get("nodes", type=Map)["x"] = {"name": "edit while broken"}
    assert pipeline.get() == text


@given(st.text() | st.text(alphabet='{}[]":,0e.-nulltrfas \n\\ud8'))
def test_no_text_raises(text: str) -> None:
    pipeline = document(text)
    pipeline.get()
    other = document()
    other.set(text)
    other.get()


@pytest.mark.parametrize("key", ["__proto__", "constructor", "toString", "", "𐀀"])
def test_awkward_keys_are_keys_like_others(key: str) -> None:
    pipeline = document(dump({"id": "x", "nodes": {key: {"parameters": {key: 1}}}}))
    assert nodes(pipeline)[key]["parameters"] == {key: 1}


def test_a_broken_file_that_is_repaired_keeps_the_live_edits() -> None:
    pipeline = document()
    pipeline.set(SMALL[:-10])
    graph.set_parameter(pipeline.ydoc, "b", "clip", False)
    assert pipeline.get() == SMALL[:-10]
    pipeline.set(SMALL.replace('"n": 1', '"n": 5'))
    assert nodes(pipeline)["a"]["parameters"] == {"n": 5}
    assert nodes(pipeline)["b"]["parameters"] == {"clip": False}
    assert pipeline.error is None


def test_a_change_on_disk_keeps_unsaved_edits() -> None:
    pipeline = document()
    graph.set_parameter(pipeline.ydoc, "b", "clip", False)
    added = graph.add_node(pipeline.ydoc, "phi_density")
    pipeline.set(SMALL.replace('"n": 1', '"n": 7'))
    assert nodes(pipeline)["a"]["parameters"] == {"n": 7}
    assert nodes(pipeline)["b"]["parameters"] == {"clip": False}
    assert added in nodes(pipeline)


def test_a_save_is_the_new_base() -> None:
    pipeline = document()
    added = graph.add_node(pipeline.ydoc, "phi_density")
    saved = pipeline.get()
    pipeline.dirty = False
    without = json.loads(saved)
    del without["nodes"][added]
    pipeline.set(dump(without))
    assert added not in nodes(pipeline)


def test_a_room_says_what_is_on_disk() -> None:
    source = document()
    room = YPipeline()
    room.ydoc.apply_update(source.ydoc.get_update())
    graph.set_parameter(room.ydoc, "b", "clip", False)
    room.know_on_disk(SMALL)
    room.set(SMALL.replace('"n": 1', '"n": 7'))
    assert nodes(room)["a"]["parameters"] == {"n": 7}
    assert nodes(room)["b"]["parameters"] == {"clip": False}


def test_what_was_edited_here_is_not_removed_by_the_disk() -> None:
    pipeline = document()
    graph.set_parameter(pipeline.ydoc, "b", "clip", False)
    emptied = {**json.loads(SMALL), "nodes": {}}
    pipeline.set(dump(emptied))
    assert set(nodes(pipeline)) == {"b"}
    assert nodes(pipeline)["b"]["parameters"] == {"clip": False}


def test_what_a_peer_wrote_in_short_is_removed_by_the_disk() -> None:
    pipeline = document()
    pipeline.ydoc.get("nodes", type=Map)["short"] = Map({"operatorId": "output"})
    text = pipeline.get()
    pipeline.dirty = False
    tree = json.loads(text)
    del tree["nodes"]["short"]
    pipeline.set(dump(tree))
    assert set(nodes(pipeline)) == {"a", "b"}


def test_the_run_status_is_neither_saved_nor_a_change() -> None:
    pipeline = document()
    before, seen = pipeline.get(), []
    pipeline.observe(lambda target, _event: seen.append(target))
    graph.set_run_status(pipeline.ydoc, "a", {"status": "running", "rows": 3})
    assert pipeline.get() == before
    assert seen == []
    graph.set_parameter(pipeline.ydoc, "a", "n", 2)
    assert seen == ["nodes"]


def test_what_json_cannot_hold_reaches_the_file_as_null() -> None:
    pipeline = document()
    execution = pipeline.ydoc.get("execution", type=Map)
    execution["bad"] = [float("nan"), float("inf"), 10.0, -0.0]
    pipeline.ydoc.get("nodes", type=Map)["junk"] = 5
    tree = json.loads(pipeline.get())
    assert tree["execution"]["bad"] == [None, None, 10, 0]
    assert "junk" not in tree["nodes"]
    assert "10," in pipeline.get()
    assert parse(pipeline.get()) == tree


def junk(value: object, depth: int = 0) -> object:
    """Turn JSON into whatever Y types a careless peer might have used for it."""
    if isinstance(value, dict) and depth % 2 == 0:
        return Map({key: junk(item, depth + 1) for key, item in value.items()})
    if isinstance(value, list):
        return Array([junk(item, depth + 1) for item in value])
    return Text(value) if isinstance(value, str) and depth % 3 == 1 else value


@given(
    st.dictionaries(
        st.sampled_from(["pipeline", "nodes", "edges", "layout", "comments", "metadata", "run"]),
        st.dictionaries(ids | st.sampled_from(["id", "name", "format"]), json_values, max_size=3),
    )
)
def test_whatever_peers_write_can_be_saved_and_loaded(
    contents: dict[str, dict[str, object]],
) -> None:
    pipeline = document()
    for root, entries_ in contents.items():
        for key, value in entries_.items():
            pipeline.ydoc.get(root, type=Map)[key] = junk(value)
    text = pipeline.get()
    other = document(text)
    assert other.error is None
    assert parse(other.get()) == {**parse(text), "id": parse(other.get())["id"]}
    pipeline.set(text)
    pipeline.set(SMALL)
    assert pipeline.error is None
