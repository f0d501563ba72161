"""Cutting a pipeline into segments: what runs in one go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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


def cut(nodes: Mapping[str, BoundNode], limited: Collection[str] = ()) -> tuple[Segment, ...]:
    """Cut nodes (sources first) into segments, each after those it needs.

    Nodes of `limited` time are on their own: no other one's time is counted as theirs.
    """
    places: list[_Place] = []
    members: dict[_Place, list[str]] = {}
    place_of: dict[str, _Place] = {}
    for node in nodes.values():
        if node.kind not in FUSED:
            places.append(_Place(node.id))
            continue
        place = _place(node, place_of, limited)
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
    """Where a segment begins, and what sets it apart from others that begin there."""

    seed: str
    below: str = ""


def _place(
    node: BoundNode, place_of: Mapping[str, _Place], limited: Collection[str]
) -> _Place:
    if node.kind is Kind.SOURCE:
        return _Place(node.id)
    (above,) = node.inputs
    if node.gates:
        return _Place(above, f"the gate of {node.id}")
    if node.id in limited:
        return _Place(above, f"the limit of {node.id}")
    return _Place(above, "tables") if above in limited else \
        place_of.get(above, _Place(above, "tables"))


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
