"""Every problem a pipeline can have is named, placed and answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mudrock_jupyter
from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.validate import validate
from mudrock_jupyter.operators import registry
from mudrock_jupyter.spec.codes import as_markdown, known_codes
from mudrock_jupyter.spec.errors import InvalidPipeline
from mudrock_jupyter.spec.pipeline import NodeSpec, PipelineSpec, VersionRule
from mudrock_jupyter.spec.problems import Problem
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, edge, node, pipeline, samples

LOGS = node("logs", "well_logs")
OUT = node("out", "output")
DEPTHS = np.arange(10.0)


def _found(spec: PipelineSpec, wells: WellStore | None, code: str) -> Problem:
    problems = validate(spec, wells)
    matching = [problem for problem in problems if problem.code == code]
    assert len(matching) == 1, problems
    return matching[0]


def _between(*middle: NodeSpec) -> PipelineSpec:
    return pipeline([LOGS, *middle, OUT])


STRUCTURE: dict[str, tuple[PipelineSpec, str]] = {
    "unknown_operator": (_between(node("a", "test_vhs")), "Did you mean 'test_vsh'?"),
    "duplicate_name": (
        pipeline([LOGS, node("a", "test_vsh"), NodeSpec(id="b", name="a", operator_id="output")]),
        "2 nodes are named 'a'."),
    "unknown_node": (pipeline([LOGS, OUT], [edge("logs", "out"), edge("gone", "out", "left")]),
                     "gone"),
    "self_edge": (pipeline([LOGS, node("a", "test_vsh"), OUT],
                           [edge("logs", "a"), edge("a", "out"), edge("a", "a")]),
                  "'a' is connected to itself"),
    "unknown_port": (pipeline([LOGS, OUT], [edge("logs", "out"), edge("logs", "out", "inptu")]),
                     "Did you mean 'input'?"),
    "duplicate_connection": (
        pipeline([LOGS, node("more", "well_logs"), OUT],
                 [edge("logs", "out"), edge("more", "out")]),
        "Two connections lead to the input 'input' of 'out'"),
    "cycle": (
        pipeline([node("a", "test_vsh"), node("b", "test_vsh"), node("c", "test_vsh"), OUT],
                 [edge("a", "b"), edge("b", "c"), edge("c", "a"), edge("c", "out")]
                 [:3]),
        "a -> b -> c -> a"),
    "unknown_version": (
        _between(NodeSpec(id="a", name="a", operator_id="test_vsh",
                          version=VersionRule(strategy="pinned", version="0.9"))),
        "test_vsh is not installed in version 0.9. Installed: 1.0.0."),
    "invalid_version": (
        _between(NodeSpec(id="a", name="a", operator_id="test_vsh",
                          version=VersionRule(strategy="channel", channel="bta"))),
        "There is no channel 'bta'. Did you mean 'beta'?"),
    "invalid_condition": (
        pipeline([LOGS, OUT], [edge("logs", "out", edge_type="conditional", condition="GRR > 1")]),
        "On the connection from 'logs': The condition 'GRR > 1': there is no column 'GRR'. "
        "Did you mean 'GR'?"),
    "unused_condition": (pipeline([LOGS, OUT], [edge("logs", "out", condition="GR > 1")]),
                         "has a condition, and is not conditional"),
    "error_connection": (
        pipeline([LOGS, node("a", "test_vsh"), OUT],
                 [edge("logs", "a", edge_type="error"), edge("a", "out")]),
        "brings 'a' a list of failed wells, and test_vsh works on samples"),
    "duplicate_column": (_between(node("vsh", "test_vsh"),
                                  node("a", "test_ratio", {"ratio": "X", "high": "X"})),
                         "two columns named 'X'"),
    "empty": (pipeline([]), "no nodes"),
    "orphan": (pipeline([LOGS, OUT, node("a", "well_logs")], [edge("logs", "out")]),
               "'a' is connected to nothing"),
    "missing_input": (pipeline([LOGS, OUT, node("a", "test_stack")],
                               [edge("logs", "out"), edge("logs", "a", "left")]),
                      "the input 'right' of 'a'"),
    "no_output": (pipeline([LOGS]), "no output"),
    "no_curve": (_between(node("a", "sig_median")), "No curve is picked"),
    "invalid_parameter": (_between(node("a", "test_vsh", clean="blue")), "clean is 'blue'"),
    "unknown_input": (_between(node("a", "test_vsh", {"grr": "GR"})), "Did you mean 'gr'?"),
    "missing_column": (_between(node("a", "test_vsh", {"gr": "GRR"})), "Did you mean 'GR'?"),
    "replaces_column": (_between(node("a", "test_vsh", {"vsh": "RT"})), "replaces the curve RT"),
    "operator_failed": (_between(node("a", "test_broken")), "ZeroDivisionError: oops"),
    "incompatible_unit": (_between(node("a", "test_vsh", {"gr": "RT"})),
                          "RT is in ohm.m; 'a' needs gAPI"),
    "invalid_depth_range": (pipeline([node("logs", "well_logs", depth=[2000, 1000]), OUT]),
                            "from 2000 down to 1000"),
    "depth_range_empty": (pipeline([node("logs", "well_logs", depth=[1, 2]), OUT]),
                          "between 1 and 2 m"),
    "unknown_well": (pipeline([node("logs", "well_logs", wells=["w1", "w9"]), OUT]), "w9"),
    "unknown_curve": (pipeline([node("logs", "well_logs", curves=["GR", "RHOX"]), OUT]),
                      "Did you mean 'RHOB'?"),
}


@pytest.mark.parametrize("code", STRUCTURE)
def test_structure_and_columns(code: str, wells: WellStore) -> None:
    spec, words = STRUCTURE[code]
    problem = _found(spec, wells, code)
    assert words in str(problem)
    assert problem.message.endswith((".", "?"))


def _lithology(store: WellStore) -> PipelineSpec:
    add_well(store, "a", {"DEPTH": DEPTHS, "LITH": ["sand"] * 10})
    return _between(node("a", "test_vsh", {"gr": "LITH"}))


def _no_unit(store: WellStore) -> PipelineSpec:
    add_well(store, "a", {"DEPTH": DEPTHS, "GR": DEPTHS}, {"GR": ""})
    return _between(node("a", "test_vsh"))


def _missing_in_one(store: WellStore) -> PipelineSpec:
    add_well(store, "a", samples(1))
    add_well(store, "b", {"DEPTH": DEPTHS, "RT": DEPTHS})
    return _between(node("a", "test_vsh"))


def _partly_asked(store: WellStore) -> PipelineSpec:
    _missing_in_one(store)
    return pipeline([node("logs", "well_logs", curves=["RT", "GR"]), OUT])


def _counts(store: WellStore) -> PipelineSpec:
    add_well(store, "a", {"DEPTH": DEPTHS, "X": DEPTHS}, {"X": "v/v"})
    add_well(store, "b", {"DEPTH": DEPTHS, "X": DEPTHS}, {"X": "cps"})
    return pipeline([LOGS, OUT])


def _unit_in_one(store: WellStore) -> PipelineSpec:
    add_well(store, "a", {"DEPTH": DEPTHS, "X": DEPTHS, "GR": DEPTHS}, {"X": "v/v"})
    add_well(store, "b", {"DEPTH": DEPTHS, "X": DEPTHS, "GR": DEPTHS}, {"GR": ""})
    return pipeline([LOGS, OUT])


def _text_in_one(store: WellStore) -> PipelineSpec:
    add_well(store, "a", {"DEPTH": DEPTHS, "LITH": ["sand"] * 10})
    add_well(store, "b", {"DEPTH": DEPTHS, "LITH": DEPTHS})
    add_well(store, "c", {"DEPTH": DEPTHS, "LITH": DEPTHS})
    return pipeline([LOGS, OUT])


def _corrupt(store: WellStore) -> PipelineSpec:
    add_well(store, "a", samples(1))
    add_well(store, "b", samples(2))
    (store.root / "wells" / "b" / "logs_composite.parquet").write_bytes(b"not parquet at all")
    return pipeline([LOGS, OUT])


WELLS: dict[str, tuple[Callable[[WellStore], PipelineSpec], str]] = {
    "wrong_type": (_lithology, "LITH holds text; 'a' works on numbers"),
    "unknown_unit": (_no_unit, "GR has no unit; 'a' takes it as gAPI"),
    "missing_in_wells": (_missing_in_one, "GR is missing in 1 of 2 wells: b. They will be left"),
    "curve_missing_in_wells": (_partly_asked, "GR is missing in 1 of 2 wells: b. What needs it"),
    "assumed_unit": (_unit_in_one, "Some curves have no unit in b. There they are taken to be in "
                     "that of the other wells: X (v/v), GR (gAPI)."),
    "mixed_units": (_counts, "X is in v/v; in these wells it is something else: b (cps)"),
    "mixed_types": (_text_in_one, "LITH holds numbers; in these wells something else: a (text)"),
    "unreadable_well": (_corrupt, "The well b is left out"),
    "no_wells": (lambda store: pipeline([LOGS, OUT]), "The project has no wells"),
}


@pytest.mark.parametrize("code", WELLS)
def test_wells(code: str, store: WellStore) -> None:
    build, words = WELLS[code]
    assert words in str(_found(build(store), store, code))


def test_no_project() -> None:
    assert "no project" in str(_found(pipeline([LOGS, OUT]), None, "no_project"))


def test_every_code_has_a_test() -> None:
    package = Path(mudrock_jupyter.__file__).parent
    emitted = _emitted(package / "engine") | _emitted(package / "operators")
    assert emitted == {*STRUCTURE, *WELLS, "no_project"}


def test_every_code_is_described() -> None:
    assert _emitted(Path(mudrock_jupyter.__file__).parent) == known_codes()


def test_the_page_of_codes_is_up_to_date() -> None:
    page = Path(mudrock_jupyter.__file__).parents[1] / "docs" / "problems.md"
    assert as_markdown() in page.read_text(encoding="utf-8")


def _emitted(folder: Path) -> set[str]:
    return {code for source in folder.rglob("*.py")
            for code in re.findall(r'(?:[Pp]roblem|Unresolved)\(\s*"([a-z_]+)"',
                                   source.read_text(encoding="utf-8"))}


def test_all_problems_at_once(wells: WellStore) -> None:
    spec = pipeline([node("logs", "well_logs", curves=["GRX"]), node("a", "test_vhs"),
                     node("b", "test_vsh", clean="x"), node("spare", "well_logs"), OUT],
                    [edge("logs", "a"), edge("a", "b")])
    codes = {problem.code for problem in validate(spec, wells)}
    assert {"unknown_curve", "unknown_operator", "invalid_parameter", "missing_input",
            "orphan"} <= codes
    with pytest.raises(InvalidPipeline, match="4 problems") as caught:
        compile(spec, wells)
    assert len(caught.value.problems) > 4


def test_missing_column_suggests_the_mapping(wells: WellStore) -> None:
    spec = _between(node("vsh", "test_vsh", {"vsh": "VSHALE"}), node("ratio", "test_ratio"))
    problem = _found(spec, wells, "missing_column")
    assert problem.message == "VSH is missing from what 'vsh' makes."
    assert problem.advice == "Map another curve: bottom='VSHALE'."
    assert problem.node == "ratio"


def test_parameter_that_names_an_absent_curve(wells: WellStore) -> None:
    spec = _between(node("vsh", "test_vsh"), node("ratio", "test_ratio", limit="RTX"))
    assert "limit of 'ratio' names the curve 'RTX'" in str(_found(spec, wells, "missing_column"))


def test_missing_in_all_wells_is_an_error(store: WellStore) -> None:
    add_well(store, "a", {"DEPTH": DEPTHS, "GR": DEPTHS})
    add_well(store, "b", {"DEPTH": DEPTHS, "X": DEPTHS})
    spec = pipeline([node("logs", "well_logs", wells=["b"]), node("a", "test_vsh"), OUT])
    assert _found(spec, store, "missing_column").severity == "error"


def test_a_summary_cannot_be_smoothed(wells: WellStore) -> None:
    spec = _between(node("count", "test_count"), node("mean", "test_mean", curve="GR_mean"))
    assert "DEPTH is missing from what 'count' makes" in str(
        next(p for p in validate(spec, wells) if p.code == "missing_column"))


def test_a_sound_pipeline_has_no_problems(wells: WellStore) -> None:
    spec = _between(node("vsh", "test_vsh"), node("mean", "test_mean", curve="VSH"))
    assert validate(spec, wells) == []


def test_two_loops_are_both_named(wells: WellStore) -> None:
    spec = pipeline([node(name, "test_vsh") for name in "abcd"],
                    [edge("a", "b"), edge("b", "a"), edge("c", "d"), edge("d", "c")])
    cycles = [p.message for p in validate(spec, wells) if p.code == "cycle"]
    assert len(cycles) == 2


def test_a_check_that_raises_is_a_problem_like_any_other(wells: WellStore) -> None:
    def check(parameters: Mapping[str, Any]) -> str | None:
        raise KeyError("window")

    checked = replace(registry.get("test_vsh"), id="test_checked", check=check)
    registry.add(checked)
    try:
        problem = _found(_between(node("a", "test_checked")), wells, "invalid_parameter")
    finally:
        registry._operators.pop("test_checked")
    assert "The check of test_checked failed: KeyError: 'window'." in str(problem)
