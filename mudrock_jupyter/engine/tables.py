"""Running TABLE and SINK operators: whole tables of all wells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mudrock_jupyter.engine.arrays import converted
from mudrock_jupyter.engine.blame import faulty
from mudrock_jupyter.engine.bound import DEPTH, WELL_ID, BoundNode
from mudrock_jupyter.engine.expressions import call_function
from mudrock_jupyter.engine.limits import memory_limit
from mudrock_jupyter.engine.returned import as_table
from mudrock_jupyter.operators.binding import arguments_of
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.operators.relational import IN_ORDER
from mudrock_jupyter.spec.errors import OperatorFailed

Gather = Callable[[pa.Schema, Iterable[pa.RecordBatch]], pa.Table]


def call_table(
    node: BoundNode, tables: Sequence[pa.Table], memory_bytes: int | None = None,
    gather: Gather | None = None,
) -> pa.Table:
    """Return what a TABLE operator makes of whole tables.

    A stream of batches that it returns passes through `gather`.
    """
    (call,) = node.calls
    given: dict[str, Any] = {name: read.column for name, read in call.arguments.items()}
    if "session" in arguments_of(node.operator.function):
        from mudrock_jupyter.engine.context import table_session

        given["session"] = table_session(memory_limit() if memory_bytes is None else memory_bytes)
    first = converted(tables[0], call.arguments)
    result = call_function(node, call, given, first, *tables[1:])
    if gather is not None and isinstance(result, pa.RecordBatchReader):
        return gather(result.schema, result)
    return as_table(node.operator, result)


def run_table(
    node: BoundNode, tables: Sequence[pa.Table],
    unless_stopped: Callable[[], None] = lambda: None,
    memory_bytes: int | None = None, gather: Gather | None = None,
) -> pa.Table:
    """Return what a TABLE or SINK node hands on, in exactly the schema it promised.

    A table that `gather` made is returned itself where nothing about it had to be changed.

    A SINK that asks for `unless_stopped` calls it now and then; it raises to end the work.
    """
    if node.kind is Kind.SINK:
        (call,) = node.calls
        call_function(node, call, {"unless_stopped": unless_stopped}, tables[0])
        return tables[0]
    result = call_table(node, tables, memory_bytes, gather)
    missing = [name for name in node.schema.names if name not in result.column_names]
    if missing:
        raise OperatorFailed(faulty(node.operator, f"made no column {missing[0]!r} this time; "
                                    "without rows it did."))
    in_order = IN_ORDER.items() <= (result.schema.metadata or {}).items()
    if not result.schema.equals(node.schema, check_metadata=True):
        result = result.select(node.schema.names).cast(node.schema)
    result = _finite(result)
    if WELL_ID not in result.column_names or in_order:
        return result
    # Grouping and joining in threads give the rows in any order.
    return by_well_and_depth(result) if node.per_well else _by_well(result)


def by_well_and_depth(table: pa.Table) -> pa.Table:
    """Return samples in order of well and depth, and those of one depth by their other values.

    Those without a depth come last in their well. The order is the same whatever it was before.
    """
    if _in_order(table.select([WELL_ID, DEPTH])):
        return table
    wells, depth = _ranks(table.column(WELL_ID)), table.column(DEPTH).to_numpy()
    order = np.lexsort((depth, wells))
    wells, depth = wells[order], depth[order]
    # Two without a depth are as alike as two of one depth.
    tied = (depth[1:] == depth[:-1]) | np.isnan(depth[:-1])
    if bool((tied & (wells[1:] == wells[:-1])).any()):
        order = _by_all_values(table)
    return table.take(pa.array(order))


def _in_order(samples: pa.Table) -> bool:
    """Say whether each sample lies after the one before; holds no more than a batch of them."""
    before = samples.slice(0, 0)
    for batch in filter(len, samples.to_batches()):
        table = pa.concat_tables([before, pa.Table.from_batches([batch])])
        wells, depth = _ranks(table.column(WELL_ID)), table.column(DEPTH).to_numpy()
        same = wells[1:] == wells[:-1]
        if not ((wells[1:] > wells[:-1]) | (same & (depth[1:] > depth[:-1]))).all():
            return False
        before = table.slice(len(table) - 1)
    return True


def _ranks(wells: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    """Return for each row the place of its well among all, in order of their ids."""
    encoded = pc.dictionary_encode(wells.cast(pa.string())).combine_chunks()
    ids = encoded.dictionary
    places = np.empty(len(ids) + 1, dtype=np.int64)
    places[pc.sort_indices(ids).to_numpy()] = np.arange(len(ids))
    places[-1] = len(ids)  # rows of no well
    return np.asarray(places[encoded.indices.fill_null(len(ids)).to_numpy()])


def _by_all_values(table: pa.Table) -> np.ndarray[Any, Any]:
    names = [WELL_ID, DEPTH, *(n for n in table.column_names if n not in {WELL_ID, DEPTH})]
    keys = {name: _plain(table.column(name)) for name in names}
    keys = {name: values for name, values in keys.items() if not pa.types.is_nested(values.type)}
    order = pc.sort_indices(pa.table(keys), [(name, "ascending") for name in keys])
    return np.asarray(order.to_numpy())


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    is_dictionary = pa.types.is_dictionary(values.type)
    return values.cast(values.type.value_type) if is_dictionary else values


def _by_well(table: pa.Table) -> pa.Table:
    """Return a summary in order of wells; rows of one well stay in theirs."""
    ids = table.column(WELL_ID).cast(pa.string())
    order = pc.sort_indices(ids)
    # The dictionary, too, in that order: grouping in threads has left it in any.
    ids = pc.dictionary_encode(ids.take(order).combine_chunks())
    position = table.schema.get_field_index(WELL_ID)
    return table.take(order).set_column(position, table.schema.field(position), ids)


def _finite(table: pa.Table) -> pa.Table:
    """Return a table with null in the place of NaN and infinity, which libraries let through."""
    for position, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            values = table.column(position)
            if not pc.all(pc.is_finite(values), min_count=0).as_py():
                values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, field.type))
                table = table.set_column(position, field, values)
    return table


def empty_tables(sources: Sequence[BoundNode]) -> list[pa.Table]:
    """Return tables without rows, in the schemas that a node's inputs have."""
    return [source.schema.empty_table() for source in sources]
