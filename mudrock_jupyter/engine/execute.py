"""Running a plan: which step when, in which threads, and when to leave one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeGuard

import pyarrow as pa

from mudrock_jupyter.engine.behind import Store
from mudrock_jupyter.engine.bound import FAILURES, BoundNode
from mudrock_jupyter.engine.compile import Plan
from mudrock_jupyter.engine.costs import Costs
from mudrock_jupyter.engine.explaining import Explanation
from mudrock_jupyter.engine.faults import reason
from mudrock_jupyter.engine.fused_segment import FusedSegment, Stopped
from mudrock_jupyter.engine.group_work import GroupWork, Shared
from mudrock_jupyter.engine.keys import Keys
from mudrock_jupyter.engine.limits import memory_limit
from mudrock_jupyter.engine.outcome import Outcome
from mudrock_jupyter.engine.results import Results
from mudrock_jupyter.engine.run import Run
from mudrock_jupyter.engine.segments import needed, restrict
from mudrock_jupyter.engine.spill import NoRoom
from mudrock_jupyter.engine.status import NodeStatus, OnStatus, Progress
from mudrock_jupyter.engine.steps import Group, Step, Whole, before, entries, steps_of
from mudrock_jupyter.engine.turns import brisk_turns
from mudrock_jupyter.engine.whole_work import WholeWork
from mudrock_jupyter.engine.workers import Piece, Workers
from mudrock_jupyter.spec.errors import NotFound, did_you_mean

__all__ = ["NodeStatus", "execute"]

_MOST_WELLS = 16
_CHUNKS_PER_THREAD = 4
_GRACE_SECONDS = 0.2


def execute(
    plan: Plan,
    *,
    to: str | None = None,
    on_status: OnStatus | None = None,
    stop: threading.Event | None = None,
    cache: Store | None = None,
    earlier: Mapping[str, pa.Table] | None = None,
    again: Collection[str] = (),
    memory_bytes: int | None = None,
    threads: int | None = None,
) -> Run:
    """Run a plan, or only what the node `to` (id or name) needs.

    A well that fails at a node is listed in the run's failures and left out from there on.
    `on_status` hears of every change, from any thread. Setting `stop` ends the run as "stopped".
    Interrupting the calling thread ends it too, and raises `KeyboardInterrupt`.

    What the `cache` or an `earlier` run (its `made`) has is not computed again, but for the nodes
    `again` (ids) and all that depends on them. Results beyond `memory_bytes`, by default
    `memory_limit()`, are kept in files until the run is dropped.
    Raises `NotFound` if there is no node `to`.
    """
    order = needed(plan.nodes, _find(plan, to))
    limit = memory_limit() if memory_bytes is None else memory_bytes
    # Without a place to look and to keep, the keys need not be made.
    lasting = plan.lasting if cache is not None or earlier is not None else {}
    progress = Progress(order, on_status)
    try:
        with brisk_turns(), Workers(stop, threads) as workers:
            shared = Shared(
                Results(limit, cache, earlier), Keys(plan.nodes, plan.wells),
                Costs(plan.timeouts, plan.below), progress, workers.check, plan.wells, lasting,
                frozenset(again).union(*(plan.below.get(node, ()) for node in again)),
            )
            return _Execution(plan, order, shared, workers).run()
    except BaseException:  # KeyboardInterrupt above all: say so, then let it go on
        progress.stop()
        raise


def _find(plan: Plan, to: str | None) -> str | None:
    if to is None or to in plan.nodes:
        return to
    for node in plan.nodes.values():
        if node.name == to:
            return node.id
    names = [node.name for node in plan.nodes.values()]
    raise NotFound(f"There is no node {to!r} in this plan.{did_you_mean(to, names)}")


def _is_operators(error: BaseException) -> TypeGuard[Exception]:
    """Say whether an error is the operator's own, rather than a reason to end the run."""
    return isinstance(error, Exception) and not isinstance(error, NoRoom)


@dataclass
class _Running:
    """A step at work: its nodes, what is still being done, and how to do a part of it again."""

    nodes: list[BoundNode]
    pieces: dict[Piece, Sequence[str]] = field(default_factory=dict)
    work: Callable[[Sequence[str]], object] | None = None


