"""Conditional and error edges: what they let through, and whether they can."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pyarrow as pa

from mudrock_jupyter.engine.bound import FAILURES, WELL_ID, WHOLE, BoundNode, Failure, Gate
from mudrock_jupyter.engine.context import check_condition, frame_of
from mudrock_jupyter.engine.expressions import referenced
from mudrock_jupyter.operators.conditions import parse_condition
from mudrock_jupyter.operators.expression import column
from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.spec.pipeline import EdgeSpec
from mudrock_jupyter.spec.problems import Problem

_PLACE = "~well"


def bind_gate(edge: EdgeSpec, source: BoundNode) -> tuple[Gate, BoundNode, list[Problem]]:
    """Return an edge's gate, what its target sees of the source through it, and what is wrong."""
    if edge.edge_type == "error":
        seen = replace(source, schema=FAILURES, wells=(WHOLE,), lacking={}, failures=())
        return Gate("error"), seen, []
    condition = (edge.condition or "").strip()
    if not condition:
        return Gate("conditional"), source, []
    try:
        expression = parse_condition(condition, source.schema)
        fault = check_condition(expression, source.schema)
        reads = referenced(expression, source.schema)
    except InvalidInput as error:
        fault, reads = str(error), frozenset()
    problems = [Problem(
        "invalid_condition", f"On the connection from {source.name!r}: {fault}",
        "Change the condition of the connection.", node=edge.target_node_id, edge=edge.id,
    )] if fault else []
    return Gate("conditional", condition, reads), source, problems


def let_through(gate: Gate, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Return the tables, by well, that pass a conditional gate: those with a row that fits."""
    passing = {well: table for well, table in tables.items() if len(table)}
    if gate.condition is None or not passing:
        return passing
    seen = [_seen(table, well, gate.reads) for well, table in passing.items()]
    expression = parse_condition(gate.condition, seen[0].schema)
    batches = [batch.append_column(_PLACE, pa.array([place] * len(batch), pa.int32()))
               for place, table in enumerate(seen) for batch in table.to_batches()]
    fitting = frame_of([batches]).filter(expression.raw)
    places = fitting.select(column(_PLACE).raw).distinct().to_arrow_table()[_PLACE].to_pylist()
    wells = list(passing)
    return {wells[place]: passing[wells[place]] for place in sorted(places)}


def failures_table(failures: Iterable[Failure], node: str) -> pa.Table:
    """Return what an error edge hands on; `node` is the name of the node that failed.

    The failure of a node as a whole belongs to no well: its `well_id` is null.
    """
    rows = sorted((failure.well, failure.message) for failure in failures)
    wells = pa.array([well or None for well, _ in rows], pa.string())
    return pa.table(
        [wells.dictionary_encode().cast(FAILURES.field(WELL_ID).type),
         pa.array([node] * len(rows), pa.string()),
         pa.array([message for _, message in rows], pa.string())],
        schema=FAILURES)


def _seen(table: pa.Table, well: str, reads: frozenset[str]) -> pa.Table:
    """Return what a condition sees of a well: also its id, which is not in its own table."""
    names = [name for name in table.column_names if name in reads]
    seen = table.select(names or table.column_names[:1])
    if WELL_ID in reads - set(names):
        seen = seen.append_column(WELL_ID, pa.array([well] * len(seen), pa.string()))
    plain = pa.schema([pa.field(field.name, field.type) for field in seen.schema])
    return seen.cast(plain).combine_chunks()
