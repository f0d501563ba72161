"""The nearest row of another table for each sample, well by well."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mudrock_jupyter.operators.nulls import numbers
from mudrock_jupyter.operators.relational import typed
from mudrock_jupyter.operators.summaries import DEPTH, WELL_ID, group_rows

Positions = NDArray[np.int64]


def nearest_rows(
    left: pa.Table, right: pa.Table, tol: float, direction: str, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Yield the samples of the left table with the columns of the right one, a batch a well."""
    others = dict(_wells(right))
    for well, rows in _wells(left):
        found = others.get(well, right.slice(0, 0))
        depth = numbers(found.column(DEPTH))
        order = np.argsort(depth, kind="stable")
        order = order[np.isfinite(depth[order])]
        places = _matches(numbers(rows.column(DEPTH)), depth[order], tol, direction)
        taken = pa.array(order[places] if order.size else places, mask=places < 0)
        columns = [*rows.columns, *found.drop_columns([WELL_ID, DEPTH]).take(taken).columns]
        yield typed([column.combine_chunks() for column in columns], schema)


def _matches(
    depth: NDArray[np.float64], others: NDArray[np.float64], tol: float, direction: str
) -> Positions:
    """Return the place of the match of each depth in sorted ones, -1 where there is none."""
    if not others.size:
        return np.full(depth.size, -1, np.int64)
    above = np.searchsorted(others, depth, side="right") - 1
    below = np.searchsorted(others, depth, side="left")
    up = np.where(above >= 0, depth - others[above], np.inf)
    down = np.where(below < others.size, others[np.minimum(below, others.size - 1)] - depth, np.inf)
    chosen = above if direction == "above" else below if direction == "below" else \
        np.where(up <= down, above, below)
    distance = up if direction == "above" else down if direction == "below" else \
        np.minimum(up, down)
    # A tenth has no exact number: 100.3 - 100.2 must count as one.
    near = distance <= tol + 1e-9 * np.maximum(1.0, np.abs(depth))
    return np.where(near, chosen, -1)


def _wells(table: pa.Table) -> Iterator[tuple[str | None, pa.Table]]:
    """Yield the rows of each well, which follow each other in what the engine hands on."""
    groups = group_rows(table, [WELL_ID])
    if not table.num_rows:
        return
    names = groups.keys.column(WELL_ID).to_pylist()
    for name, rows in zip(names, groups.members(), strict=True):
        yield name, (table.slice(rows.start, rows.stop - rows.start) if isinstance(rows, slice)
                     else table.take(pa.array(rows)))
