"""Running WELL operators: numpy kernels over one well's arrays."""

from __future__ import annotations

import pyarrow as pa

from mudrock_jupyter.engine.arrays import to_array, to_column
from mudrock_jupyter.engine.bound import DEPTH, BoundNode, WellSource, unit_of
from mudrock_jupyter.engine.expressions import by_output, call_function
from mudrock_jupyter.spec import units
from mudrock_jupyter.spec.errors import NotSupported


def run_kernel(node: BoundNode, table: pa.Table, side: dict[str, pa.Table | None]) -> pa.Table:
    """Return one well's table with the columns a WELL node makes; `side` are the extra tables.

    A well without rows, such as one that a filter emptied, does not reach the kernel.
    """
    for call in node.calls:
        if not len(table):
            for _, field in call.outputs:
                table = with_column(table, field, pa.array([], field.type))
            continue
        arguments = {name: to_array(table.column(read.column), read)
                     for name, read in call.arguments.items()}
        results = by_output(node.operator, call_function(node, call, arguments | side))
        for name, field in call.outputs:
            values = to_column(results[name], field.type, len(table), field.name)
            table = with_column(table, field, values)
    return table


def with_column(table: pa.Table, field: pa.Field, values: pa.Array) -> pa.Table:
    """Add a column, in the place of one of the same name."""
    position = table.schema.get_field_index(field.name)
    if position < 0:
        return table.append_column(field, values)
    return table.set_column(position, field, values)


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
