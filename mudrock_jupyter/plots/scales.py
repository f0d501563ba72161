"""On which scale a curve is drawn: the field's conventions, in the unit the curve has."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mudrock_jupyter.plots.tracks import Series
from mudrock_jupyter.spec import mnemonics, units


@dataclass(frozen=True)
class Scale:
    """The track a measurement belongs to, and the values at its edges in `unit`."""

    track: str
    left: float
    right: float
    unit: str
    colour: str
    dash: str = "solid"
    logarithmic: bool = False


# Colours are of middle lightness: they read on white paper and on a dark screen.
_BY_NAME = {
    "GR": Scale("gamma ray", 0, 150, "gAPI", "#2a8f48"),
    "CGR": Scale("gamma ray", 0, 150, "gAPI", "#6d872a", "dash"),
    "SP": Scale("gamma ray", -160, 40, "mV", "#3b82c4"),
    "CALI": Scale("gamma ray", 6, 16, "in", "#757b85", "dash"),
    "BS": Scale("gamma ray", 6, 16, "in", "#757b85", "dot"),
    "RT": Scale("resistivity", 0.2, 2000, "ohm.m", "#d1434b", logarithmic=True),
    "RMED": Scale("resistivity", 0.2, 2000, "ohm.m", "#b0701a", "dash", logarithmic=True),
    "RSHA": Scale("resistivity", 0.2, 2000, "ohm.m", "#3b82c4", "dot", logarithmic=True),
    "RXO": Scale("resistivity", 0.2, 2000, "ohm.m", "#757b85", "dashdot", logarithmic=True),
    "RHOB": Scale("density neutron", 1.95, 2.95, "g/cm3", "#e0393e"),
    "NPHI": Scale("density neutron", 0.45, -0.15, "v/v", "#3478d4", "dash"),
    "PEF": Scale("photoelectric", 0, 10, "b/e", "#a35bb5"),
    "DTC": Scale("sonic", 140, 40, "us/ft", "#8b5cf6"),
    "DTS": Scale("sonic", 340, 40, "us/ft", "#c2559d", "dash"),
}
_BY_PREFIX = {
    "VSH": Scale("shale volume", 0, 1, "v/v", "#7a8450"),
    "VCL": Scale("shale volume", 0, 1, "v/v", "#8a7350", "dash"),
    "PHI": Scale("porosity", 0.5, 0, "v/v", "#2985ab"),
    "SW": Scale("water saturation", 1, 0, "v/v", "#3f7fe0"),
    "PERM": Scale("permeability", 0.01, 10000, "mD", "#c0622f", logarithmic=True),
}
TRACK_ORDER = tuple(dict.fromkeys(s.track for s in (*_BY_NAME.values(), *_BY_PREFIX.values())))
_WRAPPED = {"GR", "CGR"}
_UNKNOWN_COLOUR = "#5a7d91"


def conventional(curve: str, unit: str) -> Scale | None:
    """Return the customary scale of a curve, expressed in its unit; None when there is none.

    >>> scale = conventional("DEN", "kg/m3")
    >>> (scale.track, scale.left, scale.right)
    ('density neutron', 1950.0, 2950.0)
    >>> conventional("NEUT", "cps") is None
    True
    """
    scale = _BY_NAME.get(mnemonics.canonical(curve)) or _by_prefix(curve) or _by_unit(unit)
    if scale is None or not unit or units.canonical(unit, like=scale.unit) == scale.unit:
        return scale
    if not units.compatible(scale.unit, unit):
        return None
    factor, offset = units.conversion(scale.unit, unit)
    left, right = (float(f"{edge * factor + offset:.4g}") for edge in (scale.left, scale.right))
    return replace(scale, left=left, right=right, unit=unit)


def _by_prefix(curve: str) -> Scale | None:
    name = curve.upper()
    return next((scale for prefix, scale in _BY_PREFIX.items() if name.startswith(prefix)), None)


def _by_unit(unit: str) -> Scale | None:
    """Return the scale of a permeability: it goes by many names, but no other curve is in mD."""
    return _BY_PREFIX["PERM"] if units.canonical(unit) == "mD" else None


def customary_order(curve: str) -> int:
    """Return the rank of a curve in the header of its track: gamma ray over caliper."""
    names = list(_BY_NAME)
    name = mnemonics.canonical(curve)
    return names.index(name) if name in names else len(names)


def series(curve: str, unit: str, values: npt.NDArray[np.floating]) -> Series:
    """Return how to draw a curve: on its customary scale, else on the range of its values."""
    scale = conventional(curve, unit)
    if scale is None:
        left, right = robust_range(values)
        return Series(curve, left, right, _UNKNOWN_COLOUR, unit)
    return Series(
        curve, scale.left, scale.right, scale.colour, unit or scale.unit, scale.dash,
        scale.logarithmic,
    )


def cycles(
    curve: str, unit: str, values: npt.NDArray[np.floating]
) -> tuple[Series, ...]:
    """Return how to draw a curve, with a backup scale where a gamma ray leaves its track.

    Printed logs wrap a hot shale back in from the left edge: 0 to 150, then 150 to 300.

    >>> [(s.left, s.right) for s in cycles("GR", "gAPI", np.array([40.0, 185.0]))]
    [(0, 150), (150, 300)]
    """
    first = series(curve, unit, values)
    wraps = mnemonics.canonical(curve) in _WRAPPED and bool(np.any(values > first.right))
    if not wraps:
        return (first,)
    beyond = 2 * first.right - first.left
    return first, replace(first, left=first.right, right=beyond, dash="dot", backup=True)


def robust_range(values: npt.NDArray[np.floating]) -> tuple[float, float]:
    """Return round numbers around the 1st to the 99th percentile, so that no spike sets the scale.

    >>> robust_range(np.append(np.linspace(2.3, 47.1, 1000), 9999.0))
    (0.0, 50.0)
    """
    valid = values[np.isfinite(values)]
    if len(valid) == 0:
        return 0.0, 1.0
    low, high = (float(edge) for edge in np.percentile(valid, [1, 99]))
    if low == high:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    step = _round_step((high - low) / 5)
    return math.floor(low / step) * step, math.ceil(high / step) * step


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(digit * power for digit in (1, 2, 2.5, 5, 10) if digit * power >= step * 0.999)
