"""Running TABLE and SINK operators: whole tables of all wells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mudrock_jupyter.engine.arrays import converted
from mudrock_jupyter.engine.blame import faulty
from mudrock_jupyter.engine.bound import DEPTH, WELL_ID, BoundNode
from mudrock_jupyter.engine.expressions import call_function
from mudrock_jupyter.engine.returned import as_table
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.spec.errors import OperatorFailed


def call_table(node: BoundNode, tables: Sequence[pa.Table]) -> pa.Table:
    """Return what a TABLE operator makes of whole tables."""
    (call,) = node.calls
    names = {argument: read.column for argument, read in call.arguments.items()}
    first = converted(tables[0], call.arguments)
    return as_table(node.operator, call_function(node, call, names, first, *tables[1:]))


def run_table(
    node: BoundNode, tables: Sequence[pa.Table],
    unless_stopped: Callable[[], None] = lambda: None,
) -> pa.Table:
    """Return what a TABLE or SINK node hands on, in exactly the schema it promised.

    A SINK that asks for `unless_stopped` calls it now and then; it raises to end the work.
    """
    if node.kind is Kind.SINK:
        (call,) = node.calls
        call_function(node, call, {"unless_stopped": unless_stopped}, tables[0])
        return tables[0]
    result = call_table(node, tables)
    missing = [name for name in node.schema.names if name not in result.column_names]
    if missing:
        raise OperatorFailed(faulty(node.operator, f"made no column {missing[0]!r} this time; "
                                    "without rows it did."))
    result = _finite(result.select(node.schema.names).cast(node.schema))
    if WELL_ID not in result.column_names:
        return result
    # Grouping and joining in threads give the rows in any order.
    return by_well_and_depth(result) if node.per_well else _by_well(result)


def by_well_and_depth(table: pa.Table) -> pa.Table:
    """Return samples in order of well and depth, and those of one depth by their other values.

    Those without a depth come last in their well. The order is the same whatever it was before.
    """
    wells, depth = _ranks(table.column(WELL_ID)), table.column(DEPTH).to_numpy()
    same = wells[1:] == wells[:-1]
    if bool(((wells[1:] > wells[:-1]) | (same & (depth[1:] > depth[:-1]))).all()):
        return table
    order = np.lexsort((depth, wells))
    wells, depth = wells[order], depth[order]
    # Two without a depth are as alike as two of one depth.
    tied = (depth[1:] == depth[:-1]) | np.isnan(depth[:-1])
    if bool((tied & (wells[1:] == wells[:-1])).any()):
        order = _by_all_values(table)
    return table.take(pa.array(order))


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
    return table.take(pc.sort_indices(table.column(WELL_ID).cast(pa.string())))


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
