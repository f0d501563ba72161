"""One pass over a pipeline: every problem, and every sound node bound to its columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from mudrock_jupyter.engine.blame import defined, said
from mudrock_jupyter.engine.bound import (
    DEPTH,
    WELL_ID,
    WELL_ID_FIELD,
    WHOLE,
    BoundNode,
    Failure,
    Gate,
    WellSource,
    is_per_well,
    replaced,
)
from mudrock_jupyter.engine.columns import Binding, bind_calls
from mudrock_jupyter.engine.expressions import (
    call_function,
    filter_expression,
    referenced,
    row_expressions,
)
from mudrock_jupyter.engine.gates import bind_gate
from mudrock_jupyter.engine.reading import bind_source
from mudrock_jupyter.engine.returned import as_selection
from mudrock_jupyter.engine.source_problems import some
from mudrock_jupyter.engine.structure import read_graph
from mudrock_jupyter.engine.tables import call_table, empty_tables
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.binding import CURVES, ParameterFault, check_parameters
from mudrock_jupyter.operators.declare import Kind, Operator
from mudrock_jupyter.spec.errors import MudrockError, OperatorFailed
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec
from mudrock_jupyter.spec.problems import Problem


@dataclass(frozen=True)
class Analysis:
    """What one pass finds out: the problems, and the nodes that could run, sources first."""

    problems: tuple[Problem, ...]
    nodes: Mapping[str, BoundNode]


def analyse(spec: PipelineSpec, wells: WellSource | None) -> Analysis:
    """Check a pipeline as far as it goes; a node below a faulty one is not judged."""
    graph, problems = read_graph(spec, registry.resolve)
    checked: dict[str, dict[str, Any]] = {}
    for node_id, operator in sorted(graph.operators.items()):
        node = graph.nodes[node_id]
        parameters, faults = check_parameters(operator, node.parameters)
        if faults:
            problems += [_parameter_problem(node_id, fault) for fault in faults]
        else:
            checked[node_id] = parameters
    nodes: dict[str, BoundNode] = {}
    for node_id in graph.order:
        operator, node = graph.operators[node_id], graph.nodes[node_id]
        above = {port: graph.inputs[node_id][port] for port in operator.ports}
        if node_id not in checked or any(source not in nodes for source in above.values()):
            continue
        if operator.kind is Kind.SOURCE:
            bound, found = bind_source(node, operator, checked[node_id], wells)
        else:
            sources = {port: nodes[source] for port, source in above.items()}
            gates, found = _gates(graph.gated.get(node_id, {}), sources)
            bound, more = bind_node(node, operator, checked[node_id], list(sources.values()))
            bound = replace(bound, gates=gates) if bound is not None and gates else bound
            found += more
        problems += found
        if bound is not None and not any(problem.severity == "error" for problem in found):
            nodes[node_id] = bound
    return Analysis(tuple(problems), nodes)


def _gates(
    edges: Mapping[str, EdgeSpec], sources: dict[str, BoundNode]
) -> tuple[dict[str, Gate], list[Problem]]:
    """Put a node's gates before its sources: each port sees what comes through."""
    gates: dict[str, Gate] = {}
    problems: list[Problem] = []
    for port, edge in edges.items():
        gates[port], sources[port], found = bind_gate(edge, sources[port])
        problems += found
    return gates, problems


def _parameter_problem(node_id: str, fault: ParameterFault) -> Problem:
    if fault.missing and fault.parameter == CURVES:
        return Problem("no_curve", fault.message, node=node_id)
    return Problem("invalid_parameter", fault.message, node=node_id)


def bind_node(
    node: NodeSpec, operator: Operator, parameters: Mapping[str, Any], sources: list[BoundNode]
) -> tuple[BoundNode | None, list[Problem]]:
    """Bind a node to what reaches it; None where an error says that it cannot work."""
    binding = bind_calls(node, operator, parameters, sources[0])
    if any(problem.severity == "error" for problem in binding.problems):
        return None, binding.problems
    draft = BoundNode(
        id=node.id, name=node.name, operator=operator,
        inputs=tuple(source.id for source in sources), parameters=dict(parameters),
        schema=sources[0].schema, wells=_common_wells(sources), lacking=sources[0].lacking,
        calls=tuple(binding.calls), depth_unit=sources[0].depth_unit,
        reads=frozenset(binding.required),
    )
    try:
        bound = _FINISH[operator.kind](draft, binding, sources)
    except MudrockError as error:
        own = isinstance(error, OperatorFailed)
        binding.problem("operator_failed" if own else "invalid_parameter",
                        f"{node.name!r}: {error}",
                        "Correct the operator." if own else "Change it in the node's form.")
        return None, binding.problems
    except Exception as error:  # an operator is anyone's code
        advice = "Correct the operator." if operator.kind is not Kind.TABLE else \
            "Correct the operator; it is called once without rows, to learn its columns."
        binding.problem("operator_failed", f"{node.name!r} ({operator.id}) failed before it saw "
                        f"data: {said(operator, error, str(error))}", advice)
        return None, binding.problems
    return _without_lost_wells(bound, binding), binding.problems


def _common_wells(sources: list[BoundNode]) -> tuple[str, ...]:
    wells = sources[0].wells
    return tuple(dict.fromkeys([*wells, *(well for s in sources[1:] for well in s.wells)]))


