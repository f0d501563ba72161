"""The text of a document: what is read is what was written, and nothing wrong gets in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudrock_jupyter.spec import text
from mudrock_jupyter.spec.errors import InvalidDocument, NewerFormat

plain = st.characters(exclude_categories=["Cs"])
names = st.text(plain, max_size=12)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
trees = st.fixed_dictionaries(
    {
        "format": st.just("mudrock/1"),
        "nodes": st.dictionaries(names, st.dictionaries(names, values)),
    }
)


@given(trees)
def test_writing_and_reading_gives_the_same_text(tree: text.Tree) -> None:
    written = text.dump(tree)
    assert text.dump(text.parse(written)) == written


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_stays_one_after_a_trip_through_floats(number: int) -> None:
    assert text.normalise(float(number)) == number
    assert isinstance(text.normalise(float(number)), int)


def test_a_new_document_reads_back_as_a_pipeline() -> None:
    tree = text.empty("porosity")
    spec = text.load(text.dump(tree))
    assert (spec.name, spec.nodes, spec.id) == ("porosity", {}, tree["id"])


def test_two_new_documents_have_different_ids() -> None:
    assert text.empty()["id"] != text.empty()["id"]


def test_the_text_reads_well_in_a_diff() -> None:
    written = text.dump({"nodes": {"b": {}, "a": {}}, "format": "mudrock/1", "name": "Tønder"})
    assert written.endswith("}\n")
    assert written.index('"a"') < written.index('"b"')
    assert "Tønder" in written
    assert json.loads(written)["nodes"] == {"a": {}, "b": {}}


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("", "is empty"),
        ('{"a": 1,\n "b" 2}', "line 2, column 6"),
        ("[1, 2]", "not a JSON object"),
        ('{"cells": [], "nbformat": 4}', "neither a format nor nodes"),
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ('{"execution": {"x": [1, NaN]}}', "execution.x.1: nan"),
        ('{"x": -Infinity}', "x: -inf"),
        ('{"x": 1e999}', "inf"),
        ('{"x": %s}' % ("9" * 5000), "5000 digits"),
        ('{"x": "\\ud800"}', "lone surrogate"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"a":' * 80 + "1" + "}" * 80, "64 levels"),
        ('{"nodes": []}', "'nodes' is not"),
        ('{"nodes": {"n1": 3}}', "nodes.n1 is not"),
        ('{"format": "excel/97"}', "'excel/97'"),
        ('{"format": "mudrock/0"}', "never existed"),
        ('{"format": 1}', "The format is 1"),
        ('{"nodes": {"n1": {"id": "n1", "name": 7, "operatorId": "output"}}}', "nodes.n1.name"),
    ],
)
def test_what_is_not_a_pipeline_is_refused_and_the_place_named(bad: str, says: str) -> None:
    with pytest.raises(InvalidDocument) as refusal:
        text.load(bad)
    assert says in str(refusal.value)


def test_a_newer_format_is_refused_with_advice() -> None:
    with pytest.raises(NewerFormat, match="pip install --upgrade mudrock-jupyter"):
        text.load('{"format": "mudrock/2"}')


def test_a_byte_order_mark_is_no_matter() -> None:
    assert text.load('\ufeff{"format": "mudrock/1", "name": "from Windows"}').name == "from Windows"


def test_keys_this_version_does_not_know_are_kept() -> None:
    node = {"id": "n", "name": "n", "operatorId": "output", "colour": "red"}
    written = json.dumps({"format": "mudrock/1", "nodes": {"n": node}, "zoom": 2})
    again = json.loads(text.dump(text.load(written)))
    assert again["zoom"] == 2
    assert again["nodes"]["n"]["colour"] == "red"


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_raise_anything_else(anything: str) -> None:
    try:
        text.load(anything)
    except InvalidDocument as refusal:
        assert str(refusal)
