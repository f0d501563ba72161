"""Conditional and error edges: what they let through, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from pydantic import JsonValue

from mudrock_jupyter.engine.bound import FAILURES, WELL_ID_FIELD, WHOLE, Failure, Gate
from mudrock_jupyter.engine.check import analyse
from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.gates import failures_table, let_through
from mudrock_jupyter.spec.pipeline import EdgeSpec, PipelineSpec
from mudrock_jupyter.spec.salvage import read_tree
from mudrock_jupyter.spec.text import dump, load
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import edge, node, pipeline

CONDITION = "VSH > 0.5 and GR is not null"


def gated(target: str, **more: Any) -> PipelineSpec:
    nodes = [node("logs", "well_logs"), node("vsh", "test_vsh"), node("next", target)]
    return pipeline(nodes, [edge("logs", "vsh"), edge("vsh", "next", **more)])


def codes(spec: PipelineSpec, wells: WellStore) -> set[str]:
    return {problem.code for problem in analyse(spec, wells).problems}


def test_a_conditional_edge_makes_a_gate(wells: WellStore) -> None:
    spec = gated("output", edge_type="conditional", condition=CONDITION)
    bound = analyse(spec, wells).nodes["next"]
    assert bound.gates == {"input": Gate("conditional", CONDITION, frozenset({"VSH", "GR"}))}
    assert "VSH" in bound.schema.names
    assert len(bound.wells) == 5


@pytest.mark.parametrize("condition", [None, "", "  "])
def test_without_a_condition_rows_are_enough(condition: str | None, wells: WellStore) -> None:
    spec = gated("output", edge_type="conditional", condition=condition)
    assert analyse(spec, wells).nodes["next"].gates == {"input": Gate("conditional")}


@pytest.mark.parametrize(("condition", "words"), [
    ("VSHALE > 1", "there is no column 'VSHALE'"),
    ("VSH", "gives a number, not yes or no"),
    ("VSH >", "cannot be read"),
    ("avg(VSH) > 1", "a function over several rows is not allowed"),
    ("VSH > 1; drop table x", "cannot be read"),
])
def test_a_condition_is_checked_against_what_reaches_it(
    condition: str, words: str, wells: WellStore
) -> None:
    spec = gated("output", edge_type="conditional", condition=condition)
    (problem,) = [p for p in analyse(spec, wells).problems if p.code == "invalid_condition"]
    assert words in problem.message
    assert (problem.node, problem.edge) == ("next", "vsh-next-input")
    assert "next" not in analyse(spec, wells).nodes


def test_an_error_edge_hands_on_a_list_of_failures(wells: WellStore) -> None:
    bound = analyse(gated("output", edge_type="error"), wells).nodes["next"]
    assert bound.gates == {"input": Gate("error")}
    assert bound.schema is FAILURES
    assert bound.wells == (WHOLE,)
    assert not bound.per_well


def test_what_needs_samples_takes_no_list_of_failures(wells: WellStore) -> None:
    assert "error_connection" in codes(gated("test_vsh", edge_type="error"), wells)
    problems = analyse(gated("test_count", edge_type="error"), wells).problems
    (problem,) = [p for p in problems if p.code == "missing_column"]
    assert problem.message == "GR is missing from the list of wells that failed at 'vsh'."


def test_only_wells_with_a_fitting_row_pass() -> None:
    def table(*values: float | None) -> pa.Table:
        wells = pa.array(["w"] * len(values)).dictionary_encode().cast(WELL_ID_FIELD.type)
        return pa.table({"well_id": wells, "VSH": pa.array(values, pa.float64())})

    tables = {"a": table(0.1, 0.9), "b": table(0.1), "c": table(), "d": table(None), "e": table(1)}
    some = Gate("conditional", "VSH > 0.5 and well_id = 'w'", frozenset({"VSH", "well_id"}))
    assert list(let_through(some, tables)) == ["a", "e"]
    assert list(let_through(Gate("conditional"), tables)) == ["a", "b", "d", "e"]
    assert list(let_through(Gate("conditional", "1 = 1"), tables)) == ["a", "b", "d", "e"]
    assert let_through(some, {}) == {}


def test_failures_are_a_table() -> None:
    failures = [Failure("w2", "x", "too hot"), Failure("", "x", "broken"), Failure("w1", "x", "no")]
    table = failures_table(failures, "clean")
    assert table.schema.equals(FAILURES, check_metadata=True)
    assert table.to_pylist() == [
        {"well_id": None, "node": "clean", "message": "broken"},
        {"well_id": "w1", "node": "clean", "message": "no"},
        {"well_id": "w2", "node": "clean", "message": "too hot"},
    ]
    assert failures_table([], "clean").schema == FAILURES


def test_a_condition_is_kept_in_the_file() -> None:
    spec = gated("output", edge_type="conditional", condition="GR > 1")
    assert load(dump(spec)) == spec
    assert '"condition": "GR > 1"' in dump(spec)


def test_a_condition_that_is_no_text_is_told_of() -> None:
    raw: JsonValue = {"id": "e", "sourceNodeId": "a", "targetNodeId": "b", "condition": 5}
    spec = read_tree({"edges": {"e": raw}})
    assert spec.edges["e"] == EdgeSpec(id="e", source_node_id="a", target_node_id="b")
    assert spec.faults[0].edge == "e"


@pytest.mark.parametrize(("key", "value", "words"), [
    ("timeoutSeconds", 0, "greater than 0"), ("timeoutSeconds", -1, "greater than 0"),
    ("timeoutSeconds", float("inf"), "finite number"), ("timeoutSeconds", "5", "valid number"),
    ("timeoutSeconds", True, "valid number"), ("cache", 1, "valid boolean"),
    ("cache", "yes", "valid boolean"), ("tags", [1], "valid string"), ("tags", "a", "valid list"),
])
def test_a_nodes_own_settings_are_checked(key: str, value: JsonValue, words: str) -> None:
    raw: dict[str, JsonValue] = {"id": "a", "name": "a", "operatorId": "output", key: value}
    spec = read_tree({"nodes": {"a": raw}})
    (fault,) = spec.faults
    assert words in fault.message
    assert (fault.code, fault.node, fault.severity) == ("invalid_document", "a", "error")


def test_a_run_passes_what_the_gates_let_through(wells: WellStore) -> None:
    nodes = [node("logs", "well_logs"), node("vsh", "test_picky", most=139.9),
             node("some", "output"), node("none", "output"), node("failed", "output")]
    spec = pipeline(nodes, [
        edge("logs", "vsh"),
        edge("logs", "some", edge_type="conditional", condition="DEPTH = 1000"),
        edge("logs", "none", edge_type="conditional", condition="DEPTH < 0"),
        edge("vsh", "failed", edge_type="error"),
    ])
    run = execute(compile(spec, wells))
    assert set(run["some"].to_pandas()["well_id"]) == {"w0"}
    assert run.statuses["none"].status == "skipped"
    lost = sorted(failure.well for failure in run.failures if failure.node == "vsh")
    assert lost
    assert run["failed"].to_arrow().column("well_id").to_pylist() == lost
    assert set(run["failed"].to_pandas()["node"]) == {"vsh"}


def test_where_nothing_failed_the_error_edge_is_not_taken(wells: WellStore) -> None:
    run = execute(compile(gated("output", edge_type="error"), wells))
    assert run.status == "completed"
    assert run.statuses["next"].status == "skipped"
