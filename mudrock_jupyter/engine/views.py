"""What every node of a fused plan sees and hands on, by the names of the plan's columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from mudrock_jupyter.engine.bound import WELL_ID, BoundNode, is_per_well
from mudrock_jupyter.operators.declare import Kind


@dataclass(frozen=True)
class View:
    """A node's output inside a plan.

    `columns` has the plan's column for each name, `keep` the one that says which rows are kept,
    and `made` what the node itself adds to the plan. No row is dropped inside a plan: a filter is
    one more column, so that what every node hands on can be taken out of the one result.
    `schema` is what is handed on for each well; a filter may see the well's id besides.
    """

    columns: Mapping[str, str]
    schema: pa.Schema
    keep: str | None
    made: tuple[str, ...]


def lay_out(nodes: Sequence[BoundNode], seed: BoundNode) -> dict[str, View]:
    """Name the columns of a plan that computes `nodes`, sources first, over those of the seed."""
    first = {name: f"{name}~0" for name in seed.schema.names}
    schema = of_one_well(seed.schema)
    views = {seed.id: View(first, schema, None, tuple(first[name] for name in schema.names))}
    for node in nodes:
        if node.id != seed.id:
            views[node.id] = view_of(node, views[node.inputs[0]], f"~{len(views)}")
    return views


def view_of(node: BoundNode, above: View, suffix: str) -> View:
    """Return the view of a node below another; what it makes is named with a suffix."""
    schema = of_one_well(node.schema)
    if node.kind is Kind.SELECT:
        columns = {new: above.columns[old] for new, old in node.selection.items()}
        return View(columns, schema, above.keep, ())
    if node.kind is Kind.FILTER:
        return View(above.columns, schema, f"keep{suffix}", (f"keep{suffix}",))
    made = {field.name: f"{field.name}{suffix}" for call in node.calls for _, field in call.outputs}
    return View({**above.columns, **made}, schema, above.keep, tuple(made.values()))


def of_one_well(schema: pa.Schema) -> pa.Schema:
    """Return the columns of a well's own table: all but the well's id."""
    if not is_per_well(schema):
        return schema
    return schema.remove(schema.get_field_index(WELL_ID))


class Result:
    """A plan's columns for one well. The nodes' tables share them, filtered ones too."""

    def __init__(self) -> None:
        self._columns: dict[str, pa.ChunkedArray] = {}
        self._taken: dict[tuple[str, str | None, pa.DataType], pa.ChunkedArray] = {}

    def add(self, table: pa.Table) -> None:
        """Add columns under their names in the plan."""
        self._columns |= zip(table.column_names, table.columns, strict=True)

    def table(self) -> pa.Table:
        """Return all columns as they are in the plan."""
        return pa.table(list(self._columns.values()), names=list(self._columns))

    def has(self, view: View) -> bool:
        """Say whether all columns of a node's output are there."""
        needed = {view.columns[field.name] for field in view.schema}
        return needed | ({view.keep} if view.keep else set()) <= self._columns.keys()

    def take(self, view: View, kept: Callable[[pa.Table], pa.Table] | None = None) -> pa.Table:
        """Return a node's output; columns that had to be copied pass through `kept`, once."""
        wanted = [(view.columns[field.name], view.keep, field.type) for field in view.schema]
        copied = {each: self._copied(*each) for each in wanted
                  if each not in self._taken and self._is_copied(*each)}
        if copied and kept is not None:
            names = [str(number) for number in range(len(copied))]
            table = kept(pa.table(list(copied.values()), names=names))
            copied = dict(zip(copied, table.columns, strict=True))
        self._taken |= copied
        columns = [self._taken.get(each, self._columns[each[0]]) for each in wanted]
        return pa.Table.from_arrays(columns, schema=view.schema)

    def _is_copied(self, name: str, keep: str | None, type: pa.DataType) -> bool:
        return keep is not None or self._columns[name].type != type

    def _copied(self, name: str, keep: str | None, type: pa.DataType) -> pa.ChunkedArray:
        column = self._columns[name]
        if keep is not None:
            column = column.filter(pc.fill_null(self._columns[keep], False))
        return column.cast(type)
