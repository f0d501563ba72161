"""Runs give what pandas gives, well by well, and lose only the wells that fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.run import NodeStatus, Run
from mudrock_jupyter.spec.errors import NotFound
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.wells.log_file import curve_field
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, edge, node, pipeline, samples

LOGS, OUT = node("logs", "well_logs"), node("out", "output")


def run(spec: PipelineSpec, wells: WellStore, **more: Any) -> Run:
    return execute(compile(spec, wells), **more)


def column(output: Any, name: str) -> np.ndarray:
    return output.to_arrow()[name].to_pandas().to_numpy(dtype=float)


def frame(wells: range) -> pd.DataFrame:
    parts = [pd.DataFrame(samples(n)).assign(well_id=f"w{n}") for n in wells]
    return pd.concat(parts, ignore_index=True)


def test_a_chain_of_every_kind(wells: WellStore) -> None:
    spec = pipeline([LOGS, node("vsh", "test_vsh"), node("ratio", "test_ratio", limit="RHOB"),
                     node("keep", "test_keep", above=0.3), node("mean", "test_mean", curve="GR"),
                     node("again", "test_vsh", {"gr": "GR_MEAN", "vsh": "VSH2"}), OUT])
    result = run(spec, wells)
    expected = frame(range(5))
    expected["VSH"] = (expected.GR - 20) / 100
    expected["RATIO"] = (expected.RT / expected.VSH).replace([np.inf, -np.inf], np.nan)
    assert (result.status, result.failures) == ("completed", [])
    np.testing.assert_allclose(column(result["ratio"], "RATIO"), expected.RATIO)
    kept = expected[expected.VSH > 0.3].copy()
    assert result["keep"].to_arrow()["well_id"].to_pylist() == kept.well_id.tolist()
    high = (kept.RATIO > kept.RHOB).where(kept.RATIO.notna() & kept.RHOB.notna())
    np.testing.assert_array_equal(column(result["keep"], "HIGH"), high.astype(float))
    kept["M"] = kept.groupby("well_id").GR.transform(
        lambda values: np.convolve(values, np.ones(3) / 3, "same"))
    np.testing.assert_allclose(column(result["out"], "VSH2"), (kept.M - 20) / 100)
    assert len(result["vsh"]) == 1000
    assert result["vsh"].columns[-1] == "VSH"


def test_branches_and_a_diamond(wells: WellStore) -> None:
    spec = pipeline(
        [LOGS, node("a", "test_vsh", clean=0), node("b", "test_keep", {"curve": "VSH"}),
         node("c", "test_vsh", clean=50), node("stack", "test_stack"), node("one", "output"),
         node("two", "output")],
        [edge("logs", "a"), edge("a", "b"), edge("logs", "c"), edge("a", "stack", "left"),
         edge("c", "stack", "right"), edge("b", "one"), edge("stack", "two")])
    result = run(spec, wells)
    gr = column(result["logs"], "GR")
    np.testing.assert_allclose(column(result["a"], "VSH"), gr / 120)
    np.testing.assert_allclose(column(result["c"], "VSH"), (gr - 50) / 70)
    assert len(result["two"]) == 2000
    assert len(result["one"]) == np.sum(gr / 120 > 0.5)


def test_two_sources(wells: WellStore) -> None:
    spec = pipeline(
        [node("left", "well_logs", wells=["w0", "w1"]), node("right", "well_logs", wells=["w2"]),
         node("stack", "test_stack"), node("vsh", "test_vsh")],
        [edge("left", "stack", "left"), edge("right", "stack", "right"), edge("stack", "vsh")])
    result = run(spec, wells)
    assert result["vsh"].wells == ["w0", "w1", "w2"]
    assert len(result["vsh"]) == 600


def test_every_node_equals_a_run_to_it(wells: WellStore) -> None:
    spec = pipeline([LOGS, node("vsh", "test_vsh"), node("keep", "test_keep"),
                     node("mean", "test_mean", curve="VSH"), node("r", "test_ratio"), OUT])
    whole = run(spec, wells)
    for name in spec.nodes:
        part = run(spec, wells, to=name)
        assert part[name].to_arrow().equals(whole[name].to_arrow(), check_metadata=True)
        assert name == "out" or "out" not in part.statuses


def test_only_the_curves_and_depths_asked_for(wells: WellStore) -> None:
    spec = pipeline([node("logs", "well_logs", curves=["GR"], depth=[1010, 1020]), OUT])
    result = run(spec, wells)
    assert result["out"].columns == ["well_id", "DEPTH", "GR"]
    depth = column(result["out"], "DEPTH")
    assert depth.min() == 1010
    assert depth.max() == 1020
    text = result.explain()
    assert "projection=[DEPTH, GR], filter=[DEPTH >= 1010 and DEPTH <= 1020]" in text
    assert "5 of 5 row groups" in text


def test_only_the_row_groups_asked_for(store: WellStore) -> None:
    rows = np.arange(100_000.0)
    add_well(store, "long", {"DEPTH": rows, "GR": rows, "RHOB": rows})
    logs = node("logs", "well_logs", curves=["GR"])
    every = run(pipeline([logs, OUT]), store)
    part = run(pipeline([node("logs", "well_logs", curves=["GR"], depth=[70_000, 70_010]), OUT]),
               store)
    assert column(part["out"], "GR").tolist() == list(range(70_000, 70_011))
    read, whole = part.metrics["logs"], every.metrics["logs"]
    assert (read.groups_read, read.groups_stored) == (1, 4)
    assert (whole.groups_read, whole.groups_stored) == (4, 4)
    assert 0 < read.bytes_scanned < whole.bytes_scanned / 2


def test_feet_and_metres(store: WellStore) -> None:
    rows = np.arange(5.0)
    add_well(store, "m", {"DEPTH": 1000 + rows, "DTC": 80 + rows})
    add_well(store, "ft", {"DEPTH": (1000 + rows) / 0.3048, "DTC": (80 + rows) / 0.3048},
             {"DEPTH": "ft", "DTC": "us/m"})
    spec = pipeline([node("logs", "well_logs", depth=[1001, 1003]), node("phi", "test_sonic"),
                     OUT])
    result = run(spec, store)
    assert store.depth_unit == "m"
    np.testing.assert_allclose(column(result["out"], "DEPTH"), [1001, 1002, 1003] * 2)
    np.testing.assert_allclose(column(result["out"], "PHIS"),
                               (np.array([81, 82, 83] * 2) - 55.5) / 133.5)
    assert result["logs"].schema.field("DTC").metadata[b"unit"] == b"us/ft"


def test_a_unit_the_operator_does_not_have(store: WellStore) -> None:
    add_well(store, "a", {"DEPTH": [1.0, 2.0], "DTC": [300.0, 320.0]}, {"DTC": "us/m"})
    result = run(pipeline([LOGS, node("phi", "test_sonic"), OUT]), store)
    np.testing.assert_allclose(column(result["out"], "DTC"), [300, 320])
    np.testing.assert_allclose(column(result["out"], "PHIS"),
                               (np.array([300, 320]) * 0.3048 - 55.5) / 133.5)


def test_other_types_on_disk_and_nan(store: WellStore) -> None:
    add_well(store, "a", {"DEPTH": [1.0, 2.0], "GR": [50.0, 60.0]})
    add_well(store, "b", {"DEPTH": [1.0], "GR": [1.0]})
    foreign = pa.table(
        [pa.array([3, 1, 2], pa.float32()), pa.array([30.0, float("nan"), float("inf")])],
        schema=pa.schema([pa.field("DEPTH", pa.float32(), metadata={"unit": "m"}),
                          curve_field("GR", "gAPI")]))
    pq.write_table(foreign, store.root / "wells" / "b" / "logs_composite.parquet")
    result = run(pipeline([LOGS, node("vsh", "test_vsh"), OUT]), store)["out"].to_arrow()
    assert result["GR"].to_pylist() == [50, 60, None, None, 30]
    assert result["DEPTH"].to_pylist() == [1, 2, 1, 2, 3]
    assert result["VSH"].null_count == 2


def test_files_of_one_grid_are_read_side_by_side(store: WellStore) -> None:
    add_well(store, "a", {"DEPTH": [1.0, 2.0], "GR": [50.0, 60.0]})
    add_well(store, "a", {"DEPTH": [1.0, 2.0], "RT": [5.0, 6.0]}, set="run1")
    result = run(pipeline([node("logs", "well_logs", curves=["RT", "GR"], depth=[1.5, 9]), OUT]),
                 store)
    assert result["out"].to_arrow().drop_columns("well_id").to_pylist() == [
        {"DEPTH": 2.0, "RT": 6.0, "GR": 60.0}]


def test_a_well_without_the_curve_is_listed_where_it_is_needed(store: WellStore) -> None:
    add_well(store, "a", samples(1))
    add_well(store, "b", {"DEPTH": [1.0], "RT": [2.0]})
    result = run(pipeline([LOGS, node("vsh", "test_vsh"), OUT]), store)
    assert result.status == "completed"
    assert [(f.well, f.node) for f in result.failures] == [("b", "vsh")]
    assert "Well b has no GR" in result.failures[0].message
    assert result["logs"].wells == ["a", "b"]
    assert result["out"].wells == ["a"]
    assert result.statuses["vsh"].failures == tuple(result.failures)


def test_a_filter_on_a_curve_a_well_lacks(store: WellStore) -> None:
    add_well(store, "a", samples(1))
    add_well(store, "b", {"DEPTH": [1.0], "RT": [2.0]})
    result = run(pipeline([LOGS, node("f", "arr_filter", expr="gr > 50 and well_id != 'c'"), OUT]),
                 store)
    assert [(f.well, f.node) for f in result.failures] == [("b", "f")]
    assert result["out"].wells == ["a"]
    assert (column(result["out"], "GR") > 50).all()


@pytest.mark.parametrize("damage", ["truncated", "deleted", "emptied", "overwritten"])
def test_a_file_that_breaks_after_the_plan(damage: str, wells: WellStore) -> None:
    plan = compile(pipeline([LOGS, node("vsh", "test_vsh"), OUT]), wells)
    path = wells.root / "wells" / "w2" / "logs_composite.parquet"
    content = path.read_bytes()
    if damage == "deleted":
        path.unlink()
    else:
        path.write_bytes({"truncated": content[: len(content) // 2], "emptied": b"",
                          "overwritten": b"x" * len(content)}[damage])
    result = execute(plan)
    assert result.status == "completed"
    assert [(f.well, f.node) for f in result.failures] == [("w2", "logs")]
    assert str(path) in result.failures[0].message
    assert "Import its source again." in result.failures[0].message
    assert result["out"].wells == ["w0", "w1", "w3", "w4"]


def test_a_file_that_is_broken_before(wells: WellStore) -> None:
    (wells.root / "wells" / "w2" / "logs_composite.parquet").write_bytes(b"junk")
    result = run(pipeline([LOGS, OUT]), wells)
    assert [(f.well, f.node) for f in result.failures] == [("w2", "logs")]
    assert len(result["out"].wells) == 4


def test_a_kernel_that_raises_on_some_wells(wells: WellStore) -> None:
    largest = {f"w{n}": np.nanmax(samples(n)["GR"]) for n in range(5)}
    most = sorted(largest.values())[2]
    spec = pipeline([LOGS, node("picky", "test_picky", most=most), node("vsh", "test_vsh"), OUT])
    result = run(spec, wells)
    assert {f.well for f in result.failures} == {w for w, value in largest.items() if value > most}
    assert {f.node for f in result.failures} == {"picky"}
    assert "ValueError: too radioactive" in result.failures[0].message
    assert result.status == "completed"
    assert len(result["out"].wells) == 3


def test_a_function_inside_the_plan_that_raises(wells: WellStore) -> None:
    most = sorted(np.nanmax(samples(n)["GR"]) for n in range(5))[3]
    spec = pipeline([LOGS, node("fragile", "test_fragile", most=most), node("vsh", "test_vsh"),
                     OUT])
    result = run(spec, wells)
    assert len(result.failures) == 1
    failure = result.failures[0]
    assert failure.node == "fragile"
    assert failure.message == f"'fragile' failed on well {failure.well}: " \
                              "ValueError: it is too large."
    assert len(result["logs"].wells) == 5
    assert len(result["out"].wells) == 4


def test_a_node_that_fails_everywhere(wells: WellStore) -> None:
    spec = pipeline(
        [LOGS, node("picky", "test_picky", most=-1), node("vsh", "test_vsh"), OUT,
         node("fine", "output")],
        [edge("logs", "picky"), edge("picky", "vsh"), edge("vsh", "out"), edge("logs", "fine")])
    result = run(spec, wells)
    states = {name: status.status for name, status in result.statuses.items()}
    assert result.status == "failed"
    assert states == {"logs": "completed", "picky": "failed", "vsh": "skipped", "out": "skipped",
                      "fine": "completed"}
    with pytest.raises(NotFound, match="'out' has no output: it is skipped"):
        result["out"]
    assert len(result["fine"]) == 1000


def test_a_sink_that_cannot_write(wells: WellStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sink = node("sink", "output_csv", path=str(tmp_path / "file" / "x.csv"))
    result = run(pipeline([LOGS, sink]), wells)
    assert result.status == "failed"
    assert result.failures[0].well == ""
    assert "not a folder" in result.failures[0].message


def test_files_are_written_sorted(wells: WellStore, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    result = run(pipeline([LOGS, node("sink", "output_parquet", path=str(path))]), wells)
    written = pq.read_table(path).to_pandas()
    assert result.status == "completed"
    assert written.equals(written.sort_values(["well_id", "DEPTH"], ignore_index=True))
    assert len(written) == 1000


def test_statuses_in_order(wells: WellStore) -> None:
    told: list[NodeStatus] = []
    result = run(pipeline([LOGS, node("mean", "test_mean", curve="GR"), OUT]), wells,
                 on_status=told.append)
    for name in ("logs", "mean", "out"):
        states = list(dict.fromkeys(s.status for s in told if s.node == name))
        assert states == ["queued", "running", "completed"]
    last = {status.node: status for status in told}
    assert last == dict(result.statuses)
    assert (last["mean"].rows, last["mean"].wells, last["mean"].cached) == (1000, 5, False)


def test_a_listener_that_raises_breaks_nothing(
    wells: WellStore, caplog: pytest.LogCaptureFixture
) -> None:
    def listener(status: NodeStatus) -> None:
        raise RuntimeError("listener")

    assert run(pipeline([LOGS, OUT]), wells, on_status=listener).status == "completed"
    assert "A listener to the run's progress failed" in caplog.text


def test_the_same_bytes_whatever_the_threads(
    wells: WellStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = pipeline([LOGS, node("vsh", "test_vsh"), node("mean", "test_mean", curve="VSH"), OUT])

    def content(threads: int) -> bytes:
        monkeypatch.setattr("os.cpu_count", lambda: threads)
        sink = pa.BufferOutputStream()
        table = run(spec, wells)["out"].to_arrow()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue().to_pybytes()

    assert content(2) == content(8) == content(2)


def test_more_wells_than_a_chunk(store: WellStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mudrock_jupyter.engine.execute._MOST_WELLS", 3)
    for number in range(8):
        add_well(store, f"w{number}", samples(number, rows=20))
    result = run(pipeline([LOGS, node("m", "test_mean", curve="GR"), node("v", "test_vsh"), OUT]),
                 store)
    assert len(result["out"]) == 160
    expected = np.concatenate([samples(n, rows=20)["GR"] for n in range(8)])
    np.testing.assert_allclose(column(result["out"], "GR"), expected)


def test_a_filter_that_keeps_nothing(wells: WellStore) -> None:
    spec = pipeline([LOGS, node("keep", "arr_filter", expr="GR > 1e6"),
                     node("mean", "test_mean", curve="GR"), node("vsh", "test_vsh"), OUT])
    result = run(spec, wells)
    assert (result.status, result.failures, len(result["out"])) == ("completed", [], 0)
    assert result["out"].to_arrow().schema.equals(result["out"].schema)


def test_odd_names_of_folders_and_curves(tmp_path: Path) -> None:
    store = WellStore(tmp_path / "a [b]* ?#%20å")
    add_well(store, "a", {"DEPTH": [1.0, 2.0], 'G"R ~0': [1.0, 2.0], "gr": [3.0, 4.0]})
    result = run(pipeline([LOGS, node("m", "test_mean", curve='G"R ~0', window=1), OUT]), store)
    assert result.failures == []
    assert result["out"].to_arrow()['G"R ~0_MEAN'].to_pylist() == [1.0, 2.0]


def test_tables_end_in_one_table(wells: WellStore) -> None:
    spec = pipeline([LOGS, node("count", "test_count"), OUT])
    table = run(spec, wells)["out"].to_arrow()
    assert table["well_id"].to_pylist() == [f"w{n}" for n in range(5)]
    assert table["GR_count"].to_pylist() == [
        int(np.isfinite(samples(n)["GR"]).sum()) for n in range(5)]
