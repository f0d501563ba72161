"""A run takes from the cache what is the same, and never what is not."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mudrock_jupyter.engine.behind import flush
from mudrock_jupyter.engine.cache.place import LIMIT
from mudrock_jupyter.engine.cache.store import CacheStore
from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.run import Run
from mudrock_jupyter.engine.scan import read_well
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.declare import Curve, Kind, operator
from mudrock_jupyter.project import Project
from mudrock_jupyter.spec.pipeline import NodeSpec, PipelineSpec
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, edge, node, pipeline, samples

LOGS, OUT = node("logs", "well_logs"), node("out", "output")
ROOT = Path(__file__).resolve().parents[2]
TOPS = pa.table({"TOP": ["A", "B"], "DEPTH": [1005.0, 1040.0]})


@pytest.fixture
def cache(tmp_path: Path) -> CacheStore:
    return CacheStore(tmp_path / "cache", 10**9)


def run(spec: PipelineSpec, wells: WellStore, cache: CacheStore | None, **more: Any) -> Run:
    result = execute(compile(spec, wells), cache=cache, **more)
    assert flush(10)
    return result


def cached(result: Run) -> dict[str, int]:
    return {name: metrics.cached for name, metrics in result.metrics.items()}


def chain(**changes: Any) -> PipelineSpec:
    """Every kind of node; `changes` are parameters by node and name: `vsh__clean=10`."""
    nodes = [LOGS, node("vsh", "test_vsh"), node("keep", "test_keep", above=0.1),
             node("mean", "test_mean", curve="GR"), node("phi", "test_vsh", {"vsh": "V2"}),
             node("count", "test_count"), OUT]
    spec = pipeline([each.model_copy(deep=True) for each in nodes])
    for key, value in changes.items():
        name, _, parameter = key.partition("__")
        spec.nodes[name].parameters[parameter] = value
    return spec


EVERY = {"logs": 5, "vsh": 5, "keep": 5, "mean": 5, "phi": 5, "count": 1, "out": 0}


def test_nothing_is_computed_twice(wells: WellStore, cache: CacheStore) -> None:
    cold, warm = run(chain(), wells, cache), run(chain(), wells, cache)
    assert set(cached(cold).values()) == {0}
    assert cached(warm) == EVERY
    assert warm.metrics["logs"].bytes_scanned == 0
    states = {name: status.cached for name, status in warm.statuses.items()}
    assert states == {name: name != "out" for name in EVERY}
    for name in EVERY:
        assert warm[name].to_arrow().equals(cold[name].to_arrow(), check_metadata=True)


def test_nothing_is_computed_twice_in_memory(wells: WellStore) -> None:
    cold = run(chain(), wells, None, earlier={})
    warm = run(chain(), wells, None, earlier=cold.made)
    assert cached(warm) == EVERY


def test_a_table_of_samples_is_cached_for_all_its_wells(
    wells: WellStore, cache: CacheStore
) -> None:
    spec = pipeline([LOGS, node("same", "test_slow_table"), node("vsh", "test_vsh")])
    run(spec, wells, cache)
    warm = run(spec, wells, cache)
    assert cached(warm) == {"logs": 5, "same": 5, "vsh": 5}
    assert warm.statuses["same"].cached


SCRIPT = """
    import sys, json
    from pathlib import Path
    from mudrock_jupyter.engine.cache.store import CacheStore
    from mudrock_jupyter.operators import registry
    from mudrock_jupyter.wells.store import WellStore
    from tests.engine.pipelines import OPERATORS
    from tests.engine.test_caching import cached, chain, run

    for each in OPERATORS:
        registry.add(each)
    result = run(chain(), WellStore(Path(sys.argv[1])), CacheStore(Path(sys.argv[2]), 10**9))
    print(json.dumps([cached(result), result.metrics["logs"].bytes_scanned]))
    print(result["out"].to_pandas().to_json())
