"""Content keys: two results with the same key are the same, whichever run made them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mudrock_jupyter.engine.bound import WHOLE, BoundCall, BoundNode, WellScan, WellSource
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.operators.digest import implementation_digest

_FORMAT = "mudrock-result/1"


@dataclass
class Keys:
    """The keys of what the nodes of a plan make of each well.

    A key holds the operator with its version and code, the parameters, the columns with their
    units, the keys of what goes in, and the identity of the files at the bottom. A node's id and
    name are not in it: the same work has the same key in any pipeline.
    """

    nodes: Mapping[str, BoundNode]
    wells: WellSource | None = None
    _settings: dict[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, str], str] = field(default_factory=dict)
    _forgotten: set[tuple[str, str]] = field(default_factory=set)
    _whole: dict[str, str] = field(default_factory=dict)
    _scans: dict[str, dict[str, WellScan]] = field(default_factory=dict)

    def of(self, node_id: str, well: str) -> str:
        """Return the key of what a node makes of a well.

        Raises `OSError` if a file of the well is gone, and `KeyError` where there is none: it was
        forgotten, or belongs to a node on whole tables whose `whole` key was not made.
        """
        if (node_id, well) in self._forgotten:
            raise KeyError(well)
        for each in self._unknown(node_id, well):
            # Two threads may compute one key at once; they come to the same.
            self._known[each, well] = self._key(self.nodes[each], well)
        return self._known[node_id, well]

    def _unknown(self, node_id: str, well: str) -> list[str]:
        """Return the chain of nodes down to one whose keys are not made, the first one first."""
        chain: list[str] = []
        while (node_id, well) not in self._known:
            chain.append(node_id)
            node = self.nodes[node_id]
            if node.kind in {Kind.SOURCE, Kind.TABLE}:
                break
            (node_id,) = node.inputs
        return chain[::-1]

    def within(self, node_id: str, seed_id: str, well: str) -> str:
        """Return the key of the columns that a node adds to a plan, which begins with its seed.

        They have a value for each of the seed's rows, also for those that a filter drops: the same
        node has other columns where the plan begins below that filter.
        """
        return _hash(self.of(node_id, well), self.of(self._rows_of(seed_id), well))

    def _rows_of(self, node_id: str) -> str:
        """Return the node that has settled which rows a node hands on."""
        while self.nodes[node_id].kind in {Kind.ROW, Kind.SELECT, Kind.WELL}:
            node_id = self.nodes[node_id].inputs[0]
        return node_id

    def whole(self, node_id: str, inputs: Sequence[Sequence[str]]) -> str:
        """Return the key of a node on whole tables; `inputs` are the wells that reach each port."""
        node = self.nodes[node_id]
        if any(gate.kind == "error" for gate in node.gates.values()):
            raise KeyError(node_id)  # which failures come through is in no key
        parts = [part for source, wells in zip(node.inputs, inputs, strict=True)
                 for part in (str(len(wells)), *(f"{well}={self.of(source, well)}"
                                                 for well in sorted(wells)))]
        self._whole[node_id] = _hash(self._settings_of(node), *parts)
        return self._whole[node_id]

    def still(self, source: str, well: str) -> bool:
        """Say whether the files of a well are those that the key of a source was made of."""
        try:
            return self._known[source, well] == self._key(self.nodes[source], well)
        except OSError:
            return False

    def forget(self, source: str, well: str) -> None:
        """Have no key for a well any more, at a source and all below it."""
        self._forgotten.add((source, well))

    def _key(self, node: BoundNode, well: str) -> str:
        if node.kind is Kind.SOURCE:
            return _hash(self._settings_of(node), *_scanned(self._scan(node, well)))
        if node.kind is Kind.TABLE:
            return self._whole[node.id] if well == WHOLE else _hash(self._whole[node.id], well)
        (source,) = node.inputs
        if node.kind is Kind.SINK:
            return self.of(source, well)
        side = [self._tops(well) for name in node.operator.tables if name == "tops"]
        return _hash(self._settings_of(node), self.of(source, well), *side)

    def _settings_of(self, node: BoundNode) -> str:
        """Return the hash of all that decides what a node makes, besides its inputs."""
        found = self._settings.get(node.id)
        if found is None:
            found = self._settings[node.id] = _hash(
                _FORMAT, node.operator.id, node.operator.version,
                implementation_digest(node.operator),
                json.dumps(node.parameters, sort_keys=True, default=str),
                *map(_described, node.calls), json.dumps(list(node.selection.items())),
                json.dumps(sorted(node.reads)), node.depth_unit,
                *(f"{f.name} {f.type} {f.metadata}" for f in node.schema),
            )
        return found

    def _scan(self, node: BoundNode, well: str) -> WellScan:
        if node.id not in self._scans:
            self._scans[node.id] = {scan.well: scan for scan in node.scans}
        return self._scans[node.id][well]

    def _tops(self, well: str) -> str:
        if self.wells is None:
            return ""
        tops = self.wells.tops(well)
        return _hash(*(f"{f.name} {f.type} {f.metadata}" for f in tops.schema),
                     json.dumps(tops.to_pydict(), default=str))


def file_identity(path: Path) -> str:
    """Return what changes whenever a file is written: size, times and inode."""
    # The times of change and the inode tell apart two writes within one tick of the clock.
    found = path.stat()
    return f"{path} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def scan_identity(scan: WellScan) -> tuple[str, ...]:
    """Return the identities of the files of a well. Raises `OSError` if one is gone."""
    return tuple(file_identity(path) for path in scan.paths)


def _scanned(scan: WellScan) -> list[str]:
    columns = [f"{c.path} {c.column} {c.field.name} {c.field.type} {c.factor!r} {c.offset!r}"
               for c in scan.columns]
    return [*scan_identity(scan), *columns, repr(scan.top), repr(scan.base)]


def _described(call: BoundCall) -> str:
    reads = sorted((name, repr(read)) for name, read in call.arguments.items())
    makes = [(name, f"{f.name} {f.type} {f.metadata}") for name, f in call.outputs]
    return f"{call.mnemonic} {reads} {makes}"


def _hash(*parts: str) -> str:
    digest = hashlib.blake2b(digest_size=32)
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()
