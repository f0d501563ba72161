"""Running WELL operators: numpy kernels over one well's arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from mudrock_jupyter.engine.arrays import to_array, to_column
from mudrock_jupyter.engine.bound import DEPTH, BoundNode, WellSource, unit_of
from mudrock_jupyter.engine.expressions import by_output, call_function
from mudrock_jupyter.spec import units
from mudrock_jupyter.spec.errors import NotSupported
from mudrock_jupyter.spec.places import is_ours


def run_kernel(node: BoundNode, table: pa.Table, side: dict[str, pa.Table | None]) -> pa.Table:
    """Return one well's table with the columns a WELL node makes; `side` are the extra tables."""
    return with_made(table, made_by(node, table, side))


def made_by(node: BoundNode, table: pa.Table, side: dict[str, pa.Table | None]) -> pa.Table:
    """Return the columns a WELL node makes of one well's table.

    A well without rows, such as one that a filter emptied, does not reach the kernel.
    """
    ours = is_ours(node.operator.function)
    made: dict[str, pa.Array] = {}
    fields: dict[str, pa.Field] = {}
    for call in node.calls:
        fields |= {field.name: field for _, field in call.outputs}
        if not len(table):
            made |= {field.name: pa.array([], field.type) for _, field in call.outputs}
            continue
        arguments = {name: to_array(table.column(read.column), read)
                     for name, read in call.arguments.items()}
        if not ours:
            arguments = {name: _own(values) for name, values in arguments.items()}
        results = by_output(node.operator, call_function(node, call, arguments | side))
        if not ours:  # it may write into its array again, for the next well
            results = {name: _copied(values) for name, values in results.items()}
        made |= {field.name: to_column(results[name], field.type, len(table), field.name)
                 for name, field in call.outputs}
    return pa.table(list(made.values()), schema=pa.schema(fields.values()))


def _own(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return values if values.flags.writeable else values.copy()


def _copied(values: Any) -> Any:
    return values.copy() if isinstance(values, np.ndarray) else values


def with_made(table: pa.Table, made: pa.Table) -> pa.Table:
    """Add columns to a table, each in the place of one of the same name."""
    for field, values in zip(made.schema, made.columns, strict=True):
        position = table.schema.get_field_index(field.name)
        table = (table.append_column(field, values) if position < 0
                 else table.set_column(position, field, values))
    return table


def side_tables(node: BoundNode, well: str, wells: WellSource | None) -> dict[str, pa.Table | None]:
    """Read the tables of a well that an operator asks for, depths in the run's unit."""
    found: dict[str, pa.Table | None] = {}
    for name in node.operator.tables:
        if name != "tops":
            raise NotSupported(f"{node.operator.id} asks for the wells' {name}, which are not "
                               "kept in this version. Only tops are.")
        tops = None if wells is None else wells.tops(well)
        found[name] = None if tops is None or not len(tops) else _in_unit(tops, node.depth_unit)
    return found


def _in_unit(tops: pa.Table, unit: str) -> pa.Table:
    position = tops.schema.get_field_index(DEPTH)
    field = tops.schema.field(position)
    own = unit_of(field)
    if not own or not unit or own == unit:
        return tops
    depths = units.convert(tops.column(position).to_numpy(), own, unit)
    return tops.set_column(position, field.with_metadata({"unit": unit}), pa.array(depths))