"""


def _process(wells: WellStore, cache: CacheStore) -> subprocess.Popen[str]:
    code = textwrap.dedent(SCRIPT)
    return subprocess.Popen([sys.executable, "-c", code, str(wells.root), str(cache.folder)],
                            stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_another_process_computes_nothing(wells: WellStore, cache: CacheStore) -> None:
    expected = run(chain(), wells, cache)["out"].to_pandas().to_json()
    with _process(wells, cache) as process:
        told, _ = process.communicate(timeout=60)
    first, table = told.splitlines()
    assert first == (
        '[{"logs": 5, "vsh": 5, "keep": 5, "mean": 5, "phi": 5, "count": 1, "out": 0}, 0]')
    assert table == expected


def test_two_processes_at_once(wells: WellStore, cache: CacheStore) -> None:
    with _process(wells, cache) as one, _process(wells, cache) as two:
        tables = {each.communicate(timeout=60)[0].splitlines()[1] for each in (one, two)}
    assert tables == {run(chain(), wells, cache)["out"].to_pandas().to_json()}
    assert cached(run(chain(), wells, cache)) == EVERY


def test_a_change_recomputes_what_is_below_and_no_more(
    wells: WellStore, cache: CacheStore
) -> None:
    run(chain(), wells, cache)
    result = run(chain(keep__above=0.2), wells, cache)
    assert cached(result) == {"logs": 5, "vsh": 5, "keep": 0, "mean": 0, "phi": 0, "count": 0,
                              "out": 0}
    result = run(chain(phi__clean=19.0), wells, cache)
    assert cached(result) == {"logs": 5, "vsh": 5, "keep": 5, "mean": 5, "phi": 0, "count": 0,
                              "out": 0}


def test_a_change_beside_it_recomputes_only_that(wells: WellStore, cache: CacheStore) -> None:
    def spec(clean: float) -> PipelineSpec:
        return pipeline([LOGS, node("a", "test_vsh", clean=clean), node("b", "test_vsh"),
                         node("c", "test_mean", curve="RT")],
                        [edge("logs", "a"), edge("logs", "b"), edge("logs", "c")])

    run(spec(1), wells, cache)
    assert cached(run(spec(2), wells, cache)) == {"logs": 5, "a": 0, "b": 5, "c": 5}


def test_ids_names_and_limits_do_not_matter(wells: WellStore, cache: CacheStore) -> None:
    run(chain(), wells, cache)
    spec = chain()
    nodes = [each.model_copy(update={"id": f"x{each.id}", "name": f"other {each.id}",
                                     "timeout_seconds": 60.0, "description": "?", "tags": ["t"]})
             for each in spec.nodes.values()]
    result = run(pipeline(nodes), wells, cache)
    assert cached(result) == {f"x{name}": count for name, count in EVERY.items()}


def test_conditions_do_not_matter_to_what_is_made_of_a_well(
    wells: WellStore, cache: CacheStore
) -> None:
    def spec(condition: str) -> PipelineSpec:
        return pipeline([LOGS, node("vsh", "test_vsh"), node("count", "test_count")],
                        [edge("logs", "vsh", edge_type="conditional", condition=condition),
                         edge("vsh", "count")])

    run(spec("well_id < 'w3'"), wells, cache)
    result = run(spec("well_id > 'w0'"), wells, cache)
    assert cached(result) == {"logs": 5, "vsh": 2, "count": 0}
    assert result["count"].to_arrow()["well_id"].to_pylist() == ["w1", "w2", "w3", "w4"]


def _tops(wells: WellStore) -> None:
    wells.write_tops("w2", TOPS.set_column(1, "DEPTH", pa.array([1005.0, 1041.0])))


def _rewritten(wells: WellStore) -> None:
    """Another content, written at the same time as far as the file says."""
    path = wells.root / "wells" / "w2" / "logs_composite.parquet"
    before = path.stat()
    curves = samples(2)
    curves["GR"] = curves["GR"][::-1].copy()
    add_well(wells, "w2", curves, replace=True)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(("change", "expected"), [
    (_tops, {"logs": 5, "zones": 4, "vsh": 4}), (_rewritten, {"logs": 4, "zones": 4, "vsh": 4}),
])
def test_another_content_of_one_well(
    change: Callable[[WellStore], None], expected: dict[str, int], wells: WellStore,
    cache: CacheStore,
) -> None:
    for well in wells.well_ids():
        wells.write_tops(well, TOPS)
    spec = pipeline([LOGS, node("zones", "test_zones"), node("vsh", "test_vsh")])
    cold = run(spec, wells, cache)
    change(wells)
    result = run(spec, wells, cache)
    assert cached(result) == expected
    assert not result["vsh"].to_arrow().equals(cold["vsh"].to_arrow())
    assert result["vsh"].to_arrow().equals(run(spec, wells, None)["vsh"].to_arrow())


def test_same_size_and_same_times_of_writing(wells: WellStore, cache: CacheStore) -> None:
    path = wells.root / "wells" / "w2" / "logs_composite.parquet"
    before = path.stat()
    spec = pipeline([LOGS, node("vsh", "test_vsh")])
    run(spec, wells, cache)
    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert cached(run(spec, wells, cache)) == {"logs": 4, "vsh": 4}


@pytest.mark.parametrize("changed", [
    node("logs", "well_logs", depth=[1000, 1050]), node("logs", "well_logs", curves=["GR"]),
])
def test_what_is_read_matters(changed: NodeSpec, wells: WellStore, cache: CacheStore) -> None:
    below = node("vsh", "test_vsh")
    run(pipeline([LOGS, below]), wells, cache)
    result = run(pipeline([changed, below]), wells, cache)
    assert cached(result) == {"logs": 0, "vsh": 0}
    assert len(result["vsh"]) == len(run(pipeline([changed, below]), wells, None)["vsh"])


@pytest.mark.parametrize("other", [
    node("mean", "test_mean", curve="RT"), node("mean", "test_mean", curve="GR", window=5),
    node("mean", "test_mean", {"mean": "SMOOTH"}, curve="GR"), node("mean", "test_picky"),
])
def test_parameters_mappings_and_operators_matter(
    other: NodeSpec, wells: WellStore, cache: CacheStore
) -> None:
    run(pipeline([LOGS, node("mean", "test_mean", curve="GR")]), wells, cache)
    assert cached(run(pipeline([LOGS, other]), wells, cache)) == {"logs": 5, "mean": 0}


def test_units_matter(store: WellStore, cache: CacheStore) -> None:
    spec = pipeline([LOGS, node("phi", "test_sonic")])
    add_well(store, "a", {"DEPTH": [1.0], "DTC": [80.0]})
    first = run(spec, store, cache)["phi"].to_arrow()["PHIS"].to_pylist()
    add_well(store, "b", {"DEPTH": [1.0], "DTC": [80.0]}, {"DTC": "us/m"})
    add_well(store, "c", {"DEPTH": [1.0], "DTC": [80.0]}, {"DTC": "us/m"})
    result = run(spec, store, cache)
    assert result["phi"].to_arrow().equals(run(spec, store, None)["phi"].to_arrow())
    assert result["phi"].to_arrow()["PHIS"].to_pylist()[:1] == pytest.approx(first)


HELPER = """
from mudrock_jupyter.operators.declare import Curve, operator

