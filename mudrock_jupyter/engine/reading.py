"""Binding a source: which wells and curves it reads, from which files and in which units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from mudrock_jupyter.engine.bound import (
    ARROW_TYPES,
    DEPTH,
    WELL_ID_FIELD,
    BoundNode,
    Failure,
    ScanColumn,
    WellScan,
    WellSource,
    unit_of,
    value_type,
)
from mudrock_jupyter.operators.declare import Operator
from mudrock_jupyter.spec import mnemonics, units
from mudrock_jupyter.spec.errors import MudrockError, NotFound, did_you_mean
from mudrock_jupyter.spec.pipeline import NodeSpec
from mudrock_jupyter.spec.problems import Problem
from mudrock_jupyter.wells.catalogue import Well
from mudrock_jupyter.wells.selection import Selected, select

_SLACK = 1e-9  # a depth converted from feet and back must not fall off the end of a range


@dataclass(frozen=True)
class _Chosen:
    """A well and the columns of it that are asked for, by the name they will have."""

    well: Well
    columns: Mapping[str, Selected]


def bind_source(
    node: NodeSpec, operator: Operator, parameters: Mapping[str, Any], wells: WellSource | None
) -> tuple[BoundNode | None, list[Problem]]:
    """Bind a source to the wells' files; nothing is read but footers."""
    if wells is None:
        return None, [Problem("no_project", f"{node.name!r} reads wells, and there is no project.",
                              "Open the pipeline from a project, or name one with --project.",
                              node=node.id)]
    asked = parameters.get("curves") or None
    depth = parameters.get("depth")
    problems = _depth_problems(node, depth)
    ids, missing = _well_ids(node, parameters.get("wells"), wells)
    problems += missing
    chosen, failures, unknown = _choose(node, ids, asked, parameters.get("set"), wells)
    problems += unknown + _unreadable(node, failures, len(ids))
    if not chosen or any(problem.severity == "error" for problem in problems):
        return None, problems
    fields = [_field(name, [c.columns[name] for c in chosen if name in c.columns])
              for name in _names(chosen, asked)]
    depth_field = pa.field(DEPTH, pa.float64(),
                           metadata={"unit": wells.depth_unit, "description": "Depth"})
    scans = tuple(_scan(c, [depth_field, *fields], depth) for c in chosen)
    lacking = {
        field.name: frozenset(scan.well for scan in scans
                              if any(c.path is None for c in scan.columns if c.field.name == field.name))
        for field in fields
    }
    problems += _mixed_units(node, chosen, fields) + _partly_missing(node, chosen, asked)
    if depth is not None and not _overlap(scans, chosen):
        problems.append(Problem("depth_range_empty", "No well has samples between "
                                f"{depth[0]:g} and {depth[1]:g} {wells.depth_unit}.",
                                "Choose another depth range.", node=node.id, severity="warning"))
    return BoundNode(
        id=node.id, name=node.name, operator=operator, inputs=(), parameters=dict(parameters),
        schema=pa.schema([WELL_ID_FIELD, depth_field, *fields]),
        wells=tuple(scan.well for scan in scans),
        lacking={name: without for name, without in lacking.items() if without},
        failures=tuple(failures), scans=scans, depth_unit=wells.depth_unit,
    ), problems


