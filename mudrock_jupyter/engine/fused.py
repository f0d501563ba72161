"""Nodes as one DataFusion plan: columns are added to a frame, no row is dropped."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from mudrock_jupyter.engine.bound import WELL_ID, BoundNode, is_per_well
from mudrock_jupyter.engine.expressions import (
    filter_expression,
    own_functions,
    row_expressions,
)
from mudrock_jupyter.engine.formulas.columns import computed
from mudrock_jupyter.engine.views import View
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.operators.expression import Expr, column

if TYPE_CHECKING:
    from datafusion import DataFrame


class SameName(Exception):
    """Raised for nodes that cannot be in one plan: both have an own function of this name."""


class Batch(Protocol):
    """A record batch of DataFusion's."""

    def to_pyarrow(self) -> pa.RecordBatch:
        """Return it as one of Arrow's."""


Stream = Iterable[Batch]


def fuse(
    frame: DataFrame, nodes: Sequence[BoundNode], views: Mapping[str, View],
    schemas: Mapping[str, pa.Schema], wanted: Collection[str],
) -> DataFrame:
    """Add to a frame the columns that the `wanted` ones of the nodes make.

    The frame holds those of the nodes that are not wanted; `schemas` are what nodes hand on.
    Raises `SameName` if two nodes use own functions that DataFusion would take for one.
    """
    known: set[str] = set()
    for node in nodes:
        if node.id not in wanted:
            continue
        if node.kind is Kind.ROW:
            made = row_expressions(node, views[node.inputs[0]].columns)
            _claim(known, [value for _, value in made])
            frame = _with_rows(frame, node, views, made)
        elif node.kind is Kind.FILTER:
            condition = filter_expression(node, schemas[node.inputs[0]])
            _claim(known, [condition])
            frame = _with_filter(frame, node, views, condition)
    return frame


def _claim(known: set[str], expressions: Iterable[Expr]) -> None:
    """Add the own functions of one node to those of the nodes before it."""
    own = {name for each in expressions if each.formula is None for name in own_functions(each)}
    if own & known:
        raise SameName(f"two nodes have a function named {min(own & known)!r}; each runs alone")
    known |= own


def _with_rows(
    frame: DataFrame, node: BoundNode, views: Mapping[str, View],
    made: Sequence[tuple[pa.Field, Expr]],
) -> DataFrame:
    names = views[node.id].columns
    # DataFusion takes two functions of one name for the same: each column has one of its own.
    columns = [(name := names[field.name], computed(f"{node.operator.id} {name}", e, field.type))
               for field, e in made]
    return frame.with_columns(*[expression.raw.alias(name) for name, expression in columns])


def _with_filter(
    frame: DataFrame, node: BoundNode, views: Mapping[str, View], condition: Expr
) -> DataFrame:
    above = views[node.inputs[0]]
    (keep,) = views[node.id].made
    every = [column(name).raw for name in frame.schema().names]
    # The condition was written over the names that the node sees.
    seen = [column(above.columns[name]).raw.alias(name) for name in sorted(node.reads)]
    if above.keep is not None:
        condition = condition & column(above.keep)
    return frame.select(*every, *seen).select(*every, condition.raw.alias(keep))


def needs_well_id(nodes: Iterable[BoundNode]) -> bool:
    """Say whether a filter looks at the well's id, which is no column of a well's own table."""
    return any(WELL_ID in node.reads for node in nodes)


def drain(stream: Stream, check: Callable[[], None]) -> pa.Table | None:
    """Read one partition to its end, None if it is empty; `check` is called at each batch."""
    batches = []
    for batch in stream:
        check()
        batches.append(batch.to_pyarrow())
    return pa.Table.from_batches(batches) if batches else None


def seeded(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return one well's table of a schema with its columns named as in a plan, plain fields."""
    names = [name for name in schema.names if name in table.column_names]
    plain = pa.schema([pa.field(f"{name}~0", table.schema.field(name).type) for name in names])
    return pa.Table.from_arrays([table.column(name) for name in names], schema=plain)


def memory_batches(table: pa.Table, schema: pa.Schema, well: str | None) -> list[pa.RecordBatch]:
    """Return one well's columns as batches for a frame, with the well's id where one is given."""
    if well is not None and is_per_well(schema):
        table = table.append_column(f"{WELL_ID}~0", pa.array([well] * len(table), pa.string()))
    batches: list[pa.RecordBatch] = table.to_batches()
    return batches or [pa.RecordBatch.from_pylist([], schema=table.schema)]
