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
        if metrics.bytes_scanned:
            parts.append(f"{metrics.bytes_scanned / 1e6:,.1f} MB read")
        parts.append(f"{metrics.wall_ms:,.1f} ms")
        return f"  {node.name} ({node.operator.id}): {', '.join(part for part in parts if part)}"

    def _how(self, segment: Segment, nodes: Sequence[BoundNode]) -> list[str]:
        if not segment.fused:
            what = "one table" if not nodes[0].per_well else "each well, in numpy"
            return [f"  runs on {what}"]
        seed = self.plan.nodes[segment.seed]
        work = FusedSegment(nodes, seed, self.plan.schemas)
        wells = [scan.well for scan in seed.scans] if work.reads_files else list(seed.wells)
        try:
            plan = work.explain(wells[0])
        except Exception as error:  # a file that is gone by now
            plan = f"The plan cannot be shown any more: {error}"
        shown = [f"  one DataFusion plan, {len(wells)} partitions, a well each, such as"]
        return shown + [f"    {line}" for line in plan.splitlines()]


def _segments(step: Step) -> Sequence[Segment]:
    return step.segments if isinstance(step, Group) else (Segment(step.node, step.nodes),)
