"""Pipelines as YAML: what is written reads back as it was, and nothing dangerous is read."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mudrock_jupyter.spec.errors import InvalidDocument, NewerFormat
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec
from mudrock_jupyter.spec.problems import Problem
from mudrock_jupyter.spec.text import normalise_tree
from mudrock_jupyter.spec.yaml_reading import from_yaml
from mudrock_jupyter.spec.yaml_tree import dump_yaml, parse_yaml
from mudrock_jupyter.spec.yaml_writing import to_yaml

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
AWKWARD = st.sampled_from(["yes", "null", "~", "1e5", "089", "0x1F", "-", "a: b", "- a", "<<", "=",
                           "# no", "2026-01-01", "1:30", ".inf", "", " ", "a -> b", "a.b", "!x",
                           "&a", "*a", "\n", "\t", "\u2028", "\x85", "\ufeff", "\x00", "%", "'"])
WORD = st.one_of(AWKWARD, TEXT)
NUMBER = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBER, WORD),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORD, inner, max_size=3)),
    max_leaves=6,
)
IDS = st.sampled_from([f"{n:012x}" for n in range(6)] + ["logs", "vsh"])
NAMES = st.one_of(st.sampled_from(["logs", "vsh", "vsh.left", "a -> vsh"]), WORD)


@st.composite
def specs(draw: st.DrawFn) -> PipelineSpec:
    nodes = {}
    for id in draw(st.lists(IDS, unique=True, max_size=4)):
        nodes[id] = NodeSpec(
            id=id, name=draw(NAMES), operator_id=draw(WORD),
            node_type=draw(st.sampled_from(["ingestion", "operator", "output"])),
            parameters=draw(st.dictionaries(WORD, JSON, max_size=3)),
            curve_mapping=draw(st.dictionaries(WORD, WORD, max_size=2)), cache=draw(st.booleans()),
            timeout_seconds=draw(st.sampled_from([None, 0.5, 60])),
            tags=draw(st.lists(WORD, max_size=2)), description=draw(WORD),
            **draw(st.dictionaries(st.sampled_from(["xFuture", "x_other"]), JSON)),
        )
    edges = {}
    for id in draw(st.lists(st.sampled_from(["e1", "e2", "e3"]), unique=True)):
        edges[id] = EdgeSpec(
            id=id, source_node_id=draw(IDS), target_node_id=draw(IDS),
            source_port=draw(st.sampled_from(["output", "other"])),
            target_port=draw(st.sampled_from(["input", "left", "a.b", ""])),
            edge_type=draw(st.sampled_from(["data_flow", "conditional", "error"])),
            condition=draw(st.sampled_from([None, "GR > 1"])),
        )
    comment = st.fixed_dictionaries({"text": JSON}, optional={"nodeId": st.one_of(IDS, NUMBER)})
    positions = st.dictionaries(IDS, st.tuples(st.integers(), st.floats(-1e6, 1e6)), max_size=3)
    made = PipelineSpec.model_validate({
        "id": draw(TEXT), "name": draw(WORD), "description": draw(WORD), "nodes": nodes,
        "edges": edges, "layout": {"positions": draw(positions), "zoom": draw(JSON)},
        "comments": draw(st.dictionaries(WORD, comment, max_size=2)),
        "metadata": {"tags": draw(st.lists(WORD, max_size=2)), "createdBy": draw(WORD)},
        "execution": draw(st.dictionaries(WORD, JSON, max_size=2)), "xFuture": draw(JSON),
    })
    # As a document has it: whole numbers are integers.
    return PipelineSpec.model_validate(normalise_tree(made.model_dump(by_alias=True, mode="json")))


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def without_ids(spec: PipelineSpec) -> Any:
    """The pipeline with every node's id replaced by one that is made of what the node is."""
    ids: dict[str, str] = {}
    for id, node in spec.nodes.items():
        content = node.model_dump(exclude={"id"})
        ids[id] = "node " + hashlib.sha256(_text(content).encode()).hexdigest()
    tree = spec.model_dump(exclude={"id"})
    for node in tree["nodes"].values():
        del node["id"]
    for edge in tree["edges"].values():
        del edge["id"]
        for end in ("source_node_id", "target_node_id"):
            edge[end] = ids.get(edge[end], edge[end])
    for comment in tree["comments"].values():
        if isinstance(comment.get("nodeId"), str):
            comment["nodeId"] = ids.get(comment["nodeId"], comment["nodeId"])
    places = tree["layout"]["positions"].items()
    tree["layout"]["positions"] = sorted((ids.get(id, id), place) for id, place in places)
    tree["nodes"] = sorted((ids[id], _text(node)) for id, node in tree["nodes"].items())
    tree["edges"] = sorted(map(_text, tree["edges"].values()))
    return tree


