"""Binding a source: which wells and curves it reads, from which files and in which units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from mudrock_jupyter.engine.bound import DEPTH, WELL_ID_FIELD, BoundNode, Failure, WellSource
from mudrock_jupyter.engine.source_problems import (
    mixed_types,
    mixed_units,
    overlap,
    partly_missing,
    some,
    unreadable,
    upside_down,
)
from mudrock_jupyter.engine.well_scans import Chosen, names_of, scan_of, source_field
from mudrock_jupyter.operators.declare import Operator
from mudrock_jupyter.spec import mnemonics
from mudrock_jupyter.spec.errors import MudrockError, NotFound, did_you_mean
from mudrock_jupyter.spec.pipeline import NodeSpec
from mudrock_jupyter.spec.problems import Problem
from mudrock_jupyter.wells.layout import slug
from mudrock_jupyter.wells.selection import select


def bind_source(
    node: NodeSpec, operator: Operator, parameters: Mapping[str, Any], wells: WellSource | None
) -> tuple[BoundNode | None, list[Problem]]:
    """Bind a source to the wells' files; nothing is read but footers."""
    if wells is None:
        return None, [Problem("no_project", f"{node.name!r} reads wells, and no project is known "
                              "for this pipeline.",
                              "Open it as project.pipeline(...), keep it beside its project, or "
                              "name one with --project.",
                              node=node.id)]
    asked = parameters.get("curves") or None
    depth = parameters.get("depth")
    problems = upside_down(node, depth)
    ids, missing = _well_ids(node, parameters.get("wells"), wells)
    problems += missing
    chosen, failures, unknown = _choose(node, ids, asked, parameters.get("set"), wells)
    problems += unknown + unreadable(node, failures, len(ids))
    if not chosen or any(problem.severity == "error" for problem in problems):
        return None, problems
    fields = [source_field(name, [c.columns[name] for c in chosen if name in c.columns])
              for name in names_of(chosen, asked)]
    depth_field = pa.field(DEPTH, pa.float64(),
                           metadata={"unit": wells.depth_unit, "description": "Depth"})
    scans = tuple(scan_of(c, [depth_field, *fields], depth) for c in chosen)
    lacking = {
        field.name: frozenset(scan.well for scan in scans if field.name in scan.without)
        for field in fields
    }
    problems += mixed_types(node, chosen, fields) + mixed_units(node, chosen, fields)
    problems += partly_missing(node, scans, asked)
    if depth is not None and not overlap(scans, chosen):
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


def _well_ids(
    node: NodeSpec, asked: Sequence[str] | None, wells: WellSource
) -> tuple[list[str], list[Problem]]:
    if not asked:
        ids = wells.well_ids()
        return ids, [] if ids else [Problem("no_wells", "The project has no wells.",
                                            "Import some files first.", node=node.id)]
    problems, found = [], dict[str, None]()
    for name in asked:
        try:
            found[wells.well(name).well_id] = None
        except NotFound as error:
            problems.append(Problem("unknown_well", str(error),
                                    "project.wells() lists them all.", node=node.id))
        except MudrockError:
            found[slug(name)] = None  # there, but damaged: one well left out, as among all wells
    return sorted(found), problems


def _choose(
    node: NodeSpec, ids: Sequence[str], asked: Sequence[str] | None, set_name: str | None,
    wells: WellSource,
) -> tuple[list[Chosen], list[Failure], list[Problem]]:
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
        chosen.append(Chosen(well, {s.name.strip().upper(): s for s in selected
                                     if s.column != DEPTH}))
    nowhere = [name for name in asked or () if name.upper() != DEPTH and chosen
               and not any(name.strip().upper() in c.columns for c in chosen)]
    problems = [
        Problem("unknown_curve", f"No well has a curve {name!r}.{did_you_mean(name, seen)}",
                f"There are: {some(seen, 20)}." if seen else "", node=node.id)
        for name in nowhere
    ]
    return chosen, failures, problems
