"""The part of a plan that a query language has words for: chains of steps, one for each node.

This is the only place where exports meet the engine's expressions. They are asked for plain ones:
a step whose expression calls a function of ours in Python is not relational.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mudrock_jupyter.engine.bound import BoundNode
from mudrock_jupyter.engine.compile import Plan
from mudrock_jupyter.engine.expressions import filter_expression, row_expressions
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.operators.expression import Expr, column
from mudrock_jupyter.spec.errors import NotFound, NotSupported
from mudrock_jupyter.spec.pipeline import unique_name

if TYPE_CHECKING:
    import datafusion
    import pyarrow as pa

_REASONS = {
    Kind.WELL: "a kernel over one well's samples at a time",
    Kind.TABLE: "a Python function over whole tables",
}


@dataclass(frozen=True)
class Step:
    """One node as a SELECT: what it takes over by name, what it computes, which rows it keeps."""

    node: BoundNode
    name: str
    seen: pa.Schema
    """What the step above hands on; for a source, its own schema."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """New name -> column of the step above."""
    computed: Mapping[str, Expr] = field(default_factory=dict)
    condition: Expr | None = None
    wells: tuple[str, ...] | None = None
    """The wells to keep, where not all above reach this node."""


@dataclass(frozen=True)
class Query:
    """What makes one node's rows: steps from the wells' files, or from the table `reads`."""

    steps: tuple[Step, ...]
    reads: str | None = None

    @property
    def node(self) -> BoundNode:
        """The node whose rows it makes."""
        return self.steps[-1].node


@dataclass(frozen=True)
class Relational:
    """A plan's queries by the name of the node, and why its other nodes are in none."""

    queries: Mapping[str, Query]
    outside: Mapping[str, str]

    def query(self, node: BoundNode) -> Query:
        """Return a node's own query; raises `NotSupported`, which says why there is none."""
        for query in self.queries.values():
            if query.node.id == node.id:
                return query
        raise NotSupported(
            f"{node.name!r} cannot be exported: {node.operator.id} is "
            f"{self.outside.get(node.name, 'not relational')}. Export a node before or after it."
        )


def relational(plan: Plan, node: str | None = None) -> Relational:
    """Find the queries of a plan: one for each node whose rows leave its chain, or for `node`.

    A node that writes or shows a result stands for the node before it.
    """
    names = _names(plan)
    steps: dict[str, Step] = {}
    outside: dict[str, str] = {}
    for each in plan.nodes.values():
        if each.kind is Kind.SINK:
            continue
        made = _step(plan, each, names[each.id])
        if isinstance(made, str):
            outside[each.name] = made
        else:
            steps[each.id] = made
    wanted = _leaves(plan, steps) if node is None else [_producer(plan, node)]
    found = {names[id]: _chain(plan, steps, names, id) for id in wanted if id in steps}
    result = Relational(found, outside)
    if node is not None:
        result.query(plan.nodes[wanted[0]])
    return result


def _names(plan: Plan) -> dict[str, str]:
    """Name the steps after the nodes; names that differ in case only are one name in DuckDB."""
    taken: set[str] = set()
    names = {}
    for node in plan.nodes.values():
        wanted = node.name or node.operator.id
        lower = unique_name(wanted.lower(), taken)
        taken.add(lower)
        names[node.id] = wanted + lower[len(wanted.lower()):]
    return names


def _producer(plan: Plan, node: str) -> str:
    found = next((each for each in plan.nodes.values() if node in {each.id, each.name}), None)
    if found is None:
        raise NotFound(f"The pipeline has no node {node!r}.")
    return found.inputs[0] if found.kind is Kind.SINK else found.id


def _leaves(plan: Plan, steps: Mapping[str, Step]) -> list[str]:
    """Return the steps that no other step reads, or that something else reads as well."""
    readers: dict[str, set[str]] = {id: set() for id in steps}
    for each in plan.nodes.values():
        for source in each.inputs:
            readers.get(source, set()).add(each.id)
    return [id for id, read_by in readers.items() if not read_by or not read_by <= steps.keys()]


def _chain(plan: Plan, steps: Mapping[str, Step], names: Mapping[str, str], id: str) -> Query:
    chain: list[Step] = []
    while id in steps:
        chain.append(steps[id])
        if not steps[id].node.inputs:
            return Query(tuple(reversed(chain)))
        (id,) = steps[id].node.inputs
    return Query(tuple(reversed(chain)), names[plan.nodes[id].id])


def _step(plan: Plan, node: BoundNode, name: str) -> Step | str:
    """Return the node as a step, or why it is none."""
    if node.kind in _REASONS:
        return _REASONS[node.kind]
    if node.kind is Kind.SOURCE:
        return Step(node, name, node.schema)
    if node.gates:
        return "behind a connection that decides well by well, when the pipeline runs"
    (above,) = (plan.nodes[source] for source in node.inputs)
    lost = node.per_well and set(above.wells) != set(node.wells)
    step = _of_kind(node, above, name, node.wells if lost else None)
    parts = [*step.computed.values(), *([step.condition] if step.condition is not None else [])]
    unknown = next((called for part in parts for called in _own_functions(part.raw)), None)
    return f"computed by the Python function {unknown}" if unknown else step


def _of_kind(
    node: BoundNode, above: BoundNode, name: str, wells: tuple[str, ...] | None
) -> Step:
    if node.kind is Kind.SELECT:
        kept = {new: old for new, old in node.selection.items() if new in node.schema.names}
        return Step(node, name, above.schema, kept, wells=wells)
    columns = {each: each for each in node.schema.names}
    if node.kind is Kind.FILTER:
        condition = filter_expression(node, above.schema)
        return Step(node, name, above.schema, columns, {}, condition, wells)
    seen = {each: each for each in above.schema.names}
    computed = {made.name: expression for made, expression in row_expressions(node, seen)}
    kept = {new: old for new, old in columns.items() if new not in computed}
    return Step(node, name, above.schema, kept, computed, wells=wells)


def _own_functions(expression: datafusion.Expr) -> Iterator[str]:
    """List the functions an expression calls that DataFusion does not have."""
    from datafusion import functions

    kind = expression.variant_name()
    if kind in {"Column", "Literal", "ScalarVariable"}:
        return
    if kind == "ScalarFunction" and not hasattr(functions, expression.rex_call_operator()):
        yield expression.rex_call_operator()
    for operand in expression.rex_call_operands():
        yield from _own_functions(operand)


def renamed(step: Step) -> Mapping[str, Expr]:
    """Return every column of a step that is more than one taken over as it is."""
    moved = {new: column(old) for new, old in step.columns.items() if new != old}
    return {**moved, **step.computed}
