"""Whether two variants say the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from tests.benchmarks.recipe import SUMMARY_COLUMNS, columns
from tests.benchmarks.task import Result, Task

TOLERANCE = 1e-9


def check_same(ours: Result, theirs: Result, task: Task, who: str) -> None:
    """Raise `AssertionError`, naming the column, unless two results are the same to 1e-9.

    Null and NaN are the same; the order of the rows does not matter.
    """
    if task.wants_table:
        _check_tables(ours.table, theirs.table, ["well_id", "DEPTH"], columns(task.kind), who)
    if task.has_summary:
        _check_tables(ours.summary, theirs.summary, ["well_id"], SUMMARY_COLUMNS, who)


def _check_tables(ours: Any, theirs: Any, keys: list[str], names: list[str], who: str) -> None:
    first, second = (_sorted(table, keys, names) for table in (ours, theirs))
    assert len(first), f"{who}: nothing to compare"
    assert first["well_id"].equals(second["well_id"]), f"{who}: other wells or rows"
    for name in names[1:]:
        np.testing.assert_allclose(
            _numbers(first, name), _numbers(second, name),
            rtol=TOLERANCE, atol=TOLERANCE, err_msg=f"{who}, column {name}",
        )


def _sorted(data: Any, keys: list[str], names: list[str]) -> pa.Table:
    table = pa.table(data).select(names)
    # Through Python, because Arrow cannot decode the dictionaries of string views Polars makes.
    wells = pa.array(table["well_id"].to_pylist(), pa.string())
    table = table.set_column(0, "well_id", wells)
    return table.sort_by([(key, "ascending") for key in keys]).combine_chunks()


def _numbers(table: pa.Table, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(table[name].cast(pa.float64()).to_numpy(), dtype=np.float64)
