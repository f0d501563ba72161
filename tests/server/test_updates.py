"""What reaches pycrdt: everything that Yjs and pycrdt write, nothing that would hurt."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment

from mudrock_jupyter.server.updates import BadUpdate, check_state_vector, check_update

ROOT = "010101000801016d"  # one value in the root map `m`
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats()
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.tuples(st.text(), values, st.booleans()), max_size=12))
def test_what_pycrdt_writes_passes(edits: list[tuple[str, object, bool]]) -> None:
    doc: Doc = Doc()
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    root, items = doc.get("m", type=Map), doc.get("a", type=Array)
    text, tree = doc.get("t", type=Text), doc.get("x", type=XmlFragment)
    for key, value, nested in edits:
        root[key] = Map({"value": value}) if nested else value
        items.insert(len(items) // 2, value)
        text.insert(len(text) // 2, key, {"bold": True} if nested else None)
        tree.children.append(XmlElement("p", {"a": "b"}))
        if nested:
            del root[key]
            del items[0]
    doc.unobserve(subscription)
    for update in [*updates, doc.get_update()]:
        check_update(update)
    check_state_vector(doc.get_state())


@pytest.mark.parametrize(
    "hostile",
    [
        "ffffff7a",
        "01ffffff7a0100",
        "000101ffffff7a",
        ROOT + "ffffff7a",
        ROOT + "0176ffffff7a",
        ROOT + "01" + "7680808001016b" * 200,
        ROOT + "01" + "7501" * 100_000,
        ROOT + "01" + "7601016b" * 100_000,
        ROOT + "0177ffff03",
        "ffffffffffffffffffffff01",
        "010101000c",
        "",
    ],
    ids=range(12),
)
def test_what_would_hurt_does_not_pass(hostile: str) -> None:
    with pytest.raises(BadUpdate):
        check_update(bytes.fromhex(hostile))


def test_a_state_vector_holds_what_it_promises() -> None:
    with pytest.raises(BadUpdate):
        check_state_vector(bytes.fromhex("ffffff7a"))


@pytest.mark.parametrize("seed", range(3))
def test_mangled_updates_never_do_harm(seed: int) -> None:
    draw = random.Random(seed)
    source: Doc = Doc()
    nodes = source.get("nodes", type=Map)
    for number in range(20):
        nodes[f"n{number}"] = Map({"id": number, "parameters": Map({"list": [1, {"a": 2.5}]})})
    whole = source.get_update()
    taken = 0
    for _ in range(2000):
        mangled = bytearray(whole)
        for _ in range(draw.randint(1, 8)):
            mangled[draw.randrange(len(mangled))] = draw.randrange(256)
        del mangled[draw.choice([len(mangled), draw.randrange(1, len(mangled))]) :]
        doc: Doc = Doc()
        try:
            check_update(bytes(mangled))
            doc.apply_update(bytes(mangled))
            taken += 1
        except (BadUpdate, ValueError, RuntimeError):
            continue
    assert taken, "all were refused: nothing was tried"
