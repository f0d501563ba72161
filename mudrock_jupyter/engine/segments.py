"""Cutting a pipeline into segments: what runs in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mudrock_jupyter.engine.bound import BoundNode
from mudrock_jupyter.operators.declare import Kind

FUSED = frozenset({Kind.SOURCE, Kind.ROW, Kind.FILTER, Kind.SELECT})


@dataclass(frozen=True)
class Segment:
    """Nodes that run together.

    A fused segment starts from its seed: the source that is its first node, or a node of another
    kind whose tables are in memory. Every other segment is a single node.
    """

    seed: str
    nodes: tuple[str, ...]
    fused: bool = False


def cut(nodes: Mapping[str, BoundNode]) -> tuple[Segment, ...]:
    """Cut nodes (sources first) into segments, each after those it needs."""
    places: list[_Place] = []
    members: dict[_Place, list[str]] = {}
    place_of: dict[str, _Place] = {}
    for node in nodes.values():
        if node.kind not in FUSED:
            places.append(_Place(node.id))
            continue
        place = _place(node, place_of)
        place_of[node.id] = place
        if place not in members:
            places.append(place)
        members.setdefault(place, []).append(node.id)
    return tuple(
        Segment(place.seed, tuple(members[place]), fused=True)
        if place in members else Segment(place.seed, (place.seed,))
        for place in places
    )


@dataclass(frozen=True)
class _Place:
    """Where a segment begins; below a gate it is one of its own, and below tables in memory."""

    seed: str
    below: str = ""


def _place(node: BoundNode, place_of: Mapping[str, _Place]) -> _Place:
    if node.kind is Kind.SOURCE:
        return _Place(node.id)
    (above,) = node.inputs
    if node.gates:
        return _Place(above, f"the gate of {node.id}")
    return place_of.get(above, _Place(above, "tables"))


def needed(nodes: Mapping[str, BoundNode], to: str | None) -> list[str]:
    """Return the nodes that `to` needs and itself, in order; all of them without `to`."""
    if to is None:
        return list(nodes)
    wanted = {to}
    for node in reversed(list(nodes.values())):
        if node.id in wanted:
            wanted.update(node.inputs)
    return [node_id for node_id in nodes if node_id in wanted]


def restrict(segments: Iterable[Segment], nodes: Iterable[str]) -> list[Segment]:
    """Keep only some nodes of the segments."""
    kept = set(nodes)
    smaller = [Segment(s.seed, tuple(n for n in s.nodes if n in kept), s.fused) for s in segments]
    return [segment for segment in smaller if segment.nodes]
