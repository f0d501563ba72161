"""Undo in Python is per user, as in the editor: nobody's work is taken but one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from pycrdt import Doc

from mudrock_jupyter.documents import graph
from mudrock_jupyter.documents.reading import read
from mudrock_jupyter.documents.undo import History
from mudrock_jupyter.spec.errors import InvalidInput

Result = TypeVar("Result")


class Person:
    def __init__(self) -> None:
        self.doc: Doc[Any] = Doc()
        self.history = History(self.doc, "me")

    def does(self, work: Callable[[Doc[Any]], Result]) -> Result:
        with self.doc.transaction("me"):
            return work(self.doc)

    def parameters(self, node: str) -> dict[str, object]:
        return dict(graph.read_spec(self.doc).nodes[node].parameters)


def meet(one: Person, other: Person) -> None:
    update = one.doc.get_update(other.doc.get_state())
    one.doc.apply_update(other.doc.get_update(one.doc.get_state()))
    other.doc.apply_update(update)
    assert read(one.doc) == read(other.doc)


@pytest.fixture
def people() -> tuple[Person, Person]:
    return Person(), Person()


def test_each_act_is_one_step(people: tuple[Person, Person]) -> None:
    me, other = people
    first, second = (other.does(lambda doc: graph.add_node(doc, "vsh_linear")) for _ in range(2))
    meet(me, other)
    acts: list[Callable[[Doc[Any]], object]] = [
        lambda doc: graph.set_parameter(doc, first, "gr_clean", 25),
        lambda doc: graph.set_curve_mapping(doc, first, "gr", "GR_2"),
        lambda doc: graph.rename(doc, first, "shale"),
        lambda doc: graph.set_positions(doc, {first: (1, 1), second: (2, 2)}),
        lambda doc: graph.connect(doc, first, second),
        lambda doc: graph.add_node(doc, "phi_density", inputs={"input": first}),
        lambda doc: graph.remove(doc, [first, second]),
    ]
    for act in acts:
        before = read(me.doc)
        me.does(act)
        after = read(me.doc)
        assert after != before
        assert me.history.undo()
        assert read(me.doc) == before
        assert me.history.redo()
        assert read(me.doc) == after
        assert me.history.undo()
        assert not me.history.can_undo


def test_a_later_value_of_somebody_else_stays(people: tuple[Person, Person]) -> None:
    me, other = people
    node = other.does(lambda doc: graph.add_node(doc, "vsh_linear"))
    meet(me, other)
    me.does(lambda doc: graph.set_parameter(doc, node, "gr_clean", 25))
    meet(me, other)
    other.does(lambda doc: graph.set_parameter(doc, node, "gr_clean", 30))
    other.does(lambda doc: graph.set_position(doc, node, (7, 7)))
    meet(me, other)
    me.history.undo()
    meet(me, other)
    assert me.parameters(node) == {"gr_clean": 30}
    assert graph.positions_of(me.doc)[node] == (7, 7)


def test_a_node_in_which_somebody_else_has_worked_stays(people: tuple[Person, Person]) -> None:
    me, other = people
    node = me.does(lambda doc: graph.add_node(doc, "vsh_linear", parameters={"gr_shale": 110}))
    me.does(lambda doc: graph.set_parameter(doc, node, "gr_clean", 25))
    meet(me, other)
    other.does(lambda doc: graph.set_parameter(doc, node, "gr_clean", 30))
    meet(me, other)
    before = read(me.doc)
    # The last step has nothing left to take back, so the one before it would be next.
    with pytest.raises(InvalidInput, match="'vsh_linear' was changed by somebody else"):
        me.history.undo()
    meet(me, other)
    assert read(other.doc) == before


def test_a_node_that_somebody_else_has_connected_stays(people: tuple[Person, Person]) -> None:
    me, other = people
    mine = me.does(lambda doc: graph.add_node(doc, "well_logs"))
    meet(me, other)
    other.does(lambda doc: graph.add_node(doc, "vsh_linear", inputs={"input": mine}))
    meet(me, other)
    before = read(me.doc)
    with pytest.raises(InvalidInput, match="somebody else"):
        me.history.undo()
    meet(me, other)
    assert read(other.doc) == before


def test_one_s_own_work_in_a_node_goes_with_it(people: tuple[Person, Person]) -> None:
    me, other = people
    node = me.does(lambda doc: graph.add_node(doc, "vsh_linear"))
    me.does(lambda doc: graph.set_parameter(doc, node, "gr_clean", 25))
    meet(me, other)
    history = me.history
    for step in (history.undo, history.redo, history.undo, history.undo):
        assert step()
    meet(me, other)
    assert graph.node_ids(other.doc) == []