class _Execution:
    """The state of one run; only the calling thread changes it."""

    def __init__(self, plan: Plan, order: list[str], shared: Shared, workers: Workers) -> None:
        self.plan, self.shared, self.workers = plan, shared, workers
        self.steps = steps_of(plan.nodes, restrict(plan.segments, order))
        self.outcome = Outcome(plan, order, shared.progress, shared.costs)

    def run(self) -> Run:
        started, cpu = time.perf_counter(), time.process_time()
        stopped = False
        try:
            self._work()
        except Stopped:
            stopped = True
            self.shared.progress.stop()
        return self._finished(stopped, time.perf_counter() - started, time.process_time() - cpu)

    def _finished(self, stopped: bool, wall: float, cpu: float) -> Run:
        outcome, statuses = self.outcome, dict(self.shared.progress.statuses)
        failed = any(status.status == "failed" for status in statuses.values())
        return Run(
            status="stopped" if stopped else "failed" if failed else "completed",
            statuses=statuses,
            failures=[failure for node in outcome.order for failure in outcome.failures[node]],
            metrics=outcome.metrics, wall_ms=wall * 1e3, cpu_ms=cpu * 1e3,
            peak_bytes=self.shared.results.peak_bytes,
            names={node: self.plan.nodes[node].name for node in outcome.order},
            outputs=outcome.outputs(), made=self.shared.results.made,
            explanation=Explanation(self.plan, self.steps, outcome.metrics, statuses),
        )

    def _work(self) -> None:
        todo: list[Step] = list(self.steps)
        running: list[_Running] = []
        while todo or running:
            self.workers.check()
            for step in [each for each in todo if self._can_start(each)]:
                todo.remove(step)
                running.append(self._start(step))
            self._leave_late(running)
            piece = self.workers.next_done() if any(each.pieces for each in running) else None
            for work in running:
                if piece is not None and piece in work.pieces:
                    work.pieces.pop(piece)
                    self._take(work, piece)
            for work in [each for each in running if not each.pieces]:
                running.remove(work)
                self.outcome.finish(work.nodes)

    def _can_start(self, step: Step) -> bool:
        return self.outcome.ended(before(step, self.plan.nodes))

    def _start(self, step: Step) -> _Running:
        nodes = self.outcome.begin(step.nodes)
        running = _Running(nodes)
        if not nodes:
            return running
        if isinstance(step, Whole):
            work = self._whole(nodes[0])
            running.pieces[self.workers.start(work)] = ()
            return running
        group = self._group(step, nodes)
        running.work = group
        wells = sorted(scan.well for scan in nodes[0].scans) if group.above is None \
            else sorted(group.above)
        size = -(-len(wells) // (self.workers.count * _CHUNKS_PER_THREAD))
        size = max(1, min(size, _MOST_WELLS))
        for start in range(0, len(wells), size):
            chunk = wells[start : start + size]
            running.pieces[self.workers.start(partial(group, chunk))] = chunk
        return running

    def _group(self, group: Group, nodes: Sequence[BoundNode]) -> GroupWork:
        ready = {node.id for node in nodes}
        parts: list[FusedSegment | BoundNode] = []
        for segment in group.segments:
            kept = [self.plan.nodes[node] for node in segment.nodes if node in ready]
            if kept and segment.fused:
                parts.append(FusedSegment(kept, self.plan.nodes[segment.seed], self.plan.schemas))
            else:
                parts += kept
        first = nodes[0]
        above = self.outcome.reaching(first) if first.inputs else None
        return GroupWork(parts, group.root, above, self.shared)

    def _whole(self, node: BoundNode) -> WholeWork:
        lost = {failure.well for failure in node.failures}
        inputs = []
        for port, (source, gate) in enumerate(entries(node)):
            schema = FAILURES if gate is not None and gate.kind == "error" else \
                self.plan.nodes[source].schema
            tables = self.outcome.reaching(node, port)
            inputs.append((schema, {w: table for w, table in tables.items() if w not in lost}))
        return WholeWork(node, inputs, self.shared)

    def _take(self, step: _Running, piece: Piece) -> None:
        if piece.error is None:
            if step.work is None:
                self.outcome.tables[step.nodes[0].id] = piece.result  # type: ignore[assignment]
            else:
                self.outcome.add(piece.result)  # type: ignore[arg-type]
        elif step.work is None and _is_operators(piece.error):
            # As for kernels, an operator is anyone's code, but there is no well to leave out.
            self.outcome.fail(step.nodes[0], reason(step.nodes[0], "", piece.error))
        else:
            raise piece.error

    def _leave_late(self, running: Sequence[_Running]) -> None:
        """Go on without the threads that are still at a node whose time is over."""
        stuck = {thread for thread, late in self.shared.costs.look().items()
                 if late > _GRACE_SECONDS}
        late = [step for step in running
                if not self.shared.costs.late.isdisjoint(node.id for node in step.nodes)]
        for step in late:
            for piece in [each for each in step.pieces if each.thread in stuck]:
                wells = step.pieces.pop(piece)
                self.workers.abandon(piece)
                if step.work is not None:
                    step.pieces[self.workers.start(partial(step.work, wells))] = wells
