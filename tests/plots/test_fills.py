from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mudrock_jupyter.plots.fills import outlines

position = st.one_of(st.floats(-0.5, 1.5), st.just(float("nan")))
pairs = st.integers(2, 60).flatmap(
    lambda count: st.tuples(*[arrays(np.float64, count, elements=position)] * 2)
)


def area(across: np.ndarray, down: np.ndarray) -> float:
    """The shoelace formula, summed over outlines that NaN separates."""
    ends = np.flatnonzero(np.isnan(across))
    total = 0.0
    for x, y in zip(np.split(across, ends), np.split(down, ends), strict=True):
        x, y = x[~np.isnan(x)], y[~np.isnan(y)]
        total += abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    return total


@given(pairs)
def test_the_area_is_the_integral_of_the_separation(pair):
    left, right = pair
    depth = np.arange(len(left), dtype=float)
    gap = np.clip(right, 0, 1) - np.clip(left, 0, 1)
    expected = 0.0
    for above, below in pairwise(gap):
        if not np.isnan(above + below):
            steps = np.maximum(np.linspace(above, below, 4001), 0)
            expected += float(np.mean((steps[1:] + steps[:-1]) / 2))
    assert abs(area(*outlines(depth, left, right)) - expected) < 1e-6 * len(left)


@given(pairs)
def test_each_separation_is_on_one_side_only(pair):
    left, right = pair
    depth = np.arange(len(left), dtype=float)
    both = area(*outlines(depth, left, right)) + area(*outlines(depth, right, left))
    gap = np.abs(np.clip(right, 0, 1) - np.clip(left, 0, 1))
    assert both <= np.nansum(np.maximum(gap[:-1], gap[1:])) + 1e-9


def test_curves_that_cross_meet_in_one_point():
    across, down = outlines(
        np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([0.5, 0.5])
    )
    assert (across[1], down[1]) == (0.5, 0.5)
    assert area(across, down) == 0.125


def test_a_null_ends_the_fill():
    left, right = np.zeros(5), np.array([1.0, 1, np.nan, 1, 1])
    assert area(*outlines(np.arange(5.0), left, right)) == 2.0
