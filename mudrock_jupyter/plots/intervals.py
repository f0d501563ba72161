"""Runs of one value down a well: zones and flags as intervals of depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Interval:
    """A value from `top` (inclusive) to `base`, the depth of the next sample with another."""

    value: str
    top: float
    base: float


def intervals(
    depth: npt.NDArray[np.floating], values: Sequence[str | None]
) -> tuple[Interval, ...]:
    """Return the runs of equal values; nulls and empty texts belong to none.

    >>> [(i.value, i.top, i.base) for i in intervals(np.arange(4.0), ["A", "A", None, "B"])]
    [('A', 0.0, 2.0), ('B', 3.0, 3.0)]
    """
    found: list[Interval] = []
    start = 0
    for position in range(1, len(values) + 1):
        if position < len(values) and values[position] == values[start]:
            continue
        value = values[start]
        if value:
            base = depth[min(position, len(values) - 1)]
            found.append(Interval(value, float(depth[start]), float(base)))
        start = position
    return tuple(found)