def some(names: Iterable[str], most: int = 5) -> str:
    """Return the first of many names, and how many more there are.

    >>> some(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def _depth_problems(node: NodeSpec, depth: tuple[float, float] | None) -> list[Problem]:
    if depth is None or depth[0] < depth[1]:
        return []
    return [Problem("invalid_depth_range",
                    f"{node.name!r} reads from {depth[0]:g} down to {depth[1]:g}: nothing.",
                    "Give the top first, then a base below it.", node=node.id)]


def _well_ids(
    node: NodeSpec, asked: Sequence[str] | None, wells: WellSource
) -> tuple[list[str], list[Problem]]:
    if not asked:
        ids = wells.well_ids()
        return ids, [] if ids else [Problem("no_wells", "The project has no wells.",
                                            "Import some files first.", node=node.id)]
    problems, found, known = [], dict[str, None](), set(wells.well_ids())
    for name in asked:
        if name in known:
            found[name] = None
            continue
        try:
            found[wells.well(name).well_id] = None
        except NotFound as error:
            problems.append(Problem("unknown_well", str(error),
                                    "project.wells() lists them all.", node=node.id))
        except MudrockError as error:
            problems.append(Problem("unreadable_well", str(error), node=node.id))
    return sorted(found), problems


def _choose(
    node: NodeSpec, ids: Sequence[str], asked: Sequence[str] | None, set_name: str | None,
    wells: WellSource,
) -> tuple[list[_Chosen], list[Failure], list[Problem]]:
    chosen, failures, seen = [], [], dict[str, None]()
    for well_id in ids:
        try:
            well = wells.well(well_id)
            seen |= dict.fromkeys(well.curves)
            present = None if asked is None else [
                name for name in asked if mnemonics.resolve(name, well.curves) is not None
            ]
            selected = select(well_id, well.files, present, set_name)
        except MudrockError as error:
            failures.append(Failure(well_id, node.id, str(error)))
            continue
        chosen.append(_Chosen(well, {s.name.strip().upper(): s for s in selected
                                     if s.column != DEPTH}))
    nowhere = [name for name in asked or () if name.upper() != DEPTH and chosen
               and not any(name.strip().upper() in c.columns for c in chosen)]
    problems = [
        Problem("unknown_curve", f"No well has a curve {name!r}.{did_you_mean(name, seen)}",
                f"There are: {some(seen, 20)}." if seen else "", node=node.id)
        for name in nowhere
    ]
    return chosen, failures, problems


def _unreadable(node: NodeSpec, failures: Sequence[Failure], wells: int) -> list[Problem]:
    if failures and len(failures) == wells:
        return [Problem("unreadable_well", f"None of the {wells} wells can be read. "
                        + failures[0].message, node=node.id)]
    return [Problem("unreadable_well", f"The well {failure.well} is left out: {failure.message}",
                    node=node.id, severity="warning") for failure in failures]


def _names(chosen: Sequence[_Chosen], asked: Sequence[str] | None) -> list[str]:
    if asked is not None:
        return [name for name in dict.fromkeys(each.strip().upper() for each in asked)
                if name != DEPTH]
    return list(dict.fromkeys(name for c in chosen for name in c.columns))


def _field(name: str, columns: Sequence[Selected]) -> pa.Field:
    """Return the field of a curve for all wells: one type, one unit."""
    stored = [selected.file.schema.field(selected.column) for selected in columns]
    type = ARROW_TYPES[value_type(stored[0].type)]
    metadata = dict(stored[0].metadata or {}) | {
        b"unit": _common_unit(name, [unit_of(field) for field in stored]).encode()
    }
    return pa.field(name, type, metadata=metadata)


def _common_unit(name: str, found: Sequence[str]) -> str:
    known = Counter(unit for unit in found if unit)
    if len(known) < 2:
        return next(iter(known), "")
    usual, preferred = known.most_common(1)[0][0], mnemonics.canonical_unit(name)
    return preferred if preferred and units.compatible(preferred, usual) else usual


def _scan(
    chosen: _Chosen, fields: Sequence[pa.Field], depth: tuple[float, float] | None
) -> WellScan:
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


def _scan_column(selected: Selected | None, field: pa.Field) -> ScanColumn:
    if selected is None:
        return ScanColumn(None, field.name, field)
    stored = selected.file.schema.field(selected.column)
    unit, target = unit_of(stored), unit_of(field)
    fits = value_type(stored.type) == value_type(field.type)
    if not fits or (unit and target and not units.compatible(unit, target)):
        return ScanColumn(None, field.name, field)
    factor, offset = units.conversion(unit, target) if unit and target else (1.0, 0.0)
    return ScanColumn(selected.file.path, selected.column, field, factor, offset)


def _mixed_units(
    node: NodeSpec, chosen: Sequence[_Chosen], fields: Sequence[pa.Field]
) -> list[Problem]:
    problems = []
    for field in fields:
        target = unit_of(field)
        found = {c.well.well_id: unit_of(s.file.schema.field(s.column))
                 for c in chosen if (s := c.columns.get(field.name)) is not None}
        blank = [well for well, unit in found.items() if target and not unit]
        other = [f"{well} ({unit})" for well, unit in found.items()
                 if unit and target and not units.compatible(unit, target)]
        if blank:
            problems.append(Problem(
                "unknown_unit", f"{field.name} has no unit in {len(blank)} of {len(found)} wells: "
                f"{some(blank)}.", f"It is taken as {target} there.",
                node=node.id, severity="warning"))
        if other:
            problems.append(Problem(
                "mixed_units", f"{field.name} is in {target}; in these wells it is something else: "
                f"{some(other)}.", "It is left empty there.", node=node.id, severity="warning"))
    return problems


def _partly_missing(
    node: NodeSpec, chosen: Sequence[_Chosen], asked: Sequence[str] | None
) -> list[Problem]:
    problems = []
    for name in _names(chosen, asked) if asked is not None else []:
        without = [c.well.well_id for c in chosen if name not in c.columns]
        if without:
            problems.append(Problem(
                "curve_missing_in_wells", f"{name} is missing in {len(without)} of {len(chosen)} "
                f"wells: {some(without)}.", "It is empty there.", node=node.id, severity="warning"))
    return problems


def _overlap(scans: Sequence[WellScan], chosen: Sequence[_Chosen]) -> bool:
    return any(
        file.depth_base >= (scan.top or 0.0) and file.depth_top <= (scan.base or 0.0)
        for scan, c in zip(scans, chosen, strict=True)
        for file in c.well.files if file.path in scan.paths
    )
