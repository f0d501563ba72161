"""A fused segment at work: planning chunks of wells, and blaming the right node for a failure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from mudrock_jupyter.engine.bound import BoundNode, Failure
from mudrock_jupyter.engine.context import one_sentence, session
from mudrock_jupyter.engine.fused import (
    FusedPlan,
    Result,
    drain,
    fuse,
    in_order,
    memory_batches,
    needs_well_id,
    with_well_id,
)
from mudrock_jupyter.engine.scan import cleaned, union, well_frame
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.spec.errors import MudrockError

if TYPE_CHECKING:
    from datafusion import DataFrame

OnRows = Callable[[int], None]


class Stopped(BaseException):
    """Raised inside the engine to leave work that is no longer wanted."""


@dataclass
class WellResult:
    """What a segment made of one well: a table for each node that succeeded."""

    well: str
    tables: dict[str, pa.Table] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)


class FusedSegment:
    """Nodes that run as one DataFusion plan over many wells."""

    def __init__(
        self, nodes: Sequence[BoundNode], seed: BoundNode, schemas: Mapping[str, pa.Schema],
        tables: Mapping[str, pa.Table],
    ) -> None:
        self.nodes, self.seed, self.schemas, self.tables = nodes, seed, schemas, tables
        self.reaching = {node.id: frozenset(node.wells) for node in nodes}
        self.scans = {scan.well: scan for scan in seed.scans}
        self.explanation = ""

    @property
    def wells(self) -> list[str]:
        """The wells there are to work on."""
        return sorted(self.scans if self.seed.kind is Kind.SOURCE else self.tables)

    def open(self, wells: Sequence[str]) -> list[tuple[str, Callable[[OnRows], WellResult]]]:
        """Plan a chunk of wells; return for each the work that reads its partition."""
        frames: dict[str, DataFrame] = {}
        for well in wells:
            try:
                frames[well] = self._frame(well)
            except Exception:  # found again, and reported, when the well is run by itself
                continue
        streams: dict[str, Iterable[object]] = {}
        plan = None
        if frames:
            try:
                plan = self._fuse(union(list(frames.values())), self.nodes)
                streams = self._streams(plan, list(frames))
            except Exception:
                streams = {}
        return [(well, self._work(well, plan, streams.get(well))) for well in wells]

    def _work(
        self, well: str, plan: FusedPlan | None, stream: Iterable[object] | None
    ) -> Callable[[OnRows], WellResult]:
        def work(on_rows: OnRows) -> WellResult:
            if plan is None or stream is None:
                return self._node_by_node(well, on_rows)
            try:
                return WellResult(well, self._take(well, plan, stream, self.nodes, on_rows))
            except Exception:
                return self._node_by_node(well, on_rows)

        return work

    def _streams(self, plan: FusedPlan, wells: Sequence[str]) -> dict[str, Iterable[object]]:
        physical = plan.frame.execution_plan()
        if physical.partition_count != len(wells):
            raise RuntimeError(f"{physical.partition_count} partitions for {len(wells)} wells")
        if not self.explanation:
            self.explanation = self._explain(wells[0])
        return {well: session().execute(physical, n) for n, well in enumerate(wells)}

    def _explain(self, well: str) -> str:
        plan = self._fuse(self._frame(well), self.nodes)
        text = str(plan.frame.execution_plan().display_indent()).rstrip()
        return re.sub(r"\b17976931348623157\d+", "1.8e308", text)  # the largest number, in full

    def _node_by_node(self, well: str, on_rows: OnRows) -> WellResult:
        """Run one well again, a node at a time, to find the node that fails and spare the rest."""
        result = WellResult(well)
        sound: list[BoundNode] = []
        for node in self.nodes:
            in_memory = {self.seed.id} if self.seed.kind is not Kind.SOURCE else set()
            if not set(node.inputs) <= result.tables.keys() | in_memory:
                continue
            if well not in self.reaching[node.id]:
                continue
            try:
                plan = self._fuse(self._frame(well), [*sound, node])
                stream = session().execute(plan.frame.execution_plan(), 0)
                result.tables |= self._take(well, plan, stream, [node], on_rows)
                sound.append(node)
            except Exception as error:
                result.failures.append(Failure(well, node.id, self._reason(well, node, error)))
        return result

    def _reason(self, well: str, node: BoundNode, error: Exception) -> str:
        if isinstance(error, MudrockError):
            return str(error)
        if node.kind is Kind.SOURCE:
            paths = ", ".join(str(path) for path in self.scans[well].paths)
            return f"{paths} could not be read: {one_sentence(error)} Import its source again."
        return f"{node.name!r} failed on well {well}: {one_sentence(error)}"

    def _take(
        self, well: str, plan: FusedPlan, stream: Iterable[object], nodes: Sequence[BoundNode],
        on_rows: OnRows,
    ) -> dict[str, pa.Table]:
        result = drain(stream, plan.frame, on_rows)
        if self.seed.kind is Kind.SOURCE:
            result = in_order(result, well)
        found = Result(result)
        return {node.id: found.take(plan.views[node.id]) for node in nodes
                if well in self.reaching[node.id]}

    def _fuse(self, frame: DataFrame, nodes: Sequence[BoundNode]) -> FusedPlan:
        if self.seed.kind is Kind.SOURCE:
            frame = cleaned(frame, self.seed.schema)
        return fuse(nodes, self.seed, frame, self.schemas)

    def _frame(self, well: str) -> DataFrame:
        """Return a lazy frame of one well, from its files or from tables in memory."""
        wanted = needs_well_id(self.nodes)
        if self.seed.kind is Kind.SOURCE:
            frame = well_frame(self.scans[well])
            return with_well_id(frame, well) if wanted else frame
        batches = memory_batches(self.tables[well], self.seed.schema, well if wanted else None)
        return session().create_dataframe([batches])
