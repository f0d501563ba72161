from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mudrock_jupyter.plots.decimate import decimate

rows = st.integers(1, 40)
sample = st.one_of(st.floats(-1e6, 1e6, width=32), st.just(float("nan")))


@st.composite
def wells(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = draw(st.integers(1, 300))
    steps = draw(arrays(np.float64, count, elements=st.floats(0.01, 5)))
    curve = arrays(np.float64, count, elements=sample)
    return np.cumsum(steps), draw(curve), draw(curve)


@given(wells(), rows)
def test_the_extremes_of_every_row_are_exact(well, rows):
    depth, curve, other = well
    kept = decimate(depth, [curve, other], rows)
    span = (depth[-1] - depth[0]) or 1.0
    row = np.minimum(((depth - depth[0]) / span * rows).astype(int), rows - 1)
    for each in (curve, other):
        for number in np.unique(row):
            every = each[row == number]
            drawn = each[kept[row[kept] == number]]
            if np.isnan(every).all():
                assert np.isnan(drawn).all()
            else:
                assert np.nanmin(drawn) == np.nanmin(every)
                assert np.nanmax(drawn) == np.nanmax(every)


@given(wells(), rows)
def test_depth_order_is_kept_and_no_sample_is_drawn_twice(well, rows):
    depth, curve, _ = well
    assert (np.diff(decimate(depth, [curve], rows)) > 0).all()


@given(wells(), rows)
def test_a_null_between_drawn_samples_breaks_the_line(well, rows):
    depth, curve, other = well
    kept = decimate(depth, [curve, other], rows)
    for each in (curve, other):
        values = kept[~np.isnan(each[kept])]
        for above, below in pairwise(values):
            hidden = np.isnan(each[above:below]).any()
            drawn = np.isnan(each[kept[(kept > above) & (kept < below)]]).any()
            assert drawn == hidden


@given(wells(), rows)
def test_one_curve_needs_at_most_two_samples_and_two_nulls_a_row(well, rows):
    depth, curve, _ = well
    kept = decimate(depth, [curve], rows)
    drawn = np.isnan(curve[kept])
    assert np.count_nonzero(~drawn) <= 2 * rows
    assert np.count_nonzero(drawn) <= 2 * rows + 1


def test_a_spike_of_one_sample_is_drawn():
    gamma = np.full(20_000, 60.0)
    gamma[7777] = 400
    assert 7777 in decimate(np.arange(20_000.0), [gamma], 900)


def test_a_row_of_equal_samples_keeps_both_of_its_ends():
    assert decimate(np.arange(10.0), [np.full(10, 5.0)], 1).tolist() == [0, 9]


@pytest.mark.parametrize("count", [0, 1])
def test_a_well_of_no_or_one_sample(count):
    assert len(decimate(np.zeros(count), [np.zeros(count)], 900)) == count
