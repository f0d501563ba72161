"""One wrong value never takes the whole pipeline away."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from mudrock_jupyter.spec.salvage import Tree, read_tree

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


def tree(**wrong: JsonValue) -> Tree:
    node: Tree = {"id": "a", "name": "logs", "operatorId": "well_logs", "parameters": {}}
    edge: Tree = {"id": "e", "sourceNodeId": "a", "targetNodeId": "b"}
    return {"nodes": {"a": {**node, **wrong}, "b": node}, "edges": {"e": edge}}


def test_a_good_tree_has_no_faults() -> None:
    assert read_tree(tree()).faults == ()


def test_a_wrong_value_is_left_out_and_told_with_its_node() -> None:
    spec = read_tree(tree(name=5, tags="x", parameters=[1]))
    assert (spec.nodes["a"].name, spec.nodes["a"].tags, spec.nodes["a"].parameters) == ("a", [], {})
    assert spec.nodes["b"].name == "logs"
    assert {(fault.node, fault.severity) for fault in spec.faults} == {("a", "error")}
    assert "nodes.a.name is 5; it should be a valid string." in {f.message for f in spec.faults}


def test_an_edge_is_told_as_an_edge_and_a_position_is_only_warned_about() -> None:
    content = tree()
    content["edges"] = {"e": {"id": "e", "sourceNodeId": "a"}}
    content["layout"] = {"positions": {"a": "left", "b": [1, 2]}}
    spec = read_tree(content)
    assert spec.layout.positions == {"b": (1, 2)}
    assert [(f.edge, f.severity) for f in spec.faults] == [("e", "error"), (None, "warning")]


@given(
    st.dictionaries(
        st.sampled_from(["format", "nodes", "edges", "layout", "comments", "metadata", "x"]),
        ANYTHING | st.dictionaries(st.sampled_from(["a", "positions"]), ANYTHING, max_size=2),
    ),
    st.dictionaries(st.sampled_from(["id", "name", "operatorId", "version", "cache"]), ANYTHING),
)
def test_any_tree_can_be_read(content: Tree, node: Tree) -> None:
    nodes = content.get("nodes")
    content["nodes"] = {**(nodes if isinstance(nodes, dict) else {}), "n": node}
    assert "n" in read_tree(content).nodes
