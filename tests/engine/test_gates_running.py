"""Conditional and error edges at work, between nodes of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mudrock_jupyter.engine.behind import flush
from mudrock_jupyter.engine.cache.store import CacheStore
from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.records.recorder import Recorder
from mudrock_jupyter.engine.run import Run
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, edge, node, pipeline, samples

LOGS = node("logs", "well_logs")
HOT = {f"w{n}" for n in range(5) if np.nanmax(samples(n)["GR"]) > 139.5}
COOL = {f"w{n}" for n in range(5)} - HOT


def only(source: str, target: str, condition: str | None, port: str = "input") -> EdgeSpec:
    return edge(source, target, port, edge_type="conditional", condition=condition)


def run(spec: PipelineSpec, wells: WellStore, **more: Any) -> Run:
    return execute(compile(spec, wells), **more)


def wells_of(result: Run, name: str) -> set[str]:
    table = result[name].to_arrow()
    return set(table["well_id"].to_pylist())


def test_the_wells_are_of_both_sorts() -> None:
    assert HOT
    assert COOL


KINDS: dict[str, dict[str, Any]] = {
    "test_vsh": {}, "test_mean": {"curve": "GR"}, "arr_filter": {"expr": "DEPTH > 0"},
    "arr_select": {"columns": ["GR"]}, "test_count": {}, "output": {},
}


@pytest.mark.parametrize("below", KINDS)
@pytest.mark.parametrize("above", ["logs", "test_vsh", "test_mean", "arr_filter", "test_stack"])
def test_between_any_two_kinds(above: str, below: str, wells: WellStore) -> None:
    nodes: list[NodeSpec] = [LOGS, node("below", below, **KINDS[below])]
    edges = [only("logs" if above == "logs" else "above", "below", "GR > 139.5")]
    if above == "test_stack":
        nodes += [node("left", "well_logs", wells=["w0", "w1", "w2"]),
                  node("right", "well_logs", wells=["w3", "w4"]), node("above", above)]
        edges += [edge("left", "above", "left"), edge("right", "above", "right")]
    elif above != "logs":
        nodes.append(node("above", above, **KINDS[above]))
        edges.append(edge("logs", "above"))
    result = run(pipeline(nodes, edges), wells)
    assert result.status == "completed"
    assert wells_of(result, "below") == HOT
    if below != "test_count":
        assert len(result["below"]) == 200 * len(HOT)
    assert "below" in result.explain()


def test_opposite_conditions_part_the_wells_and_join_again(wells: WellStore) -> None:
    spec = pipeline(
        [LOGS, node("all", "test_vsh"), node("hot", "test_vsh", {"vsh": "V"}),
         node("cool", "test_vsh", {"vsh": "V"}, clean=0.0), node("both", "test_stack")],
        [edge("logs", "all"), only("all", "hot", "GR > 139.5"),
         only("all", "cool", " and ".join(f"well_id != '{well}'" for well in sorted(HOT))),
         edge("hot", "both", "left"), edge("cool", "both", "right")])
    result = run(spec, wells)
    assert (wells_of(result, "hot"), wells_of(result, "cool")) == (HOT, COOL)
    assert wells_of(result, "both") == HOT | COOL
    assert len(result["both"]) == 1000


def test_a_well_is_chosen_by_its_id(wells: WellStore) -> None:
    spec = pipeline([LOGS, node("one", "test_vsh")], [only("logs", "one", "well_id = 'w3'")])
    assert wells_of(run(spec, wells), "one") == {"w3"}


def test_each_port_has_a_gate_of_its_own_from_one_node(wells: WellStore) -> None:
    spec = pipeline(
        [LOGS, node("both", "test_stack")],
        [only("logs", "both", "well_id = 'w1'", "left"), edge("logs", "both", "right")])
    table = run(spec, wells)["both"].to_arrow()
    counts = {each["well_id"]: each["DEPTH_count"]
              for each in table.group_by("well_id").aggregate([("DEPTH", "count")]).to_pylist()}
    assert counts == {"w0": 200, "w1": 400, "w2": 200, "w3": 200, "w4": 200}


def test_gates_below_gates(wells: WellStore) -> None:
    spec = pipeline(
        [LOGS, node("hot", "test_vsh"), node("mean", "test_mean", curve="GR"),
         node("first", "output"), node("never", "output")],
        [only("logs", "hot", "GR > 139.5"), only("hot", "mean", "VSH > 0.5"),
         only("mean", "first", f"well_id = '{min(HOT)}'"), only("mean", "never", "VSH > 1e9")])
    result = run(spec, wells)
    assert wells_of(result, "mean") == HOT
    assert wells_of(result, "first") == {min(HOT)}
    assert result.statuses["never"].status == "skipped"
    assert result.statuses["never"].message == \
        "Skipped, because 'mean' hands on no well for which VSH > 1e9 holds."


def test_what_is_below_a_gate_that_lets_nothing_through_is_skipped(wells: WellStore) -> None:
    spec = pipeline(
        [LOGS, node("a", "test_vsh"), node("b", "test_mean", curve="GR"), node("c", "test_count"),
         node("d", "output"), node("other", "output")],
        [only("logs", "a", "GR > 1000"), edge("a", "b"), edge("b", "c"), edge("c", "d"),
         edge("logs", "other")])
    result = run(spec, wells)
    states = {name: status.status for name, status in result.statuses.items()}
    assert result.status == "completed"
    assert states == {"logs": "completed", "other": "completed", "a": "skipped", "b": "skipped",
                      "c": "skipped", "d": "skipped"}
    text = result.explain()
    assert "a (test_vsh): skipped" in text


def test_a_gate_keeps_wells_from_a_node_that_they_could_not_pass(store: WellStore) -> None:
    add_well(store, "full", samples(1))
    add_well(store, "bare", {"DEPTH": [1.0], "RT": [2.0]})
    nodes = [LOGS, node("vsh", "test_vsh"), node("out", "output")]
    spec = pipeline(nodes, [only("logs", "vsh", "GR is not null"), edge("vsh", "out")])
    result = run(spec, store)
    assert result.failures == []
    assert wells_of(result, "out") == {"full"}
    spec = pipeline(nodes, [only("logs", "vsh", "RT is not null"), edge("vsh", "out")])
    assert [(f.well, f.node) for f in run(spec, store).failures] == [("bare", "vsh")]


def test_conditions_on_nulls_flags_and_empty_wells(store: WellStore) -> None:
    add_well(store, "a", {"DEPTH": [1.0, 2.0], "GR": [1.0, None], "HOT": [True, None]})
    add_well(store, "b", {"DEPTH": [1.0], "GR": [3.0], "HOT": [False]})
    add_well(store, "c", {"DEPTH": [9.0], "GR": [5.0], "HOT": [True]})

    def passing(condition: str | None) -> set[str]:
        logs = node("logs", "well_logs", depth=[0, 5])
        spec = pipeline([logs, node("out", "output")], [only("logs", "out", condition)])
        result = run(spec, store)
        return wells_of(result, "out") if "out" in result else set()

    assert passing("GR is null") == {"a"}
    assert passing("HOT") == {"a"}
    assert passing("not HOT") == {"b"}
    assert passing("GR < 2 or HOT is null") == {"a"}
    assert passing("sqrt(GR - 2) > 0") == {"b"}  # a number that is none holds nowhere
    assert passing("1 / (GR - 1) > 0") == {"b"}
    assert passing(None) == {"a", "b"}  # no row of c is in range


def test_the_failures_of_a_source_go_into_a_file(wells: WellStore, tmp_path: Path) -> None:
    path = tmp_path / "failures.csv"
    (wells.root / "wells" / "w2" / "logs_composite.parquet").write_bytes(b"junk")
    spec = pipeline([LOGS, node("bad", "output_csv", path=str(path)), node("good", "output")],
                    [edge("logs", "bad", edge_type="error"), edge("logs", "good")])
    result = run(spec, wells)
    assert result.status == "completed"
    header, line = path.read_text().splitlines()
    assert header == "well_id,node,message"
    assert line.startswith('"w2","logs",')
    assert wells_of(result, "good") == {"w0", "w1", "w3", "w4"}


def test_a_file_for_failures_is_not_written_when_nothing_failed(
    wells: WellStore, tmp_path: Path
) -> None:
    path = tmp_path / "failures.csv"
    spec = pipeline([LOGS, node("bad", "output_csv", path=str(path))],
                    [edge("logs", "bad", edge_type="error")])
    result = run(spec, wells)
    assert not path.exists()
    assert result.statuses["bad"].message == "Skipped, because nothing failed at 'logs'."


def test_the_failures_of_a_node_that_fails_everywhere(wells: WellStore) -> None:
    spec = pipeline(
        [LOGS, node("picky", "test_picky", most=-1), node("bad", "output"), node("good", "output")],
        [edge("logs", "picky"), edge("picky", "bad", edge_type="error"), edge("picky", "good")])
    result = run(spec, wells)
    states = {name: status.status for name, status in result.statuses.items()}
    assert states == {"logs": "completed", "picky": "failed", "bad": "completed",
                      "good": "skipped"}
    assert wells_of(result, "bad") == HOT | COOL


def test_failures_are_never_taken_from_the_cache(wells: WellStore, tmp_path: Path) -> None:
    cache = CacheStore(tmp_path / "cache", 10**9)
    told = node("told", "test_told")
    spec = pipeline([LOGS, node("picky", "test_picky", most=139.5), told, node("end", "output")],
                    [edge("logs", "picky"), edge("picky", "told", edge_type="error"),
                     edge("told", "end")])
    earlier = None
    for most, lost in ((139.5, HOT), (-1.0, HOT | COOL)):
        spec.nodes["picky"].parameters["most"] = most
        result = run(spec, wells, cache=cache, earlier=earlier)
        earlier = result.made
        assert flush(10)
        assert set(result["end"].to_arrow()["well"].to_pylist()) == lost


def test_the_failure_of_a_table_is_never_taken_from_the_cache(
    wells: WellStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = CacheStore(tmp_path / "cache", 10**9)
    spec = pipeline([LOGS, node("moody", "test_moody_table"), node("told", "test_told")],
                    [edge("logs", "moody"), edge("moody", "told", edge_type="error")])
    for mood in ("tired", "hungry"):
        monkeypatch.setenv("MOOD", mood)
        result = run(spec, wells, cache=cache)
        assert flush(10)
        (message,) = result["told"].to_arrow()["message"].to_pylist()
        assert mood in message


def test_a_gate_below_a_source_reads_no_file_twice(wells: WellStore) -> None:
    logs = LOGS.model_copy(update={"cache": False})
    spec = pipeline([logs, node("a", "test_vsh"), node("b", "test_vsh", clean=1.0)],
                    [only("logs", "a", "GR > 0"), only("logs", "b", "GR > 0")])
    result = run(spec, wells)
    plain = run(pipeline([logs, node("a", "test_vsh")]), wells)
    assert result.metrics["logs"].bytes_scanned == plain.metrics["logs"].bytes_scanned
    assert result.explain().count("reads ") == 1


def test_a_summary_passes_as_a_whole_or_not(wells: WellStore) -> None:
    def ends(condition: str) -> str:
        spec = pipeline([LOGS, node("count", "test_count"), node("out", "output")],
                        [edge("logs", "count"), only("count", "out", condition)])
        return run(spec, wells).statuses["out"].status

    assert ends("GR_count > 100") == "completed"
    assert ends("GR_count > 1000") == "skipped"
    assert ends("well_id = 'w4'") == "completed"


def test_a_gate_in_front_of_a_node_that_cannot_be_cached_and_one_that_can(
    wells: WellStore, tmp_path: Path
) -> None:
    """The wells that pass are in the key of a table, and not in that of a well's own column."""
    cache = CacheStore(tmp_path / "cache", 10**9)
    nodes = [LOGS, node("vsh", "test_vsh"), node("count", "test_count")]
    for condition, expected in (("GR > 139.5", HOT), ("GR > 0", HOT | COOL)):
        spec = pipeline(nodes, [edge("logs", "vsh"), only("vsh", "count", condition)])
        table = run(spec, wells, cache=cache)["count"].to_arrow()
        assert set(table["well_id"].to_pylist()) == expected
        assert pa.compute.sum(table["GR_count"]).as_py() > 0


