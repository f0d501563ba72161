"""Kernels over windows of samples: mean, median and Hampel's test.

Compiled by numba on first use (and kept on disk), so import this module inside a function. A
window is `values[first[i]:last[i]]`; both bounds never decrease. NaN is a missing value.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mudrock_jupyter.operators.compiling import (
    COUNT,
    NUMBER,
    POSITIONS,
    VALUES,
    compiled,
    part,
)
from mudrock_jupyter.operators.runs import MAD_TO_SIGMA

Values = NDArray[np.float64]
Positions = NDArray[np.int64]


@compiled(VALUES, COUNT, COUNT, used_by={"sig_moving_average"})
def mean_of_samples(values: Values, half: int, least: int) -> Values:
    """Mean of `half` samples on either side; NaN where they hold fewer than `least` values.

    A window is the tail of one block of its own length and the head of the next (van Herk), so a
    sample costs two additions however long the window is. Unlike a running sum, which keeps the
    rounding of a spike for ever, this adds up nothing but the window's own values.
    """
    size, length = values.size, 2 * half + 1
    result = np.empty(size)
    tails = np.empty(length + 1)
    for k in range(length + 1):
        tails[k] = 0.0
    for start in range(0, size + half, length):  # of the block that the windows end in
        head = 0.0
        for k in range(length):
            if start + k < size:
                head += _or_zero(values[start + k])
            centre = start + k - half
            if 0 <= centre < size:
                result[centre] = tails[k + 1] + head
        total = 0.0
        for k in range(min(length, size - start) - 1, -1, -1):
            total += _or_zero(values[start + k])
            tails[k] = total
    count = 0
    for i in range(-half, size):
        if i + half < size:
            count += not np.isnan(values[i + half])
        if i > half:
            count -= not np.isnan(values[i - half - 1])
        if i >= 0:
            result[i] = result[i] / count if count >= least and count > 0 else np.nan
    return result


@compiled(VALUES, POSITIONS, POSITIONS, COUNT, used_by={"sig_moving_average"})
def mean(values: Values, first: Positions, last: Positions, least: int) -> Values:
    """Mean of each window; NaN where it holds fewer than `least` values."""
    result = np.empty(values.size)
    for i in range(values.size):
        # Summed anew each time: a running sum keeps the rounding of a spike for ever.
        total, count = 0.0, 0
        for k in range(first[i], last[i]):
            if not np.isnan(values[k]):
                total += values[k]
                count += 1
        result[i] = total / count if count >= least and count > 0 else np.nan
    return result


@compiled(VALUES, POSITIONS, POSITIONS, COUNT, used_by={"sig_median"})
def median(values: Values, first: Positions, last: Positions, least: int) -> Values:
    """Median of each window; NaN where it holds fewer than `least` values."""
    result = np.empty(values.size)
    ordered = _no_values(first, last)
    count, start, stop = 0, 0, 0
    for i in range(values.size):
        count += _move(values, ordered, start, stop, first[i], last[i])
        start, stop = first[i], last[i]
        result[i] = _middle(ordered, count) if count >= least and count > 0 else np.nan
    return result


@compiled(VALUES, POSITIONS, POSITIONS, NUMBER, used_by={"sig_hampel", "qc_spike"})
def hampel(
    values: Values, first: Positions, last: Positions, sigmas: float
) -> tuple[Values, Values]:
    """Each window's median, and whether the sample lies too far from it (1, 0; NaN: missing)."""
    medians, spikes = np.empty(values.size), np.empty(values.size)
    ordered = _no_values(first, last)
    count, start, stop = 0, 0, 0
    for i in range(values.size):
        count += _move(values, ordered, start, stop, first[i], last[i])
        start, stop = first[i], last[i]
        medians[i], spikes[i] = np.nan, np.nan
        if not np.isnan(values[i]):
            medians[i] = _middle(ordered, count)
            limit = sigmas * MAD_TO_SIGMA * _middle_deviation(ordered, count, medians[i])
            spikes[i] = 1.0 if abs(values[i] - medians[i]) > limit else 0.0
    return medians, spikes


@part
def _or_zero(value: float) -> float:
    return 0.0 if np.isnan(value) else value


@part
def _no_values(first: Positions, last: Positions) -> Values:
    """Return an ordered window without values: minus infinity, then infinity for each missing."""
    widest = 0
    for i in range(first.size):
        if last[i] - first[i] > widest:
            widest = last[i] - first[i]
    ordered = np.empty(widest + 2)
    for k in range(ordered.size):
        ordered[k] = np.inf if k else -np.inf
    return ordered


@part
def _move(
    values: Values, ordered: Values, start: int, stop: int, first: int, last: int
) -> int:
    """Carry the ordered window from `start:stop` on to `first:last`; return the values gained."""
    gained = 0
    while start < first or stop < last:
        old, new = np.inf, np.inf
        if start < first:
            if not np.isnan(values[start]):
                old = values[start]
                gained -= 1
            start += 1
        if stop < last:
            if not np.isnan(values[stop]):
                new = values[stop]
                gained += 1
            stop += 1
        _replace(ordered, old, new)
    return gained


@part
def _replace(ordered: Values, old: float, new: float) -> None:
    """Put a value in the place of another, keeping the order.

    Without a branch on the values: a search for two places costs more in mispredictions.
    """
    before = -np.inf
    for k in range(1, ordered.size - 1):
        here = ordered[k]
        left = before if before < old else here
        right = here if here < old else ordered[k + 1]
        below = right if right < new else new
        ordered[k] = below if below > left else left
        before = here


@part
def _middle(ordered: Values, count: int) -> float:
    return float(0.5 * (ordered[(count + 1) // 2] + ordered[count // 2 + 1]))


@part
def _middle_deviation(ordered: Values, count: int, centre: float) -> float:
    """Median distance from `centre`: walk outwards from it, the nearer side first."""
    left, right = 0, count + 1
    while right - left > 1:
        half = (left + right) // 2
        if ordered[half] < centre:
            left = half
        else:
            right = half
    previous, current = 0.0, 0.0
    for _ in range(count // 2 + 1):
        previous = current
        if right > count or (left > 0 and centre - ordered[left] <= ordered[right] - centre):
            current = centre - ordered[left]
            left -= 1
        else:
            current = ordered[right] - centre
            right += 1
    return current if count % 2 else 0.5 * (previous + current)
