"""The Graphviz text is read by another program as it was meant."""

from __future__ import annotations

import pydot
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mudrock_jupyter.spec.dot import to_dot
from mudrock_jupyter.spec.order import reading_order
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec

NASTY = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10),
    st.sampled_from(['"', "\\", '\\"', 'a"];\nb [label="x', "\\N", "<b>", "a\nb", "node", "{"]),
)


def pipeline(names: dict[str, str], edges: list[tuple[str, str]]) -> PipelineSpec:
    return PipelineSpec(
        nodes={id: NodeSpec(id=id, name=name, operator_id="op") for id, name in names.items()},
        edges={f"e{n}": EdgeSpec(id=f"e{n}", source_node_id=a, target_node_id=b)
               for n, (a, b) in enumerate(edges)},
    )


# pydot 4 calls pyparsing by its old names.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=30, deadline=None)
@given(st.dictionaries(NASTY, NASTY, min_size=1, max_size=4), st.data())
def test_another_program_reads_the_same_graph(names: dict[str, str], data: st.DataObject) -> None:
    ends = st.sampled_from(sorted(names))
    edges = data.draw(st.lists(st.tuples(ends, ends), max_size=4))
    spec = pipeline(names, edges)
    graphs = pydot.graph_from_dot_data(to_dot(spec))
    assert graphs is not None
    (graph,) = graphs
    nodes = [node for node in graph.get_nodes() if node.get_name() != "node"]
    assert len(nodes) == len(names)
    assert len(graph.get_edges()) == len(edges)


def test_it_tells_operators_ports_and_kinds_of_edges() -> None:
    spec = pipeline({"1": "logs", "2": "join"}, [])
    spec.edges["e"] = EdgeSpec(id="e", source_node_id="1", target_node_id="2", target_port="left",
                               edge_type="error")
    spec.edges["gone"] = EdgeSpec(id="gone", source_node_id="1", target_node_id="nobody")
    text = to_dot(spec)
    assert 'n1 [label="logs\\nop", shape=box];' in text
    assert 'n1 -> n2 [headlabel="left", style=dotted, label="error"];' in text
    assert "nobody" not in text


@pytest.mark.parametrize(("edges", "order"), [
    ([("c", "b"), ("b", "a")], "cba"),
    ([("a", "b"), ("b", "a"), ("c", "a")], "cab"),
    ([("a", "a")], "bca"),
])
def test_nodes_come_after_what_feeds_them(edges: list[tuple[str, str]], order: str) -> None:
    spec = pipeline({"a": "a", "b": "b", "c": "c"}, edges)
    assert "".join(reading_order(spec)) == order
