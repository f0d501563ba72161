"""Summing up rows by well and zone, weighted by the depth each row stands for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mudrock_jupyter.operators.nulls import numbers
from mudrock_jupyter.operators.runs import thicknesses
from mudrock_jupyter.spec.fields import field_text

Values = NDArray[np.float64]
Positions = NDArray[np.int64]

WELL_ID, DEPTH = "well_id", "DEPTH"
Quantity = tuple[pa.Field, Values]


@dataclass(frozen=True)
class Groups:
    """The groups of a table's rows, and what they are called.

    Rows of one group mostly follow each other: run n goes from row `starts[n]` to `starts[n + 1]`
    and belongs to `groups[n]`, a row of `keys`.
    """

    starts: Positions
    groups: Positions
    keys: pa.Table

    @cached_property
    def rows(self) -> Positions:
        """The group of each row."""
        return np.repeat(self.groups, np.diff(self.starts))

    def members(self) -> list[slice] | list[Positions]:
        """Return the rows of each group."""
        if len(self.groups) == len(self.keys):
            return [slice(*each) for each in zip(self.starts, self.starts[1:], strict=False)]
        order = np.argsort(self.rows, kind="stable")
        return np.split(order, np.cumsum(np.bincount(self.rows))[:-1])

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
    keys = table.select(present) if present else pa.table({"rows": [table.num_rows]})
    for place, field in enumerate(keys.schema):
        if pa.types.is_string_view(field.type):  # polars' text, which Arrow cannot take rows of
            text = keys.column(place).cast(pa.string())
            keys = keys.set_column(place, field.with_type(pa.string()), text)
    if not present or not table.num_rows:
        starts = np.array([0, table.num_rows], np.int64)
        return Groups(starts, np.zeros(1, np.int64), keys)
    starts, heads = _runs(keys)
    codes = np.zeros(starts.size, np.int64)
    for column in heads.columns:
        names_of = _plain(column).combine_chunks().dictionary_encode("encode")
        codes = codes * (len(names_of.dictionary) + 1) + names_of.indices.to_numpy()
    _, first, groups = np.unique(codes, return_index=True, return_inverse=True)
    appearance = np.argsort(first)
    places = np.empty_like(appearance)
    places[appearance] = np.arange(appearance.size)
    groups = places[groups]
    begins = np.concatenate(([True], groups[1:] != groups[:-1]))
    starts = np.append(starts[begins], table.num_rows)
    return Groups(starts, groups[begins], heads.take(pa.array(first[appearance])))


def _runs(keys: pa.Table) -> tuple[Positions, pa.Table]:
    """Return where a value is another than in the row before or a batch begins, and these rows."""
    starts, heads, row = [], [], 0
    for batch in filter(len, keys.to_batches()):
        changes = [_changes(column) for column in batch.columns]
        begins = np.unique(np.concatenate([np.zeros(1, np.int64), *changes]))
        starts.append(row + begins)
        heads.append(batch.take(pa.array(begins)))  # of a whole table, it would copy that first
        row += len(batch)
    return np.concatenate(starts), pa.Table.from_batches(heads)


def _changes(chunk: pa.Array) -> Positions:
    if pa.types.is_dictionary(chunk.type):
        # Two indices may stand for one value; that parts a run in two and does no harm.
        indices = chunk.indices
        if indices.null_count:
            indices = indices.fill_null(-1)
        indices = indices.to_numpy()
        return 1 + np.flatnonzero(indices[1:] != indices[:-1])
    ends = pc.run_end_encode(chunk, run_end_type=pa.int64()).run_ends.to_numpy()
    return np.asarray(ends[:-1])


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    is_dictionary = pa.types.is_dictionary(column.type)
    return column.cast(column.type.value_type) if is_dictionary else column


def share(part: Values, whole: Values) -> Values:
    """Divide; NaN where the whole is zero."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole != 0.0)


def row_thicknesses(table: pa.Table) -> Values:
    """Return the depth each row stands for within its well, holes in the log left out."""
    depth = numbers(table.column(DEPTH))
    thickness = np.empty_like(depth)
    for rows in group_rows(table, [WELL_ID]).members():
        thickness[rows] = _in_any_order(depth[rows])
    return thickness


def batches_with_thickness(
    table: pa.Table, names: Collection[str]
) -> Iterator[tuple[dict[str, Values], Values]]:
    """Yield the rows batch by batch: some columns, and the depth each row stands for.

    Where a batch is a well, as the engine hands them on, nothing as long as the table is made.
    """
    batches = table.select(sorted({*names, DEPTH})).to_batches()
    ends = np.cumsum([len(batch) for batch in batches])
    wells = group_rows(table, [WELL_ID])
    each_a_well = len(wells.keys) == len(wells.groups) and np.array_equal(wells.starts[1:], ends)
    thickness = None if each_a_well else row_thicknesses(table)
    for batch, end in zip(batches, ends, strict=True):
        columns = {name: numbers(batch.column(name)) for name in batch.schema.names}
        yield columns, (_in_any_order(columns[DEPTH]) if thickness is None
                        else thickness[end - len(batch) : end])


def _in_any_order(depth: Values) -> Values:
    if bool((depth[1:] >= depth[:-1]).all()):
        return thicknesses(depth)
    order = np.argsort(depth, kind="stable")
    thickness = np.empty_like(depth)
    thickness[order] = thicknesses(depth[order])
    return thickness


def quantity(name: str, values: Values, unit: str, description: str) -> Quantity:
    """Return a column of a summary with its unit."""
    return pa.field(
        name, pa.float64(), metadata={"unit": unit, "description": description}
    ), values


def unit_of(schema: pa.Schema, name: str) -> str:
    """Return the unit of a column, empty if it has none."""
    return field_text(schema.field(name), "unit")
