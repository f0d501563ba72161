"""Running TABLE and SINK operators: whole tables of all wells."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from mudrock_jupyter.engine.arrays import converted
from mudrock_jupyter.engine.bound import DEPTH, WELL_ID, BoundNode
from mudrock_jupyter.engine.expressions import call_function
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.spec.errors import OperatorFailed


def call_table(node: BoundNode, tables: Sequence[pa.Table]) -> pa.Table:
    """Return what a TABLE operator makes of whole tables."""
    (call,) = node.calls
    names = {argument: read.column for argument, read in call.arguments.items()}
    first = converted(tables[0], call.arguments)
    result = call_function(node, call, names, first, *tables[1:])
    if not isinstance(result, pa.Table):
        raise OperatorFailed(f"{node.operator.id} should return a pyarrow.Table; it returned "
                             f"{type(result).__name__}.")
    return result


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
        raise OperatorFailed(f"{node.operator.id} made no column {missing[0]!r} this time.")
    result = _finite(result.select(node.schema.names).cast(node.schema))
    if WELL_ID not in result.column_names:
        return result
    # Grouping and joining in threads give the rows in any order.
    return by_well_and_depth(result) if node.per_well else _by_well(result)


def by_well_and_depth(table: pa.Table) -> pa.Table:
    """Return samples in order of well and depth, and those of one depth by their other values.

    Without a depth come last. The order is the same whatever it was before.
    """
    wells = table.column(WELL_ID).cast(pa.string())
    keys = {WELL_ID: wells, DEPTH: table.column(DEPTH)}
    if not _has_ties(keys):
        order = pc.sort_indices(pa.table(keys), [(name, "ascending") for name in keys])
        return table.take(order)
    for field in table.schema:
        if field.name not in keys and _sorts(field.type):
            keys[field.name] = table.column(field.name)
    return table.take(pc.sort_indices(pa.table(keys), [(name, "ascending") for name in keys]))


def _has_ties(keys: dict[str, pa.ChunkedArray]) -> bool:
    return pa.table(keys).group_by(list(keys)).aggregate([]).num_rows < len(keys[WELL_ID])


def _sorts(type: pa.DataType) -> bool:
    return not (pa.types.is_nested(type) or pa.types.is_dictionary(type))


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
