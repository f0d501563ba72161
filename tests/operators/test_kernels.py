"""The kernels against the same thing said plainly in numpy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mudrock_jupyter.operators import kernels_pay, kernels_windows
from mudrock_jupyter.operators.net_pay import wel_net_pay
from mudrock_jupyter.operators.runs import HOLE_TOLERANCE, runs_of, thicknesses
from mudrock_jupyter.operators.summaries import group_rows
from mudrock_jupyter.operators.windows import around

Values = NDArray[np.float64]
Positions = NDArray[np.int64]

quick = settings(max_examples=80, deadline=None)
missing = st.just(float("nan"))
spiky = st.one_of(missing, st.floats(-1e3, 1e3), st.sampled_from([1e300, -1e300, 0.0, -0.0, 7.0]))
curves = st.lists(spiky, max_size=120).map(np.array)
flags = st.sampled_from([0.0, 1.0, float("nan")])


def windows(values: Values, first: Positions, last: Positions) -> list[Values]:
    each = [values[a:b] for a, b in zip(first, last, strict=True)]
    return [window[~np.isnan(window)] for window in each]


@quick
@given(values=curves, half=st.integers(0, 70), least=st.integers(1, 4))
def test_the_mean_of_samples_adds_up_nothing_but_its_window(
    values: Values, half: int, least: int
) -> None:
    found = kernels_windows.mean_of_samples(values, half, least)
    bounds = around(values, 2 * half + 1, "samples")
    for mean, window in zip(found, windows(values, *bounds), strict=True):
        if window.size < least:
            assert np.isnan(mean)
        else:  # within what any order of adding them up may differ by
            slack = 1e-12 * np.abs(window).max()
            np.testing.assert_allclose(mean, np.sum(window / window.size), rtol=0.0, atol=slack)


def test_a_spike_leaves_no_trace_where_its_window_ends() -> None:
    values = np.full(500, 0.1)
    values[[3, 200, 201]] = [1e300, -1e300, 1e16]
    found = kernels_windows.mean_of_samples(values, 10, 1)
    near = kernels_windows.mean_of_samples(np.abs(values) > 1.0, 10, 1) > 0.0
    np.testing.assert_allclose(found[~near], 0.1, rtol=1e-15)


@quick
@given(values=curves, window=st.integers(0, 40), least=st.integers(1, 4), data=st.data())
def test_the_median_is_exactly_that_of_numpy(
    values: Values, window: int, least: int, data: st.DataObject
) -> None:
    in_samples = data.draw(st.booleans())
    steps = data.draw(st.lists(st.floats(0.0, 3.0), min_size=len(values), max_size=len(values)))
    bounds = around(np.cumsum(steps), 2 * window + 1, "samples" if in_samples else "depth")
    found = kernels_windows.median(values, *bounds, least)
    wanted = [0.5 * np.sum(np.sort(x)[[(x.size - 1) // 2, x.size // 2]]) if x.size >= least
              else np.nan for x in windows(values, *bounds)]
    np.testing.assert_array_equal(found, np.array(wanted))


@quick
@given(
    depth=st.lists(st.one_of(st.floats(0, 100), st.sampled_from([1.0, 1.5, 2.0])), min_size=2)
    | st.integers(2, 90).map(lambda n: [1000 + 0.1524 * k for k in range(n)]),
    hole=st.floats(0, 9), down=st.booleans(),
)
def test_thicknesses_follow_their_definition(depth: list[float], hole: float, down: bool) -> None:
    array = np.sort(np.array(depth))
    array[array.size // 2 :] += hole
    array = array if down else array[::-1].copy()
    steps = np.abs(np.diff(array))
    usual = np.median(steps)
    is_usual = np.abs(steps - usual) <= HOLE_TOLERANCE * usual
    if 2 * np.count_nonzero(is_usual) > steps.size:
        steps = np.where(is_usual, steps, np.minimum(steps, usual))
    half = np.concatenate(([0.0], steps / 2.0, [0.0]))
    np.testing.assert_array_equal(thicknesses(array), half[:-1] + half[1:])


def beds(raw: Values, parent: Values, thickness: Values, merge_gap: float, least: float) -> Values:
    joined = raw.copy()
    for gap in runs_of((raw == 0.0) & (parent == 1.0)):
        bounded = gap.start > 0 and gap.stop < raw.size
        if bounded and raw[gap.start - 1] == raw[gap.stop] == 1.0 \
                and sum(thickness[gap].tolist()) <= merge_gap:
            joined[gap] = 1.0
    for bed in runs_of(joined == 1.0):
        if sum(thickness[bed].tolist()) < least:
            joined[bed] = 0.0
    return joined


@quick
@given(
    curves=st.lists(st.tuples(*[st.one_of(missing, st.floats(0, 1))] * 3), min_size=1, max_size=80),
    merge_gap=st.sampled_from([0.0, 0.5, 1.0, 2.0]), least=st.sampled_from([0.0, 0.5, 1.5, 3.0]),
    steps=st.data(),
)
def test_pay_flags_follow_their_definition(
    curves: list[tuple[float, ...]], merge_gap: float, least: float, steps: st.DataObject
) -> None:
    vshale, phie, swe = (np.array(curve) for curve in zip(*curves, strict=True))
    length = len(curves)
    thickness = np.array(steps.draw(
        st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.7]), min_size=length, max_size=length)))
    found = kernels_pay.pay_flags(vshale, phie, swe, thickness, 0.6, 0.2, 0.8, merge_gap, least)
    parent = np.ones(length)
    conditions = [(vshale, vshale < 0.6), (phie, phie > 0.2), (swe, swe < 0.8)]
    for flag, (values, passes) in zip(found, conditions, strict=True):
        known = np.where(np.isnan(values), np.nan, passes)
        raw = np.where(parent == 1.0, known, parent)
        parent = beds(raw, parent, thickness, merge_gap, least)
        np.testing.assert_array_equal(flag, parent)


rows = st.tuples(
    st.sampled_from(["A", "B", "C"]), st.sampled_from(["sand", "chalk", None]), flags, flags,
    st.one_of(missing, st.floats(0, 0.4)), st.one_of(missing, st.floats(0, 1)),
    st.one_of(missing, st.floats(0, 1e3)),
)


@quick
@given(samples=st.lists(rows, min_size=1, max_size=60), data=st.data())
def test_net_pay_is_the_same_in_any_order_and_chunks(
    samples: list[tuple[object, ...]], data: st.DataObject
) -> None:
    wells, zones, *numbers = (list(column) for column in zip(*samples, strict=True))
    res, pay, phie, swe, klog = (np.array(column, float) for column in numbers)
    depth = 0.5 * np.array(data.draw(st.permutations(range(len(samples)))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(samples)), max_size=3)))
    table = pa.table({
        "well_id": wells, "ZONE": pa.array(zones, pa.string()), "DEPTH": depth,
        **{name: pa.array(values, from_pandas=True) for name, values in
           {"PHIE": phie, "SWE": swe, "KLOG": klog}.items()},
        **{name: pa.array(values, from_pandas=True).cast(pa.bool_()) for name, values in
           {"RES": res, "PAY": pay}.items()},
    })
    table = pa.concat_tables(
        _encoded(table.slice(a, b - a)) for a, b in zip([0, *cuts], [*cuts, len(table)],
                                                        strict=True))
    found = wel_net_pay(table, klog="KLOG", zone="ZONE").to_pylist()

    keys = list(zip(wells, zones, strict=True))
    assert [(row["well_id"], row["ZONE"]) for row in found] == list(dict.fromkeys(keys))
    thickness = np.zeros(len(samples))
    for well in set(wells):
        here = np.flatnonzero(np.array(wells) == well)
        here = here[np.argsort(depth[here])]
        thickness[here] = thicknesses(depth[here])
    for row in found:
        h = thickness * np.array([key == (row["well_id"], row["ZONE"]) for key in keys])
        net = h * (pay == 1.0)
        porosity, water = net * ~np.isnan(phie), net * np.nan_to_num(phie) * ~np.isnan(swe)
        wanted = {
            "gross": h.sum(), "net_res": np.sum(h * (res == 1.0)), "net_pay": net.sum(),
            "ntg": net.sum() / h.sum() if h.sum() else None,
            "avg_phi": np.nansum(phie * net) / porosity.sum() if porosity.sum() else None,
            "avg_sw": np.nansum(swe * water) / water.sum() if water.sum() else None,
            "hpv": np.nansum(phie * (1.0 - swe) * net), "kh": np.nansum(klog * net),
        }
        for name, value in wanted.items():
            assert (row[name] is None) == (value is None), name
            if value is not None:
                np.testing.assert_allclose(row[name], value, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("type", [
    pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
def test_rows_are_grouped_by_text_of_any_type(type: pa.DataType) -> None:
    zones = pa.array(["sand", None, None, "chalk", "sand"]).cast(type)
    groups = group_rows(pa.table({"ZONE": pa.chunked_array([zones, zones[:0], zones])}), ["ZONE"])
    assert groups.rows.tolist() == [0, 1, 1, 2, 0] * 2
    assert groups.keys["ZONE"].to_pylist() == ["sand", None, "chalk"]


def _encoded(part: pa.Table) -> pa.Table:
    """Encode the wells with a dictionary of their own, that has one of them twice."""
    if len(part) % 2:
        dictionary, place = ["C", "A", "unused", "B", "A"], {"C": 0, "A": 1, "B": 3}
        place["A"] = 4 if len(part) % 4 == 1 else 1
    else:
        dictionary, place = ["A", "B", "C"], {"A": 0, "B": 1, "C": 2}
    indices = pa.array([place[well] for well in part["well_id"].to_pylist()], pa.int32())
    encoded = pa.DictionaryArray.from_arrays(indices, pa.array(dictionary))
    return part.set_column(0, "well_id", encoded)
