"""What can be wrong with the wells, curves and depths that a source reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from mudrock_jupyter.engine.bound import HELD, Failure, WellScan, unit_of, value_type
from mudrock_jupyter.engine.well_scans import Chosen, has_values
from mudrock_jupyter.spec import units
from mudrock_jupyter.spec.pipeline import NodeSpec
from mudrock_jupyter.spec.problems import Problem


def some(names: Iterable[str], most: int = 5) -> str:
    """Return the first of many names, and how many more there are.

    >>> some(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def upside_down(node: NodeSpec, depth: tuple[float, float] | None) -> list[Problem]:
    """Refuse a depth range that holds nothing."""
    if depth is None or depth[0] < depth[1]:
        return []
    return [Problem("invalid_depth_range",
                    f"{node.name!r} reads from {depth[0]:g} down to {depth[1]:g}: nothing.",
                    "Give the top first, then a base below it.", node=node.id)]


def unreadable(node: NodeSpec, failures: Sequence[Failure], wells: int) -> list[Problem]:
    """Tell of the wells that cannot be read."""
    if failures and len(failures) == wells:
        return [Problem("unreadable_well", f"None of the {wells} wells can be read. "
                        + failures[0].message, node=node.id)]
    return [Problem("unreadable_well", f"The well {failure.well} is left out: {failure.message}",
                    node=node.id, severity="warning") for failure in failures]


def mixed_units(
    node: NodeSpec, chosen: Sequence[Chosen], fields: Sequence[pa.Field]
) -> list[Problem]:
    """Tell of the wells whose curve has no unit, or one of another kind."""
    problems, blank = [], dict[str, list[str]]()
    for field in fields:
        target = unit_of(field)
        stored = {c.well.well_id: s.file.schema.field(s.column)
                  for c in chosen if (s := c.columns.get(field.name)) is not None}
        found = {well: unit_of(column) for well, column in stored.items()
                 if value_type(column.type) == value_type(field.type)}
        without = [well for well, unit in found.items() if target and not unit]
        if without:
            blank[f"{field.name} ({target})"] = without
        other = [f"{well} ({unit})" for well, unit in found.items()
                 if unit and target and not units.compatible(unit, target)]
        if other:
            problems.append(Problem(
                "mixed_units", f"{field.name} is in {target}; in these wells it is something else: "
                f"{some(other)}.", "It is left empty there.", node=node.id, severity="warning"))
    if blank:
        wells = sorted({well for without in blank.values() for well in without})
        problems.append(Problem(
            "assumed_unit", f"Some curves have no unit in {some(wells)}. There they are taken to "
            f"be in that of the other wells: {some(blank)}.", "Check that they are.",
            node=node.id, severity="warning"))
    return problems


def mixed_types(
    node: NodeSpec, chosen: Sequence[Chosen], fields: Sequence[pa.Field]
) -> list[Problem]:
    """Tell of the wells whose curve holds something else than in the others."""
    problems = []
    for field in fields:
        usual = value_type(field.type)
        other = [f"{c.well.well_id} ({HELD[held]})" for c in chosen
                 if (s := c.columns.get(field.name)) is not None and has_values(s)
                 and (held := value_type(s.file.schema.field(s.column).type)) != usual]
        if other:
            problems.append(Problem(
                "mixed_types", f"{field.name} holds {HELD[usual]}; in these wells something else: "
                f"{some(other)}.", "It is left empty there.", node=node.id, severity="warning"))
    return problems


def partly_missing(
    node: NodeSpec, scans: Sequence[WellScan], asked: Sequence[str] | None
) -> list[Problem]:
    """Tell of the wells that lack a curve which was asked for, or have no value of it."""
    problems = []
    for name in dict.fromkeys(each.strip().upper() for each in asked or ()):
        without = [scan.well for scan in scans if name in scan.without]
        if without:
            problems.append(Problem(
                "curve_missing_in_wells", f"{name} is missing in {len(without)} of {len(scans)} "
                f"wells: {some(without)}.", "What needs it leaves them out.", node=node.id,
                severity="warning"))
    return problems


def overlap(scans: Sequence[WellScan], chosen: Sequence[Chosen]) -> bool:
    """Say whether any well has samples in the depths to read."""
    return any(
        file.depth_base >= (scan.top or 0.0) and file.depth_top <= (scan.base or 0.0)
        for scan, c in zip(scans, chosen, strict=True)
        for file in c.well.files if file.path in scan.paths
    )
