"""Whether two variants say the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

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
    first, second = pa.table(ours).select(names), pa.table(theirs).select(names)
    assert len(first), f"{who}: nothing to compare"
    wells = sorted(_names(first) | _names(second))
    order, other = (_order(table, wells, keys) for table in (first, second))
    assert len(order) == len(other), f"{who}: {len(other)} rows, not {len(order)}"
    same = np.array_equal(_places(first, wells)[order], _places(second, wells)[other])
    assert same, f"{who}: other rows in some well"
    for name in names[1:]:
        np.testing.assert_allclose(
            _numbers(first, name)[order], _numbers(second, name)[other],
            rtol=TOLERANCE, atol=TOLERANCE, err_msg=f"{who}, column {name}",
        )


def _order(table: pa.Table, wells: list[str], keys: list[str]) -> NDArray[np.int64]:
    """Return the rows in the order of their keys."""
    others = [_numbers(table, key) for key in keys[1:]]
    return np.lexsort([*others, _places(table, wells)])


def _places(table: pa.Table, wells: list[str]) -> NDArray[np.int64]:
    """Return the place of each row's well among the names."""
    place = {well: number for number, well in enumerate(wells)}
    places = [
        np.array([place[well] for well in chunk.dictionary.to_pylist()])[chunk.indices]
        for chunk in _encoded(table).chunks
    ]
    return np.concatenate(places)


def _names(table: pa.Table) -> set[str]:
    return {well for chunk in _encoded(table).chunks for well in chunk.dictionary.to_pylist()}


def _encoded(table: pa.Table) -> pa.ChunkedArray:
    wells = table["well_id"]
    if pa.types.is_dictionary(wells.type):  # not decoded: Arrow cannot if it is of string views
        return wells
    return wells.cast(pa.string()).dictionary_encode()


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(table[name].cast(pa.float64()).to_numpy(), dtype=np.float64)
