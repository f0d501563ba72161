"""A fused segment at work: planning some wells at once, blaming the right node for a failure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from mudrock_jupyter.engine.bound import BoundNode, Failure
from mudrock_jupyter.engine.context import one_sentence, session
from mudrock_jupyter.engine.fused import (
    drain,
    fuse,
    in_order,
    memory_batches,
    needs_well_id,
    seeded,
    with_well_id,
)
from mudrock_jupyter.engine.scan import cleaned, union, well_frame
from mudrock_jupyter.engine.views import lay_out, of_one_well
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.spec.errors import MudrockError

if TYPE_CHECKING:
    from datafusion import DataFrame

Check = Callable[[], None]


class Stopped(BaseException):
    """Raised inside the engine to leave work that is no longer wanted."""


@dataclass
class Made:
    """What a segment made of one well: for each node the columns that it adds, as in the plan."""

    well: str
    columns: dict[str, pa.Table] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)


class FusedSegment:
    """Nodes that run as one DataFusion plan over many wells.

    They start from a source's files, or from the tables of the seed, one per well.
    """

    def __init__(
        self, nodes: Sequence[BoundNode], seed: BoundNode, schemas: Mapping[str, pa.Schema]
    ) -> None:
        self.nodes, self.seed, self.schemas = nodes, seed, schemas
        self.views = lay_out(nodes, seed)
        self._reaching = {node.id: frozenset(node.wells) for node in nodes}
        self._scans = {scan.well: scan for scan in seed.scans}
        self._id_wanted = needs_well_id(nodes)

    @property
    def reads_files(self) -> bool:
        """Whether the segment begins with a source."""
        return self.seed.kind is Kind.SOURCE

    def known(self, well: str, node: BoundNode) -> bool:
        """Say whether a well reaches the end of a node."""
        return well in self._reaching[node.id]

    def scan_again(self, wanted: Collection[str]) -> bool:
        """Say whether the files must be read to compute these nodes."""
        return self.reads_files and self.seed.id in wanted

    def run(
        self, wells: Mapping[str, pa.Table | None], wanted: Collection[str], check: Check
    ) -> Iterator[Made]:
        """Compute the `wanted` nodes for some wells; `check` may raise to leave.

        Each well comes with the plan's columns that are there already: those of the seed and of
        the nodes that are not wanted; None where the files are read.
        """
        frames: dict[str, DataFrame] = {}
        for well, table in wells.items():
            try:
                frames[well] = self._frame(well, table)
            except Exception:  # found again, and told, when the well is run by itself
                continue
        streams = self._streams(frames, wanted) if frames else {}
        for well, table in wells.items():
            check()
            yield self._one(well, table, streams.get(well), wanted, check)

    def explain(self, well: str) -> str:
        """Return DataFusion's plan for one well."""
        table = None if self.reads_files else self.seed_columns(
            of_one_well(self.seed.schema).empty_table())
        plan = self._fuse(self._frame(well, table), {node.id for node in self.nodes})
        text = str(plan.execution_plan().display_indent()).rstrip()
        return re.sub(r"\b17976931348623157\d+", "1.8e308", text)  # the largest number, in full

    def _streams(
        self, frames: Mapping[str, DataFrame], wanted: Collection[str]
    ) -> dict[str, tuple[Iterable[object], DataFrame]]:
        try:
            frame = self._fuse(union(list(frames.values())), wanted)
            physical = frame.execution_plan()
            if physical.partition_count != len(frames):
                raise RuntimeError(f"{physical.partition_count} partitions for {len(frames)} wells")
            return {well: (session().execute(physical, n), frame)
                    for n, well in enumerate(frames)}
        except Exception:  # one node cannot be planned: each well is run a node at a time
            return {}

    def _one(
        self, well: str, table: pa.Table | None, stream: tuple[Iterable[object], DataFrame] | None,
        wanted: Collection[str], check: Check,
    ) -> Made:
        nodes = [node for node in self.nodes if node.id in wanted and self.known(well, node)]
        if stream is not None:
            try:
                return Made(well, self._take(well, *stream, nodes, check))
            except Exception:  # a node at a time tells which
                pass
        return self._node_by_node(well, table, nodes, check)

    def _node_by_node(
        self, well: str, table: pa.Table | None, nodes: Sequence[BoundNode], check: Check
    ) -> Made:
        """Run one well again, a node at a time, to find the node that fails and spare the rest."""
        made = Made(well)
        sound: set[str] = set()
        lost: set[str] = set()
        for node in nodes:
            if lost & set(node.inputs):
                lost.add(node.id)
                continue
            try:
                frame = self._fuse(self._frame(well, table), sound | {node.id})
                stream = session().execute(frame.execution_plan(), 0)
                made.columns |= self._take(well, stream, frame, [node], check)
                sound.add(node.id)
            except Exception as error:
                lost.add(node.id)
                made.failures.append(Failure(well, node.id, self._reason(well, node, error)))
        return made

    def _reason(self, well: str, node: BoundNode, error: Exception) -> str:
        if isinstance(error, MudrockError):
            return str(error)
        if node.kind is Kind.SOURCE:
            paths = ", ".join(str(path) for path in self._scans[well].paths)
            return f"{paths} could not be read: {one_sentence(error)} Import its source again."
        return f"{node.name!r} failed on well {well}: {one_sentence(error)}"

    def _take(
        self, well: str, stream: Iterable[object], frame: DataFrame, nodes: Sequence[BoundNode],
        check: Check,
    ) -> dict[str, pa.Table]:
        result = drain(stream, frame, check)
        if self.reads_files:
            result = in_order(result, well)
        return {node.id: result.select(list(self.views[node.id].made)) for node in nodes}

    def _fuse(self, frame: DataFrame, wanted: Collection[str]) -> DataFrame:
        if self.scan_again(wanted):
            frame = cleaned(frame, self.seed.schema)
        return fuse(frame, self.nodes, self.views, self.schemas, wanted)

    def _frame(self, well: str, table: pa.Table | None) -> DataFrame:
        """Return a lazy frame of one well, from its files or from columns in memory."""
        if table is None:
            frame = well_frame(self._scans[well])
            return with_well_id(frame, well) if self._id_wanted else frame
        batches = memory_batches(table, self.seed.schema, well if self._id_wanted else None)
        return session().create_dataframe([batches])

    def seed_columns(self, table: pa.Table) -> pa.Table:
        """Return a well's table of the seed with its columns named as in the plan."""
        return seeded(table, self.seed.schema)