@settings(max_examples=100, deadline=None)
@given(specs())
def test_what_is_written_reads_back(spec: PipelineSpec) -> None:
    back = from_yaml(to_yaml(spec, ids=True))
    assert back.model_dump() == spec.model_dump()
    assert without_ids(from_yaml(to_yaml(spec))) == without_ids(spec)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(WORD, JSON, max_size=4))
def test_any_tree_reads_back_and_others_read_the_same(tree: dict[str, Any]) -> None:
    text = dump_yaml(tree)
    assert parse_yaml(text).tree == tree
    assert yaml.safe_load(text) == tree


def test_it_is_written_for_people() -> None:
    spec = PipelineSpec(
        id="p", name="porosity",
        nodes={
            "2": NodeSpec(id="2", name="vsh", operator_id="vsh_linear",
                          parameters={"gr_clean": 20}, curve_mapping={"gr": "GR_EDTC"}),
            "1": NodeSpec(id="1", name="logs", operator_id="well_logs", node_type="ingestion",
                          parameters={"curves": ["GR", "yes"], "depth": [1000, 2000.5]}),
            "3": NodeSpec(id="3", name="both", operator_id="join"),
        },
        edges={
            "a": EdgeSpec(id="a", source_node_id="1", target_node_id="2"),
            "b": EdgeSpec(id="b", source_node_id="2", target_node_id="3", target_port="left"),
            "c": EdgeSpec(id="c", source_node_id="1", target_node_id="3", target_port="right",
                          edge_type="conditional", condition="GR > 50"),
        },
    )
    assert to_yaml(spec) == """\
format: mudrock/1
name: porosity
nodes:
  logs:
    node_type: ingestion
    operator_id: well_logs
    parameters:
      curves: [GR, 'yes']
      depth: [1000, 2000.5]
  vsh:
    operator_id: vsh_linear
    parameters:
      gr_clean: 20
    curve_mapping:
      gr: GR_EDTC
  both:
    operator_id: join
edges:
- logs -> vsh
- vsh -> both.left
- source_node_id: logs
  target_node_id: both
  target_port: right
  edge_type: conditional
  condition: GR > 50
"""


def test_the_same_text_gives_the_same_ids() -> None:
    text = "nodes: {a: {operator_id: well_logs}, b: {operator_id: output}}\nedges: [a -> b, a->b]"
    first, second = from_yaml(text), from_yaml(text)
    assert first == second
    assert len(first.edges) == 2
    assert all(len(id) == 12 for id in [*first.nodes, *first.edges])


def test_plain_words_mean_what_people_mean() -> None:
    tree = parse_yaml("{a: yes, b: 1e5, c: 2026-01-01, d: 012, e: true, f: ~, 7: 1:30}").tree
    assert tree == {"a": "yes", "b": 1e5, "c": "2026-01-01", "d": 12, "e": True, "f": None,
                    "7": "1:30"}


