"""Whatever a document holds, checking it never raises, and what is sound runs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
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


@settings(max_examples=100, deadline=None)
@given(chain=st.lists(st.sampled_from(OPERATORS), max_size=5), data=st.data())
def test_any_chain_of_operators(chain: list[str], data: st.DataObject, two: WellStore) -> None:
    ids = ["logs", *(f"n{n}" for n in range(len(chain)))]
    nodes = {"logs": NodeSpec(id="logs", name="logs", operator_id="well_logs")}
    for id, operator_id in zip(ids[1:], chain, strict=True):
        operator = registry.get(operator_id)
        numbers = [name for name, curve in operator.inputs.items() if curve.mnemonic != "*"]
        nodes[id] = NodeSpec(
            id=id, name=id, operator_id=operator_id,
            parameters={"curves": [data.draw(NAMES)]} if operator.any_curve else {},
            curve_mapping={name: data.draw(NAMES) for name in numbers if data.draw(st.booleans())})
    edges = {a: EdgeSpec(id=a, source_node_id=a, target_node_id=b)
             for a, b in pairwise(ids)}
    spec = PipelineSpec(nodes=nodes, edges=edges)
    if not errors(validate(spec, two)):
        result = execute(compile(spec, two))
        assert all(failure.message.endswith((".", "?")) for failure in result.failures)
