"""pandas, a well at a time in threads: numpy for the arithmetic, rolling windows for the rest."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tests.benchmarks import recipe as r
from tests.benchmarks.task import Result, Task

Values = NDArray[np.float64]


def pandas(task: Task, threads: int) -> Callable[[], Result]:
    """Every well in a thread of its own, and the tables one after the other."""
    files = task.files()

    def run() -> Result:
        with ThreadPoolExecutor(threads) as pool:
            wells = list(pool.map(partial(_well, task), files.values()))
        tables = [table for table, _ in wells]
        summaries = [summary for _, summary in wells]
        return Result(
            _together(list(files), tables) if task.wants_table else None,
            pd.DataFrame(summaries, index=pd.Index(files, name="well_id")).reset_index()
            if task.has_summary else None,
        )

    return run


def _together(wells: list[str], tables: list[dict[str, Values]]) -> pd.DataFrame:
    columns = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    numbers = np.repeat(np.arange(len(wells)), [table["DEPTH"].size for table in tables])
    return pd.DataFrame({"well_id": pd.Categorical.from_codes(numbers, wells), **columns},
                        copy=False)


def _well(task: Task, path: Path) -> tuple[dict[str, Values], dict[str, float]]:
    with np.errstate(divide="ignore", invalid="ignore"):
        table = _rows(path, task.depth)
        if not task.has_summary:
            return table, {}
        smooth = _windows(table, task.kind)
        _flags(table, smooth)
        summary = _net_pay(table, smooth)
    return (table if task.wants_table else {}), summary


def _rows(path: Path, depth: tuple[float, float]) -> dict[str, Values]:
    with pq.ParquetFile(path, memory_map=True) as file:
        logs = file.read(columns=["DEPTH", *r.CURVES], use_threads=False)
    depths = logs["DEPTH"].to_numpy()
    start, stop = np.searchsorted(depths, depth[0]), np.searchsorted(depths, depth[1], "right")
    table = {name: logs[name].slice(start, stop - start).to_numpy() for name in logs.column_names}
    index = ((table["GR"] - r.GR_CLEAN) / (r.GR_SHALE - r.GR_CLEAN)).clip(0.0, 1.0)
    table["VSH"] = 0.083 * (np.exp2(r.LARIONOV * index) - 1.0)
    porosity = (r.RHO_MATRIX - table["RHOB"]) / (r.RHO_MATRIX - r.RHO_FLUID)
    table["PHID"] = porosity.clip(*r.POROSITY_LIMITS)
    positive = (table["PHID"] > 0.0) & (table["RT"] > 0.0)
    water = np.sqrt(r.RW / (table["PHID"] ** 2 * table["RT"])).clip(0.0, 1.0)
    table["SW"] = np.where(positive, water, np.nan)
    return table


def _windows(table: dict[str, Values], kind: r.Kind) -> Values:
    porosity = pd.Series(table["PHID"], copy=False)
    if kind == "net_pay":
        rolling = porosity.rolling(r.MEDIAN_WINDOW, center=True, min_periods=1)
        porosity = rolling.median()
        table["PHID_MED"] = porosity.to_numpy()
    smooth = porosity.rolling(r.MEAN_WINDOW, center=True, min_periods=1).mean().to_numpy()
    table[r.smooth_name(kind)] = smooth
    return smooth


def _flags(table: dict[str, Values], smooth: Values) -> None:
    parent = np.ones_like(smooth)
    for name, values, passes in (
        ("ROCK", table["VSH"], table["VSH"] < r.MAX_VSH),
        ("RES", smooth, smooth > r.MIN_POROSITY),
        ("PAY", table["SW"], table["SW"] < r.MAX_SW),
    ):
        known = np.where(np.isnan(values), np.nan, passes)
        parent = table[name] = np.where(parent == 1.0, known, parent)


def _net_pay(table: dict[str, Values], smooth: Values) -> dict[str, float]:
    half = np.diff(table["DEPTH"]) / 2.0
    thickness = np.append(half, 0.0)
    thickness[1:] += half
    pay = table["PAY"] == 1.0
    in_pay, porosity, water = thickness[pay], smooth[pay], table["SW"][pay]
    gross, net_pay = thickness.sum(), in_pay.sum()
    pores = (porosity * in_pay).sum()
    filled = (water * porosity * in_pay).sum()
    return {
        "gross": gross, "net_res": thickness[table["RES"] == 1.0].sum(), "net_pay": net_pay,
        "ntg": net_pay / gross, "avg_phi": pores / net_pay, "avg_sw": filled / pores,
        "hpv": pores - filled,
    }
