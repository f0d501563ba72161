"""Running a source and the row operators below it as one DataFusion plan, partition = well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mudrock_jupyter.engine.bound import DEPTH, WELL_ID, BoundNode, is_per_well
from mudrock_jupyter.engine.expressions import filter_expression, row_expressions
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.operators.expression import column, literal
from mudrock_jupyter.spec.errors import ReadFailed

if TYPE_CHECKING:
    from datafusion import DataFrame


@dataclass(frozen=True)
class View:
    """A node's output inside a plan: the plan's column for each name, and which rows are kept.

    `schema` is what is handed on for each well; a filter may see the well's id besides.
    """

    columns: Mapping[str, str]
    schema: pa.Schema
    keep: str | None = None


class Result:
    """What a plan gave for one well. Views share its columns, filtered ones too."""

    def __init__(self, table: pa.Table) -> None:
        self._columns = dict(zip(table.column_names, table.columns, strict=True))
        self._taken: dict[tuple[str, str | None], pa.ChunkedArray] = {}

    def take(self, view: View) -> pa.Table:
        """Return a node's output."""
        columns = [self._column(view.columns[f.name], view.keep, f.type) for f in view.schema]
        return pa.Table.from_arrays(columns, schema=view.schema)

    def _column(self, name: str, keep: str | None, type: pa.DataType) -> pa.ChunkedArray:
        found = self._taken.get((name, keep))
        if found is None:
            found = self._columns[name]
            if keep is not None:
                found = found.filter(pc.fill_null(self._columns[keep], False))
            if found.type != type:
                found = found.cast(type)
            self._taken[name, keep] = found
        return found


@dataclass
class FusedPlan:
    """A DataFrame that computes several nodes at once, and each node's view of it.

    No row is dropped inside: a filter is one more column, so that what every node hands on can
    be taken out of the one result.
    """

    frame: DataFrame
    views: dict[str, View] = field(default_factory=dict)

    def add(self, node: BoundNode, above_schema: pa.Schema, schema: pa.Schema) -> None:
        """Add a ROW, FILTER or SELECT node which sees `above_schema` and hands on `schema`."""
        above = self.views[node.inputs[0]]
        if node.kind is Kind.SELECT:
            columns = {new: above.columns[old] for new, old in node.selection.items()}
            self.views[node.id] = View(columns, schema, above.keep)
        elif node.kind is Kind.FILTER:
            keep = self._keep(node, above_schema, above)
            self.views[node.id] = View(above.columns, schema, keep)
        else:
            suffix = f"~{len(self.views)}"
            made = [(made.name, made.name + suffix, expression)
                    for made, expression in row_expressions(node, above.columns)]
            self.frame = self.frame.with_columns(*[e.raw.alias(name) for _, name, e in made])
            added = {visible: name for visible, name, _ in made}
            self.views[node.id] = View(dict(above.columns) | added, schema, above.keep)

    def _keep(self, node: BoundNode, schema: pa.Schema, above: View) -> str:
        keep = f"keep~{len(self.views)}"
        names = self.frame.schema().names
        condition = filter_expression(node, schema)
        for_condition = [column(above.columns[name]).raw.alias(name) for name in node.reads]
        both = self.frame.select(*[column(name).raw for name in names], *for_condition)
        if above.keep is not None:
            condition = condition & column(above.keep)
        self.frame = both.select(*[column(name).raw for name in names], condition.raw.alias(keep))
        return keep


def of_one_well(schema: pa.Schema) -> pa.Schema:
    """Return the columns of a well's own table: all but the well's id."""
    if not is_per_well(schema):
        return schema
    return schema.remove(schema.get_field_index(WELL_ID))


def fuse(
    nodes: Sequence[BoundNode], seed: BoundNode, frame: DataFrame, schemas: Mapping[str, pa.Schema]
) -> FusedPlan:
    """Make one plan of nodes over a frame that holds the seed's columns, named by `seeded`."""
    plan = FusedPlan(frame, {seed.id: View(dict(seeded(seed.schema)), of_one_well(seed.schema))})
    for node in nodes:
        if node.id != seed.id:
            plan.add(node, schemas[node.inputs[0]], of_one_well(node.schema))
    return plan


def seeded(schema: pa.Schema) -> Iterable[tuple[str, str]]:
    """Return each column of a seed with its name inside the plan."""
    return ((name, f"{name}~0") for name in schema.names)


def needs_well_id(nodes: Iterable[BoundNode]) -> bool:
    """Say whether a filter looks at the well's id, which is no column of a well's own table."""
    return any(WELL_ID in node.reads for node in nodes)


def with_well_id(frame: DataFrame, well: str) -> DataFrame:
    """Give every row the well's id."""
    return frame.with_column(f"{WELL_ID}~0", literal(well).raw)


def drain(
    stream: Iterable[object], frame: DataFrame, on_rows: Callable[[int], None]
) -> pa.Table:
    """Read one partition of a frame to its end; `on_rows` hears of each batch, and may stop it."""
    batches = []
    for batch in stream:
        record: pa.RecordBatch = batch.to_pyarrow()  # type: ignore[attr-defined]
        on_rows(record.num_rows)
        batches.append(record)
    return pa.Table.from_batches(batches, schema=batches[0].schema if batches else frame.schema())


def in_order(result: pa.Table, well: str) -> pa.Table:
    """Sort a well's rows by depth where the file has not; DataFusion promises no order."""
    name = f"{DEPTH}~0"
    depth = result.column(name).to_numpy()
    if not np.isfinite(depth).all():
        raise ReadFailed(f"Well {well} has samples without a depth. Import it again.")
    if (depth[1:] >= depth[:-1]).all():
        return result
    return result.take(pa.array(np.argsort(depth, kind="stable")))


def memory_batches(table: pa.Table, schema: pa.Schema, well: str | None) -> list[pa.RecordBatch]:
    """Return one well's table as batches whose columns are named as in a plan."""
    names = [name for name in schema.names if name in table.column_names]
    chosen = table.select(names).rename_columns([f"{name}~0" for name in names])
    if well is not None and is_per_well(schema):
        chosen = chosen.append_column(f"{WELL_ID}~0", pa.array([well] * len(chosen), pa.string()))
    plain = pa.schema([pa.field(f.name, f.type) for f in chosen.schema])
    batches: list[pa.RecordBatch] = chosen.cast(plain).to_batches()
    return batches or [pa.RecordBatch.from_pylist([], schema=plain)]
