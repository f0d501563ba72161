"""Editing the graph: one transaction each, tolerant of what peers wrote, undone per origin."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Map

from mudrock_jupyter.documents import graph
from mudrock_jupyter.documents.placement import COLUMN, ROW, place
from mudrock_jupyter.documents.reading import read
from mudrock_jupyter.documents.undo import History
from mudrock_jupyter.documents.upsert import put_node
from mudrock_jupyter.documents.ydoc import YPipeline
from mudrock_jupyter.spec.errors import InvalidInput, NotFound

ME, YOU = "me", "you"


def transactions(doc: Doc) -> list[bytes]:
    seen: list[bytes] = []
    doc.observe(lambda event: seen.append(event.update))
    return seen


def test_a_node_comes_with_its_edges_and_place_in_one_transaction() -> None:
    doc = Doc()
    seen = transactions(doc)
    logs = graph.add_node(doc, "well_logs", node_type="ingestion", parameters={"wells": ("A",)})
    vsh = graph.add_node(doc, "vsh_linear", inputs={"input": logs}, parameters={"gr_clean": 20.0})
    join = graph.add_node(doc, "join", inputs={"left": logs, "right": (vsh, "output")})
    assert len(seen) == 3
    spec = graph.read_spec(doc)
    assert spec.nodes[logs].parameters == {"wells": ["A"]}
    assert repr(spec.nodes[vsh].parameters) == "{'gr_clean': 20}"
    assert {port: e.source_node_id for port, e in spec.inputs_of(join).items()} == {
        "left": logs,
        "right": vsh,
    }
    assert spec.layout.positions[logs][0] < spec.layout.positions[vsh][0]
    assert spec.layout.positions[vsh][0] < spec.layout.positions[join][0]


def test_names_are_unique() -> None:
    doc = Doc()
    ids = [graph.add_node(doc, "vsh_linear") for _ in range(3)]
    assert [graph.name_of(doc, i) for i in ids] == ["vsh_linear", "vsh_linear_2", "vsh_linear_3"]
    assert graph.rename(doc, ids[2], " vsh_linear ") == "vsh_linear_3"
    assert graph.rename(doc, ids[1], "shale") == "shale"
    with pytest.raises(InvalidInput, match="'shale' needs a name"):
        graph.rename(doc, ids[1], " ")


def test_a_connection_replaces_and_refuses_cycles() -> None:
    doc = Doc()
    a, b, c = (graph.add_node(doc, name) for name in "abc")
    graph.connect(doc, a, c)
    second = graph.connect(doc, b, c)
    assert list(graph.read_spec(doc).edges) == [second]
    graph.connect(doc, a, b)
    seen = transactions(doc)
    for source, target in ((c, a), (a, a)):
        with pytest.raises(InvalidInput, match="its own output"):
            graph.connect(doc, source, target)
    with pytest.raises(NotFound, match="no node 'nowhere'"):
        graph.connect(doc, a, "nowhere")
    assert seen == []


def test_removing_a_node_removes_all_of_it_at_once() -> None:
    doc = Doc()
    a = graph.add_node(doc, "a")
    b = graph.add_node(doc, "b", inputs={"input": a})
    doc.get("comments", type=Map)["note"] = Map({"nodeId": b, "text": "why?"})
    doc.get("comments", type=Map)["plain"] = {"nodeId": a}
    seen = transactions(doc)
    graph.remove(doc, [b])
    tree = read(doc)
    assert len(seen) == 1
    assert (list(tree["nodes"]), list(tree["edges"]), list(tree["comments"])) == (
        [a],
        [],
        ["plain"],
    )
    assert list(tree["layout"]["positions"]) == [a]
    with pytest.raises(NotFound):
        graph.remove(doc, [b])


def test_setting_what_is_already_so_emits_nothing() -> None:
    doc = Doc()
    node = graph.add_node(doc, "a", parameters={"x": 1, "flag": True}, position=(10, 20))
    seen = transactions(doc)
    graph.set_parameter(doc, node, "x", 1.0)
    graph.set_parameter(doc, node, "y", graph.DEFAULT)
    graph.set_position(doc, node, (10.0, 20.0))
    graph.rename(doc, node, "a")
    assert seen == []
    graph.set_parameter(doc, node, "flag", 1)
    assert read(doc)["nodes"][node]["parameters"]["flag"] is not True
    graph.set_parameter(doc, node, "x", graph.DEFAULT)
    graph.set_curve_mapping(doc, node, "gr", "GR_1")
    graph.set_curve_mapping(doc, node, "rhob", graph.DEFAULT)
    assert graph.read_spec(doc).nodes[node].curve_mapping == {"gr": "GR_1"}
    assert set(graph.read_spec(doc).nodes[node].parameters) == {"flag"}
    assert len(seen) == 3


def test_nodes_that_peers_wrote_as_plain_objects_are_nodes() -> None:
    doc = Doc()
    nodes = doc.get("nodes", type=Map)
    nodes["a"] = {"name": "logs", "operatorId": "well_logs", "parameters": {"x": 1.0}}
    nodes["b"] = {"operatorId": "vsh_linear"}
    doc.get("edges", type=Map)["e"] = {"sourceNodeId": "a", "targetNodeId": "b"}
    spec = graph.read_spec(doc)
    assert (spec.nodes["a"].id, spec.nodes["b"].name, spec.edges["e"].target_port) == (
        "a",
        "b",
        "input",
    )
    graph.set_parameter(doc, "a", "y", 2)
    graph.rename(doc, "b", "shale")
    with pytest.raises(InvalidInput):
        graph.connect(doc, "b", "a")
    tree = read(doc)["nodes"]
    assert tree["a"]["parameters"] == {"x": 1, "y": 2}
    assert (tree["b"]["name"], tree["b"]["operatorId"]) == ("shale", "vsh_linear")


@pytest.mark.parametrize("end", [None, 7, ["a"], {"id": "a"}])
def test_edges_and_comments_that_peers_wrote_as_nonsense_are_in_nobodys_way(end: object) -> None:
    doc = Doc()
    a, b = graph.add_node(doc, "a"), graph.add_node(doc, "b")
    for key in ("sourceNodeId", "targetNodeId"):
        doc.get("edges", type=Map)[f"no {key}"] = {"sourceNodeId": a, "targetNodeId": b, key: end}
    doc.get("edges", type=Map)["half"] = {"sourceNodeId": b}
    doc.get("edges", type=Map)["text"] = "nonsense"
    doc.get("comments", type=Map)["note"] = {"nodeId": end}
    edge = graph.connect(doc, a, b)
    graph.remove(doc, [a])
    assert edge not in read(doc)["edges"]
    assert list(read(doc)["nodes"]) == [b]


def test_a_named_node_is_changed_wholly_or_not_at_all() -> None:
    doc = Doc()

    def put(name: str, *inputs: str, **parameters: object) -> str:
        return put_node(
            doc,
            "vsh_linear",
            name=name,
            node_type="operator",
            parameters=parameters,
            curve_mapping={},
            inputs=dict(zip(["input"], inputs, strict=False)),
            position=None,
        )

    first = put("first", gr_clean=20)
    second = put("second", first)
    seen = transactions(doc)
    with pytest.raises(InvalidInput, match="own output"):
        put("first", second, gr_clean=30)
    with pytest.raises(NotFound):
        put("first", "nowhere", gr_clean=30)
    with pytest.raises(InvalidInput, match=r"first\.gr_shale"):
        put("first", gr_clean=30, gr_shale=object())
    assert seen == []
    assert put("first", gr_clean=30) == first
    assert graph.read_spec(doc).nodes[first].parameters == {"gr_clean": 30}


def test_undo_takes_one_step_of_ones_own() -> None:
    doc = Doc()
    mine, yours = History(doc, ME), History(doc, YOU)
    a = graph.add_node(doc, "a", origin=ME)
    b = graph.add_node(doc, "b", inputs={"input": a}, origin=YOU)
    graph.set_position(doc, a, (5, 5), origin=ME)
    graph.set_parameter(doc, a, "x", 1, origin=ME)
    graph.set_run_status(doc, a, {"status": "running"}, origin=ME)
    full = read(doc)
    assert mine.undo()
    assert "x" not in graph.read_spec(doc).nodes[a].parameters
    assert mine.undo()
    assert graph.positions_of(doc)[a] != (5, 5)
    assert yours.undo()
    assert set(read(doc)["nodes"]) == {a}
    assert not yours.undo()
    assert yours.redo()
    assert set(read(doc)["nodes"]) == {a, b}
    assert mine.redo()
    assert mine.redo()
    assert not mine.redo()
    assert read(doc) == full
    graph.remove(doc, [a], origin=ME)
    assert mine.undo()
    assert read(doc) == full


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=12),
    st.integers(0, 3),
)
def test_a_place_is_right_of_its_inputs_and_free(cells: list[tuple[int, int]], used: int) -> None:
    taken = [(x * COLUMN / 2, y * ROW / 2) for x, y in cells]
    inputs = taken[:used]
    x, y = place(inputs, taken)
    assert all(x >= left + COLUMN for left, _ in inputs)
    assert all(abs(x - ox) >= 224 or abs(y - oy) >= 124 for ox, oy in taken)


ACTIONS = st.sampled_from(
    ["add", "connect", "remove", "set", "rename", "move", "undo", "redo", "sync"]
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, 2), ACTIONS, st.integers(0, 9), st.integers(0, 9)), max_size=40
    )
)
def test_whatever_three_people_do_at_once_they_converge(
    steps: list[tuple[int, str, int, int]],
) -> None:
    docs = [Doc() for _ in range(3)]
    histories = [History(doc, ME) for doc in docs]
    for who, action, first, second in steps:
        act(docs, histories, who, action, first, second)
    for _ in range(2):
        for receiver in docs:
            for sender in docs:
                receiver.apply_update(sender.get_update(receiver.get_state()))
    texts = {YPipeline(doc).get() for doc in docs}
    assert len(texts) == 1
    again = YPipeline()
    again.set(texts.copy().pop())
    assert read(again.ydoc)["nodes"] == read(docs[0])["nodes"]


def act(
    docs: list[Doc], histories: list[History], who: int, action: str, first: int, second: int
) -> None:
    doc = docs[who]
    ids = graph.node_ids(doc)
    one, two = (ids[i % len(ids)] if ids else "" for i in (first, second))
    match action:
        case "add":
            graph.add_node(doc, f"op{first}", inputs={"input": one} if one else {}, origin=ME)
        case "undo":
            histories[who].undo()
        case "redo":
            histories[who].redo()
        case "sync":
            doc.apply_update(docs[second % 3].get_update(doc.get_state()))
        case _ if not ids:
            return
        case "connect":
            try:
                graph.connect(doc, one, two, origin=ME)
            except InvalidInput as error:
                assert "own output" in error.message
        case "remove":
            graph.remove(doc, [one], origin=ME)
        case "set":
            graph.set_parameter(doc, one, f"p{second % 3}", second, origin=ME)
        case "rename":
            graph.rename(doc, one, f"name{second}", origin=ME)
        case "move":
            graph.set_position(doc, one, (first, second), origin=ME)
