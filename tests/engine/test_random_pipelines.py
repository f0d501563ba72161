"""Random pipelines over odd wells give what plain pandas gives, however they are run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from mudrock_jupyter.engine.behind import flush
from mudrock_jupyter.engine.cache.store import CacheStore
from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.run import Run
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.declare import Curve, Kind, operator
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec
from mudrock_jupyter.wells.log_file import curve_field
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, edge, node, pipeline

CURVES = ("GR", "RT", "RHOB")


@operator("test_cumulated", family="test", kind=Kind.WELL, inputs={"curve": Curve("*")},
          outputs={"sum": Curve("*_SUM", "same")}, register=False)
def _cumulated(curve: np.ndarray) -> np.ndarray:
    """What is above each sample, which tells whether the order is right."""
    return np.cumsum(np.nan_to_num(curve))


@operator("test_thinned", family="test", kind=Kind.TABLE, register=False)
def _thinned(table: pa.Table, /) -> pa.Table:
    """Every other row of all wells together, last first."""
    return table.take(pa.array(np.arange(len(table))[::-2]))


def curves(seed: int, depth: np.ndarray) -> dict[str, np.ndarray]:
    dice = np.random.default_rng(seed)
    made = {"DEPTH": depth, "GR": dice.integers(0, 150, len(depth)).astype(float),
            "RT": dice.integers(1, 100, len(depth)) / 2.0,
            "RHOB": dice.integers(2000, 2800, len(depth)) / 1000.0}
    for name in CURVES:
        made[name][dice.random(len(depth)) < 0.1] = np.nan
    return made


def _plain(store: WellStore) -> pd.DataFrame:
    made = curves(1, 1000 + np.arange(80) * 0.5)
    add_well(store, "plain", made)
    return pd.DataFrame(made)


def _feet(store: WellStore) -> pd.DataFrame:
    made = curves(2, 1001 + np.arange(120) * 0.25)
    add_well(store, "feet", made | {"DEPTH": made["DEPTH"] / 0.3048}, {"DEPTH": "ft"})
    return pd.DataFrame(made | {"DEPTH": made["DEPTH"] / 0.3048 * 0.3048})


def _whole_numbers(store: WellStore) -> pd.DataFrame:
    made = curves(3, 1002 + np.arange(20) * 2.0)
    made["GR"] = np.nan_to_num(made["GR"])
    add_well(store, "ints", made | {"GR": made["GR"].astype(np.int32)})
    return pd.DataFrame(made)


def _other_unit(store: WellStore) -> pd.DataFrame:
    made = curves(4, 990 + np.arange(50) * 1.0)
    add_well(store, "kilos", made | {"RHOB": made["RHOB"] * 1000}, {"RHOB": "kg/m3"})
    return pd.DataFrame(made)


def _bare(store: WellStore) -> pd.DataFrame:
    made = curves(5, 1000 + np.arange(30) * 0.5)
    del made["RT"]
    add_well(store, "bare", made)
    return pd.DataFrame(made | {"RT": np.nan})


def _single(store: WellStore) -> pd.DataFrame:
    made = {"DEPTH": [1010.0], "GR": [77.0], "RT": [4.0], "RHOB": [2.5]}
    add_well(store, "single", made)
    return pd.DataFrame(made)


def _elsewhere(store: WellStore) -> pd.DataFrame:
    made = curves(6, 5000 + np.arange(10) * 0.5)
    add_well(store, "deep", made)
    return pd.DataFrame(made)


def _foreign(store: WellStore) -> pd.DataFrame:
    """Written by others: single precision, in no order, NaN and infinity, many row groups."""
    made = curves(7, 1000 + np.arange(90) * 0.5)
    made["RT"][::7] = np.inf
    order = np.random.default_rng(0).permutation(90)
    add_well(store, "alien", {name: values[:1] for name, values in made.items()})
    fields = [pa.field("DEPTH", pa.float32(), metadata={"unit": "m"}),
              curve_field("GR", "gAPI", type=pa.float32()),
              curve_field("RT", "ohm.m", type=pa.float32()), curve_field("RHOB", "g/cm3")]
    arrays = [pa.array(made[f.name][order].astype(f.type.to_pandas_dtype())) for f in fields]
    pq.write_table(pa.table(arrays, schema=pa.schema(fields)),
                   store.root / "wells" / "alien" / "logs_composite.parquet", row_group_size=13)
    return pd.DataFrame(made).replace([np.inf], np.nan)


@dataclass
class Expected:
    """What a node should hand on: a frame for each well; None if it is skipped."""

    frames: dict[str, pd.DataFrame]
    lacking: dict[str, set[str]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)

    def without(self, *needed: str) -> Expected:
        """Leave out the wells that lack a column."""
        lost = {well for name in needed for well in self.lacking.get(name, ())}
        return Expected({w: f.copy() for w, f in self.frames.items() if w not in lost},
                        {name: wells - lost for name, wells in self.lacking.items()},
                        lost & self.frames.keys())


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> tuple[WellStore, dict[str, pd.DataFrame]]:
    store = WellStore(tmp_path_factory.mktemp("odd") / "project")
    makers: dict[str, Callable[[WellStore], pd.DataFrame]] = {
        "plain": _plain, "feet": _feet, "ints": _whole_numbers, "kilos": _other_unit,
        "bare": _bare, "single": _single, "deep": _elsewhere, "alien": _foreign}
    return store, {well: make(store) for well, make in makers.items()}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> CacheStore:
    return CacheStore(tmp_path_factory.mktemp("kept") / "cache", 10**9)


@pytest.fixture(autouse=True)
def _more_operators(_own_operators: None) -> Any:
    for each in (_cumulated, _thinned):
        registry.add(each)
    yield
    for each in (_cumulated, _thinned):
        registry._operators.pop(each.id)


def _vsh(above: Expected, value: int) -> Expected:
    made = above.without("GR")
    for frame in made.frames.values():
        frame["VSH"] = (frame["GR"] - value) / (120.0 - value)
    return made


def _cumulate(above: Expected, value: int) -> Expected:
    made = above.without(CURVES[value % 3])
    for frame in made.frames.values():
        frame[f"{CURVES[value % 3]}_SUM"] = np.cumsum(np.nan_to_num(frame[CURVES[value % 3]]))
    return made


def _filter_gr(above: Expected, value: int) -> Expected:
    made = above.without("GR")
    made.frames = {w: f[f["GR"] > value] for w, f in made.frames.items()}
    return made


def _filter_ids(above: Expected, value: int) -> Expected:
    made = above.without("RT")
    made.frames = {w: f[(f["RT"] < value) | (w == "plain")] for w, f in made.frames.items()}
    return made


def _filter_depth(above: Expected, value: int) -> Expected:
    made = above.without()
    made.frames = {w: f[f["DEPTH"] >= 1000 + value / 4] for w, f in made.frames.items()}
    return made


def _thin(above: Expected, value: int) -> Expected:
    if not above.frames:
        return Expected({})
    every = pd.concat([f.assign(well=w) for w, f in sorted(above.frames.items())])
    taken = every.iloc[::-1].iloc[::2].iloc[::-1]
    return Expected({str(w): f.drop(columns="well") for w, f in taken.groupby("well")})


@dataclass(frozen=True)
class Step:
    make: Callable[[str, int], NodeSpec]
    expect: Callable[[Expected, int], Expected]


STEPS = {
    "vsh": Step(lambda id, v: node(id, "test_vsh", clean=v), _vsh),
    "cumulate": Step(lambda id, v: node(id, "test_cumulated", curve=CURVES[v % 3]), _cumulate),
    "gr": Step(lambda id, v: node(id, "arr_filter", expr=f"GR > {v}"), _filter_gr),
    "ids": Step(lambda id, v: node(id, "arr_filter", expr=f"RT < {v} or well_id = 'plain'"),
                _filter_ids),
    "depth": Step(lambda id, v: node(id, "arr_depth_window", top=1000 + v / 4), _filter_depth),
    "thin": Step(lambda id, v: node(id, "test_thinned"), _thin),
}


@dataclass
class Case:
    nodes: list[NodeSpec]
    edges: list[EdgeSpec]
    plan: list[tuple[str, str, str, int, int | None]]
    """For each node below the sources: its id, what is above, the kind, its value, the gate's."""
    depths: dict[str, tuple[float, float] | None]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    ranges = st.one_of(st.none(), st.tuples(st.integers(980, 1020), st.integers(1021, 1060)))
    depths: dict[str, Any] = {f"s{n}": draw(ranges) for n in range(draw(st.integers(1, 2)))}
    nodes = [node(id, "well_logs", None, **({"depth": list(depth)} if depth else {}))
             for id, depth in depths.items()]
    edges, plan, ids = [], [], list(depths)
    for n in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(sorted(STEPS)))
        value, above = draw(st.integers(0, 60)), draw(st.sampled_from(ids))
        gate = draw(st.sampled_from([None, None, None, 60, 140, 148]))
        id = f"n{n}"
        nodes.append(STEPS[kind].make(id, value))
        more = {} if gate is None else {"edge_type": "conditional", "condition": f"GR > {gate}"}
        edges.append(edge(above, id, **more))
        plan.append((id, above, kind, value, gate))
        ids.append(id)
    return Case(nodes, edges, plan, depths)


