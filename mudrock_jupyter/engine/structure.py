"""The graph of a pipeline: which nodes there are, in which order, and what is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mudrock_jupyter.operators.declare import Kind, Operator
from mudrock_jupyter.spec.errors import NotFound, did_you_mean
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec
from mudrock_jupyter.spec.problems import Problem

Find = Callable[[str], Operator | None]


@dataclass(frozen=True)
class Graph:
    """The sound part of a pipeline.

    `order` lists, sources first, the nodes whose operator is known, whose ports are all connected
    and whose upstream nodes are in `order` too. `inputs` maps each node's ports to source nodes.
    """

    order: tuple[str, ...]
    inputs: Mapping[str, Mapping[str, str]]
    operators: Mapping[str, Operator]


def read_graph(spec: PipelineSpec, find: Find) -> tuple[Graph, list[Problem]]:
    """Return the sound part of the pipeline's graph and every problem of its structure."""
    operators: dict[str, Operator] = {}
    problems = [*_faults(spec), *_names(spec)]
    for node in _nodes(spec):
        found = find(node.operator_id)
        if found is None:
            problems.append(_unknown_operator(node))
        else:
            operators[node.id] = found
            problems += _version(node, found)
    inputs: dict[str, dict[str, str]] = {node.id: {} for node in _nodes(spec)}
    for edge in _edges(spec):
        fault = _edge_fault(spec, operators, inputs, edge)
        if fault is None:
            inputs[edge.target_node_id][edge.target_port] = edge.source_node_id
        else:
            problems.append(fault)
        if edge.edge_type != "data_flow":
            problems.append(Problem(
                "not_supported", f"{edge.edge_type.capitalize()} connections are not supported yet;"
                " this one passes data like any other.", edge=edge.id, severity="warning"))
    loops = _loops(inputs)
    problems += [_cycle(spec, loop) for loop in loops]
    problems += _unconnected(spec, operators, inputs)
    return Graph(_order(spec, operators, inputs), inputs, operators), problems


def upstream(spec: PipelineSpec, node_id: str) -> PipelineSpec:
    """Return the pipeline cut down to a node and what it needs.

    Raises `NotFound` with the nearest name.
    """
    node = spec.node_named(node_id)
    if node is None:
        names = [each.name for each in spec.nodes.values()]
        raise NotFound(f"There is no node {node_id!r}.{did_you_mean(node_id, names)}")
    needed, front = {node.id}, [node.id]
    while front:
        target = front.pop()
        new = {e.source_node_id for e in spec.edges.values() if e.target_node_id == target} - needed
        needed |= new
        front += new
    return spec.model_copy(update={
        "nodes": {key: each for key, each in spec.nodes.items() if key in needed},
        "edges": {key: e for key, e in spec.edges.items()
                  if e.target_node_id in needed and e.source_node_id in needed},
    })


def _nodes(spec: PipelineSpec) -> list[NodeSpec]:
    # The key is the truth: a peer may have written another id inside.
    return [node.model_copy(update={"id": key}) for key, node in sorted(spec.nodes.items())]


def _edges(spec: PipelineSpec) -> list[EdgeSpec]:
    return [edge.model_copy(update={"id": key}) for key, edge in sorted(spec.edges.items())]


def _faults(spec: PipelineSpec) -> list[Problem]:
    return [fault for fault in spec.faults
            if fault.node in {None, *spec.nodes} and fault.edge in {None, *spec.edges}]


def _names(spec: PipelineSpec) -> list[Problem]:
    by_name: dict[str, list[str]] = defaultdict(list)
    for node in _nodes(spec):
        by_name[node.name].append(node.id)
    return [
        Problem("duplicate_name", f"{len(ids)} nodes are named {name!r}.",
                "Give each node a name of its own.", node=node_id)
        for name, ids in by_name.items() for node_id in ids[1:]
    ]


def _unknown_operator(node: NodeSpec) -> Problem:
    from mudrock_jupyter.operators import registry

    known = [operator.id for operator in registry.all_operators()]
    return Problem(
        "unknown_operator",
        f"There is no operator {node.operator_id!r}, which {node.name!r} asks for."
        + did_you_mean(node.operator_id, known),
        "mr.operators() lists them all; your own need their cell to run first.", node=node.id)


def _version(node: NodeSpec, operator: Operator) -> list[Problem]:
    wanted = node.version.version
    if node.version.strategy != "pinned" or wanted in {None, operator.version}:
        return []
    return [Problem(
        "operator_version",
        f"{node.name!r} is pinned to {operator.id} {wanted}; installed is {operator.version}.",
        f"Install version {wanted}, or let the node take the latest.", node=node.id,
        severity="warning")]


def _edge_fault(
    spec: PipelineSpec, operators: Mapping[str, Operator],
    inputs: Mapping[str, Mapping[str, str]], edge: EdgeSpec,
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


def _loops(inputs: Mapping[str, Mapping[str, str]]) -> list[list[str]]:
    """Return a path around each loop, in the direction data would flow."""
    before = {node: set(sources.values()) for node, sources in inputs.items()}
    loops: list[list[str]] = []
    while True:
        while free := [node for node, sources in before.items() if not sources & before.keys()]:
            for node in free:
                del before[node]
        if not before:
            return loops
        # Every node left is fed by another one left: walking upstream must come round.
        path = [min(before)]
        while path.count(path[-1]) == 1:
            path.append(min(before[path[-1]] & before.keys()))
        loop = path[path.index(path[-1]):-1][::-1]
        first = loop.index(min(loop))
        loops.append(loop[first:] + loop[:first])
        for node in loop:
            del before[node]


def _cycle(spec: PipelineSpec, loop: Sequence[str]) -> Problem:
    names = [spec.nodes[node].name for node in (*loop, loop[0])]
    return Problem("cycle", f"The nodes feed each other in a circle: {' -> '.join(names)}.",
                   "Remove one of these connections.", node=loop[0])


def _unconnected(
    spec: PipelineSpec, operators: Mapping[str, Operator], inputs: Mapping[str, Mapping[str, str]]
) -> list[Problem]:
    if not spec.nodes:
        return [Problem("empty", "The pipeline has no nodes.", "Add a source, such as well_logs.",
                        severity="warning")]
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


def _order(
    spec: PipelineSpec, operators: Mapping[str, Operator], inputs: Mapping[str, Mapping[str, str]]
) -> tuple[str, ...]:
    waiting = {
        node: set(inputs[node].values()) for node, operator in operators.items()
        if set(operator.ports) <= set(inputs[node])
    }
    order: list[str] = []
    while ready := sorted(node for node, before in waiting.items() if before <= set(order)):
        order += ready
        for node in ready:
            del waiting[node]
    return tuple(order)
