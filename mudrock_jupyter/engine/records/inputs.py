"""The files that a plan reads, as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mudrock_jupyter.engine.compile import Plan
from mudrock_jupyter.engine.records.record import InputRecord
from mudrock_jupyter.spec.errors import MudrockError
from mudrock_jupyter.wells.store import WellStore


def input_files(plan: Plan) -> dict[Path, InputRecord]:
    """Describe every file of wells that a plan reads, from its status and its footer only."""
    store = plan.wells if isinstance(plan.wells, WellStore) else None
    found: dict[Path, str] = {}
    for well, path in _files(plan, store):
        found.setdefault(path, well)
    return {path: _described(path, well, store) for path, well in sorted(found.items())}


def tops_file(store: WellStore, well: str) -> Path:
    """Return the file of a well's tops, there or not."""
    return store.layout.tops(well)


def _files(plan: Plan, store: WellStore | None) -> Iterator[tuple[str, Path]]:
    for node in plan.nodes.values():
        for scan in node.scans:
            for path in scan.paths:
                yield scan.well, path
        if store is not None and node.operator.tables:
            for well in node.wells:
                path = tops_file(store, well)
                if path.exists():
                    yield well, path


def _described(path: Path, well: str, store: WellStore | None) -> InputRecord:
    named = path.relative_to(store.root) if store and path.is_relative_to(store.root) else path
    try:
        status = path.stat()
    except OSError:  # gone since the plan was made: the run will say so
        return InputRecord(path=named.as_posix(), well=well)
    footer = _footer(path, store)
    return InputRecord(
        path=named.as_posix(), well=well, size=status.st_size, mtime_ns=status.st_mtime_ns,
        source_file=footer.get("source_file", ""), source_sha256=footer.get("source_sha256", ""),
        depth_sha256=footer.get("depth_sha256", ""),
    )


def _footer(path: Path, store: WellStore | None) -> dict[str, str]:
    if store is None or path.name == "tops.parquet":
        return {}
    try:
        return dict(store.file(path).footer)
    except (MudrockError, OSError):
        return {}