def _without_lost_wells(bound: BoundNode, binding: Binding) -> BoundNode:
    """Leave out the wells that have no values for a column the node needs, and say so."""
    lacking = binding.upstream.lacking
    failures: dict[str, Failure] = {}
    for name in sorted(bound.reads & lacking.keys()):
        lost = [well for well in binding.upstream.wells if well in lacking[name]]
        every = len(lost) == len(binding.upstream.wells)
        left = "" if every else " They will be left out."
        binding.problem("missing_in_wells", f"{name} is missing in {len(lost)} of "
                        f"{len(binding.upstream.wells)} wells: {some(lost)}.{left}",
                        "Map another curve, or import it." if every else "", warning=not every)
        for well in lost:
            failures.setdefault(well, Failure(
                well, bound.id, f"Well {well} has no {name}, which {bound.name!r} needs. "
                "Import it, or map another curve."))
    wells = tuple(well for well in bound.wells if well not in failures)
    if bound.wells and not wells and not any(p.severity == "error" for p in binding.problems):
        binding.problem("missing_in_wells", f"No well has all of "
                        f"{', '.join(sorted(bound.reads & lacking.keys()))}.",
                        "Map other curves, import them, or use a node for each.")
    kept = {name: without - failures.keys() for name, without in bound.lacking.items()
            if name in bound.schema.names}
    kept = {name: without for name, without in kept.items() if without}
    if not failures and kept == bound.lacking:
        return bound
    return replace(bound, wells=wells, failures=tuple(failures.values()), lacking=kept)


def _finish_calls(draft: BoundNode, binding: Binding, sources: list[BoundNode]) -> BoundNode:
    made = [field for call in draft.calls for _, field in call.outputs]
    _refuse_doubles(binding, [field.name for field in made])
    names = {name: name for name in draft.schema.names}
    if draft.kind is Kind.ROW:
        row_expressions(draft, names)
    elif sources[0].wells == (WHOLE,):
        binding.problem("missing_column", f"{draft.name!r} works well by well; what "
                        f"{sources[0].name!r} makes has no {WELL_ID} and {DEPTH}.",
                        "Put it before the summary.")
    lacking = {name: wells for name, wells in draft.lacking.items()
               if name not in {field.name for field in made}}
    return replace(draft, schema=replaced(draft.schema, made), lacking=lacking)


def _refuse_doubles(binding: Binding, names: list[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        binding.problem("duplicate_column", f"{binding.node.name!r} would make two columns named "
                        f"{twice[0]!r}.", "Give one of them another name.")


def _finish_filter(draft: BoundNode, binding: Binding, sources: list[BoundNode]) -> BoundNode:
    from mudrock_jupyter.engine.context import check_condition

    condition = filter_expression(draft, draft.schema)
    fault = check_condition(condition, draft.schema)
    if fault:
        where = defined(draft.operator)
        binding.problem("operator_failed" if where else "invalid_parameter",
                        f"{draft.name!r}: {fault}{f' ({where})' if where else ''}",
                        "Correct the operator." if where else "Change it in the node's form.")
    return replace(draft, reads=draft.reads | referenced(condition, draft.schema))


def _finish_select(draft: BoundNode, binding: Binding, sources: list[BoundNode]) -> BoundNode:
    (call,) = draft.calls
    accepted = {name: read.column for name, read in call.arguments.items()}
    chosen = as_selection(draft.operator, call_function(draft, call, accepted, draft.schema),
                          draft.schema)
    always = {name: name for name in (WELL_ID, DEPTH)
              if name in draft.schema.names and is_per_well(draft.schema)}
    selection = always | {new: old for new, old in chosen.items() if new not in always}
    if list(selection) == draft.schema.names == list(selection.values()):
        return replace(draft, selection=selection)
    fields = [draft.schema.field(old).with_name(new) for new, old in selection.items()]
    lacking = {new: draft.lacking[old] for new, old in selection.items() if old in draft.lacking}
    return replace(draft, schema=pa.schema(fields), selection=selection, lacking=lacking)


def _finish_table(draft: BoundNode, binding: Binding, sources: list[BoundNode]) -> BoundNode:
    made = call_table(draft, empty_tables(sources)).schema
    # A pandas column of objects without rows has no type; with rows it holds text.
    schema = pa.schema([field.with_type(pa.string()) if pa.types.is_null(field.type) else field
                        for field in made])
    _refuse_doubles(binding, schema.names)
    if WELL_ID in schema.names:
        schema = schema.set(schema.get_field_index(WELL_ID), WELL_ID_FIELD)
    wells = draft.wells if is_per_well(schema) else (WHOLE,)
    return replace(draft, schema=schema, wells=wells, lacking={})


def _finish_sink(draft: BoundNode, binding: Binding, sources: list[BoundNode]) -> BoundNode:
    return draft


_FINISH: Mapping[Kind, Callable[[BoundNode, Binding, list[BoundNode]], BoundNode]] = {
    Kind.ROW: _finish_calls,
    Kind.WELL: _finish_calls,
    Kind.FILTER: _finish_filter,
    Kind.SELECT: _finish_select,
    Kind.TABLE: _finish_table,
    Kind.SINK: _finish_sink,
}
