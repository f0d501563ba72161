"""Table operators in a pipeline: exact columns before the run, the same rows every time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from mudrock_jupyter.engine.arrays import split_wells
from mudrock_jupyter.engine.bound import WELL_ID_FIELD
from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.results import Memory, Results
from mudrock_jupyter.engine.validate import validate
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, edge, node, pipeline, samples


def two_branches() -> PipelineSpec:
    """Samples, their summary, and the summary joined to the samples again."""
    return pipeline(
        [node("logs", "well_logs"), node("vsh", "test_vsh"),
         node("sums", "arr_group_aggregate", curves=["GR"], aggs=["mean", "count", "p90"]),
         node("joined", "arr_join"),
         node("ranked", "arr_sort", by=["GR_MEAN"], descending=True),
         node("out", "output")],
        [edge("logs", "vsh"), edge("logs", "sums"), edge("vsh", "joined", "left"),
         edge("sums", "joined", "right"), edge("sums", "ranked"), edge("joined", "out")],
    )


def test_the_columns_are_known_before_the_run(wells: WellStore) -> None:
    plan = compile(two_branches(), wells)
    assert plan.schemas["joined"].names == [
        "well_id", "DEPTH", "GR", "RHOB", "RT", "VSH", "GR_MEAN", "GR_COUNT", "GR_P90"]
    run = execute(plan)
    assert run.status == "completed", run.failures
    for name in ("sums", "joined", "ranked"):
        assert run[name].to_arrow().schema.equals(plan.schemas[name], check_metadata=True)


def test_a_summary_is_joined_to_its_samples(wells: WellStore) -> None:
    run = execute(compile(two_branches(), wells))
    frame = run["joined"].to_pandas()
    expected = frame.groupby("well_id", observed=True)["GR"].transform("mean")
    assert np.allclose(frame["GR_MEAN"].astype(float), expected.astype(float))
    assert frame["well_id"].is_monotonic_increasing
    means = run["ranked"].to_arrow().column("GR_MEAN").to_pylist()
    assert means == sorted(means, reverse=True)
    assert sorted(means) != means


def test_the_same_inputs_give_the_same_rows(wells: WellStore) -> None:
    plan = compile(two_branches(), wells)
    first, again = execute(plan), execute(plan, threads=1)
    for name in ("sums", "joined", "ranked"):
        assert first[name].to_arrow().equals(again[name].to_arrow())


def test_a_join_that_cannot_be_is_a_problem_before_the_run(wells: WellStore) -> None:
    spec = pipeline(
        [node("logs", "well_logs"), node("joined", "arr_join", on=["DEPHT"]),
         node("out", "output")],
        [edge("logs", "joined", "left"), edge("logs", "joined", "right"), edge("joined", "out")],
    )
    (problem,) = [each for each in validate(spec, wells) if each.node == "joined"]
    assert problem.code == "invalid_parameter"
    assert "Did you mean 'DEPTH'" in problem.message


@pytest.mark.parametrize("how", ["left", "full"])
def test_a_join_larger_than_its_memory_is_sorted_on_disk(store: WellStore, how: str) -> None:
    for well in range(3):
        add_well(store, f"w{well}", samples(well, rows=200_000))
    spec = pipeline(
        [node("logs", "well_logs"), node("vsh", "test_vsh"), node("joined", "arr_join", how=how),
         node("out", "output")],
        [edge("logs", "vsh"), edge("vsh", "joined", "left"), edge("logs", "joined", "right"),
         edge("joined", "out")],
    )
    run = execute(compile(spec, store), memory_bytes=10_000_000)
    assert run.status == "completed", run.failures
    table = run["joined"].to_arrow()
    assert len(table) == 600_000
    assert table.column("GR").equals(table.column("GR_RIGHT"))
    assert run.peak_bytes <= 10_000_000


def test_wells_are_told_apart_wherever_their_rows_are() -> None:
    schema = pa.schema([WELL_ID_FIELD, pa.field("DEPTH", pa.float64())])
    table = pa.table([pa.array(["b", "a", "b", None]).dictionary_encode().cast(schema[0].type),
                      pa.array([2.0, 5.0, 1.0, 0.0])], schema=schema)
    parts = split_wells(schema, table)
    assert {well: part.column("DEPTH").to_pylist() for well, part in parts.items()} == {
        "b": [1.0, 2.0], "a": [5.0]}
    assert split_wells(schema, table.slice(0, 0)) == {}


def test_batches_are_gathered_within_the_limit() -> None:
    memory = Memory()
    results = Results(1_000_000, memory=memory)
    schema = pa.schema([pa.field("GR", pa.float64())])
    batches = [pa.record_batch([np.full(5_000_000, float(n))], schema=schema) for n in range(3)]
    table = results.gather(schema, batches)
    assert table.column("GR").to_numpy()[::5_000_000].tolist() == [0.0, 1.0, 2.0]
    assert memory.held == 0
