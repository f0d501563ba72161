"""The area between two curves, as closed outlines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def outlines(depth: Floats, left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Return `(positions, depths)` of the outlines where `left` plots to the left of `right`.

    Positions are fractions of the track's width; what is beyond its edges is cut off. Outlines
    are separated by NaN, begin and end at the exact crossing of the curves, and never span a null.

    >>> positions, depths = outlines(
    ...     np.array([0.0, 1.0, 2.0]), np.array([0.2, 0.4, 0.6]), np.array([0.4, 0.4, 0.4]))
    >>> positions.tolist()[:4], depths.tolist()[:4]
    ([0.2, 0.4, 0.4, 0.4], [0.0, 1.0, 1.0, 0.0])
    """
    depth, left, right = _with_crossings(depth, np.clip(left, 0, 1), np.clip(right, 0, 1))
    apart = np.pad(right > left, 1)  # False where one of them is null
    beside = apart[:-2] | apart[1:-1] | apart[2:]
    starts, ends = _runs(beside & (right >= left))
    positions: list[Floats] = []
    depths: list[Floats] = []
    end_of_outline = np.array([np.nan])
    for start, end in zip(starts, ends, strict=True):
        run = slice(start, end)
        if end - start < 2:
            continue
        positions += [left[run], right[run][::-1], end_of_outline]
        depths += [depth[run], depth[run][::-1], end_of_outline]
    if not positions:
        return np.empty(0), np.empty(0)
    return np.concatenate(positions), np.concatenate(depths)


def _with_crossings(depth: Floats, left: Floats, right: Floats) -> tuple[Floats, Floats, Floats]:
    gap = right - left
    before = np.flatnonzero(gap[:-1] * gap[1:] < 0)  # never at a null: NaN < 0 is False
    share = gap[before] / (gap[before] - gap[before + 1])

    def insert(values: Floats) -> Floats:
        crossing = values[before] + share * (values[before + 1] - values[before])
        return np.insert(values, before + 1, crossing)

    depth, crossed = insert(depth), insert(left)
    right = insert(right)
    at = before + 1 + np.arange(len(before))
    right[at] = crossed[at]  # the same point to the last bit
    return depth, crossed, right


def _runs(flags: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the starts and the ends (exclusive) of the runs of True.

    >>> [ends.tolist() for ends in _runs(np.array([True, True, False, True]))]
    [[0, 3], [2, 4]]
    """
    change = np.diff(flags.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(change == 1), np.flatnonzero(change == -1)
