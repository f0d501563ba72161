"""The steps of a run: groups of nodes that go well by well, and nodes that need all wells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mudrock_jupyter.engine.bound import BoundNode, Gate
from mudrock_jupyter.engine.segments import Segment
from mudrock_jupyter.operators.declare import Kind


@dataclass(frozen=True)
class Group:
    """Segments that a well passes one after the other, whatever the other wells do.

    They form a tree: each node has one input, and all come from `root`, which is the source that
    begins the first segment or a node outside whose tables are there.
    """

    root: str
    segments: tuple[Segment, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes, sources first."""
        return tuple(node for segment in self.segments for node in segment.nodes)


@dataclass(frozen=True)
class Whole:
    """A node that works on the tables of all wells at once."""

    node: str

    @property
    def nodes(self) -> tuple[str, ...]:
        """The node."""
        return (self.node,)


Step = Group | Whole


def steps_of(nodes: Mapping[str, BoundNode], segments: Sequence[Segment]) -> list[Step]:
    """Arrange segments, each after those it needs, as steps in the same order."""
    group_of: dict[str, str] = {}
    groups: dict[str, list[Segment]] = {}
    steps: list[str | Whole] = []
    for segment in segments:
        first = nodes[segment.nodes[0]]
        if first.kind in {Kind.TABLE, Kind.SINK}:
            steps.append(Whole(first.id))
            continue
        # What comes through a gate, or from outside, begins a group named after its first node.
        above = "" if first.gates or not first.inputs else group_of.get(first.inputs[0], "")
        begins = first.id if first.gates or not first.inputs else f"below {first.inputs[0]}"
        group = above or begins
        group_of |= dict.fromkeys(segment.nodes, group)
        if group not in groups:
            groups[group] = []
            steps.append(group)
        groups[group].append(segment)
    return [step if isinstance(step, Whole) else _group(groups[step], nodes) for step in steps]


def _group(segments: Sequence[Segment], nodes: Mapping[str, BoundNode]) -> Group:
    first = nodes[segments[0].nodes[0]]
    root = first.inputs[0] if first.inputs else first.id
    return Group(root, tuple(segments))


def before(step: Step, nodes: Mapping[str, BoundNode]) -> set[str]:
    """Return the nodes outside a step whose tables it needs."""
    needed = {source for node in step.nodes for source in nodes[node].inputs}
    return needed - set(step.nodes)


def entries(node: BoundNode) -> list[tuple[str, Gate | None]]:
    """Return, for each port of a node, the node that leads there and the gate between them."""
    sources = zip(node.operator.ports, node.inputs, strict=False)  # a source has a port, no input
    return [(source, node.gates.get(port)) for port, source in sources]
