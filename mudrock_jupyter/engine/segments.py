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
    seeds: list[str] = []
    members: dict[str, list[str]] = {}
    seed_of: dict[str, str] = {}
    for node in nodes.values():
        if node.kind not in FUSED:
            seeds.append(node.id)
            continue
        if node.kind is Kind.SOURCE:
            seed = node.id
        else:
            (above,) = node.inputs
            seed = seed_of.get(above, above)
        seed_of[node.id] = seed
        # The key of a segment over tables in memory differs from that of the node that made them.
        key = seed if node.kind is Kind.SOURCE or seed in seed_of else f"below {seed}"
        if key not in members:
            seeds.append(key)
        members.setdefault(key, []).append(node.id)
    return tuple(
        Segment(key.removeprefix("below "), tuple(members[key]), fused=True)
        if key in members else Segment(key, (key,))
        for key in seeds
    )


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
