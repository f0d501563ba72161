"""The graph of a pipeline: which nodes there are, in which order, and what is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mudrock_jupyter.engine.order import in_order, loops, reachable
from mudrock_jupyter.operators.declare import Kind, Operator
from mudrock_jupyter.operators.versions import Unresolved
from mudrock_jupyter.spec.errors import NotFound, did_you_mean
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec, VersionRule
from mudrock_jupyter.spec.problems import Problem

Resolve = Callable[[str, VersionRule], Operator | Unresolved]
Inputs = Mapping[str, Mapping[str, str]]
Entry = TypeVar("Entry", NodeSpec, EdgeSpec)


@dataclass(frozen=True)
class Graph:
    """The sound part of a pipeline.

    `order` lists, sources first, the nodes whose operator is known, whose ports are all connected
    and whose upstream nodes are in `order` too. `inputs` maps each node's ports to source nodes,
    `gated` those of its ports that an edge other than a data flow leads to, to that edge.
    """

    nodes: Mapping[str, NodeSpec]
    order: tuple[str, ...]
    inputs: Inputs
    operators: Mapping[str, Operator]
    gated: Mapping[str, Mapping[str, EdgeSpec]]


def read_graph(spec: PipelineSpec, resolve: Resolve) -> tuple[Graph, list[Problem]]:
    """Return the sound part of the pipeline's graph and every problem of its structure."""
    nodes = _by_id(spec.nodes)
    operators: dict[str, Operator] = {}
    problems = [*_faults(spec), *_names(nodes)]
    for node in nodes.values():
        found = resolve(node.operator_id, node.version)
        if isinstance(found, Unresolved):
            problems.append(Problem(found.code, found.message, found.advice, node=node.id))
        else:
            operators[node.id] = found
    inputs: dict[str, dict[str, str]] = {node: {} for node in nodes}
    gated: dict[str, dict[str, EdgeSpec]] = defaultdict(dict)
    for edge in _by_id(spec.edges).values():
        fault = _edge_fault(spec, operators, inputs, edge)
        if fault is not None:
            problems.append(fault)
            continue
        inputs[edge.target_node_id][edge.target_port] = edge.source_node_id
        if edge.edge_type != "data_flow":
            gated[edge.target_node_id][edge.target_port] = edge
        problems += _gate_problems(spec, operators, edge)
    problems += [_cycle(spec, loop) for loop in loops(_before(inputs))]
    problems += _unconnected(spec, operators, inputs)
    complete = {node: sources for node, sources in inputs.items()
                if node in operators and all(port in sources for port in operators[node].ports)}
    return Graph(nodes, tuple(in_order(_before(complete))), inputs, operators, gated), problems


def upstream(spec: PipelineSpec, node_id: str) -> PipelineSpec:
    """Return the pipeline cut down to a node and what it needs.

    Raises `NotFound` with the nearest name.
    """
    node = spec.node_named(node_id)
    if node is None:
        names = [each.name for each in spec.nodes.values()]
        raise NotFound(f"There is no node {node_id!r}.{did_you_mean(node_id, names)}")
    before: dict[str, list[str]] = defaultdict(list)
    for edge in spec.edges.values():
        before[edge.target_node_id].append(edge.source_node_id)
    needed = reachable(next(key for key, each in spec.nodes.items() if each is node), before)
    return spec.model_copy(update={
        "nodes": {key: each for key, each in spec.nodes.items() if key in needed},
        "edges": {key: e for key, e in spec.edges.items()
                  if e.target_node_id in needed and e.source_node_id in needed},
    })


