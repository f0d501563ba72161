"""A fused segment at work: planning some wells at once, blaming the right node for a failure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from mudrock_jupyter.engine.bound import BoundNode, Failure
from mudrock_jupyter.engine.context import frame_of, one_sentence, session
from mudrock_jupyter.engine.fused import Stream, drain, fuse, memory_batches, needs_well_id, seeded
from mudrock_jupyter.engine.scan import Scanned, read_well
from mudrock_jupyter.engine.views import lay_out, of_one_well
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.operators.expression import column
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
        """Whether the segment begins with a source, and not with tables of one."""
        return self.nodes[0] is self.seed and self.seed.kind is Kind.SOURCE

    def known(self, well: str, node: BoundNode) -> bool:
        """Say whether a well reaches the end of a node."""
        return well in self._reaching[node.id]

    def read(self, well: str) -> Scanned:
        """Read a well's columns from its files; raises `ReadFailed`."""
        return read_well(self._scans[well])

    def seed_columns(self, table: pa.Table) -> pa.Table:
        """Return a well's table of the seed with its columns named as in the plan."""
        return seeded(table, self.seed.schema)

    def run(
        self, wells: Mapping[str, pa.Table], wanted: Collection[str], check: Check
    ) -> Iterator[Made]:
        """Compute the `wanted` nodes for some wells; `check` may raise to leave.

        Each well comes with the plan's columns that are there already: those of the seed and of
        the nodes that are not wanted. There is one plan for all wells, each a partition of it.
        """
        streams = self._streams(wells, wanted)
        for well, table in wells.items():
            check()
            yield self._one(well, table, streams.get(well), wanted, check)

    def explain(self) -> str:
        """Return DataFusion's plan; empty if the segment only reads."""
        made = [node for node in self.nodes if node.kind in {Kind.ROW, Kind.FILTER}]
        if not made:
            return ""
        table = seeded(of_one_well(self.seed.schema).empty_table(), self.seed.schema)
        frame = self._fused([self._batches("", table)], {node.id for node in made})
        text = str(frame.execution_plan().display_indent()).rstrip()
        return re.sub(r"\b17976931348623157\d+", "1.8e308", text)  # the largest number, in full

    def _streams(self, wells: Mapping[str, pa.Table], wanted: Collection[str]) -> dict[str, Stream]:
        try:
            partitions = [self._batches(well, table) for well, table in wells.items()]
            physical = self._fused(partitions, wanted).execution_plan()
            if physical.partition_count != len(wells):
                raise RuntimeError(f"{physical.partition_count} partitions for {len(wells)} wells")
            return {well: session().execute(physical, n) for n, well in enumerate(wells)}
        except Exception:  # one node cannot be planned: each well is run a node at a time
            return {}

    def _one(
        self, well: str, table: pa.Table, stream: Stream | None, wanted: Collection[str],
        check: Check,
    ) -> Made:
        nodes = [node for node in self.nodes if node.id in wanted and self.known(well, node)]
        if stream is not None:
            try:
                return Made(well, self._take(stream, nodes, len(table), check))
            except Exception:  # a node at a time tells which
                pass
        return self._node_by_node(well, table, nodes, check)

    def _node_by_node(
        self, well: str, table: pa.Table, nodes: Sequence[BoundNode], check: Check
    ) -> Made:
        """Run one well again, a node at a time, to find the node that fails and spare the rest."""
        made = Made(well)
        lost: set[str] = set()
        asked = {node.id for node in nodes}
        for node in self.nodes:  # also those that compute nothing: a loss passes through them
            if lost & set(node.inputs):
                lost.add(node.id)
            if node.id in lost or node.id not in asked:
                continue
            try:
                frame = self._fused([self._batches(well, table)], {node.id})
                stream = session().execute(frame.execution_plan(), 0)
                found = self._take(stream, [node], len(table), check)
                made.columns |= found
                for columns in found.values():
                    table = pa.table([*table.columns, *columns.columns],
                                     names=[*table.column_names, *columns.column_names])
            except Exception as error:
                lost.add(node.id)
                made.failures.append(Failure(well, node.id, _reason(well, node, error)))
        return made

    def _take(
        self, stream: Stream, nodes: Sequence[BoundNode], rows: int, check: Check
    ) -> dict[str, pa.Table]:
        table = drain(stream, check)
        if table is None:
            return {}
        if len(table) != rows:
            raise RuntimeError(f"{len(table)} rows of {rows} came out of the plan")
        return {node.id: table.select(list(self.views[node.id].made)) for node in nodes
                if self.views[node.id].made}

    def _batches(self, well: str, table: pa.Table) -> list[pa.RecordBatch]:
        return memory_batches(table, self.seed.schema, well if self._id_wanted else None)

    def _fused(
        self, partitions: list[list[pa.RecordBatch]], wanted: Collection[str]
    ) -> DataFrame:
        frame = frame_of(partitions)
        frame = fuse(frame, self.nodes, self.views, self.schemas, wanted)
        made = [name for node in self.nodes if node.id in wanted
                for name in self.views[node.id].made]
        return frame.select(*[column(name).raw for name in made])


def _reason(well: str, node: BoundNode, error: Exception) -> str:
    if isinstance(error, MudrockError):
        return str(error)
    return f"{node.name!r} failed on well {well}: {one_sentence(error)}"
