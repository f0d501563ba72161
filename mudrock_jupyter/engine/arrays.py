"""Between Arrow columns and numpy arrays: null is NaN inside a kernel and null outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mudrock_jupyter.engine.bound import DEPTH, WELL_ID, Read, is_per_well
from mudrock_jupyter.operators.nulls import column_of, numbers
from mudrock_jupyter.operators.summaries import group_rows
from mudrock_jupyter.spec.errors import OperatorFailed


def to_array(column: pa.ChunkedArray, read: Read) -> np.ndarray[Any, Any]:
    """Return a column as an array; a number's may be the column's own memory, read only."""
    if read.type == "text":
        return np.array(column.to_pylist(), dtype=object)
    values = numbers(column)
    if read.converts:
        values = values * read.factor
        values += read.offset
    return values


def to_column(values: Any, type: pa.DataType, rows: int, what: str) -> pa.Array:
    """Return what a kernel made as a column of a type, null where it is NaN or infinite.

    The column may be the array's own memory. Raises `OperatorFailed` when it is not one value for
    each row.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    is_arrow = isinstance(values, pa.Array)
    column = values if is_arrow else _from_numpy(np.asarray(values), type)
    if len(column) != rows:
        raise OperatorFailed(f"{what} has {len(column)} values for {rows} samples.")
    if is_arrow and pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
    return column.cast(type)


def _from_numpy(values: np.ndarray[Any, Any], type: pa.DataType) -> pa.Array:
    if values.ndim == 0:
        raise OperatorFailed("A kernel returned one value in place of an array.")
    if values.dtype.kind == "f":
        return column_of(values, type if pa.types.is_boolean(type) else pa.float64())
    if values.dtype.kind == "O" and pa.types.is_string(type):
        return pa.array([None if v is None or v != v else str(v) for v in values], pa.string())
    return pa.array(values)


def converted(table: pa.Table, reads: Mapping[str, Read]) -> pa.Table:
    """Return a table with the columns that an operator wants in another unit converted to it."""
    for read in {read.column: read for read in reads.values()}.values():
        if read.converts:
            position = table.schema.get_field_index(read.column)
            field = table.schema.field(position)
            field = field.with_metadata({**(field.metadata or {}), b"unit": read.unit.encode()})
            values = pc.add(pc.multiply(table.column(position), read.factor), read.offset)
            table = table.set_column(position, field, values)
    return table


def join_wells(schema: pa.Schema, tables: Mapping[str, pa.Table]) -> pa.Table:
    """Put the wells' tables under each other, in the order of their ids."""
    names = sorted(tables)
    if not is_per_well(schema):
        parts = [tables[name] for name in names]
        return pa.concat_tables(parts).cast(schema) if parts else schema.empty_table()
    if not names:
        return schema.empty_table()
    dictionary = pa.array(names, pa.string())
    ids = pa.chunked_array(
        [pa.DictionaryArray.from_arrays(
            pa.array(np.full(len(tables[name]), n, dtype=np.int32)), dictionary)
         for n, name in enumerate(names)],
        type=schema.field(WELL_ID).type,
    )
    columns = [
        ids if field.name == WELL_ID else pa.chunked_array(
            [chunk for name in names for chunk in tables[name].column(field.name).chunks],
            type=field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def split_wells(schema: pa.Schema, table: pa.Table) -> dict[str, pa.Table]:
    """Take a table of samples apart into one table per well, each sorted by depth."""
    groups = group_rows(table, [WELL_ID])
    rest = table.drop_columns([WELL_ID])
    if not len(rest):
        return {}
    parts = {}
    for well, rows in zip(groups.keys.column(WELL_ID).to_pylist(), groups.members(), strict=True):
        if well is not None:
            part = rest.slice(rows.start, rows.stop - rows.start) if isinstance(rows, slice) \
                else rest.take(pa.array(rows))
            parts[well] = by_depth(part)
    return parts


def by_depth(table: pa.Table) -> pa.Table:
    """Return a well's table in order of depth."""
    depth = table.column(DEPTH).to_numpy()
    if len(depth) < 2 or bool((depth[1:] >= depth[:-1]).all()):
        return table
    return table.take(pa.array(np.argsort(depth, kind="stable")))


