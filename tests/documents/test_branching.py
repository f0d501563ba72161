"""Merging what has gone apart: what one side did is taken, what collides is said, all is whole."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc

from mudrock_jupyter.documents import comments, graph
from mudrock_jupyter.documents.branching import merge_into, three_way
from mudrock_jupyter.documents.merging import merge
from mudrock_jupyter.documents.reading import complete, read
from mudrock_jupyter.documents.restoring import restore
from mudrock_jupyter.documents.undo import History
from mudrock_jupyter.spec.changes import difference
from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.spec.text import Tree
from tests.spec.test_changes import TREES

Edit = Callable[[Doc], object]
SEEDS = st.integers(0, 10**9)


def node(tree: Tree, name: str) -> str:
    nodes: dict[str, dict[str, str]] = tree["nodes"]  # type: ignore[assignment]
    return next(id for id, each in nodes.items() if each["name"] == name)


def start() -> Doc:
    """A source and two operators: logs, phi, sw."""
    doc = Doc()
    logs = graph.add_node(doc, "well_logs", name="logs")
    phi = graph.add_node(doc, "phi_density", name="phi", inputs={"input": logs},
                         parameters={"rho_ma": 2.65})
    graph.add_node(doc, "sw_archie", name="sw", inputs={"input": phi})
    comments.add(doc, "why?", by="ana", node=phi)
    return doc


def edited(base: Tree, *edits: Edit) -> Tree:
    doc = Doc()
    merge(doc, base)
    for edit in edits:
        edit(doc)
    return read(doc)


def at_random(seed: int, count: int = 6) -> Edit:
    """Some edits that a person could make."""

    def edit(doc: Doc) -> None:
        draw = random.Random(seed)
        for number in range(count):
            # By name: ids are random, and a failure is to come again.
            ids = sorted(graph.node_ids(doc), key=lambda id: graph.name_of(doc, id))
            one, two = draw.choice(ids), draw.choice(ids)
            kinds: list[Callable[[], object]] = [
                lambda: graph.add_node(doc, "vsh_linear", inputs={"input": one}),  # noqa: B023
                lambda: graph.connect(doc, one, two),  # noqa: B023
                lambda: graph.set_parameter(doc, one, "m", number),  # noqa: B023
                lambda: graph.rename(doc, one, draw.choice(["x", "y", "z"])),  # noqa: B023
                lambda: graph.set_position(doc, one, (number, seed % 7)),  # noqa: B023
                lambda: comments.add(doc, "hm", by="ana", node=one),  # noqa: B023
                lambda: graph.remove(doc, [one] if len(ids) > 1 else []),  # noqa: B023
            ]
            try:
                draw.choice(kinds)()
            except InvalidInput:
                continue  # it would have made a cycle

    return edit


def assert_whole(tree: Tree) -> None:
    nodes, edges = tree["nodes"], list(tree["edges"].values())  # type: ignore[union-attr]
    ends = [(e["sourceNodeId"], e["targetNodeId"]) for e in edges]  # type: ignore[index, call-overload]
    ports = [(e["targetNodeId"], e["targetPort"]) for e in edges]  # type: ignore[index, call-overload]
    names = [each["name"] for each in nodes.values()]  # type: ignore[index, union-attr, call-overload]
    assert all(start in nodes and end in nodes for start, end in ends)  # type: ignore[operator]
    assert len(set(ports)) == len(ports)
    assert len(set(names)) == len(names)
    assert set(tree["layout"]["positions"]) == set(nodes)  # type: ignore[index, call-overload, arg-type]
    assert all(c["nodeId"] in nodes for c in tree["comments"].values())  # type: ignore[index, union-attr, call-overload, operator]
    ahead = {end for _, end in ends}
    left = list(ends)
    while left:
        going = [(s, e) for s, e in left if s in ahead]
        assert len(going) < len(left), "there is a cycle"
        left, ahead = going, {e for _, e in going}


@given(SEEDS, SEEDS, SEEDS)
def test_whatever_two_do_the_result_is_whole(first: int, second: int, third: int) -> None:
    base = edited(read(start()), at_random(first, 8))
    mine, theirs = edited(base, at_random(second)), edited(base, at_random(third))
    before = copy.deepcopy((base, mine, theirs))
    merged = three_way(base, mine, theirs)
    assert (base, mine, theirs) == before
    assert_whole(merged.tree)
    again = edited(merged.tree)
    assert again == merged.tree, "a document holds it as it is"


@given(SEEDS, SEEDS)
def test_what_only_one_side_did_is_taken_as_it_is(first: int, second: int) -> None:
    base = read(start())
    other = edited(base, at_random(first), at_random(second))
    assert three_way(base, other, base).tree == other
    assert three_way(base, base, other) == three_way(base, other, other)
    assert three_way(base, base, other).tree == other
    assert three_way(base, base, other).conflicts == ()


@given(SEEDS, SEEDS)
def test_merging_again_changes_nothing(first: int, second: int) -> None:
    base = read(start())
    mine, theirs = edited(base, at_random(first)), edited(base, at_random(second))
    once = three_way(base, mine, theirs).tree
    assert three_way(theirs, once, theirs).tree == once


@given(SEEDS, SEEDS, SEEDS)
def test_a_merge_or_a_restored_version_is_undone_and_redone_to_the_letter(
    first: int, second: int, third: int
) -> None:
    base = edited(read(start()), at_random(first))
    theirs = {**edited(base, at_random(second)), "id": "other"}
    edits: list[Edit] = [
        lambda doc: merge_into(doc, base, theirs, "4f0c2a9be713"),
        lambda doc: restore(doc, theirs),
    ]
    for edit in edits:
        doc = Doc()
        merge(doc, base)
        at_random(third)(doc)
        history = History(doc, "me")
        before = read(doc)
        with doc.transaction("me"):
            edit(doc)
        after = read(doc)
        assert history.undo() is (after != before)
        assert read(doc) == before
        assert history.redo() is (after != before)
        assert read(doc) == after
        assert_whole(after)


@given(TREES, TREES, TREES)
def test_whatever_documents_hold_they_can_be_merged(base: Tree, mine: Tree, theirs: Tree) -> None:
    merged = three_way(base, mine, theirs)
    assert complete(merged.tree) == merged.tree


def test_work_on_different_things_comes_together_without_a_word() -> None:
    base = read(start())
    phi, sw = node(base, "phi"), node(base, "sw")
    mine = edited(base, lambda d: graph.set_parameter(d, phi, "rho_ma", 2.71))
    theirs = edited(
        base,
        lambda d: graph.set_parameter(d, phi, "rho_fl", 1.1),
        lambda d: graph.add_node(d, "output", inputs={"input": sw}),
        lambda d: graph.set_details(d, description="new", name="branch"),
    )
    merged = three_way(base, mine, theirs)
    assert merged.conflicts == ()
    assert merged.tree["nodes"][phi]["parameters"] == {"rho_ma": 2.71, "rho_fl": 1.1}  # type: ignore[index, call-overload]
    assert (merged.tree["description"], merged.tree["name"]) == ("new", base["name"])
    assert len(difference(base, merged.tree).added("edges")) == 1


def test_where_both_set_a_value_the_other_s_wins_and_is_said() -> None:
    base = read(start())
    phi = node(base, "phi")
    mine = edited(base, lambda d: graph.set_parameter(d, phi, "rho_ma", 2.68))
    theirs = edited(base, lambda d: graph.set_parameter(d, phi, "rho_ma", 2.71))
    merged = three_way(base, mine, theirs)
    assert merged.conflicts == ("rho_ma of phi: 2.68 here, 2.71 in the other; took the other's",)
    assert merged.tree["nodes"][phi]["parameters"] == {"rho_ma": 2.71}  # type: ignore[index, call-overload]
    assert three_way(base, theirs, theirs).conflicts == ()


def test_a_value_that_one_took_out_stays_if_the_other_set_it() -> None:
    base = read(start())
    phi = node(base, "phi")
    mine = edited(base, lambda d: graph.set_parameter(d, phi, "rho_ma", 2.68))
    theirs = edited(base, lambda d: graph.set_parameter(d, phi, "rho_ma", graph.DEFAULT))
    merged = three_way(base, mine, theirs)
    assert merged.conflicts == ("rho_ma of phi: changed here, removed in the other; it stays",)
    assert merged.tree == mine


def test_a_node_that_one_removed_stays_whole_if_the_other_worked_on_it() -> None:
    base = read(start())
    phi = node(base, "phi")
    gone = edited(base, lambda d: graph.remove(d, [phi]))
    worked = edited(base, lambda d: graph.set_parameter(d, phi, "rho_ma", 2.71))
    kept = three_way(base, worked, gone)
    assert kept.tree == worked
    assert kept.conflicts == ("phi: changed here, removed in the other; it stays",)
    brought = three_way(base, gone, worked)
    assert brought.tree == worked, "with its connections, place and comment"
    assert brought.conflicts == ("phi: removed here, changed in the other; it stays",)


def test_a_node_that_one_removed_stays_if_the_other_connected_something() -> None:
    base = read(start())
    sw = node(base, "sw")
    gone = edited(base, lambda d: graph.remove(d, [sw]))
    connected = edited(base, lambda d: graph.add_node(d, "output", inputs={"input": sw}))
    for mine, theirs in ((gone, connected), (connected, gone)):
        merged = three_way(base, mine, theirs)
        assert merged.tree == connected
        assert len(merged.conflicts) == 1


def test_one_input_takes_the_other_s_connection() -> None:
    base = read(start())
    sw = node(base, "sw")
    mine = edited(base, lambda d: graph.add_node(d, "a"), lambda d: graph.connect(
        d, node(read(d), "a"), sw))
    theirs = edited(base, lambda d: graph.add_node(d, "b"), lambda d: graph.connect(
        d, node(read(d), "b"), sw))
    merged = three_way(base, mine, theirs)
    assert merged.conflicts == ("the connection a to sw: replaced by the other's from b",)
    assert_whole(merged.tree)


def test_a_circle_is_left_open() -> None:
    doc = Doc()
    graph.add_node(doc, "a")
    graph.add_node(doc, "b")
    base = read(doc)
    a, b = node(base, "a"), node(base, "b")
    mine = edited(base, lambda d: graph.connect(d, a, b))
    theirs = edited(base, lambda d: graph.connect(d, b, a))
    merged = three_way(base, mine, theirs)
    assert merged.tree == mine
    assert merged.conflicts == (
        "the connection b to a: left out, it would feed a node with its own output",
    )


def test_a_name_that_both_gave_is_given_once() -> None:
    base = read(start())
    mine = edited(base, lambda d: graph.add_node(d, "vsh_linear"))
    theirs = edited(base, lambda d: graph.add_node(d, "vsh_linear"))
    merged = three_way(base, mine, theirs)
    assert merged.conflicts == (
        "vsh_linear: the name is taken; the other's is now vsh_linear_2",
    )
    assert_whole(merged.tree)


def test_what_was_wrong_here_already_stays_for_its_people() -> None:
    base = read(start())
    broken = copy.deepcopy(base)
    del broken["nodes"][node(base, "phi")]  # type: ignore[union-attr, attr-defined]
    assert three_way(base, broken, base).tree["edges"] == broken["edges"]
