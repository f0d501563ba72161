"""Kernels over windows of samples: mean, median and Hampel's test.

Compiled by numba on first use (and kept on disk), so import this module inside a function. A
window is `values[first[i]:last[i]]`; both bounds never decrease. NaN is a missing value.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mudrock_jupyter.operators.compiling import compiled
from mudrock_jupyter.operators.runs import MAD_TO_SIGMA

Values = NDArray[np.float64]
Positions = NDArray[np.int64]


@compiled
def mean(values: Values, first: Positions, last: Positions, least: int) -> Values:
    """Mean of each window; NaN where it holds fewer than `least` values."""
    result = np.empty(values.size)
    for i in range(values.size):
        # Summed anew each time: a running sum keeps the rounding of a spike for ever.
        total, count = 0.0, 0
        for value in values[first[i] : last[i]]:
            if not np.isnan(value):
                total += value
                count += 1
        result[i] = total / count if count >= least and count > 0 else np.nan
    return result


@compiled
def median(values: Values, first: Positions, last: Positions, least: int) -> Values:
    """Median of each window; NaN where it holds fewer than `least` values."""
    result = np.empty(values.size)
    ordered = np.empty(_widest(first, last))
    count, start, stop = 0, 0, 0
    for i in range(values.size):
        count = _move(values, ordered, count, start, stop, first[i], last[i])
        start, stop = first[i], last[i]
        result[i] = _middle(ordered, count) if count >= least and count > 0 else np.nan
    return result


@compiled
def hampel(
    values: Values, first: Positions, last: Positions, sigmas: float
) -> tuple[Values, Values]:
    """Each window's median, and whether the sample lies too far from it (1, 0; NaN: missing)."""
    medians, spikes = np.empty(values.size), np.empty(values.size)
    ordered = np.empty(_widest(first, last))
    count, start, stop = 0, 0, 0
    for i in range(values.size):
        count = _move(values, ordered, count, start, stop, first[i], last[i])
        start, stop = first[i], last[i]
        medians[i], spikes[i] = np.nan, np.nan
        if not np.isnan(values[i]):
            medians[i] = _middle(ordered, count)
            limit = sigmas * MAD_TO_SIGMA * _middle_deviation(ordered, count, medians[i])
            spikes[i] = 1.0 if abs(values[i] - medians[i]) > limit else 0.0
    return medians, spikes


@compiled
def _widest(first: Positions, last: Positions) -> int:
    widest = 1
    for i in range(first.size):
        widest = max(widest, last[i] - first[i])
    return widest + 1


@compiled
def _move(
    values: Values, ordered: Values, count: int, start: int, stop: int, first: int, last: int
) -> int:
    """Carry the ordered window from `start:stop` on to `first:last`; return its size."""
    for value in values[start : min(first, stop)]:
        if not np.isnan(value):
            count = _take(ordered, count, value)
    for value in values[max(stop, first) : last]:
        if not np.isnan(value):
            count = _put(ordered, count, value)
    return count


@compiled
def _take(ordered: Values, count: int, value: float) -> int:
    place = np.searchsorted(ordered[:count], value)
    for k in range(place, count - 1):
        ordered[k] = ordered[k + 1]
    return count - 1


@compiled
def _put(ordered: Values, count: int, value: float) -> int:
    k = count
    while k > 0 and ordered[k - 1] > value:
        ordered[k] = ordered[k - 1]
        k -= 1
    ordered[k] = value
    return count + 1


@compiled
def _middle(ordered: Values, count: int) -> float:
    half = count // 2
    return float(0.5 * (ordered[(count - 1) // 2] + ordered[half]))


@compiled
def _middle_deviation(ordered: Values, count: int, centre: float) -> float:
    """Median distance from `centre`: walk outwards from it, the nearer side first."""
    right = np.searchsorted(ordered[:count], centre)
    left = right - 1
    previous, current = 0.0, 0.0
    for _ in range(count // 2 + 1):
        previous = current
        if right >= count or (left >= 0 and centre - ordered[left] <= ordered[right] - centre):
            current = centre - ordered[left]
            left -= 1
        else:
            current = ordered[right] - centre
            right += 1
    return current if count % 2 else 0.5 * (previous + current)
