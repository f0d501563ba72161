"""Which tracks a composite log has, chosen from the columns that are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Literal

import numpy as np
import pyarrow as pa

from mudrock_jupyter.plots import scales
from mudrock_jupyter.plots.tracks import LEFT_EDGE, RIGHT_EDGE, Fill, Kind, Series, Track
from mudrock_jupyter.plots.well_table import DEPTH, WellTable, column_named
from mudrock_jupyter.spec import mnemonics

Template = Literal["auto", "plain"] | Sequence[Track]

_DEPTH_TRACK = Track(kind=Kind.DEPTH, width=0.56, title=DEPTH, column=DEPTH)
_ZONES = {"ZONE", "FORMATION", "GROUP", "MEMBER", "FACIES", "LITHOLOGY"}
_NOT_CURVES = {DEPTH, "TVD", "TVDSS", "X_LOC", "Y_LOC", "Z_LOC"}  # where the bit was
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")

GAS = "rgba(250, 204, 21, 0.65)"
SHALE = "rgba(140, 140, 130, 0.30)"
_HOT = "rgba(42, 143, 72, 0.42)"
_SHALE_VOLUME = "rgba(140, 140, 110, 0.40)"
_POROSITY = "rgba(43, 143, 184, 0.22)"
_HYDROCARBON = "rgba(46, 158, 79, 0.30)"


def choose_tracks(
    well: WellTable, curves: Sequence[str] | None = None, template: Template = "auto"
) -> tuple[Track, ...]:
    """Return the tracks for some curves of a well, or for all that have values.

    "auto" groups them as a printed composite log does: gamma ray, depth, resistivity, density
    and neutron, sonic, interpretation, curves without a convention, flags, zones. "plain" gives
    each curve a track of its own, in the order asked. Raises `NotFound` for an unknown curve.
    """
    if not isinstance(template, str):
        return tuple(template)
    names = _asked(well, curves) if curves is not None else _worth_drawing(well)
    drawn = [name for name in names if well.is_number(name) and not _is_flag(well, name)]
    scaled = [scales.cycles(name, well.unit(name), well.values(name)) for name in drawn]
    if template == "plain":
        tracks = [Track(cycles) for cycles in scaled]
        return (_DEPTH_TRACK, *tracks, *_flags_and_zones(well, names))
    grouped = _grouped(list(chain.from_iterable(scaled)))
    first = [track for track in grouped if track.title == "gamma ray"]
    rest = [track for track in grouped if track.title != "gamma ray"]
    return (*first, _DEPTH_TRACK, *rest, *_flags_and_zones(well, names))


def _asked(well: WellTable, curves: Iterable[str]) -> list[str]:
    names = dict.fromkeys(column_named(name, well.table) for name in curves)
    return [name for name in names if name != DEPTH]


def _worth_drawing(well: WellTable) -> list[str]:
    return [
        name
        for name in well.curves
        if well.table[name].null_count < len(well.depth)
        and mnemonics.canonical(name) not in _NOT_CURVES
        and (
            not np.isnan(well.values(name)).all()
            if well.is_number(name)
            else name.upper() in _ZONES
        )
    ]


def _is_flag(well: WellTable, name: str) -> bool:
    kind = well.table.schema.field(name).type
    if pa.types.is_boolean(kind):
        return True
    named = name.upper().endswith("FLAG") or name.upper() in {"PAY", "NET", "RESERVOIR"}
    if not (named or pa.types.is_integer(kind)):
        return False
    values = well.values(name)
    return bool(np.isin(values[~np.isnan(values)], (0, 1)).all())


def _grouped(every: Sequence[Series]) -> list[Track]:
    groups: dict[str, list[Series]] = {title: [] for title in scales.TRACK_ORDER}
    for series in sorted(every, key=lambda series: scales.customary_order(series.curve)):
        scale = scales.conventional(series.curve, series.unit)
        group = groups.setdefault(scale.track if scale else series.curve, [])
        group.append(_distinct(series, group))
    return [
        Track(tuple(group), _fills(title, group), title=title, width=_width(title))
        for title, group in groups.items()
        if group
    ]


def _width(title: str) -> float:
    return {"density neutron": 1.25, "resistivity": 1.3}.get(title, 1.0)


def _distinct(series: Series, others: Sequence[Series]) -> Series:
    taken = {(other.colour, other.dash) for other in others}
    dashes = (series.dash, *_DASHES)
    free = (dash for dash in dashes if (series.colour, dash) not in taken)
    return replace(series, dash=next(free, series.dash))


def _fills(title: str, group: Sequence[Series]) -> tuple[Fill, ...]:
    first = group[0].curve
    if title == "gamma ray":
        return tuple(
            Fill(LEFT_EDGE, series.name, _HOT, "beyond the first scale")
            for series in group
            if series.backup
        )
    if title == "shale volume":
        return (Fill(LEFT_EDGE, first, _SHALE_VOLUME, "shale"),)
    if title == "porosity":
        return (Fill(first, RIGHT_EDGE, _POROSITY, "porosity"),)
    if title == "water saturation":
        return (Fill(LEFT_EDGE, first, _HYDROCARBON, "hydrocarbon"),)
    if title == "density neutron":
        names = {mnemonics.canonical(series.curve): series.curve for series in reversed(group)}
        density, neutron = names.get("RHOB"), names.get("NPHI")
        if density and neutron:
            return (
                Fill(density, neutron, GAS, "gas crossover"),
                Fill(neutron, density, SHALE, "shale"),
            )
    return ()


def _flags_and_zones(well: WellTable, names: Sequence[str]) -> list[Track]:
    flags = [name for name in names if well.is_number(name) and _is_flag(well, name)]
    zones = [name for name in names if not well.is_number(name)]
    return [
        *(Track(kind=Kind.FLAG, width=0.3, title=name, column=name) for name in flags),
        *(Track(kind=Kind.ZONE, width=0.8, title=name, column=name) for name in zones),
    ]