def test_a_run_with_gates_is_recorded(wells: WellStore, tmp_path: Path) -> None:
    spec = pipeline(
        [LOGS, node("hot", "test_vsh"), node("never", "test_mean", curve="GR"),
         node("picky", "test_picky", most=139.5), node("bad", "output"), node("out", "output")],
        [only("logs", "hot", "GR > 139.5"), only("logs", "never", "GR < 0"),
         edge("logs", "picky"), edge("picky", "bad", edge_type="error"), edge("hot", "out")])
    with Recorder(tmp_path / "own.mudrock", wells) as recorder:
        recorder.reads(spec)
        plan = compile(spec, wells)
        recorder.follows(plan)
        result = recorder.finished(execute(plan, on_status=recorder.hear))
    assert result.record is not None
    nodes = {each.name: each for each in result.record.nodes}
    assert {name: each.status for name, each in nodes.items()} == {
        "logs": "completed", "hot": "completed", "never": "skipped", "picky": "completed",
        "bad": "completed", "out": "completed"}
    assert (nodes["hot"].wells, nodes["picky"].failures) == (len(HOT), len(HOT))
    assert "GR" in str(result.lineage().of("out", "VSH"))
    for text in (": hot, from logs (wells where GR > 139.5)\n", "never (test_mean): skipped\n",
                 ": bad, from what failed at picky\n",
                 f"picky (test_picky): {200 * len(COOL)} rows, "):
        assert text in result.explain()
    assert f", {len(HOT)} failed, " in result.explain()
