"""Summing up rows by well and zone, weighted by the depth each row stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mudrock_jupyter.operators.runs import thicknesses
from mudrock_jupyter.spec.fields import field_text

Values = NDArray[np.float64]

WELL_ID, DEPTH = "well_id", "DEPTH"
Quantity = tuple[pa.Field, Values]


@dataclass(frozen=True)
class Groups:
    """The groups of a table's rows: which one each row is in, and what they are called."""

    rows: NDArray[np.int64]
    keys: pa.Table

    def total(self, values: Values) -> Values:
        """Sum over each group, missing values left out."""
        totals = np.bincount(self.rows, np.nan_to_num(values), minlength=self.keys.num_rows)
        return totals.astype(np.float64)

    def mean(self, values: Values, weights: Values) -> Values:
        """Weighted mean over each group, missing values left out; NaN where nothing has weight."""
        weights = np.where(np.isnan(values), 0.0, weights)
        return share(self.total(values * weights), self.total(weights))

    def table(self, columns: Sequence[Quantity]) -> pa.Table:
        """Return a table of the groups and what was found for each; NaN becomes null."""
        result = self.keys
        for column, values in columns:
            result = result.append_column(column, pa.array(values, column.type, from_pandas=True))
        return result


def group_rows(table: pa.Table, names: Sequence[str]) -> Groups:
    """Group the rows by some columns, in the order they first appear."""
    present = [name for name in names if name in table.column_names]
    if not present:
        return Groups(np.zeros(table.num_rows, np.int64), pa.table({"rows": [table.num_rows]}))
    keys = table.select(present)
    grouped = keys.to_pandas().groupby(present, dropna=False, sort=False, observed=True)
    rows = grouped.ngroup().to_numpy(np.int64)
    _, first = np.unique(rows, return_index=True)
    return Groups(rows, keys.take(pa.array(first, pa.int64())))


def share(part: Values, whole: Values) -> Values:
    """Divide; NaN where the whole is zero."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole != 0.0)


def row_thicknesses(table: pa.Table) -> Values:
    """Return the depth each row stands for within its well, holes in the log left out."""
    depth = numbers(table, DEPTH)
    wells = group_rows(table, [WELL_ID]).rows
    order = np.lexsort((depth, wells))
    thickness = np.empty_like(depth)
    for rows in np.split(order, np.flatnonzero(np.diff(wells[order])) + 1):
        thickness[rows] = thicknesses(depth[rows])
    return thickness


def numbers(table: pa.Table, name: str) -> Values:
    """Return a column as float64, NaN for missing; flags as 1 and 0."""
    values = table.column(name).cast(pa.float64())
    return np.asarray(values.to_numpy(), dtype=np.float64)


def quantity(name: str, values: Values, unit: str, description: str) -> Quantity:
    """Return a column of a summary with its unit."""
    return pa.field(
        name, pa.float64(), metadata={"unit": unit, "description": description}
    ), values


def unit_of(schema: pa.Schema, name: str) -> str:
    """Return the unit of a column, empty if it has none."""
    return field_text(schema.field(name), "unit")
