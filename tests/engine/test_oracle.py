"""Whatever the graph of row operators, the numbers are those of pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, edge, node, pipeline, samples

WELLS = ("b", "a", "c")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> WellStore:
    store = WellStore(tmp_path_factory.mktemp("oracle") / "project")
    for number, well in enumerate(WELLS):
        add_well(store, well, samples(number, rows=40))
    return store


Step = tuple[str, float, int]
steps = st.lists(
    st.tuples(st.sampled_from(["vsh", "ratio", "keep", "mean", "window"]),
              st.floats(-5, 15).map(lambda x: round(x, 2)), st.integers(0, 100)),
    min_size=1, max_size=8,
)


def _apply(frame: pd.DataFrame, kind: str, value: float) -> pd.DataFrame:
    frame = frame.copy()
    if kind == "vsh":
        frame["VSH"] = (frame.GR - value) / (120 - value)
    elif kind == "ratio":
        ratio = (frame.RT / frame.VSH).replace([np.inf, -np.inf], np.nan)
        frame["RATIO"] = ratio
        frame["HIGH"] = (ratio > value).astype(float).where(ratio.notna())
    elif kind == "keep":
        frame = frame.query("VSH > @value / 15")
    elif kind == "window":
        frame = frame.query("DEPTH >= 1000 + @value")
    else:
        frame["GR_MEAN"] = frame.groupby("well_id").GR.transform(
            lambda values: np.convolve(values, np.ones(3) / 3, "same")[: len(values)])
    return frame


def _node(id: str, kind: str, value: float) -> object:
    return {
        "vsh": lambda: node(id, "test_vsh", clean=value),
        "ratio": lambda: node(id, "test_ratio", limit=value),
        "keep": lambda: node(id, "test_keep", above=value / 15),
        "mean": lambda: node(id, "test_mean", curve="GR"),
        "window": lambda: node(id, "arr_depth_window", top=1000 + value),
    }[kind]()


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_random_graphs_equal_pandas(steps: list[Step], three: WellStore) -> None:
    parts = [pd.DataFrame(samples(n, rows=40)).assign(well_id=w) for n, w in enumerate(WELLS)]
    logs = pd.concat(parts).sort_values(["well_id", "DEPTH"], ignore_index=True)
    frames = {"logs": logs, "first": _apply(logs, "vsh", 20.0)}
    nodes = [node("logs", "well_logs"), node("first", "test_vsh")]
    edges = [edge("logs", "first")]
    for n, (kind, value, where) in enumerate(steps):
        above = [name for name in frames if name != "logs"][where % (len(frames) - 1)]
        name = f"n{n}"
        if kind == "mean" and frames[above].groupby("well_id").size().lt(3).any():
            continue  # numpy's "same" is as long as the longer of the two
        frames[name] = _apply(frames[above], kind, value)
        nodes.append(_node(name, kind, value))  # type: ignore[arg-type]
        edges.append(edge(above, name))
    result = execute(compile(pipeline(nodes, edges), three))
    assert result.failures == []
    for name, expected in frames.items():
        table = result[name].to_arrow()
        assert table["well_id"].to_pylist() == expected.well_id.tolist()
        assert set(table.column_names) == set(expected.columns)
        for column in set(expected.columns) - {"well_id"}:
            np.testing.assert_allclose(
                table[column].to_pandas().to_numpy(dtype=float, na_value=np.nan),
                expected[column].to_numpy(dtype=float), rtol=1e-12, err_msg=f"{name} {column}")


def test_the_order_of_wells_does_not_matter(three: WellStore, tmp_path: Path) -> None:
    def result(wells: list[str]) -> bytes:
        path = tmp_path / f"{'-'.join(wells)}.parquet"
        spec = pipeline([node("logs", "well_logs", wells=wells), node("vsh", "test_vsh"),
                         node("sink", "output_parquet", path=str(path))])
        execute(compile(spec, three))
        return path.read_bytes()

    assert result(["a", "b", "c"]) == result(["c", "b", "a"])
