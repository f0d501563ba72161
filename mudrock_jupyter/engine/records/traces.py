"""Where the columns of each node of a plan come from, read off the bound nodes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from mudrock_jupyter.engine.bound import DEPTH, FAILURES, WELL_ID, BoundNode
from mudrock_jupyter.engine.compile import Plan
from mudrock_jupyter.engine.expressions import referenced, row_expressions
from mudrock_jupyter.engine.records.inputs import tops_file
from mudrock_jupyter.engine.records.record import NodeTrace
from mudrock_jupyter.operators.declare import Kind, Operator
from mudrock_jupyter.wells.store import WellStore

Origin = tuple[str, str]
_KEYS = (WELL_ID, DEPTH)


def traces(plan: Plan, files: Iterable[Path]) -> dict[str, NodeTrace]:
    """Trace every node of a plan; `files` are those it reads, in the order of the record."""
    places = {path: number for number, path in enumerate(files)}
    found = {}
    for node in plan.nodes.values():
        trace = _source(node, places) if node.kind is Kind.SOURCE else _made(node, plan)
        side = _side_files(node, plan, places)
        rows = tuple(dict.fromkeys((*trace.rows, *_gates(node))))
        found[node.id] = trace.model_copy(update={"files": side, "rows": rows})
    return found


def _source(node: BoundNode, places: Mapping[Path, int]) -> NodeTrace:
    stored: dict[str, dict[str, list[int]]] = {name: {} for name in node.schema.names}
    for scan in node.scans:
        for column in scan.columns:
            if column.path is not None:
                here = stored[column.field.name].setdefault(column.column, [])
                here.append(places[column.path])
    stored[WELL_ID] = {}  # the folder's name, not a column
    rows = ((node.id, DEPTH),) if node.parameters.get("depth") else ()
    named = {name: {column: tuple(files) for column, files in columns.items()}
             for name, columns in stored.items()}
    return NodeTrace(columns=tuple(node.schema.names), stored=named, rows=rows)


def _made(node: BoundNode, plan: Plan) -> NodeTrace:
    above = node.inputs[0]
    columns = tuple(node.schema.names)
    if node.kind is Kind.TABLE:
        return _of_tables(node, plan)
    if node.kind is Kind.FILTER:
        reads = node.reads | {read.column for call in node.calls
                              for read in call.arguments.values()}
        return NodeTrace(columns=columns, rows=_of(above, reads))
    if node.kind is Kind.SELECT:
        renamed = {new: ((above, old),) for new, old in node.selection.items() if new != old}
        return NodeTrace(columns=columns, origins=renamed)
    used = _used(node, plan)
    origins = {}
    for call in node.calls:
        given = {read.column for read in call.arguments.values()}
        for _, field in call.outputs:
            origins[field.name] = _of(above, used.get(field.name, given))
    return NodeTrace(columns=columns, origins=origins)


def _used(node: BoundNode, plan: Plan) -> dict[str, frozenset[str]]:
    """Return what each output of a ROW node really reads, which its expression tells."""
    several = any(len(call.arguments) > 1 for call in node.calls)
    if node.kind is not Kind.ROW or not several:
        return {}
    schema = plan.nodes[node.inputs[0]].schema
    names = {name: name for name in schema.names}
    return {field.name: referenced(expression, schema)
            for field, expression in row_expressions(node, names)}


def _of_tables(node: BoundNode, plan: Plan) -> NodeTrace:
    """Trace a TABLE node: it sees whole tables, and so only what it declares can be told."""
    reaching = _reaching(node, plan)
    first, *others = reaching
    seen = set(reaching[first])
    declared = _declared(node, seen)
    every = [(source, name) for source in others for name in reaching[source]]
    read = [*_of(first, seen if declared is None else declared | (seen & set(_KEYS))), *every]
    origins: dict[str, tuple[Origin, ...]] = {}
    for name in node.schema.names:
        same = [(source, name) for source, names in reaching.items() if name in names]
        # A well stays that well; any other column of the same name may have been changed.
        origins[name] = tuple(same) if same and name == WELL_ID else \
            tuple(dict.fromkeys([*same, *read]))
    return NodeTrace(columns=tuple(node.schema.names), origins=origins, exact=False)


def _declared(node: BoundNode, seen: set[str]) -> set[str] | None:
    """Return the columns a TABLE node says it reads; None where it may read any."""
    named = {read.column for call in node.calls for read in call.arguments.values()}
    picking = _picking(node.operator)
    for name in picking:
        value = node.parameters.get(name)
        picked = {value} if isinstance(value, str) else set(value or ())
        if not picked or not picked <= seen:
            return None
        named |= picked
    return named if node.operator.inputs or picking else None


def _picking(operator: Operator) -> list[str]:
    """Return the parameters that name curves."""
    properties = operator.parameters.model_json_schema().get("properties", {})
    return [name for name, schema in properties.items() if "x-curve" in json.dumps(schema)]


def _gates(node: BoundNode) -> tuple[Origin, ...]:
    """Return the columns of the conditions on a node's connections."""
    sources = dict(zip(node.operator.ports, node.inputs, strict=False))
    return tuple(origin for port, gate in node.gates.items()
                 for origin in _of(sources[port], gate.reads))


def _reaching(node: BoundNode, plan: Plan) -> dict[str, list[str]]:
    """Return the columns that reach a node, by the node they come from."""
    found: dict[str, list[str]] = {}
    for port, source in zip(node.operator.ports, node.inputs, strict=False):
        gate = node.gates.get(port)
        failures = gate is not None and gate.kind == "error"
        found[source] = (FAILURES if failures else plan.nodes[source].schema).names
    return found


def _side_files(node: BoundNode, plan: Plan, places: Mapping[Path, int]) -> tuple[int, ...]:
    if not node.operator.tables or not isinstance(plan.wells, WellStore):
        return ()
    paths = (tops_file(plan.wells, well) for well in node.wells)
    return tuple(places[path] for path in paths if path in places)


def _of(node: str, columns: Iterable[str]) -> tuple[Origin, ...]:
    return tuple((node, column) for column in sorted(columns))
