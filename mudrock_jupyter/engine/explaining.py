"""Saying how a run went: which nodes ran together, by which plan, and at what cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mudrock_jupyter.engine.bound import BoundNode
from mudrock_jupyter.engine.compile import Plan
from mudrock_jupyter.engine.fused_segment import FusedSegment
from mudrock_jupyter.engine.run import NodeMetrics
from mudrock_jupyter.engine.segments import Segment
from mudrock_jupyter.engine.steps import Group, Step


@dataclass(frozen=True)
class Explanation:
    """How the steps of a plan went; the text is made when it is asked for."""

    plan: Plan
    steps: Sequence[Step]
    metrics: Mapping[str, NodeMetrics]

    def __str__(self) -> str:
        return "\n\n".join(self._texts())

    def _texts(self) -> Iterator[str]:
        number = 0
        for step in self.steps:
            for segment in _segments(step):
                number += 1
                yield self._segment(number, segment)

    def _segment(self, number: int, segment: Segment) -> str:
        nodes = [self.plan.nodes[node] for node in segment.nodes]
        names = ", ".join(node.name for node in nodes)
        lines = [f"Segment {number}: {names}", *(self._node(node) for node in nodes)]
        return "\n".join([*lines, *self._how(segment, nodes)])

    def _node(self, node: BoundNode) -> str:
        metrics = self.metrics.get(node.id, NodeMetrics())
        parts = [f"{metrics.rows:,} rows", f"{metrics.wells} wells" if node.per_well else ""]
        if metrics.cached:
            parts.append(f"{metrics.cached} from the cache")
        parts.append(f"{metrics.wall_ms:,.1f} ms")
        return f"  {node.name} ({node.operator.id}): {', '.join(part for part in parts if part)}"

    def _how(self, segment: Segment, nodes: Sequence[BoundNode]) -> list[str]:
        if not segment.fused:
            what = "one table" if not nodes[0].per_well else "each well, in numpy"
            return [f"  runs on {what}"]
        seed = self.plan.nodes[segment.seed]
        work = FusedSegment(nodes, seed, self.plan.schemas)
        metrics = self.metrics.get(seed.id, NodeMetrics())
        lines = [_reading(seed, metrics)] if work.reads_files else []
        plan = work.explain()
        if plan:
            lines.append("  one DataFusion plan, a partition for each well:")
            lines += [f"    {line}" for line in plan.splitlines()]
        return lines


def _reading(source: BoundNode, metrics: NodeMetrics) -> str:
    """Say what is read of the files: which columns, which row groups, and how much that was."""
    if not source.scans:
        return "  reads nothing"
    columns = ", ".join(column.field.name for column in source.scans[0].columns)
    top = min((scan.top for scan in source.scans if scan.top is not None), default=None)
    base = max((scan.base for scan in source.scans if scan.base is not None), default=None)
    limits = [f"DEPTH >= {top:g}" if top is not None else "",
              f"DEPTH <= {base:g}" if base is not None else ""]
    asked = " and ".join(limit for limit in limits if limit)
    return (f"  reads Parquet: projection=[{columns}], filter=[{asked}], "
            f"{metrics.groups_read} of {metrics.groups_stored} row groups, "
            f"{metrics.bytes_scanned:,} bytes")


def _segments(step: Step) -> Sequence[Segment]:
    return step.segments if isinstance(step, Group) else (Segment(step.node, step.nodes),)
