"""Running TABLE and SINK operators: whole tables of all wells."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from mudrock_jupyter.engine.arrays import converted
from mudrock_jupyter.engine.bound import WELL_ID, BoundNode
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


def run_table(node: BoundNode, tables: Sequence[pa.Table]) -> pa.Table:
    """Return what a TABLE or SINK node hands on, in exactly the schema it promised."""
    if node.kind is Kind.SINK:
        (call,) = node.calls
        call_function(node, call, {}, tables[0])
        return tables[0]
    result = call_table(node, tables)
    missing = [name for name in node.schema.names if name not in result.column_names]
    if missing:
        raise OperatorFailed(f"{node.operator.id} made no column {missing[0]!r} this time.")
    result = result.select(node.schema.names).cast(node.schema)
    if WELL_ID in result.column_names and not node.per_well:
        # Grouping in threads gives the wells in any order; the sort keeps that within a well.
        result = result.take(pc.sort_indices(result.column(WELL_ID).cast(pa.string())))
    return result


def empty_tables(sources: Sequence[BoundNode]) -> list[pa.Table]:
    """Return tables without rows, in the schemas that a node's inputs have."""
    return [source.schema.empty_table() for source in sources]
