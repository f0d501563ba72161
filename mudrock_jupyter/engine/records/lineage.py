"""Where a column comes from: through which nodes, from which curves of which files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from pydantic import JsonValue

from mudrock_jupyter.engine.records.record import InputRecord, NodeRecord, RunRecord
from mudrock_jupyter.spec.errors import NotFound, did_you_mean

if TYPE_CHECKING:
    from mudrock_jupyter.engine.run import HasId

KEYS = frozenset({"well_id", "DEPTH"})


class Column(NamedTuple):
    """A column that a node hands on; `node` is the node's id."""

    node: str
    name: str


class Lineage:
    """Where columns come from; shows itself as a drawing in a notebook, and as text elsewhere.

    `run.lineage()` is that of all results, `.of(node, column)` that of one column.
    """

    def __init__(self, record: RunRecord, targets: Sequence[Column]) -> None:
        self.record = record
        self.targets = tuple(targets)

    @classmethod
    def of_run(cls, record: RunRecord) -> Lineage:
        """Return the lineage of every column that the last nodes of a run hand on."""
        read = {source for node in record.nodes for source in node.inputs}
        ends = [node for node in record.lineage if node not in read]
        return cls(record, [Column(node, name) for node in ends
                            for name in record.lineage[node].columns])

    def of(self, node: HasId | str, column: str) -> Lineage:
        """Return the lineage of one column; the node is given by handle, id or name.

        >>> run.lineage().of("output", "SW").curves  # doctest: +SKIP
        ['RHOB', 'RT']

        Raises `NotFound` with the nearest name.
        """
        key = node if isinstance(node, str) else str(getattr(node, "id", node))
        by_name = {name: node_id for node_id, name in self.record.names.items()}
        node_id = key if key in self.record.lineage else by_name.get(key)
        if node_id is None or node_id not in self.record.lineage:
            raise NotFound(f"There is no node {key!r} in this run.{did_you_mean(key, by_name)}")
        columns = self.record.lineage[node_id].columns
        if column not in columns:
            raise NotFound(f"{self.record.names[node_id]!r} hands on no column {column!r}."
                           f"{did_you_mean(column, columns)} It has: {', '.join(columns)}.")
        return Lineage(self.record, [Column(node_id, column)])

    @cached_property
    def nodes(self) -> Mapping[str, NodeRecord]:
        """The nodes of the run by id."""
        return {node.id: node for node in self.record.nodes}

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns it goes back to, where each was made: sources first, targets last."""
        found: dict[Column, None] = {}
        for target in self.targets:
            self._collect(self.made(target), found)
        return tuple(found)

    @cached_property
    def influences(self) -> Mapping[str, tuple[Column, ...]]:
        """The columns that decided which rows or wells are there at all, by the node that chose."""
        above: dict[str, None] = {}
        waiting = [target.node for target in self.targets]
        while waiting:
            node = waiting.pop()
            if node not in above:
                above[node] = None
                waiting += self.nodes[node].inputs
        rows = {node.id: self.record.lineage[node.id].rows for node in self.record.nodes
                if node.id in above and node.id in self.record.lineage}
        return {node: tuple(dict.fromkeys(self.made(Column(*pair)) for pair in pairs))
                for node, pairs in rows.items() if pairs}

    @cached_property
    def all_columns(self) -> tuple[Column, ...]:
        """`columns`, and those that the influences go back to."""
        found: dict[Column, None] = {}
        for deciding in self.influences.values():
            for column in deciding:
                self._collect(column, found)
        return tuple(dict.fromkeys((*found, *self.columns)))

    @property
    def curves(self) -> list[str]:
        """The source curves that the values come from."""
        return sorted({c.name for c in self.columns if self.is_source(c)} - KEYS)

    @property
    def files(self) -> list[str]:
        """The files that the values come from, relative to the project."""
        return sorted({file.path for column in self.columns for file in self.files_of(column)})

    def made(self, column: Column) -> Column:
        """Return the column where it was made or read: nodes between only handed it on."""
        while True:
            trace = self.record.lineage[column.node]
            inputs = self.nodes[column.node].inputs
            if column.name in trace.origins or column.name in trace.stored or not inputs:
                return column
            if column.name not in self.record.lineage[inputs[0]].columns:
                return column
            column = Column(inputs[0], column.name)

    def origins(self, column: Column) -> tuple[Column, ...]:
        """Return what a column was made from; nothing for a source curve."""
        pairs = self.record.lineage[column.node].origins.get(column.name, ())
        return tuple(dict.fromkeys(self.made(Column(*pair)) for pair in pairs))

    def is_source(self, column: Column) -> bool:
        """Say whether a column was read from files."""
        return column.name in self.record.lineage[column.node].stored

    def stored_as(self, column: Column) -> Mapping[str, tuple[InputRecord, ...]]:
        """Return what a source curve is called in which files."""
        stored = self.record.lineage[column.node].stored.get(column.name, {})
        return {name: tuple(self.record.inputs[n] for n in files)
                for name, files in stored.items()}

    def files_of(self, column: Column) -> tuple[InputRecord, ...]:
        """Return the files a column was read from, or that its node read besides, such as tops."""
        beside = () if self.is_source(column) else self.record.lineage[column.node].files
        inputs = [file for files in self.stored_as(column).values() for file in files]
        return (*inputs, *(self.record.inputs[number] for number in beside))

    def to_prov(self) -> dict[str, JsonValue]:
        """Return it as PROV-O in PROV-JSON (https://www.w3.org/submissions/prov-json/)."""
        from mudrock_jupyter.engine.records.prov import prov_json

        return prov_json(self)

    def to_svg(self) -> str:
        """Return the drawing as SVG, in the colours of the text around it."""
        from mudrock_jupyter.engine.records.lineage_drawing import drawing

        return drawing(self)

    def _repr_html_(self) -> str:
        return f"<div style='overflow:auto;max-height:36em'>{self.to_svg()}</div>"

    def __str__(self) -> str:
        told: set[Column] = set()
        lines = [line for target in self._shown() for line in self._told(target, told)]
        return "\n".join([*lines, *self._influence_lines()])

    __repr__ = __str__

    def _shown(self) -> list[Column]:
        """Leave out well and depth, unless that is what was asked for."""
        made = dict.fromkeys(self.made(target) for target in self.targets)
        return [c for c in made if c.name not in KEYS] or list(made)

    def _told(self, column: Column, told: set[Column], depth: int = 0) -> Iterator[str]:
        indent, name = "  " * depth, self.nodes[column.node].name
        if self.is_source(column):
            yield f"{indent}{column.name}, read by {name} {self._where(column)}".rstrip()
            return
        origins = self.origins(column)
        from_ = ", ".join(origin.name for origin in origins) or "nothing"
        maybe = "" if self.record.lineage[column.node].exact else "what may be "
        beside = "".join(f" and {file.path}" for file in self.files_of(column)[:1])
        again = " (as above)" if column in told and origins else ""
        yield f"{indent}{column.name}, made by {name} from {maybe}{from_}{beside}{again}"
        if not again:
            told.add(column)
            for origin in origins:
                yield from self._told(origin, told, depth + 1)

    def _where(self, column: Column) -> str:
        parts = []
        for stored, files in self.stored_as(column).items():
            where = files[0].path if len(files) == 1 else f"{len(files)} files"
            parts.append(f"from {where}" + (f" ({stored})" if stored != column.name else ""))
        return ", ".join(parts)

    def _influence_lines(self) -> Iterator[str]:
        for node, columns in self.influences.items():
            yield f"rows chosen by {self.nodes[node].name}: " \
                f"{', '.join(column.name for column in columns)}"

    def _collect(self, column: Column, found: dict[Column, None]) -> None:
        """Add a column after all that it comes from; a loop, since chains may be long."""
        waiting = [(column, False)]
        while waiting:
            current, ready = waiting.pop()
            if current in found:
                continue
            if ready:
                found[current] = None
                continue
            waiting.append((current, True))
            waiting += [(origin, False) for origin in reversed(self.origins(current))]
