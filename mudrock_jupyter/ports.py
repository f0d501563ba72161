"""Whether a connection can be made: the ports are there, free, and the right way round."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from mudrock_jupyter.spec.errors import InvalidInput, did_you_mean
from mudrock_jupyter.spec.pipeline import EdgeType, PipelineSpec

if TYPE_CHECKING:
    from mudrock_jupyter.operators.declare import Operator
    from mudrock_jupyter.pipeline import Node


def check_ports(
    spec: PipelineSpec, start: Node, end: Node, source_port: str, target_port: str
) -> None:
    """Raise `InvalidInput` unless both nodes have the ports, and the input is free."""
    from mudrock_jupyter.operators import registry

    giver, taker = registry.find(start.operator_id), registry.find(end.operator_id)
    _check_port(start, giver.output_ports if giver else (source_port,), source_port, "output")
    _check_port(end, taker.ports if taker else (target_port,), target_port, "input")
    taken = spec.inputs_of(end.id).get(target_port)
    if taken is not None:
        by = spec.nodes.get(taken.source_node_id)
        raise InvalidInput(
            f"The input {target_port!r} of {end.name!r} is already connected"
            f"{f' to {by.name!r}' if by else ''}. Remove that connection first."
        )


def _check_port(node: Node, ports: tuple[str, ...], port: str, kind: str) -> None:
    if not ports:
        raise InvalidInput(f"{node.name!r} has no {kind}: {_why_no_port(kind)}")
    if port not in ports:
        raise InvalidInput(
            f"{node.name!r} has no {kind} {port!r}; it has: {', '.join(ports)}."
            f"{did_you_mean(port, ports)}"
        )


def check_gate(edge_type: str, condition: str | None) -> None:
    """Raise `InvalidInput` for an edge type that is none, or a condition out of place."""
    kinds = get_args(EdgeType)
    if edge_type not in kinds:
        raise InvalidInput(
            f"A connection's edge_type is one of {', '.join(kinds)}, not {edge_type!r}."
            f"{did_you_mean(edge_type, kinds)}"
        )
    if condition is not None and edge_type != "conditional":
        raise InvalidInput('Only a connection with edge_type="conditional" has a condition.')


def _why_no_port(kind: str) -> str:
    return "it ends a pipeline." if kind == "output" else "it begins a pipeline."


def check_inputs(operator: Operator, sources: list[Node]) -> None:
    """Raise `InvalidInput` for more inputs than an operator takes, or one that is an output."""
    if len(sources) > len(operator.ports):
        takes = f"takes {len(operator.ports)}" if operator.ports else "takes none"
        raise InvalidInput(f"{operator.id} was given {len(sources)} inputs; it {takes}.")
    for source in sources:
        if source.spec.node_type == "output":
            raise InvalidInput(f"{source.name!r} is an output; nothing can follow it.")
