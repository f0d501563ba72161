"""Saying how a run went: which nodes ran together, by which plan, and at what cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mudrock_jupyter.engine.bound import BoundNode, Gate
from mudrock_jupyter.engine.compile import Plan
from mudrock_jupyter.engine.fused_segment import FusedSegment
from mudrock_jupyter.engine.run import NodeMetrics
from mudrock_jupyter.engine.segments import Segment
from mudrock_jupyter.engine.status import NodeStatus
from mudrock_jupyter.engine.steps import Group, Step, entries
from mudrock_jupyter.operators.declare import Kind

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_WAYS = {
    Kind.WELL: "a kernel, well by well",
    Kind.TABLE: "one table of all wells",
    Kind.SINK: "one table of all wells",
}


@dataclass(frozen=True)
class Explanation:
    """How the steps of a plan went; the text is made when it is asked for."""

    plan: Plan
    steps: Sequence[Step]
    metrics: Mapping[str, NodeMetrics]
    statuses: Mapping[str, NodeStatus]

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
        above = [self._entry(source, gate) for source, gate in entries(nodes[0])]
        below = f", from {' and '.join(above)}" if above else ""
        lines = [f"Segment {number}: {names}{below}", *(self._node(node) for node in nodes)]
        return "\n".join([*lines, *self._how(segment, nodes)])

    def _entry(self, source: str, gate: Gate | None) -> str:
        name = self.plan.nodes[source].name
        if gate is None:
            return name
        if gate.kind == "error":
            return f"what failed at {name}"
        return f"{name} (wells where {gate.condition or 'there are rows'})"

    def _node(self, node: BoundNode) -> str:
        return f"  {node.name} ({node.operator.id}): {', '.join(self._went(node))}"

    def _went(self, node: BoundNode) -> Iterator[str]:
        metrics, status = self.metrics.get(node.id, NodeMetrics()), self.statuses[node.id]
        if status.status != "completed":
            yield status.status
        if status.status not in {"completed", "failed"}:
            return
        fewer = metrics.rows < metrics.rows_in and node.kind is not Kind.TABLE
        yield f"{metrics.rows:,}{f' of {metrics.rows_in:,}' if fewer else ''} rows"
        if node.per_well:
            yield _count(metrics.wells, "well")
        if status.failures:
            yield f"{len(status.failures)} failed"
        if metrics.bytes_written:
            yield f"{_size(metrics.bytes_written)} written"
        if metrics.cached:
            yield f"{metrics.cached} from the cache" if node.per_well else "from the cache"
        yield f"{metrics.wall_ms:,.1f} ms"

    def _how(self, segment: Segment, nodes: Sequence[BoundNode]) -> list[str]:
        if not segment.fused:
            return [f"  runs as {_WAYS[nodes[0].kind]}"]
        work = FusedSegment(nodes, self.plan.nodes[segment.seed], self.plan.schemas)
        lines = [self._reading(work.seed)] if work.reads_files else []
        try:
            plan = work.explain()
        except Exception as error:  # an operator is anyone's code, and may not run any more
            return [*lines, f"  has no DataFusion plan: {error}"]
        if plan:
            lines.append("  runs as one DataFusion plan, a partition for each well:")
            lines += [f"    {line}" for line in plan.splitlines()]
        return lines

    def _reading(self, source: BoundNode) -> str:
        """Say what was read of the files: which columns, which row groups, and how much that is."""
        metrics = self.metrics.get(source.id, NodeMetrics())
        stored = {c.field.name for scan in source.scans for c in scan.columns if c.path is not None}
        columns = ", ".join(field.name for field in source.schema if field.name in stored)
        depth = source.parameters.get("depth")
        limits = f"DEPTH >= {depth[0]:g} and DEPTH <= {depth[1]:g}" if depth else ""
        return (f"  reads Parquet: projection=[{columns}], filter=[{limits}]"
                f"{f' in {source.depth_unit}' if limits else ''}, "
                f"{metrics.groups_read} of {metrics.groups_stored} row groups, "
                f"{_size(metrics.bytes_scanned)}")


def _segments(step: Step) -> Sequence[Segment]:
    return step.segments if isinstance(step, Group) else (Segment(step.node, step.nodes),)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _size(count: float) -> str:
    power = 0
    while count >= 1000 and power + 1 < len(_UNITS):
        count, power = count / 1000, power + 1
    return f"{count:.{1 if power else 0}f} {_UNITS[power]}"
