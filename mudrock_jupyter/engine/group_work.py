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
from mudrock_jupyter.engine.status import Progress
from mudrock_jupyter.engine.views import Result


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
        self._changed: set[str] = set()

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

    def _key(self, node: BoundNode, well: str) -> str | None:
        if well in self._changed or not self.shared.lasting[node.id]:
            return None
        try:
            return self.shared.keys.of(node.id, well)
        except (OSError, KeyError):  # a file is gone: reading it says so; or no key above
            return None

    def _fused(self, part: FusedSegment, done: Mapping[str, WellResult]) -> None:
        nodes = [node for node in part.nodes if node.id not in self.shared.costs.given_up]
        results: dict[str, Result] = {}
        missing: dict[frozenset[str], list[str]] = defaultdict(list)
        with self.shared.costs.of([node.id for node in nodes]):
            for well, so_far in done.items():
                seed = self._above(so_far, part.seed.id)
                if seed is None and not part.reads_files:
                    continue
                results[well] = Result()
                if seed is not None:
                    results[well].add(part.seed_columns(seed))
                missing[self._find(part, nodes, well, results[well])].append(well)
            for wanted, wells in missing.items():
                if not wanted:
                    continue
                known = {well: None if part.scan_again(wanted) else results[well].table()
                         for well in wells}
                for made in part.run(known, wanted, self.shared.check):
                    self._keep(part, made, results[made.well])
                    done[made.well].failures += made.failures
            for well, result in results.items():
                self._take(part, nodes, done[well], result)

    def _find(
        self, part: FusedSegment, nodes: Sequence[BoundNode], well: str, result: Result
    ) -> frozenset[str]:
        """Fetch what earlier runs have made of a well; return the nodes that must be computed."""
        wanted: set[str] = set()
        found: dict[str, pa.Table] = {}
        for node in nodes:
            made = part.views[node.id].made
            if not made or not part.known(well, node):
                continue
            key = self._key(node, well)
            table = self.shared.results.find(key) if key is not None else None
            if table is None:
                wanted.add(node.id)
            else:
                found[node.id] = table.rename_columns(list(made))
        if part.scan_again(wanted):
            return frozenset({*wanted, *found})
        for node_id, table in found.items():
            result.add(table)
            self.shared.costs.add(node_id, cached=1)
        return frozenset(wanted)

    def _keep(self, part: FusedSegment, made: Made, result: Result) -> None:
        if part.seed.id in made.columns and not self.shared.keys.still(part.seed.id, made.well):
            self._changed.add(made.well)  # written anew while it was read: of this run only
        for node in part.nodes:
            if node.id in made.columns:
                table = made.columns[node.id]
                plain = table.rename_columns([n.rpartition("~")[0] for n in table.column_names])
                kept = self.shared.results.keep(plain, self._key(node, made.well))
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
            table = result.take(view)
            if view.keep is not None:
                table = self.shared.results.keep(table)
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
                except Exception as error:  # a kernel is anyone's code: its failure is the well's
                    result.failures.append(
                        Failure(result.well, node.id, reason(node, result.well, error)))
                    continue
                table = result.tables[node.id] = with_made(above, made)
            self._count(node, result.well, len(above), table)

    def _columns(self, node: BoundNode, well: str, above: pa.Table) -> pa.Table:
        key = self._key(node, well)
        found = None if key is None else self.shared.results.find(key)
        if found is not None:
            self.shared.costs.add(node.id, cached=1)
            return found
        side = side_tables(node, well, self.shared.wells)
        return self.shared.results.keep(made_by(node, above, side), key)

    def _count(self, node: BoundNode, well: str, rows_in: int, table: pa.Table) -> None:
        self.shared.costs.add(node.id, rows_in=rows_in)
        self.shared.progress.advance(node.id, len(table))
