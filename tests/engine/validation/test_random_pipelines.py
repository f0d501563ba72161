"""What validation lets through runs: no column, type or unit is a surprise at run time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.validate import validate
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.spec.codes import known_codes
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec, VersionRule
from mudrock_jupyter.spec.problems import errors
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well

SETTINGS: dict[str, dict[str, Any]] = {
    "arr_filter": {"expr": "GR > 40 or LITH = 'sand'"}, "arr_select": {"columns": ["GR", "R*"]},
    "arr_rename": {"map": {"GR": "GAMMA"}}, "arr_depth_window": {"top": 1005, "base": 1050},
    "sig_clip": {"low": 0, "high": 100},
}
CHOICES = [each.id for each in registry.all_operators()
           if each.kind not in {Kind.SINK, Kind.SOURCE}]
CHOICES += ["test_vsh", "test_ratio", "test_sonic", "test_keep", "test_count", "test_stack",
            "test_picky"]
CURVES = ["GR", "RT", "RHOB", "DTC", "NPHI", "LITH", "FLAG", "VSH", "GAMMA", "X"]


@pytest.fixture(scope="module")
def motley(tmp_path_factory: pytest.TempPathFactory) -> WellStore:
    """Wells that share as little as wells do: steps, units, types and missing curves."""
    store = WellStore(tmp_path_factory.mktemp("motley") / "project")
    random = np.random.default_rng(3)

    def curve(low: float, high: float, rows: int = 60) -> np.ndarray:
        return np.where(random.random(rows) < 0.1, np.nan, random.uniform(low, high, rows))

    add_well(store, "metric", {
        "DEPTH": 1000 + np.arange(60) * 0.5, "GR": curve(10, 140), "RT": curve(0.5, 90),
        "RHOB": curve(2, 2.7), "DTC": curve(50, 120), "NPHI": curve(0, 0.4),
        "LITH": random.choice(["sand", "shale"], 60), "FLAG": random.random(60) < 0.5})
    add_well(store, "feet", {
        "DEPTH": 3281 + np.arange(60) * 0.25, "GR": curve(10, 140), "RHOB": curve(2000, 2700),
        "DTC": curve(160, 390), "NPHI": curve(0, 40), "X": curve(-1, 1)},
        {"DEPTH": "ft", "RHOB": "kg/m3", "DTC": "us/m", "NPHI": "%", "X": "furlong"})
    add_well(store, "typed", {
        "DEPTH": pa.array(1000 + np.arange(60.0), pa.float32()),
        "GR": pa.array(random.integers(0, 140, 60), pa.int16()),
        "RT": pa.array(curve(0.5, 90), pa.float32()),
        "LITH": np.arange(60.0), "FLAG": random.choice(["y", "n"], 60)}, {"LITH": "v/v"})
    add_well(store, "bare", {"DEPTH": 900 + np.arange(60.0), "X": curve(0, 1), "GR": [None] * 60})
    add_well(store, "brief", {"DEPTH": [1001.0], "GR": [55.0], "RT": [2.0]}, {"GR": ""})
    store.write_tops("metric", pa.table({"TOP": ["A", "B"], "DEPTH": [1001.0, 1012.0]}))
    return store


@st.composite
def sound(draw: st.DrawFn) -> PipelineSpec:
    """A pipeline whose structure is right; its columns may or may not fit."""
    asked = draw(st.sampled_from([None, None, ["GR", "RT", "LITH"], ["DTC", "GR", "NPHI"]]))
    only = draw(st.sampled_from([None, None, ["feet", "metric"], ["typed"]]))
    nodes = [NodeSpec(id="n0", name="n0", operator_id="well_logs",
                      parameters={"curves": asked, "wells": only})]
    edges = []
    for number in range(1, draw(st.integers(1, 12))):
        operator = registry.get(draw(st.sampled_from(CHOICES)))
        parameters = dict(SETTINGS.get(operator.id, {}))
        if operator.any_curve:
            parameters["curves"] = draw(st.lists(st.sampled_from(CURVES), min_size=1, max_size=2))
        mapping = draw(st.dictionaries(
            st.sampled_from([*operator.inputs] or ["none"]), st.sampled_from(CURVES), max_size=1,
        )) if operator.inputs and not operator.any_curve else {}
        nodes.append(NodeSpec(id=f"n{number}", name=f"n{number}", operator_id=operator.id,
                              parameters=parameters, curve_mapping=mapping))
        above = st.integers(max(0, number - 3), number - 1)
        edges += [EdgeSpec(id=f"e{number}{port}", source_node_id=f"n{draw(above)}",
                           target_node_id=f"n{number}", target_port=port)
                  for port in operator.ports]
    nodes.append(NodeSpec(id="out", name="out", operator_id="output"))
    edges.append(EdgeSpec(id="last", source_node_id=nodes[-2].id, target_node_id="out"))
    return PipelineSpec(nodes={each.id: each for each in nodes},
                        edges={each.id: each for each in edges})


def _node(change: dict[str, Any]) -> Callable[[PipelineSpec, str, str], None]:
    def apply(spec: PipelineSpec, node: str, edge: str) -> None:
        spec.nodes[node] = spec.nodes[node].model_copy(update=change)
    return apply


def _edge(change: dict[str, Any]) -> Callable[[PipelineSpec, str, str], None]:
    def apply(spec: PipelineSpec, node: str, edge: str) -> None:
        spec.edges[edge] = spec.edges[edge].model_copy(update=change)
    return apply


def _second_edge(spec: PipelineSpec, node: str, edge: str) -> None:
    spec.edges["second"] = spec.edges[edge].model_copy(update={"id": "second"})


def _orphan(spec: PipelineSpec, node: str, edge: str) -> None:
    spec.nodes["alone"] = NodeSpec(id="alone", name="alone", operator_id="well_logs")


def _loop(spec: PipelineSpec, node: str, edge: str) -> None:
    there = spec.edges[edge]
    spec.edges["back"] = EdgeSpec(id="back", source_node_id=there.target_node_id,
                                  target_node_id=there.source_node_id)


BREAKAGES: dict[str, Callable[[PipelineSpec, str, str], None]] = {
    "operator": _node({"operator_id": "vsh_linaer"}),
    "parameter": _node({"parameters": {"nonsense": 1}}),
    "pinned": _node({"version": VersionRule(strategy="pinned", version="99.0")}),
    "rule": _node({"version": VersionRule(strategy="compatible", version="x")}),
    "name": _node({"name": "out"}),
    "mapping": _node({"curve_mapping": {"gr": "LITH", "nonsense": "GR"}}),
    "dangling": _edge({"source_node_id": "gone"}),
    "port": _edge({"target_port": "somewhere"}),
    "condition": _edge({"edge_type": "conditional", "condition": "nonsense > 1"}),
    "error edge": _edge({"edge_type": "error"}),
    "two edges": _second_edge,
    "orphan": _orphan,
    "loop": _loop,
}
HARMLESS = {"orphan", "error edge", "name", "mapping"}  # or only so on some nodes


@settings(max_examples=80, deadline=None)
@given(spec=sound(), data=st.data())
def test_a_broken_pipeline_is_refused(
    spec: PipelineSpec, data: st.DataObject, motley: WellStore
) -> None:
    done = data.draw(st.lists(st.sampled_from(sorted(BREAKAGES)), min_size=1, max_size=3))
    for each in done:
        BREAKAGES[each](spec, data.draw(st.sampled_from(sorted(spec.nodes))),
                        data.draw(st.sampled_from(sorted(set(spec.edges) - {"back", "second"}))))
    problems = validate(spec, motley)
    for problem in problems:
        assert problem.code in known_codes()
        assert problem.message.endswith((".", "?")), problem.message
        assert problem.node in {None, *spec.nodes}
        assert problem.edge in {None, *spec.edges}
    if set(done) - HARMLESS:
        assert errors(problems)


def _sound_part(spec: PipelineSpec, wells: WellStore) -> PipelineSpec:
    """Take out what is faulty, and what it feeds, until nothing is."""
    while faults := {problem.node for problem in errors(validate(spec, wells))}:
        nodes = {id: node for id, node in spec.nodes.items() if id not in faults}
        edges = {id: edge for id, edge in spec.edges.items()
                 if {edge.source_node_id, edge.target_node_id} <= nodes.keys()}
        last = max(nodes.keys() - {"out"}, default=None)
        if last is None:
            return PipelineSpec()
        edges["last"] = EdgeSpec(id="last", source_node_id=last, target_node_id="out")
        spec = PipelineSpec(nodes=nodes, edges=edges)
    return spec


# Tables under each other give a well the same depths twice: the one thing no schema tells.
IN_THE_DATA = "The depth step is not regular"


@settings(max_examples=80, deadline=None)
@given(spec=sound())
def test_what_is_valid_runs(spec: PipelineSpec, motley: WellStore) -> None:
    spec = _sound_part(spec, motley)
    event(f"{len(spec.nodes) - 2} operators")
    if not spec.nodes:
        return
    plan = compile(spec, motley)
    foreseen = {failure for node in plan.nodes.values() for failure in node.failures}
    run = execute(plan)
    unforeseen = [failure.message for failure in set(run.failures) - foreseen]
    assert all(IN_THE_DATA in message for message in unforeseen), unforeseen
    assert run.status == "completed"
    for node, output in run.outputs.items():
        assert output.to_arrow().schema.equals(plan.schemas[node], check_metadata=True)