def expected_of(case: Case, wells: dict[str, pd.DataFrame]) -> dict[str, Expected | None]:
    found: dict[str, Expected | None] = {}
    for id, depth in case.depths.items():
        frames = dict(wells)
        if depth:
            frames = {w: f[(f["DEPTH"] >= depth[0] - 1e-6) & (f["DEPTH"] <= depth[1] + 1e-6)]
                      for w, f in frames.items()}
        found[id] = Expected(frames, {"RT": {"bare"}})
    for id, name, kind, value, gate in case.plan:
        above = found[name]
        if above is not None and gate is not None:
            passing = {w: f for w, f in above.frames.items() if (f["GR"] > gate).any()}
            above = Expected(passing, above.lacking) if passing else None
        if above is not None and above.lost and not above.frames:
            above = None  # failed altogether
        found[id] = None if above is None else STEPS[kind].expect(above, value)
    return found


def check(result: Run, expected: dict[str, Expected | None]) -> None:
    for id, each in expected.items():
        status = result.statuses[id]
        if each is None:
            assert status.status == "skipped", (id, status)
            continue
        failed = bool(each.lost) and not each.frames
        assert status.status == ("failed" if failed else "completed"), (id, status)
        assert {f.well for f in result.failures if f.node == id} == each.lost, id
        if failed:
            continue
        assert result[id].wells == sorted(each.frames), id
        table = result[id].to_arrow()
        rows = [w for w, f in sorted(each.frames.items()) for _ in range(len(f))]
        assert table["well_id"].to_pylist() == rows, id
        for name in table.column_names[1:]:
            parts = [f[name] for _, f in sorted(each.frames.items())]
            wanted = np.concatenate([np.empty(0), *(part.to_numpy(float) for part in parts)])
            np.testing.assert_allclose(
                table[name].to_pandas().to_numpy(dtype=float, na_value=np.nan), wanted,
                rtol=2e-7 if "alien" in rows else 1e-12, err_msg=f"{id} {name}")


