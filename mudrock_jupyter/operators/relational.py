"""Queries of DataFusion over whole tables, whose columns come back exactly as promised."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa

from mudrock_jupyter.operators.summaries import DEPTH, WELL_ID, group_rows
from mudrock_jupyter.spec.errors import InvalidInput, OperatorFailed, did_you_mean
from mudrock_jupyter.spec.fields import field_text

if TYPE_CHECKING:
    from datafusion import SessionContext

__all__ = ["DEPTH", "IN_ORDER", "WELL_ID", "plain_text", "query", "require", "same_units", "typed"]

IN_ORDER = {b"mudrock:rows": b"in order"}
"""The metadata of a table whose rows are to stay as they are, rather than in order of wells."""

_AT_ONCE = 16 * 2**20
_ROWS = 8192


def query(
    session: SessionContext, tables: Mapping[str, pa.Table], sql: str, schema: pa.Schema,
    by_wells: Collection[str] = (),
) -> pa.RecordBatchReader:
    """Return the rows of a query over tables, batch by batch, in the types of a schema.

    The columns of each table are called `c0`, `c1`, ... in the query, so that no name needs
    quotes; those of the result are taken by position. The tables `by_wells` are taken some wells
    at a time, the others whole: where rows of one well make rows of that well, this is the same,
    and neither sorts nor joins become large. Raises `OperatorFailed` when they are nevertheless.
    """
    def rows() -> Iterator[pa.RecordBatch]:
        try:
            for part in some_wells({name: tables[name] for name in by_wells}):
                for name, table in {**tables, **part}.items():
                    _register(session, name, table, is_part=table is not tables[name])
                for batch in session.sql(sql).execute_stream():
                    yield typed(batch.to_pyarrow().columns, schema)
        except Exception as error:
            if "Resources exhausted" in str(error):
                raise OperatorFailed("There is not enough memory for this. Raise "
                                     "MUDROCK_MEMORY_LIMIT, or take fewer columns.") from error
            raise

    return pa.RecordBatchReader.from_batches(schema, rows())


def _register(session: SessionContext, name: str, table: pa.Table, is_part: bool) -> None:
    plain = table.rename_columns([f"c{n}" for n in range(table.num_columns)])
    batches = plain.replace_schema_metadata(None).to_batches(max_chunksize=_ROWS)
    if is_part:
        batches = [_alone(batch) for batch in batches]
    session.deregister_table(name)
    session.register_record_batches(
        name, [batches or [pa.RecordBatch.from_pylist([], schema=plain.schema)]])


def _alone(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a copy of a batch that holds nothing but its own rows.

    DataFusion counts all that lies before a slice as memory of it, and gives up too early.
    """
    columns = [pa.concat_arrays([column, column.slice(0, 0)]) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def some_wells(tables: Mapping[str, pa.Table]) -> Iterator[dict[str, pa.Table]]:
    """Yield tables some wells at a time, in order of their ids, those of one well together.

    What is not in order of wells, as the engine hands it on, is yielded whole.
    """
    runs = {name: _runs(table) for name, table in tables.items()}
    wells = sorted({well for each in runs.values() for well in each or ()})
    if not wells or any(each is None for each in runs.values()):
        yield dict(tables)
        return
    starts, ends, size = dict.fromkeys(tables, 0), dict.fromkeys(tables, 0), 0
    for well in wells:
        for name, table in tables.items():
            start, ends[name] = (runs[name] or {}).get(well, (ends[name], ends[name]))
            size += (ends[name] - start) * table.nbytes // max(1, len(table))
        if size >= _AT_ONCE or well == wells[-1]:
            yield {name: table.slice(starts[name], ends[name] - starts[name])
                   for name, table in tables.items()}
            starts, size = dict(ends), 0


def _runs(table: pa.Table) -> dict[str, tuple[int, int]] | None:
    """Return from which row to which each well goes, None where they are not in order."""
    if not len(table):
        return {}
    groups = group_rows(table, [WELL_ID])
    names = groups.keys.column(WELL_ID).to_pylist()
    if len(groups.groups) != len(names) or None in names or names != sorted(names):
        return None
    return dict(zip(names, pairwise(groups.starts.tolist()), strict=True))


def typed(columns: Sequence[pa.Array], schema: pa.Schema) -> pa.RecordBatch:
    """Return columns as a batch of a schema."""
    arrays = [_typed(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _typed(column: pa.Array, type: pa.DataType) -> pa.Array:
    if pa.types.is_string_view(column.type):  # of which Arrow makes no dictionary
        column = column.cast(pa.string())
    return column if column.type == type else column.cast(type)


def require(schema: pa.Schema, names: Sequence[str], of: str = "") -> None:
    """Raise `InvalidInput` unless all columns are there; `of` says which table's."""
    for name in names:
        if name not in schema.names:
            where = f" in the {of} table" if of else ""
            listed = f" There are {', '.join(schema.names)}."
            raise InvalidInput(f"There is no column {name!r}{where}."
                               f"{did_you_mean(name, schema.names) or listed}")


def same_units(left: pa.Field, right: pa.Field) -> None:
    """Raise `InvalidInput` where what is compared is in two units."""
    units = field_text(left, "unit"), field_text(right, "unit")
    if all(units) and units[0] != units[1]:
        raise InvalidInput(f"{left.name} is in {units[0]} on the left and in {units[1]} on the "
                           "right. Convert one of them first.")


def plain_text(type: pa.DataType) -> bool:
    """Say whether columns of a type hold text, by whatever encoding."""
    if pa.types.is_dictionary(type):
        type = type.value_type
    return bool(pa.types.is_string(type) or pa.types.is_large_string(type)
                or pa.types.is_string_view(type))
