"""Errors: what they are, and what they suggest."""

from __future__ import annotations

import pytest

from mudrock_jupyter.spec import errors, text
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec, unique_name


@pytest.mark.parametrize(
    "kind",
    [
        errors.InvalidInput,
        errors.NotFound,
        errors.ReadFailed,
        errors.WriteFailed,
        errors.NotConnected,
        errors.NotSupported,
        errors.OperatorFailed,
        errors.NewerFormat,
        errors.InvalidPipeline,
    ],
)
def test_every_error_is_a_builtin_too_and_speaks_plainly(kind: type[errors.MudrockError]) -> None:
    assert issubclass(kind, errors.MudrockError)
    assert any(
        base.__module__ == "builtins"
        and base is not object
        and base is not Exception
        and base is not BaseException
        for base in kind.__mro__
    )
    assert str(kind("GR is missing.")) == "GR is missing."


def test_the_nearest_name_is_suggested_whatever_its_case() -> None:
    assert errors.did_you_mean("rhbo", ["GR", "RHOB"]) == " Did you mean 'RHOB'?"
    assert errors.did_you_mean("zzzz", ["GR", "RHOB"]) == ""


def test_names_stay_unique() -> None:
    assert unique_name("a", set()) == "a"
    assert unique_name("a", {"a", "a_2"}) == "a_3"


def test_a_node_is_found_by_id_and_by_name() -> None:
    node = NodeSpec(id="0a", name="logs", operator_id="well_logs")
    edge = EdgeSpec(id="e", source_node_id="0a", target_node_id="0b")
    spec = PipelineSpec(nodes={"0a": node}, edges={"e": edge})
    assert spec.node_named("0a") is spec.node_named("logs") is node
    assert spec.node_named("nothing") is None
    assert spec.inputs_of("0b") == {"input": edge}


def test_a_notebook_shows_the_line_and_the_sentence_alone() -> None:
    with pytest.raises(errors.MudrockError) as refusal:
        text.parse("{oops")
    line, sentence = refusal.value._render_traceback_()
    assert line.endswith('text.parse("{oops")')
    assert sentence == f"InvalidDocument: {refusal.value.message}"
    assert errors.NotFound("Gone.")._render_traceback_() == ["NotFound: Gone."]