def _by_id(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    # The key is the truth: a peer may have written another id inside.
    return {key: entry if entry.id == key else entry.model_copy(update={"id": key})
            for key, entry in sorted(entries.items())}


def _before(inputs: Inputs) -> dict[str, list[str]]:
    return {node: list(sources.values()) for node, sources in inputs.items()}


def _faults(spec: PipelineSpec) -> list[Problem]:
    return [fault for fault in spec.faults
            if fault.node in {None, *spec.nodes} and fault.edge in {None, *spec.edges}]


def _names(nodes: Mapping[str, NodeSpec]) -> list[Problem]:
    by_name: dict[str, list[str]] = defaultdict(list)
    for node in nodes.values():
        by_name[node.name].append(node.id)
    return [
        Problem("duplicate_name", f"{len(ids)} nodes are named {name!r}.",
                "Give each node a name of its own.", node=node_id)
        for name, ids in by_name.items() for node_id in ids[1:]
    ]


def _edge_fault(
    spec: PipelineSpec, operators: Mapping[str, Operator], inputs: Inputs, edge: EdgeSpec
) -> Problem | None:
    source, target = edge.source_node_id, edge.target_node_id
    missing = [end for end in (source, target) if end not in spec.nodes]
    if missing:
        return Problem("unknown_node", f"A connection leads to a node that is gone ({missing[0]}).",
                       f"Remove the connection {edge.id!r}.", edge=edge.id)
    name, into = spec.nodes[source].name, spec.nodes[target].name
    if source == target:
        return Problem("self_edge", f"{name!r} is connected to itself.",
                       "Remove the connection.", node=target, edge=edge.id)
    for node, port, which in ((source, edge.source_port, "output"),
                              (target, edge.target_port, "input")):
        if node not in operators:
            continue
        ports = operators[node].output_ports if which == "output" else operators[node].ports
        if port not in ports:
            listed = f"It has {', '.join(ports)}." if ports else f"It has no {which}s."
            return Problem(
                "unknown_port",
                f"{spec.nodes[node].name!r} has no {which} {port!r}.{did_you_mean(port, ports)}",
                f"{listed} Connect another one, or remove the connection.",
                node=node, edge=edge.id)
    if edge.target_port in inputs[target]:
        return Problem(
            "duplicate_connection",
            f"Two connections lead to the input {edge.target_port!r} of {into!r}.",
            f"Remove one of them, such as that from {name!r}.", node=target, edge=edge.id)
    return None


def _gate_problems(
    spec: PipelineSpec, operators: Mapping[str, Operator], edge: EdgeSpec
) -> list[Problem]:
    """Tell what is wrong with an edge that is not plain, as far as no columns matter."""
    problems = []
    target, name = edge.target_node_id, spec.nodes[edge.target_node_id].name
    if edge.condition is not None and edge.edge_type != "conditional":
        problems.append(Problem(
            "unused_condition", f"The connection to {name!r} has a condition, and is not "
            "conditional.", "Make it conditional, or remove the condition.", node=target,
            edge=edge.id, severity="warning"))
    kind = operators[target].kind if target in operators else Kind.SINK
    if edge.edge_type == "error" and kind not in {Kind.TABLE, Kind.SINK}:
        problems.append(Problem(
            "error_connection", f"An error connection brings {name!r} a list of failed wells, "
            f"and {operators[target].id} works on samples.",
            "Connect an output, or an operator on whole tables.", node=target, edge=edge.id))
    return problems


def _cycle(spec: PipelineSpec, loop: Sequence[str]) -> Problem:
    names = [spec.nodes[node].name for node in (*loop, loop[0])]
    return Problem("cycle", f"The nodes feed each other in a circle: {' -> '.join(names)}.",
                   "Remove one of these connections.", node=loop[0])


def _unconnected(
    spec: PipelineSpec, operators: Mapping[str, Operator], inputs: Inputs
) -> list[Problem]:
    if not spec.nodes:
        return [Problem("empty", "The pipeline has no nodes.", "Add a source, such as well_logs.")]
    problems = []
    read = {source for ports in inputs.values() for source in ports.values()}
    for node_id, operator in operators.items():
        name = spec.nodes[node_id].name
        alone = node_id not in read and not operator.ports
        if alone and len(spec.nodes) > 1:
            problems.append(Problem("orphan", f"{name!r} is connected to nothing.",
                                    "Connect it or remove it.", node=node_id, severity="warning"))
        problems += [
            Problem("missing_input",
                    f"Nothing is connected to {name!r}." if operator.ports == ("input",)
                    else f"Nothing is connected to the input {port!r} of {name!r}.",
                    "Connect a node that makes its curves.", node=node_id)
            for port in operator.ports if port not in inputs[node_id]
        ]
    if operators and not any(op.kind is Kind.SINK for op in operators.values()):
        problems.append(Problem("no_output", "The pipeline has no output.",
                                "It runs as it is; add an output to keep or write its result.",
                                severity="warning"))
    return problems
