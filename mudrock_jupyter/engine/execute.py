"""Running a plan."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import pyarrow as pa

from mudrock_jupyter.engine.arrays import join_wells, split_wells
from mudrock_jupyter.engine.blame import said
from mudrock_jupyter.engine.bound import WHOLE, BoundNode, Failure
from mudrock_jupyter.engine.compile import Plan
from mudrock_jupyter.engine.context import one_sentence
from mudrock_jupyter.engine.fused_segment import FusedSegment, Stopped, WellResult
from mudrock_jupyter.engine.kernels import run_kernel, side_tables
from mudrock_jupyter.engine.outputs import NodeOutput
from mudrock_jupyter.engine.run import NodeMetrics, Run
from mudrock_jupyter.engine.segments import Segment, needed, restrict
from mudrock_jupyter.engine.status import NodeStatus, OnStatus, Progress
from mudrock_jupyter.engine.tables import run_table
from mudrock_jupyter.engine.workers import Workers
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.spec.errors import MudrockError, NotFound, did_you_mean

__all__ = ["NodeStatus", "execute"]

log = logging.getLogger("mudrock_jupyter.engine")
_CHUNK = 100


def execute(
    plan: Plan,
    *,
    to: str | None = None,
    on_status: OnStatus | None = None,
    stop: threading.Event | None = None,
) -> Run:
    """Run a plan, or only what the node `to` (id or name) needs.

    A well that fails at a node is listed in the run's failures and left out from there on.
    `on_status` hears of every change, from any thread. Setting `stop` ends the run as "stopped".
    Interrupting the calling thread ends it too, and raises `KeyboardInterrupt`.
    Raises `NotFound` if there is no node `to`.
    """
    return _Execution(plan, _find(plan, to), on_status).run(stop)


def _find(plan: Plan, to: str | None) -> str | None:
    if to is None or to in plan.nodes:
        return to
    for node in plan.nodes.values():
        if node.name == to:
            return node.id
    names = [node.name for node in plan.nodes.values()]
    raise NotFound(f"There is no node {to!r} in this plan.{did_you_mean(to, names)}")


class _Execution:
    """The state of one run."""

    def __init__(self, plan: Plan, to: str | None, on_status: OnStatus | None) -> None:
        self.plan = plan
        self.order = needed(plan.nodes, to)
        self.segments = restrict(plan.segments, self.order)
        self.progress = Progress(self.order, on_status)
        self.tables: dict[str, dict[str, pa.Table]] = {}
        self.failures: dict[str, list[Failure]] = {node: [] for node in self.order}
        self.metrics: dict[str, NodeMetrics] = {}
        self.explanations: list[str] = []

    def run(self, stop: threading.Event | None) -> Run:
        started = time.perf_counter()
        stopped = False
        try:
            with Workers(stop) as workers:
                for segment in self.segments:
                    workers.check()
                    self._segment(segment, workers)
        except Stopped:
            stopped = True
            self.progress.stop()
        except BaseException:  # KeyboardInterrupt above all: say so, then let it go on
            self.progress.stop()
            raise
        return self._finished(stopped, (time.perf_counter() - started) * 1e3)

    def _finished(self, stopped: bool, wall_ms: float) -> Run:
        states = {status.status for status in self.progress.statuses.values()}
        outputs = {
            node: NodeOutput(self.plan.nodes[node].name, self.plan.nodes[node].schema, tables)
            for node, tables in self.tables.items()
            if self.progress.statuses[node].status == "completed"
        }
        return Run(
            status="stopped" if stopped else "failed" if "failed" in states else "completed",
            statuses=dict(self.progress.statuses),
            failures=[failure for node in self.order for failure in self.failures[node]],
            metrics=self.metrics, wall_ms=wall_ms,
            names={node: self.plan.nodes[node].name for node in self.order},
            outputs=outputs, explanations=self.explanations,
        )

    def _segment(self, segment: Segment, workers: Workers) -> None:
        ready = self._ready(segment)
        if not ready:
            return
        ids = [node.id for node in ready]
        self.progress.start(ids)
        started = time.perf_counter()
        if segment.fused:
            self._fused(segment, ready, workers)
        else:
            run = self._kernel if ready[0].kind is Kind.WELL else self._whole
            run(ready[0], workers)
        wall_ms = (time.perf_counter() - started) * 1e3
        for node in ready:
            broken = next((source for source in node.inputs if source in ids
                           and self.progress.statuses[source].status != "completed"), None)
            if broken is None:
                self._finish(node, wall_ms, ids)
            else:
                self._skip(node, broken)

    def _ready(self, segment: Segment) -> list[BoundNode]:
        """Return the nodes whose inputs are there; mark the others as skipped."""
        ready: list[BoundNode] = []
        for node in (self.plan.nodes[node_id] for node_id in segment.nodes):
            here = {each.id for each in ready}
            broken = next((source for source in node.inputs if source not in here
                           and self.progress.statuses[source].status != "completed"), None)
            if broken is None:
                ready.append(node)
                self.tables[node.id] = {}
            else:
                self._skip(node, broken)
        return ready

    def _skip(self, node: BoundNode, broken: str) -> None:
        message = f"Skipped, because {self.plan.nodes[broken].name!r} did not finish."
        self.tables.pop(node.id, None)
        self.progress.update(NodeStatus(node.id, "skipped", message=message))
        self.metrics[node.id] = NodeMetrics()

    def _fused(self, segment: Segment, nodes: Sequence[BoundNode], workers: Workers) -> None:
        ids = [node.id for node in nodes]
        seed = self.plan.nodes[segment.seed]
        work = FusedSegment(nodes, seed, self.plan.schemas, self.tables.get(seed.id, {}))

        def on_rows(rows: int) -> None:
            workers.check()
            self.progress.advance(ids, rows)

        wells = work.wells
        for start in range(0, len(wells), _CHUNK):
            opened = workers.call(partial(work.open, wells[start : start + _CHUNK]))
            pieces: list[Callable[[], WellResult]] = [partial(piece, on_rows)
                                                      for _, piece in opened]
            for result in workers.each(pieces):
                for node_id, table in result.tables.items():
                    self.tables[node_id][result.well] = table
                for failure in result.failures:
                    self.failures[failure.node].append(failure)
        if work.explanation:
            names = ", ".join(node.name for node in nodes)
            self.explanations.append(
                f"{names}: one plan, {len(wells)} partitions, each like\n{work.explanation}")

    def _kernel(self, node: BoundNode, workers: Workers) -> None:
        def work(well: str, table: pa.Table) -> WellResult:
            workers.check()
            result = WellResult(well)
            try:
                side = side_tables(node, well, self.plan.wells)
                result.tables[node.id] = run_kernel(node, table, side)
                self.progress.advance([node.id], len(table))
            except Exception as error:  # a kernel is anyone's code: its failure is the well's
                result.failures.append(Failure(well, node.id, _reason(node, well, error)))
            return result

        above, reaching = self.tables[node.inputs[0]], set(node.wells)
        pieces = [partial(work, well, table) for well, table in sorted(above.items())
                  if well in reaching]
        for result in workers.each(pieces):
            for table in result.tables.values():
                self.tables[node.id][result.well] = table
            self.failures[node.id] += result.failures
        self.explanations.append(f"{node.name}: {node.operator.id} on {len(pieces)} wells")

    def _whole(self, node: BoundNode, workers: Workers) -> None:
        lost = {failure.well for failure in node.failures}
        sources = [(self.plan.nodes[source].schema, {
            well: table for well, table in self.tables[source].items() if well not in lost
        }) for source in node.inputs]

        def work() -> dict[str, pa.Table]:
            result = run_table(node, [join_wells(schema, tables) for schema, tables in sources])
            if node.kind is Kind.SINK:
                return sources[0][1]
            return split_wells(node.schema, result) if node.per_well else {WHOLE: result}

        try:
            self.tables[node.id] = workers.call(work)
        except Exception as error:  # as for kernels, but there is no well to leave out
            self.failures[node.id].append(Failure(WHOLE, node.id, _reason(node, WHOLE, error)))
        self.explanations.append(f"{node.name}: {node.operator.id} on one table")

    def _finish(self, node: BoundNode, wall_ms: float, together: list[str]) -> None:
        reached = set(self.tables[node.inputs[0]]) if node.inputs else None
        known = [failure for failure in node.failures
                 if reached is None or failure.well in reached]
        failures = sorted([*known, *self.failures[node.id]], key=lambda failure: failure.well)
        self.failures[node.id] = failures
        tables = self.tables[node.id]
        rows = sum(len(table) for table in tables.values())
        failed = bool(failures) and not tables
        self.metrics[node.id] = NodeMetrics(rows, wall_ms, len(tables), tuple(together))
        message = None
        if failures:
            message = failures[0].message if failed or len(failures) == 1 else \
                f"{len(failures)} wells are left out. {failures[0].message}"
        self.progress.update(replace(
            self.progress.statuses[node.id], status="failed" if failed else "completed",
            rows=rows, wall_ms=wall_ms, message=message, failures=tuple(failures),
            wells=len(tables)))


def _reason(node: BoundNode, well: str, error: Exception) -> str:
    if not isinstance(error, MudrockError):
        log.info("%s failed", node.operator.id, exc_info=error)
    where = f" on well {well}" if well else ""
    what = str(error) if isinstance(error, MudrockError) else \
        said(node.operator, error, one_sentence(error))
    return f"{node.name!r} failed{where}: {what}"