def test_what_was_left_out_of_a_document_is_told() -> None:
    spec = PipelineSpec().with_faults([Problem("x", "nodes.a.cache is 5\nevil: true", "")])
    assert to_yaml(spec).startswith("# Left out: nodes.a.cache is 5 evil: true\nformat:")


def test_a_misspelt_key_is_told() -> None:
    spec = from_yaml("nodes:\n  a:\n    operator_id: output\n    paramters: {x: 1}\nedgse: []\n")
    assert [fault.message for fault in spec.faults] == [
        "'a' has an unknown key 'paramters'. Did you mean 'parameters'?",
        "The pipeline has an unknown key 'edgse'. Did you mean 'edges'?",
    ]
    assert spec.faults[0].node in spec.nodes


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\nnodes: {}\n"


@pytest.mark.parametrize(("text", "said"), [
    (BOMB, "Line 1: Anchors"),
    ("nodes: {}\nb: [*a]\n", "Line 2: Anchors"),
    ("nodes:\n  a: {operator_id: x}\n  b: {operator_id: x}\n  a: {operator_id: y}\n",
     "Line 4: The key 'a' stands twice"),
    ("nodes: {}\nx: " + "[" * 100 + "]" * 100, "Line 2: It is nested more than 64"),
    ("nodes: {}\nx: " + "[" * 100_000, "Line 2: It is nested more than 64"),
    ("nodes:\n  a: !!python/object/apply:os.system [ls]\n", "Line 2: The tag"),
    ("nodes: {}\nx: !!binary aGk=\n", "Line 2: The tag"),
    ("nodes: {}\n? [a]\n: b\n", "Line 2: A key has to be text"),
    ("nodes: {}\nx: [1, 2\n", "Line 3: Not valid YAML"),
    ("nodes: {}\nx: \x01\n", "Line 2: Not valid YAML"),
    ("nodes: {}\n---\nnodes: {}\n", "Line 2: Not valid YAML"),
    ("nodes: {}\nx: .nan\n", "Line 2: x: nan is not a number"),
    ("nodes: {}\nx: 1e999\n", "Line 2: x: inf is not a number"),
    ("nodes: {}\nx: " + "9" * 400, "Line 2: x: inf is not a number"),
    ("- a\n", "not a YAML mapping"),
    ("", "not a YAML mapping"),
    ("a: 1\n", "neither a format nor nodes"),
    ("nodes: 5\n", "Line 1: nodes is not a mapping"),
    ("nodes:\n  a: 5\n", "Line 2: The node 'a' is not a mapping"),
    ("nodes:\n  a: {name: x}\n", "Line 2: The node 'a' has no operator_id"),
    ("nodes:\n  a:\n    operator_id: x\n    cache: maybe\n", "Line 4: nodes.a.cache"),
    ("nodes:\n  a: {operator_id: x, id: i}\n  b: {operator_id: x, id: i}\n",
     "Line 3: Two nodes have the id 'i'"),
    ("nodes:\n  vsh: {operator_id: x}\nedges:\n- vsh -> vhs\n",
     "Line 4: 'vsh -> vhs' speaks of 'vhs', which is no node. Did you mean 'vsh'"),
    ("nodes: {}\nedges:\n- [a, b]\n", "Line 3: A connection is text or a mapping"),
    ("nodes: {}\nedges: 5\n", "Line 2: edges is neither"),
    ("nodes: {}\nedges:\n- {source_node_id: a}\n", "Line 3: edges.0.target_node_id"),
    ("nodes: {}\nmetadata: {tags: 5}\n", "Line 2: metadata.tags"),
])
def test_what_is_wrong_is_named_by_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        from_yaml(text)
    assert said in str(caught.value)


def test_a_newer_format_is_refused() -> None:
    with pytest.raises(NewerFormat):
        from_yaml("format: mudrock/2\nnodes: whatever\n")


def test_a_huge_text_is_refused() -> None:
    with pytest.raises(InvalidDocument, match="8 MB"):
        from_yaml("#" * (9 * 1024 * 1024))
