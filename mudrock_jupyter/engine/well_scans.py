"""Where a source's columns are stored in each well, and the way to one type and unit for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from mudrock_jupyter.engine.bound import (
    ARROW_TYPES,
    DEPTH,
    ScanColumn,
    WellScan,
    unit_of,
    value_type,
)
from mudrock_jupyter.spec import mnemonics, units
from mudrock_jupyter.wells.catalogue import Well
from mudrock_jupyter.wells.selection import Selected

_SLACK = 1e-9  # a depth converted from feet and back must not fall off the end of a range


@dataclass(frozen=True)
class Chosen:
    """A well and the columns of it that are asked for, by the name they will have."""

    well: Well
    columns: Mapping[str, Selected]


def names_of(chosen: Sequence[Chosen], asked: Sequence[str] | None) -> list[str]:
    """Return the names of a source's curves: those asked for, or all that any well has."""
    if asked is not None:
        return [name for name in dict.fromkeys(each.strip().upper() for each in asked)
                if name != DEPTH]
    return list(dict.fromkeys(name for c in chosen for name in c.columns))


def source_field(name: str, columns: Sequence[Selected]) -> pa.Field:
    """Return the field of a curve for all wells: the usual type, one unit, and what they share."""
    filled = [selected for selected in columns if has_values(selected)] or columns
    stored = [selected.file.schema.field(selected.column) for selected in filled]
    usual = Counter(value_type(field.type) for field in stored).most_common(1)[0][0]
    stored = [field for field in stored if value_type(field.type) == usual]
    shared = set.intersection(*(set((field.metadata or {}).items()) for field in stored))
    metadata = dict(sorted(shared)) | {
        b"unit": _common_unit(name, [unit_of(field) for field in stored]).encode()
    }
    return pa.field(name, ARROW_TYPES[usual], metadata=metadata)


def _common_unit(name: str, found: Sequence[str]) -> str:
    known = Counter(unit for unit in found if unit)
    if len(known) < 2:
        return next(iter(known), "")
    usual, preferred = known.most_common(1)[0][0], mnemonics.canonical_unit(name)
    return preferred if preferred and units.compatible(preferred, usual) else usual


def scan_of(
    chosen: Chosen, fields: Sequence[pa.Field], depth: tuple[float, float] | None
) -> WellScan:
    """Say what to read of one well for the fields; `depth` is a range in their depth's unit."""
    file = next((s.file for s in chosen.columns.values()), chosen.well.files[0])
    unit, target = file.depth_unit, unit_of(fields[0])
    factor, offset = units.conversion(unit, target) if unit and target else (1.0, 0.0)
    columns = [ScanColumn(file.path, DEPTH, fields[0], factor, offset)]
    columns += [_scan_column(chosen.columns.get(field.name), field) for field in fields[1:]]
    if depth is None:
        return WellScan(chosen.well.well_id, tuple(columns))
    slack = 0.0 if factor == 1.0 else _SLACK
    top, base = ((limit - offset) / factor for limit in depth)
    return WellScan(chosen.well.well_id, tuple(columns),
                    top - abs(top) * slack, base + abs(base) * slack)


def has_values(selected: Selected) -> bool:
    """Say whether a stored column has any value; one without is as good as none."""
    return selected.file.counts.get(selected.column) != 0


def _scan_column(selected: Selected | None, field: pa.Field) -> ScanColumn:
    if selected is None or not has_values(selected):
        return ScanColumn(None, field.name, field)
    stored = selected.file.schema.field(selected.column)
    unit, target = unit_of(stored), unit_of(field)
    fits = value_type(stored.type) == value_type(field.type)
    if not fits or (unit and target and not units.compatible(unit, target)):
        return ScanColumn(None, field.name, field)
    factor, offset = units.conversion(unit, target) if unit and target else (1.0, 0.0)
    return ScanColumn(selected.file.path, selected.column, field, factor, offset)
