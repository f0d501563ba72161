"""The difference between two pipelines: complete as data, and said in words whatever they hold."""

from __future__ import annotations

import copy
import json

from hypothesis import given
from hypothesis import strategies as st

from mudrock_jupyter.spec.change_words import summary, words
from mudrock_jupyter.spec.changes import apply, difference
from mudrock_jupyter.spec.pipeline import EdgeSpec, LayoutSpec, NodeSpec, PipelineSpec
from mudrock_jupyter.spec.text import Tree

SCALAR = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-1, 1) | st.text(max_size=2)
ANYTHING = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=5,
)
IDS = st.sampled_from(["a", "b", "c"])
NODE_KEYS = st.sampled_from(["name", "operatorId", "parameters", "curveMapping", "tags", "odd"])
NODES = st.dictionaries(NODE_KEYS, ANYTHING | st.dictionaries(IDS, ANYTHING)) | ANYTHING
EDGES = st.dictionaries(st.sampled_from(["sourceNodeId", "targetNodeId", "x"]), IDS | ANYTHING)
TREES = st.fixed_dictionaries(
    {},
    optional={
        "name": ANYTHING,
        "nodes": st.dictionaries(IDS, NODES) | ANYTHING,
        "edges": st.dictionaries(IDS, EDGES | ANYTHING) | ANYTHING,
        "comments": st.dictionaries(IDS, ANYTHING) | ANYTHING,
        "layout": st.dictionaries(st.just("positions"), st.dictionaries(IDS, ANYTHING)) | ANYTHING,
        "metadata": ANYTHING,
        "odd": ANYTHING,
    },
)
TITLES = {"phi_density": "Density porosity"}


def pipeline() -> PipelineSpec:
    return PipelineSpec(
        id="p",
        nodes={
            "a": NodeSpec(id="a", name="logs", operator_id="well_logs"),
            "b": NodeSpec(
                id="b", name="phi", operator_id="phi_density", parameters={"rho_ma": 2.65}
            ),
        },
        edges={"e": EdgeSpec(id="e", source_node_id="a", target_node_id="b")},
        layout=LayoutSpec(positions={"a": (0, 0), "b": (280, 0)}),
    )


def same(left: Tree, right: Tree) -> bool:
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


@given(TREES)
def test_a_pipeline_does_not_differ_from_itself(tree: Tree) -> None:
    assert not difference(tree, copy.deepcopy(tree))
    assert words(difference(tree, tree)) == []


@given(TREES, TREES)
def test_the_changes_make_one_into_the_other(before: Tree, after: Tree) -> None:
    kept = copy.deepcopy(before)
    changes = difference(before, after)
    assert same(apply(changes.changes, before), after)
    assert same(before, kept), "apply changed what it was given"
    assert bool(changes) is not same(before, after)


@given(TREES, TREES)
def test_whatever_a_document_holds_there_are_words_and_they_are_stable(
    before: Tree, after: Tree
) -> None:
    said = words(difference(before, after), TITLES)
    assert bool(said) is not same(before, after)
    backwards = {key: before[key] for key in reversed(before)}
    assert words(difference(backwards, after), TITLES) == said
    assert all("\n" not in phrase for phrase in said)
    json.dumps(difference(before, after).to_dict())


def test_what_changed_is_said_with_names_and_from_to() -> None:
    before, after = pipeline(), pipeline()
    after.nodes["b"].parameters = {"rho_ma": 2.71, "clip": False}
    after.nodes["b"].curve_mapping = {"rhob": "RHOB_2"}
    after.nodes["a"].name = "wells"
    after.nodes["c"] = NodeSpec(id="c", name="phi_density", operator_id="phi_density")
    after.nodes["d"] = NodeSpec(id="d", name="second", operator_id="phi_density")
    after.edges["f"] = EdgeSpec(id="f", source_node_id="a", target_node_id="c")
    after.edges["e"].condition = "GR < 75"
    after.name = "porosity"
    assert words(difference(before, after), TITLES) == [
        "added Density porosity, Density porosity (second)",
        "renamed logs to wells",
        "curve rhob of phi default -> 'RHOB_2'",
        "clip of phi default -> false",
        "rho_ma of phi 2.65 -> 2.71",
        "connected wells to phi_density",
        "condition of the connection wells to phi null -> 'GR < 75'",
        "the pipeline's name '' -> 'porosity'",
    ]


def test_a_removed_node_s_connections_need_no_words() -> None:
    before, after = pipeline(), pipeline()
    del after.nodes["a"], after.edges["e"], after.layout.positions["a"]
    assert words(difference(before, after)) == ["removed logs"]
    del after.nodes["b"]
    assert words(difference(before, after)) == ["removed logs, phi"]
    alone = pipeline()
    alone.edges = {}
    assert words(difference(pipeline(), alone)) == ["disconnected logs from phi"]


def test_many_of_a_kind_are_counted_and_a_summary_is_short() -> None:
    before, after = pipeline(), pipeline()
    for number in range(5):
        after.nodes[str(number)] = NodeSpec(id=str(number), name=f"n{number}", operator_id="x")
    after.nodes["b"].parameters = {f"p{number}": number for number in range(9)}
    assert words(difference(before, after))[0] == "added 5 nodes"
    assert summary(difference(before, after), most=2) == (
        "added 5 nodes; p0 of phi default -> 0; 9 more changes"
    )


def test_positions_alone_are_said_as_a_number_of_moved_nodes() -> None:
    after = pipeline()
    after.layout.positions = {"a": (5, 5), "b": (300, 0)}
    changes = difference(pipeline(), after)
    assert changes.moved == ["a", "b"]
    assert summary(changes) == "moved 2 nodes"


def test_the_data_names_what_a_canvas_marks() -> None:
    after = pipeline()
    after.nodes["b"].parameters = {"rho_ma": 2.71}
    after.nodes["c"] = NodeSpec(id="c", name="c", operator_id="output")
    del after.edges["e"]
    marks = difference(pipeline(), after).to_dict()
    assert marks["nodes"] == {"added": ["c"], "removed": [], "changed": ["b"]}
    assert marks["edges"] == {"added": [], "removed": ["e"], "changed": []}
    assert {"path": ["nodes", "b", "parameters", "rho_ma"], "before": 2.65, "after": 2.71} in (
        marks["changes"]  # type: ignore[operator]
    )


def test_long_and_unprintable_values_are_cut() -> None:
    said = words(difference({"name": "a\nb"}, {"name": "x" * 1000}))
    assert said == [f"the pipeline's name 'a b' -> '{'x' * 47}…'"]
