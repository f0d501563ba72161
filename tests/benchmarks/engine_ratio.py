"""Time the engine against polars streaming and pandas, in one process on the same files.

Run it from the repository: python -m tests.benchmarks.engine_ratio [wells] [samples]
All three read the wells, compute shale volume, porosity and saturation, despike and smooth the
porosity per well and return the whole table; what counts is the ratio, wall and CPU.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec
from mudrock_jupyter.wells.log_file import curve_field
from mudrock_jupyter.wells.store import WellStore

UNITS = {"DEPTH": "m", "GR": "gAPI", "RHOB": "g/cm3", "RT": "ohm.m"}
NODES = (
    ("logs", "well_logs", {"curves": ["GR", "RHOB", "RT"]}, {}),
    ("vsh", "vsh_linear", {"gr_clean": 20, "gr_shale": 120}, {}),
    ("phi", "phi_density", {"rho_ma": 2.65}, {}),
    ("sw", "sw_archie", {"rw": 0.05}, {"phi": "PHID"}),
    ("med", "sig_median", {"curves": ["PHID"], "window": 11}, {}),
    ("ma", "sig_moving_average", {"curves": ["PHID_MED"], "window": 21}, {}),
    ("out", "output", {}, {}),
)


def spec() -> PipelineSpec:
    """The pipeline, a chain."""
    nodes = {id: NodeSpec(id=id, name=id, operator_id=operator, parameters=parameters,
                          curve_mapping=mapping) for id, operator, parameters, mapping in NODES}
    ids = list(nodes)
    edges = [EdgeSpec(id=a + b, source_node_id=a, target_node_id=b)
             for a, b in pairwise(ids)]
    return PipelineSpec(nodes=nodes, edges={edge.id: edge for edge in edges})


def generate(root: Path, wells: int, rows: int) -> WellStore:
    """Write the wells."""
    store = WellStore(root)
    schema = pa.schema([curve_field(name, unit) for name, unit in UNITS.items()])
    for number in range(wells):
        random = np.random.default_rng(number)
        columns = [np.arange(rows) * 0.1524 + 500, random.uniform(10, 140, rows),
                   random.uniform(2.0, 2.7, rows), random.uniform(0.5, 100, rows)]
        store.write_logs(f"w{number:04}", pa.table(columns, schema=schema))
    return store


def mudrock(store: WellStore) -> pa.Table:
    """This package."""
    return execute(compile(spec(), store))["out"].to_arrow()


def pandas(store: WellStore) -> pd.DataFrame:
    """Well by well, numpy underneath."""
    parts = []
    for well in store.wells():
        frame = pd.read_parquet(well.files[0].path, columns=list(UNITS))
        frame["VSH"] = ((frame.GR - 20) / 100).clip(0, 1)
        frame["PHID"] = ((2.65 - frame.RHOB) / 1.65).clip(-0.05, 0.6)
        frame["SW"] = (0.05 / (frame.PHID.where(frame.PHID > 0) ** 2 * frame.RT)).pow(0.5).clip(
            0, 1)
        frame["PHID_MED"] = frame.PHID.rolling(11, center=True, min_periods=1).median()
        frame["PHID_MED_MA"] = frame.PHID_MED.rolling(21, center=True, min_periods=1).mean()
        parts.append(frame.assign(well_id=well.well_id))
    return pd.concat(parts, ignore_index=True)


def polars(store: WellStore) -> pl.DataFrame:
    """Lazy and streaming, the window over the well."""
    frames = [pl.scan_parquet(well.files[0].path).with_columns(well_id=pl.lit(well.well_id))
              for well in store.wells()]
    col = pl.col
    return pl.concat(frames).with_columns(
        VSH=((col("GR") - 20) / 100).clip(0, 1),
        PHID=((2.65 - col("RHOB")) / 1.65).clip(-0.05, 0.6),
    ).with_columns(
        SW=(0.05 / (pl.when(col("PHID") > 0).then(col("PHID")) ** 2 * col("RT")))
        .sqrt().clip(0, 1),
        PHID_MED=col("PHID").rolling_median(11, center=True, min_samples=1).over("well_id"),
    ).with_columns(
        PHID_MED_MA=col("PHID_MED").rolling_mean(21, center=True, min_samples=1).over("well_id"),
    ).collect(engine="streaming")


def timed(
    work: Callable[[WellStore], Any], store: WellStore, times: int = 5
) -> tuple[float, float]:
    """Return the best wall and CPU seconds of several runs, after one to warm up."""
    work(store)
    measured = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work(store)
        measured.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(wall for wall, _ in measured), min(cpu for _, cpu in measured)


def main(wells: int = 100, rows: int = 20_000) -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as root:
        store = generate(Path(root), wells, rows)
        ours, theirs = mudrock(store), pandas(store)
        for name in ("VSH", "PHID", "SW", "PHID_MED_MA"):
            np.testing.assert_allclose(ours[name].to_pandas().to_numpy(dtype=float), theirs[name],
                                       rtol=1e-9, err_msg=name)
        results = {work.__name__: timed(work, store) for work in (mudrock, polars, pandas)}
    wall, cpu = results.pop("mudrock")
    print(f"{wells} wells x {rows:,} samples: {wall:.3f} s wall, {cpu:.3f} s CPU")
    for name, (their_wall, their_cpu) in results.items():
        print(f"against {name}: {wall / their_wall:.2f} wall, {cpu / their_cpu:.2f} CPU")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
