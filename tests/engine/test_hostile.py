"""Whatever a document holds, checking it never raises, and what is sound runs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.validate import validate
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.spec.errors import InvalidPipeline
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec
from mudrock_jupyter.spec.problems import errors
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, samples

OPERATORS = [each.id for each in registry.all_operators()
             if each.kind is not Kind.SINK or each.id == "output"]
NAMES = st.sampled_from(["GR", "RT", "RHOB", "VSH", "PHID", "SW", "DEPTH", "well_id", "GR_MA", ""])
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-5, 200), st.floats(-1e6, 1e6), NAMES,
                   st.lists(NAMES, max_size=2), st.text(max_size=5))
IDS = st.sampled_from("abcdef")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> WellStore:
    store = WellStore(tmp_path_factory.mktemp("hostile") / "project")
    add_well(store, "one", samples(1, rows=30))
    add_well(store, "two", {"DEPTH": [1.0, 2.0], "RT": [None, 3.0], "LITH": ["a", None]})
    return store


@st.composite
def pipelines(draw: st.DrawFn) -> PipelineSpec:
    nodes: dict[str, NodeSpec] = {}
    for id in draw(st.lists(IDS, unique=True, max_size=6)):
        operator = registry.get(draw(st.sampled_from(["well_logs", *OPERATORS])))
        keys = st.sampled_from([*operator.parameters.model_fields, "curve", "nonsense"])
        known = {**operator.inputs, **operator.outputs}
        parameters: dict[str, Any] = draw(st.dictionaries(keys, VALUES, max_size=2))
        if operator.any_curve:
            parameters.setdefault("curves", ["GR"])
        mapping = draw(st.dictionaries(st.sampled_from([*known, "nonsense"]), NAMES, max_size=1))
        nodes[id] = NodeSpec(id=id, name=draw(st.sampled_from([id, "same"])),
                             operator_id=draw(st.sampled_from([operator.id] * 9 + ["unknown"])),
                             parameters=parameters, curve_mapping=mapping)
    ends = st.tuples(IDS, IDS, st.sampled_from(["input"] * 9 + ["left"]))
    edges = {f"e{n}": EdgeSpec(id=f"e{n}", source_node_id=a, target_node_id=b, target_port=port)
             for n, (a, b, port) in enumerate(draw(st.lists(ends, max_size=8)))}
    return PipelineSpec(nodes=nodes, edges=edges)


@settings(max_examples=150, deadline=None)
@given(spec=pipelines())
def test_any_document(spec: PipelineSpec, two: WellStore) -> None:
    problems = validate(spec, two)
    assert all(problem.message and problem.node in {None, *spec.nodes} for problem in problems)
    if errors(problems):
        with pytest.raises(InvalidPipeline):
            compile(spec, two)
        return
    plan = compile(spec, two)
    result = execute(plan)
    for node, output in result.outputs.items():
        assert output.to_arrow().schema.equals(plan.schemas[node], check_metadata=True)


REQUIRED: dict[str, dict[str, Any]] = {
    "arr_filter": {"expr": "GR > 40"}, "arr_select": {"columns": ["*"]},
    "arr_rename": {"map": {"SP": "SP_OLD"}}, "sig_clip": {"low": 0, "high": 100},
}


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> WellStore:
    """Wells with every curve that any operator reads, gaps, zeros and negatives among them."""
    store = WellStore(tmp_path_factory.mktemp("rich") / "project")
    for number in range(3):
        random = np.random.default_rng(number)
        columns: dict[str, Any] = {"DEPTH": np.arange(40) * 0.5}
        units = {}
        for operator in registry.all_operators():
            for curve in operator.inputs.values():
                values = random.choice([np.nan, 0.0, -1.0, 0.2, 1.5, 40.0, 90.0], 40)
                columns[curve.mnemonic] = values
                if curve.type == "flag":
                    columns[curve.mnemonic] = values > 1
                elif curve.type == "text":
                    columns[curve.mnemonic] = random.choice(["a", "b"], 40)
                units[curve.mnemonic] = curve.unit or ""
        columns.pop("*", None)
        add_well(store, f"w{number}", columns, units)
        add_tops = pa.table({"TOP": ["A", "B"], "DEPTH": [1.0, 9.0]})
        store.write_tops(f"w{number}", add_tops)
    return store


@settings(max_examples=100, deadline=None)
@given(chain=st.lists(st.sampled_from(OPERATORS), min_size=1, max_size=6))
def test_any_chain_of_operators(chain: list[str], rich: WellStore) -> None:
    ids = ["logs", *(f"n{n}" for n in range(len(chain)))]
    nodes = {"logs": NodeSpec(id="logs", name="logs", operator_id="well_logs")}
    for id, operator_id in zip(ids[1:], chain, strict=True):
        parameters = dict(REQUIRED.get(operator_id, {}))
        if registry.get(operator_id).any_curve:
            parameters["curves"] = ["GR"]
        nodes[id] = NodeSpec(id=id, name=id, operator_id=operator_id, parameters=parameters)
    edges = {a: EdgeSpec(id=a, source_node_id=a, target_node_id=b) for a, b in pairwise(ids)}
    spec = PipelineSpec(nodes=nodes, edges=edges)
    if errors(validate(spec, rich)):
        return
    plan = compile(spec, rich)
    result = execute(plan)
    event(f"{result.status}, {len(chain)} operators, {len(result.failures)} failures")
    for node, output in result.outputs.items():
        table = output.to_arrow()
        assert table.schema.equals(plan.schemas[node], check_metadata=True)
        for column in table.columns:
            if pa.types.is_floating(column.type):
                assert pc.all(pc.is_finite(column)).as_py() in {True, None}
