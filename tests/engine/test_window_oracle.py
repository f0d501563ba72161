"""The kernels for windows give what DataFusion's own windows give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datafusion import SessionContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, node, pipeline

values = st.one_of(st.integers(-1000, 1000).map(lambda number: number / 8), st.just(float("nan")))
OVER = 'over (partition by well_id order by "DEPTH" {frame})'
SAMPLES = "rows between {half} preceding and {half} following"
DEPTHS = "range between {half} preceding and {half} following"


def _wells(folder: Path, wells: list[list[float]], seed: int) -> WellStore:
    store = WellStore(folder / "project")
    dice = np.random.default_rng(seed)
    for number, curve in enumerate(wells):
        depth = 1000 + np.cumsum(dice.choice([0.25, 0.5, 2.0], len(curve)))
        add_well(store, f"w{number}", {"DEPTH": depth, "GR": curve, "RT": depth * 0.0})
    return store


@settings(max_examples=30, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wells=st.lists(st.lists(values, min_size=1, max_size=60), min_size=1, max_size=3),
       half=st.integers(1, 6), least=st.integers(1, 4), unit=st.sampled_from(["samples", "depth"]),
       seed=st.integers(0, 5))
def test_means_and_medians(
    wells: list[list[float]], half: int, least: int, unit: str, seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    wells = [*wells, [1.0, 2.0]]  # a well with values: a curve that no well has is no curve
    store = _wells(tmp_path_factory.mktemp("windows"), wells, seed)
    window = 2 * half + 1 if unit == "samples" else 2.0 * half
    settings_: dict[str, Any] = {"curve": "GR", "window": window, "window_unit": unit,
                                 "min_periods": least}
    spec = pipeline([node("logs", "well_logs"), node("mean", "sig_moving_average", **settings_),
                     node("median", "sig_median", **settings_)])
    result = execute(compile(spec, store))
    made = result["median"].to_arrow()
    frame = (SAMPLES if unit == "samples" else DEPTHS).format(half=half)
    over = OVER.format(frame=frame)
    context = SessionContext()
    plain = made.set_column(0, "well_id", made["well_id"].cast(pa.string()))
    context.from_arrow(plain.replace_schema_metadata(None), name="logs")
    expected = context.sql(f'''
        select case when count("GR") {over} >= {least} then avg("GR") {over} end as mean,
               case when count("GR") {over} >= {least} then median("GR") {over} end as median
        from logs order by well_id, "DEPTH"''').to_arrow_table()
    for name, column in (("mean", "GR_MA"), ("median", "GR_MED")):
        np.testing.assert_allclose(
            made[column].to_pandas().to_numpy(float, na_value=np.nan),
            expected[name].to_pandas().to_numpy(float, na_value=np.nan), rtol=1e-12, atol=1e-10)