def same(one: Run, other: Run) -> None:
    assert {n: s.status for n, s in one.statuses.items()} == {
        n: s.status for n, s in other.statuses.items()}
    assert one.failures == other.failures
    for name, output in one.outputs.items():
        assert output.to_arrow().equals(other[name].to_arrow(), check_metadata=True), name


@settings(max_examples=15, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases())
def test_random_pipelines_give_what_pandas_gives(
    case: Case, odd: tuple[WellStore, dict[str, pd.DataFrame]], kept: CacheStore, tmp_path: Path
) -> None:
    store, wells = odd
    plan = compile(pipeline(case.nodes, case.edges), store)
    result = execute(plan)
    event(f"{len(result.outputs)} outputs, {len(result.failures)} failures")
    check(result, expected_of(case, wells))
    for threads in (1, 5):
        same(result, execute(plan, threads=threads))
    same(result, execute(plan, memory_bytes=0))
    cold = execute(plan, cache=kept)
    assert flush(20)
    warm = execute(plan, cache=kept, memory_bytes=0)
    same(result, cold)
    same(result, warm)
    assert all(warm.metrics[id].cached >= len(output.wells)
               for id, output in warm.outputs.items() if output.wells)
    name, output = list(result.outputs.items())[-1]
    files = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    output.to_parquet(files[0])
    warm[name].to_parquet(files[1])
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_depth_range_cuts_through_row_groups_in_no_order(
    odd: tuple[WellStore, dict[str, pd.DataFrame]]
) -> None:
    store, wells = odd
    logs = node("logs", "well_logs", wells=["alien"], depth=[1010, 1011.5])
    table = execute(compile(pipeline([logs]), store))["logs"].to_arrow()
    assert table["DEPTH"].to_pylist() == [1010, 1010.5, 1011, 1011.5]
    frame = wells["alien"]
    frame = frame[(frame["DEPTH"] >= 1010) & (frame["DEPTH"] <= 1011.5)]
    np.testing.assert_allclose(table["GR"].to_pandas().to_numpy(float), frame["GR"])
