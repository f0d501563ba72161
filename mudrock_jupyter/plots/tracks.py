"""What a log plot is made of: tracks side by side, the curves in them and the fills between."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]

LEFT_EDGE = "left edge"
RIGHT_EDGE = "right edge"

_ROUNDING = 1e-6  # of float32, so that a value on the edge is inside


class Kind(Enum):
    """What a track shows."""

    CURVES = "curves"
    DEPTH = "depth"
    FLAG = "flag"
    ZONE = "zone"
    TOPS = "tops"


@dataclass(frozen=True)
class Series:
    """One curve in a track: its column, and the values at the track's left and right edge.

    `left` greater than `right` is a reversed scale. A `backup` begins where another scale of the
    same curve ends, and shows only what is beyond.
    """

    curve: str
    left: float
    right: float
    colour: str
    unit: str = ""
    dash: str = "solid"
    logarithmic: bool = False
    backup: bool = False

    @property
    def name(self) -> str:
        """The curve, told apart from the same curve on its first scale."""
        return f"{self.curve} backup" if self.backup else self.curve

    def position(self, values: Floats) -> npt.NDArray[np.float64]:
        """Return where values plot: 0 at the left edge, 1 at the right one.

        >>> Series("SW", 1, 0, "blue").position(np.array([0.75, 0.25])).tolist()
        [0.25, 0.75]
        """
        left, right = self.axis_range
        with np.errstate(invalid="ignore", divide="ignore"):
            scaled = np.log10(values) if self.logarithmic else np.asarray(values, np.float64)
        return (scaled - left) / (right - left)

    def value(self, position: Floats) -> npt.NDArray[np.float64]:
        """Return the values at positions, the inverse of `position`.

        >>> Series("NPHI", 0.45, -0.15, "blue").value(np.array([0.0, 1.0])).round(6).tolist()
        [0.45, -0.15]
        """
        left, right = self.axis_range
        scaled = left + np.asarray(position, np.float64) * (right - left)
        return 10.0**scaled if self.logarithmic else scaled

    @property
    def axis_range(self) -> tuple[float, float]:
        """The edges as an axis counts them: powers of ten on a logarithmic scale."""
        if self.logarithmic:
            return math.log10(self.left), math.log10(self.right)
        return self.left, self.right


@dataclass(frozen=True)
class Fill:
    """A colour where the curve `left` plots to the left of the curve `right`.

    Both are names of series; one may be `LEFT_EDGE` or `RIGHT_EDGE` of the track.
    """

    left: str
    right: str
    colour: str
    name: str = ""


@dataclass(frozen=True)
class Track:
    """A column of a log plot. `width` is relative to the other tracks."""

    series: tuple[Series, ...] = ()
    fills: tuple[Fill, ...] = ()
    kind: Kind = Kind.CURVES
    width: float = 1.0
    title: str = ""
    column: str = ""

    def off_scale(self, curve: str, values: Floats) -> float:
        """Return the share of a curve's valid samples that are beyond every scale it has here.

        >>> Track((Series("GR", 0, 150, "green"),)).off_scale("GR", np.array([30.0, 170.0]))
        0.5
        """
        valid = values[np.isfinite(values)]
        if len(valid) == 0:
            return 0.0
        shown = np.zeros(len(valid), dtype=bool)
        for series in self.series:
            if series.curve == curve:
                position = series.position(valid)
                shown |= (position > -_ROUNDING) & (position < 1 + _ROUNDING)
        return float(1 - shown.mean())
