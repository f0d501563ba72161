"""A plan knows every node's schema before any data is read."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import edge, node, pipeline

SPEC = pipeline([
    node("logs", "well_logs"), node("vsh", "test_vsh", clean=10), node("ratio", "test_ratio"),
    node("keep", "test_keep", above=0.2), node("mean", "test_mean", curve="RATIO"),
    node("count", "test_count"), node("out", "output"),
])


def test_schemas_are_exactly_what_a_run_gives(wells: WellStore) -> None:
    plan = compile(SPEC, wells)
    run = execute(plan)
    assert run.status == "completed"
    for name in plan.order:
        assert run[name].to_arrow().schema.equals(plan.schemas[name], check_metadata=True), name


def test_computed_columns_say_where_they_come_from(wells: WellStore) -> None:
    schema = compile(SPEC, wells).schemas["vsh"]
    metadata = {k.decode(): v.decode() for k, v in schema.field("VSH").metadata.items()}
    assert json.loads(metadata.pop("parameters")) == {"clean": 10.0, "shale": 120.0}
    assert metadata == {"unit": "v/v", "description": "Shale volume", "operator": "test_vsh",
                        "version": "1.0.0", "formula": "(GR - a) / (b - a)",
                        "source": "Anon (1990)"}
    assert schema.field("GR").metadata[b"unit"] == b"gAPI"
    assert schema.names == ["well_id", "DEPTH", "GR", "RHOB", "RT", "VSH"]
    assert schema.field("well_id").type == pa.dictionary(pa.int32(), pa.string())


def test_a_derivative_has_its_own_unit(wells: WellStore) -> None:
    spec = pipeline([node("logs", "well_logs"), node("sg", "sig_savgol", curve="GR", deriv=1)])
    assert compile(spec, wells).schemas["sg"].field("GR_SG").metadata[b"unit"] == b"gAPI/m"


def test_sources_and_rows_are_one_segment(wells: WellStore) -> None:
    segments = [segment.nodes for segment in compile(SPEC, wells).segments]
    assert segments == [("logs", "vsh", "ratio", "keep"), ("mean",), ("count",), ("out",)]


def test_rows_below_a_kernel_share_a_segment(wells: WellStore) -> None:
    spec = pipeline(
        [node("logs", "well_logs"), node("mean", "test_mean", curve="GR"),
         node("a", "test_vsh"), node("b", "test_vsh", {"gr": "GR_MEAN"}), node("c", "test_ratio")],
        [edge("logs", "mean"), edge("mean", "a"), edge("mean", "b"), edge("b", "c")])
    assert [s.nodes for s in compile(spec, wells).segments] == [
        ("logs",), ("mean",), ("a", "b", "c")]


@pytest.mark.parametrize("asked", ["keep", "vsh"])
def test_compile_to_a_node_ignores_what_is_broken_below(asked: str, wells: WellStore) -> None:
    broken = SPEC.model_copy(update={"nodes": SPEC.nodes | {"out": node("out", "outptu")}})
    assert compile(broken, wells, to=asked).order[-1] == asked
