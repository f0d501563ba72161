"""What comes out of a run, node by node: tables, failures, and how each node ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pyarrow as pa

from mudrock_jupyter.engine.bound import WHOLE, BoundNode, Failure, Gate
from mudrock_jupyter.engine.compile import Plan
from mudrock_jupyter.engine.costs import Costs
from mudrock_jupyter.engine.gates import failures_table, let_through
from mudrock_jupyter.engine.group_work import WellResult
from mudrock_jupyter.engine.outputs import NodeOutput
from mudrock_jupyter.engine.run import NodeMetrics
from mudrock_jupyter.engine.status import NodeStatus, Progress
from mudrock_jupyter.engine.steps import entries
from mudrock_jupyter.operators.declare import Kind

ENDED = frozenset({"completed", "failed", "skipped", "stopped"})


class Outcome:
    """The tables and failures of a run's nodes so far; only one thread may change it."""

    def __init__(self, plan: Plan, order: list[str], progress: Progress, costs: Costs) -> None:
        self.plan, self.order, self.progress, self.costs = plan, order, progress, costs
        self.tables: dict[str, dict[str, pa.Table]] = {}
        self.failures: dict[str, list[Failure]] = {node: [] for node in order}
        self.metrics: dict[str, NodeMetrics] = {}
        self._let_through: dict[tuple[str, int], dict[str, pa.Table]] = {}

    def ended(self, nodes: Iterable[str]) -> bool:
        """Say whether nodes have come to their end, good or bad."""
        return all(self.progress.statuses[node].status in ENDED for node in nodes)

    def begin(self, nodes: Iterable[str]) -> list[BoundNode]:
        """Start the nodes whose inputs are there, and return them; the others are skipped."""
        ready: dict[str, BoundNode] = {}
        for node in (self.plan.nodes[node_id] for node_id in nodes):
            reason = self._missing(node, ready)
            if reason is None:
                ready[node.id] = node
                self.tables[node.id] = {}
                at_once = node.kind in {Kind.TABLE, Kind.SINK}
                self.progress.start(node.id, 0 if at_once else len(node.wells))
            else:
                self._skip(node, reason)
        return list(ready.values())

    def reaching(self, node: BoundNode, port: int = 0) -> dict[str, pa.Table]:
        """Return the tables, by well, that reach one of a node's ports."""
        source, gate = entries(node)[port]
        if gate is None:
            return self.tables.get(source, {})
        found = self._let_through.get((node.id, port))
        if found is None:
            found = self._let_through[node.id, port] = self._passing(source, gate)
        return found

    def _passing(self, source: str, gate: Gate) -> dict[str, pa.Table]:
        if gate.kind == "conditional":
            return let_through(gate, self.tables[source])
        failures = self.failures[source]
        return {WHOLE: failures_table(failures, self.plan.nodes[source].name)} if failures else {}

    def _missing(self, node: BoundNode, ready: Mapping[str, BoundNode]) -> str | None:
        """Say why a node cannot start, if it cannot."""
        for port, (source, gate) in enumerate(entries(node)):
            name = self.plan.nodes[source].name
            if gate is not None and gate.kind == "error":
                if not self.failures[source]:
                    return f"Skipped, because nothing failed at {name!r}."
            elif source not in ready and not self._completed(source):
                return f"Skipped, because {name!r} did not finish."
            elif gate is not None and not self.reaching(node, port):
                which = f" for which {gate.condition} holds" if gate.condition else ""
                return f"Skipped, because {name!r} hands on no well{which}."
        return None

    def add(self, results: Iterable[WellResult]) -> None:
        """Take what a group has made of some wells."""
        for result in results:
            for node, table in result.tables.items():
                self.tables[node][result.well] = table
            for failure in result.failures:
                self.failures[failure.node].append(failure)

    def fail(self, node: BoundNode, message: str) -> None:
        """Note that a node failed as a whole."""
        self.failures[node.id].append(Failure(WHOLE, node.id, message))

    def finish(self, nodes: Iterable[BoundNode]) -> None:
        """End nodes, sources first, with the status that their results call for."""
        ending: dict[str, BoundNode] = {}
        for node in nodes:
            reason = next((f"Skipped, because {self.plan.nodes[source].name!r} did not finish."
                           for source in node.inputs
                           if source in ending and not self._completed(source)), None)
            ending[node.id] = node
            if reason is None:
                self._finish(node)
            else:
                self._skip(node, reason)

    def outputs(self) -> dict[str, NodeOutput]:
        """Return the outputs of the nodes that completed."""
        return {node: NodeOutput(self.plan.nodes[node].name, self.plan.nodes[node].schema, tables)
                for node, tables in self.tables.items() if self._completed(node)}

    def _completed(self, node: str) -> bool:
        return self.progress.statuses[node].status == "completed"

    def _skip(self, node: BoundNode, message: str) -> None:
        self.tables.pop(node.id, None)
        self.failures[node.id] = []
        self.metrics[node.id] = NodeMetrics()
        self.progress.update(NodeStatus(node.id, "skipped", message=message))

    def _finish(self, node: BoundNode) -> None:
        if node.id in self.costs.late:
            self.tables[node.id] = {}
            self.failures[node.id] = []
            self.fail(node, f"{node.name!r} took longer than the "
                            f"{self.plan.timeouts[node.id]:g} s it may take. Give it more time in "
                            "its settings, or fewer wells.")
        failures = self._sorted_failures(node)
        tables = self.tables[node.id]
        rows = sum(len(table) for table in tables.values())
        failed = bool(failures) and not tables
        cost = self.costs[node.id]
        self.metrics[node.id] = NodeMetrics(
            rows=rows, wall_ms=cost.wall * 1e3, wells=len(tables),
            together=self.plan.together[node.id], rows_in=cost.rows_in, cpu_ms=cost.cpu * 1e3,
            bytes_scanned=cost.bytes_scanned, groups_read=cost.groups_read,
            groups_stored=cost.groups_stored, bytes_written=cost.bytes_written,
            cached=min(cost.cached, len(tables)),  # what was left and done again counts twice
        )
        self.progress.update(replace(
            self.progress.statuses[node.id], status="failed" if failed else "completed",
            rows=rows, wall_ms=cost.wall * 1e3, message=_message(failures, failed),
            failures=tuple(failures), wells=len(tables),
            cached=bool(tables) and cost.cached >= len(tables)))

    def _sorted_failures(self, node: BoundNode) -> list[Failure]:
        reached = self.reaching(node).keys() if node.inputs else None
        known = [failure for failure in node.failures
                 if reached is None or failure.well in reached]
        found = sorted([*known, *self.failures[node.id]], key=lambda failure: failure.well)
        self.failures[node.id] = found
        return found


def _message(failures: list[Failure], failed: bool) -> str | None:
    if not failures:
        return None
    if failed or len(failures) == 1:
        return failures[0].message
    return f"{len(failures)} wells are left out. {failures[0].message}"
