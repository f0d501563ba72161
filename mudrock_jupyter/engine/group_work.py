"""A group of nodes at work on a few wells, in one thread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from mudrock_jupyter.engine.bound import BoundNode, Failure, WellSource
from mudrock_jupyter.engine.costs import Costs
from mudrock_jupyter.engine.faults import reason
from mudrock_jupyter.engine.fused_segment import FusedSegment, Made
from mudrock_jupyter.engine.kernels import made_by, side_tables, with_made
from mudrock_jupyter.engine.keys import Keys
from mudrock_jupyter.engine.results import Results
from mudrock_jupyter.engine.spill import NoRoom
from mudrock_jupyter.engine.status import Progress
from mudrock_jupyter.engine.views import Result
from mudrock_jupyter.spec.errors import MudrockError


@dataclass
class WellResult:
    """What a group made of one well: a table for each node that succeeded."""

    well: str
    tables: dict[str, pa.Table] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True)
class Shared:
    """What all the work of a run shares."""

    results: Results
    keys: Keys
    costs: Costs
    progress: Progress
    check: Callable[[], None]
    wells: WellSource | None
    lasting: Mapping[str, bool]
    again: frozenset[str] = frozenset()

    def find(self, node: str, key: str | None) -> pa.Table | None:
        """Return what a node has made before, unless it is to do it again."""
        if key is None:
            return None
        return self.results.find(key, only_now=node in self.again)


class GroupWork:
    """The nodes of a group, in parts that a well passes one after the other.

    A part is a fused segment or a kernel's node. `above` has the tables of the group's root, None
    where that is the source in the first part.
    """

    def __init__(
        self, parts: Sequence[FusedSegment | BoundNode], root: str,
        above: Mapping[str, pa.Table] | None, shared: Shared,
    ) -> None:
        self.parts, self.root, self.above, self.shared = parts, root, above, shared

    def __call__(self, wells: Sequence[str]) -> list[WellResult]:
        """Pass some wells through all parts."""
        done = {well: WellResult(well) for well in wells}
        for part in self.parts:
            if isinstance(part, FusedSegment):
                self._fused(part, done)
            else:
                self._kernel(part, done.values())
        return list(done.values())

    def _above(self, result: WellResult, node: str) -> pa.Table | None:
        table = result.tables.get(node)
        if table is None and node == self.root and self.above is not None:
            return self.above.get(result.well)
        return table

    def _key(self, node: BoundNode, well: str, seed: BoundNode | None = None) -> str | None:
        """Return the key of a node's columns for a well, in a plan if that has a seed."""
        if not self.shared.lasting.get(node.id):
            return None
        try:
            if seed is not None:
                return self.shared.keys.within(node.id, seed.id, well)
            return self.shared.keys.of(node.id, well)
        except (OSError, KeyError):  # a file is gone: reading it says so; or no key above
            return None

    def _fused(self, part: FusedSegment, done: Mapping[str, WellResult]) -> None:
        nodes = [node for node in part.nodes if node.id not in self.shared.costs.given_up]
        results: dict[str, Result] = {}
        missing: dict[frozenset[str], list[str]] = defaultdict(list)
        if not nodes:
            return
        with self.shared.costs.of([node.id for node in nodes]):
            for well, so_far in done.items():
                result = Result()
                if self._seed(part, so_far, result):
                    results[well] = result
                    missing[self._find(part, nodes, well, result)].append(well)
            for wanted, wells in missing.items():
                if not wanted:
                    continue
                tables = {well: results[well].table() for well in wells}
                for made in part.run(tables, wanted, self.shared.check):
                    self._keep(part, made, results[made.well])
                    done[made.well].failures += made.failures
            for well, result in results.items():
                self._take(part, nodes, done[well], result)

    def _seed(self, part: FusedSegment, done: WellResult, result: Result) -> bool:
        """Put the columns that a well begins with into a result, from its files or from above."""
        if not part.reads_files:
            above = self._above(done, part.seed.id)
            if above is not None:
                result.add(part.seed_columns(above))
            return above is not None
        source, well = part.seed, done.well
        key = self._key(source, well)
        found = self.shared.find(source.id, key)
        if found is not None:
            self.shared.costs.add(source.id, cached=1)
            result.add(found.rename_columns(list(part.views[source.id].made)))
            return True
        try:
            self.shared.check()
            scanned = part.read(well)
        except MudrockError as error:
            done.failures.append(Failure(well, source.id, str(error)))
            return False
        if key is not None and not self.shared.keys.still(source.id, well):
            # Written anew while it was read: neither it nor what is made of it is kept.
            self.shared.keys.forget(source.id, well)
            key = None
        self.shared.costs.scanned(source.id, scanned.bytes, scanned.groups, scanned.of_groups)
        kept = self.shared.results.keep(_plain(scanned.table), key)
        result.add(kept.rename_columns(scanned.table.column_names))
        return True

    def _find(
        self, part: FusedSegment, nodes: Sequence[BoundNode], well: str, result: Result
    ) -> frozenset[str]:
        """Fetch what earlier runs have made of a well; return the nodes that must be computed."""
        wanted: set[str] = set()
        for node in nodes:
            made = part.views[node.id].made
            if node is part.seed or not made or not part.known(well, node):
                continue
            key = self._key(node, well, part.seed)
            found = self.shared.find(node.id, key)
            if found is None:
                wanted.add(node.id)
            else:
                self.shared.costs.add(node.id, cached=1)
                result.add(found.rename_columns(list(made)))
        return frozenset(wanted)

    def _keep(self, part: FusedSegment, made: Made, result: Result) -> None:
        for node_id, table in made.columns.items():
            node = next(node for node in part.nodes if node.id == node_id)
            key = self._key(node, made.well, part.seed)
            kept = self.shared.results.keep(_plain(table), key)
            result.add(kept.rename_columns(table.column_names))

    def _take(
        self, part: FusedSegment, nodes: Sequence[BoundNode], done: WellResult, result: Result
    ) -> None:
        lost = {failure.node for failure in done.failures}
        for node in nodes:
            if node.id in lost or not part.known(done.well, node):
                continue
            view = part.views[node.id]
            if not result.has(view):
                continue
            table = result.take(view, self.shared.results.keep)
            above = self._above(done, node.inputs[0]) if node.inputs else table
            done.tables[node.id] = table
            self._count(node, done.well, 0 if above is None else len(above), table)

    def _kernel(self, node: BoundNode, done: Iterable[WellResult]) -> None:
        reaching = set(node.wells)
        for result in done:
            above = self._above(result, node.inputs[0])
            if above is None or result.well not in reaching:
                continue
            if node.id in self.shared.costs.given_up:
                continue
            self.shared.check()
            with self.shared.costs.of([node.id]):
                try:
                    made = self._columns(node, result.well, above)
                except NoRoom:
                    raise
                except Exception as error:  # a kernel is anyone's code: its failure is the well's
                    result.failures.append(
                        Failure(result.well, node.id, reason(node, result.well, error)))
                    continue
                table = result.tables[node.id] = with_made(above, made)
            self._count(node, result.well, len(above), table)

    def _columns(self, node: BoundNode, well: str, above: pa.Table) -> pa.Table:
        key = self._key(node, well)
        found = self.shared.find(node.id, key)
        if found is not None:
            self.shared.costs.add(node.id, cached=1)
            return found
        side = side_tables(node, well, self.shared.wells)
        return self.shared.results.keep(made_by(node, above, side), key)

    def _count(self, node: BoundNode, well: str, rows_in: int, table: pa.Table) -> None:
        self.shared.costs.add(node.id, rows_in=rows_in)
        self.shared.progress.advance(node.id, len(table))


def _plain(table: pa.Table) -> pa.Table:
    """Return columns of a plan under the names that nodes see."""
    return table.rename_columns([name.rpartition("~")[0] for name in table.column_names])