def helper(x):
    return x * {factor}

@operator("test_helped", version="{version}", family="test", kind="well",
          inputs={{"gr": Curve("GR", "gAPI")}}, outputs={{"out": Curve("OUT")}}, register=False)
def own(gr):
    '''Times something.'''
    return helper(gr) + {offset}
"""


def _helped(**parts: Any) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(HELPER.format(**{"factor": 2, "offset": 0, "version": "1.0.0"} | parts), names)
    registry.add(names["own"])


@pytest.mark.parametrize("parts", [{"factor": 3}, {"offset": 1}, {"version": "1.0.1"}])
def test_the_code_of_an_own_operator_matters(
    parts: dict[str, Any], wells: WellStore, cache: CacheStore
) -> None:
    spec = pipeline([LOGS, node("own", "test_helped"), node("vsh", "test_vsh")])
    try:
        _helped()
        run(spec, wells, cache)
        _helped()
        assert cached(run(spec, wells, cache)) == {"logs": 5, "own": 5, "vsh": 5}
        _helped(**parts)
        assert cached(run(spec, wells, cache)) == {"logs": 5, "own": 0, "vsh": 0}
    finally:
        registry._operators.pop("test_helped")


def test_a_node_that_is_not_to_be_cached(wells: WellStore, cache: CacheStore) -> None:
    spec = chain()
    spec.nodes["keep"] = spec.nodes["keep"].model_copy(update={"cache": False})
    for _ in range(2):
        result = run(spec, wells, cache, earlier={})
    assert cached(result) == {"logs": 5, "vsh": 5, "keep": 0, "mean": 0, "phi": 0, "count": 0,
                              "out": 0}


def test_an_operator_that_makes_other_values_each_time(
    wells: WellStore, cache: CacheStore
) -> None:
    spec = pipeline([LOGS, node("dice", "test_dice"), node("v", "test_vsh", {"gr": "DICE"})])
    first, second = run(spec, wells, cache), run(spec, wells, cache)
    assert first["v"].to_arrow().equals(second["v"].to_arrow())
    spec.nodes["dice"] = spec.nodes["dice"].model_copy(update={"cache": False})
    first, second = run(spec, wells, cache), run(spec, wells, cache)
    for name in ("dice", "v"):
        assert not first[name].to_arrow().equals(second[name].to_arrow())
    table = second["v"].to_arrow()  # what is below goes with what is above, of the same run
    expected = (table["DICE"].to_pandas() - 20) / 100
    np.testing.assert_array_equal(table["VSH"].to_pandas().to_numpy(float), expected)


def test_wells_that_come_and_go(wells: WellStore, cache: CacheStore) -> None:
    run(chain(), wells, cache)
    add_well(wells, "w9", samples(9))
    more = run(chain(), wells, cache)
    assert cached(more) == EVERY | {"count": 0}
    assert more.metrics["vsh"].wells == 6
    assert not more.statuses["vsh"].cached
    (wells.root / "wells" / "w0" / "logs_composite.parquet").unlink()
    (wells.root / "wells" / "w0").rmdir()
    less = run(chain(), wells, cache)
    assert cached(less) == EVERY | {"count": 0}
    assert less["count"].to_arrow().equals(run(chain(), wells, None)["count"].to_arrow())


def test_wells_that_fail_are_tried_again(wells: WellStore, cache: CacheStore) -> None:
    most = sorted(np.nanmax(samples(n)["GR"]) for n in range(5))[2]
    for operator_id in ("test_picky", "test_fragile"):
        spec = pipeline([LOGS, node("n", operator_id, most=most), OUT])
        failures = [run(spec, wells, cache).failures for _ in range(3)]
        assert len(failures[0]) == 2
        assert failures[0] == failures[1] == failures[2]
    assert cached(run(spec, wells, cache)) == {"logs": 5, "n": 3, "out": 0}


def test_a_file_that_is_written_anew_while_it_is_read(
    wells: WellStore, cache: CacheStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = chain()
    curves = samples(2)
    curves["GR"] = curves["GR"] / 2

    def too_late(scan: Any) -> Any:
        scanned = read_well(scan)
        if scan.well == "w2":
            add_well(wells, "w2", curves, replace=True)
        return scanned

    monkeypatch.setattr("mudrock_jupyter.engine.fused_segment.read_well", too_late)
    first = run(spec, wells, cache, earlier={})
    monkeypatch.undo()
    assert len(first["logs"].wells) == 5
    assert sum(len(key) == 64 for key in first.made) == 4 * 5  # of the other wells' nodes
    second = run(spec, wells, cache, earlier=first.made)
    assert cached(second) == EVERY | dict.fromkeys(["logs", "vsh", "keep", "mean", "phi"], 4) | {
        "count": 0}
    assert second["out"].to_arrow().equals(run(spec, wells, None)["out"].to_arrow())


def _damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    path.unlink()  # a file that is mapped must not be cut short in place
    path.write_bytes({
        "truncated": content[: len(content) // 2], "emptied": b"", "junk": b"x" * len(content),
        "one bit": content[:-200] + bytes([content[-200] ^ 1]) + content[-199:],
    }[how])


@pytest.mark.parametrize("how", ["truncated", "emptied", "junk", "one bit"])
def test_damaged_entries_are_computed_again(
    how: str, wells: WellStore, cache: CacheStore
) -> None:
    cold = run(chain(), wells, cache)
    for path in cache.folder.glob("*/*.arrow"):
        _damage(path, how)
    result = run(chain(), wells, CacheStore(cache.folder, 10**9))
    assert set(cached(result).values()) == {0}
    assert result.failures == []
    for name in EVERY:
        assert result[name].to_arrow().equals(cold[name].to_arrow(), check_metadata=True)
    assert cached(run(chain(), wells, CacheStore(cache.folder, 10**9))) == EVERY


def test_some_damaged_entries(wells: WellStore, cache: CacheStore) -> None:
    cold = run(chain(), wells, cache)
    for path in sorted(cache.folder.glob("*/*.arrow"))[::2]:
        _damage(path, "truncated")
    result = run(chain(), wells, CacheStore(cache.folder, 10**9))
    assert 0 < sum(cached(result).values()) < sum(EVERY.values())
    assert result["phi"].to_arrow().equals(cold["phi"].to_arrow(), check_metadata=True)


def test_a_limit_of_zero_reuses_nothing(
    wells: WellStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    for limit, expected in (("0", 0), ("1 GB", 5)):
        monkeypatch.setenv(LIMIT, limit)
        pipe = Project(wells.root).pipeline(tmp_path / f"p{expected}.mudrock")
        vsh = pipe.add("vsh_linear", pipe.add("well_logs"), gr_clean=20, gr_shale=120)
        assert pipe.run().metrics[vsh.id].cached == 0
        assert flush(10)
        assert pipe.run().metrics[vsh.id].cached == expected


@operator("test_dice", family="test", kind=Kind.WELL, inputs={"gr": Curve("GR")},
          outputs={"dice": Curve("DICE")}, register=False)
def _dice(gr: np.ndarray) -> np.ndarray:
    """Other values each time."""
    return np.random.default_rng().random(len(gr))


@operator("test_zones", family="test", kind=Kind.WELL, inputs={"gr": Curve("GR")},
          outputs={"zone": Curve("ZONE")}, tables=("tops",), register=False)
def _zones(gr: np.ndarray, depth: np.ndarray, tops: pa.Table | None) -> np.ndarray:
    """How many tops are above."""
    depths = np.empty(0) if tops is None else tops["DEPTH"].to_numpy()
    return np.searchsorted(depths, depth).astype(float)


@pytest.fixture(autouse=True)
def _more_operators(_own_operators: None) -> Any:
    registry.add(_dice)
    registry.add(_zones)
    yield
    registry._operators.pop("test_dice")
    registry._operators.pop("test_zones")


def test_a_plan_cut_elsewhere_has_columns_of_its_own(
    wells: WellStore, cache: CacheStore
) -> None:
    """Below a time limit a plan begins anew, after the rows that were filtered out."""
    first = node("first", "test_keep", above=0.5)
    again = node("again", "test_keep", above=0.2)
    whole = pipeline([LOGS, node("vsh", "test_vsh"), first, again, OUT])
    limited = whole.model_copy(deep=True)
    limited.nodes["again"].timeout_seconds = 100.0
    expected = run(whole, wells, None)["out"].to_arrow()
    for spec in (whole, limited, whole):
        assert run(spec, wells, cache)["out"].to_arrow().equals(expected)
