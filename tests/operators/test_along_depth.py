"""Operators over windows and runs, against pandas, scipy and plain sense."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mudrock_jupyter.operators import registry
from mudrock_jupyter.spec.errors import InvalidInput
from tests.operators.evaluation import evaluate

quick = settings(max_examples=60, deadline=None)
values = st.lists(
    st.one_of(st.none(), st.floats(-1e6, 1e6).map(lambda x: round(x, 3))), min_size=1, max_size=60
)
odd = st.integers(0, 12).map(lambda half: 2 * half + 1)


def same(found: list[float | None], expected: object) -> None:
    np.testing.assert_allclose(
        np.array(found, float), np.asarray(expected, float), rtol=1e-9, atol=1e-6
    )


@quick
@given(x=values, window=odd, least=st.integers(1, 5))
def test_mean_and_median_are_those_of_pandas(
    x: list[float | None], window: int, least: int
) -> None:
    rolling = pd.Series(x, dtype=float).rolling(window, center=True, min_periods=min(least, window))
    given_ = {"curve": "X", "window": window, "min_periods": min(least, window)}
    same(evaluate("sig_moving_average", {"X": x}, **given_)["X_MA"], rolling.mean())
    same(evaluate("sig_median", {"X": x}, **given_)["X_MED"], rolling.median())


@quick
@given(x=values, window=odd)
def test_hampel_follows_its_definition(x: list[float | None], window: int) -> None:
    found = evaluate("sig_hampel", {"X": x}, curve="X", window=window)
    array, half = np.array(x, float), window // 2
    for i, value in enumerate(array):
        near = array[max(0, i - half) : i + half + 1]
        near = near[~np.isnan(near)]
        if np.isnan(value):
            assert found["X_H"][i] is None
            assert found["X_SPIKE"][i] is None
            continue
        median = np.median(near)
        limit = 3.0 * 1.4826 * np.median(np.abs(near - median))
        if not np.isclose(abs(value - median), limit, rtol=1e-9):
            assert found["X_SPIKE"][i] == float(abs(value - median) > limit)
            wanted = median if found["X_SPIKE"][i] else value
            assert found["X_H"][i] == pytest.approx(wanted)


@given(value=st.floats(-1e9, 1e9), rows=st.integers(1, 50), window=odd)
@quick
def test_smoothing_a_constant_changes_nothing(value: float, rows: int, window: int) -> None:
    x = {"X": [value] * rows}
    assert evaluate("sig_moving_average", x, curve="X", window=window)["X_MA"] == pytest.approx(
        x["X"]
    )
    assert evaluate("sig_median", x, curve="X", window=window)["X_MED"] == x["X"]
    assert evaluate("sig_hampel", x, curve="X", window=window)["X_H"] == x["X"]
    assert evaluate("sig_gaussian", x, curve="X")["X_G"] == pytest.approx(x["X"])


def test_hampel_leaves_clean_data_and_takes_spikes() -> None:
    clean = list(np.linspace(0.0, 100.0, 200))
    assert evaluate("sig_hampel", {"X": clean}, curve="X")["X_H"] == clean
    spiky = list(clean)
    spiky[50] = 900.0
    found = evaluate("sig_hampel", {"X": spiky}, curve="X")
    assert [i for i, flag in enumerate(found["X_SPIKE"]) if flag] == [50]
    assert found["X_H"][50] == pytest.approx(clean[50], abs=1.0)
    assert evaluate("sig_hampel", {"X": spiky}, curve="X", replace="nan")["X_H"][50] is None
    line = evaluate("sig_hampel", {"X": spiky}, curve="X", replace="interp")["X_H"]
    assert line[50] == pytest.approx(clean[50])


def test_a_window_may_be_measured_in_depth() -> None:
    columns = {"DEPTH": [0.0, 0.5, 1.0, 3.0, 3.25], "X": [1.0, 2.0, 3.0, 10.0, 20.0]}
    found = evaluate(
        "sig_moving_average", columns, curve="X", window=1.0, window_unit="depth"
    )["X_MA"]
    assert found == [1.5, 2.0, 2.5, 15.0, 15.0]


def test_the_ends_may_be_left_out() -> None:
    found = evaluate("sig_moving_average", {"X": [1.0, 2, 3, 4]}, curve="X", window=3, edge="null")
    assert found["X_MA"] == [None, 2.0, 3.0, None]


def test_savgol_smooths_each_stretch_between_gaps() -> None:
    from scipy.signal import savgol_filter

    x = np.sin(np.arange(60) / 5.0)
    holed = x.copy()
    holed[20], holed[23] = np.nan, np.nan
    found = evaluate("sig_savgol", {"X": list(holed)}, curve="X", window=7, poly=2)["X_SG"]
    same(found[:20], savgol_filter(x[:20], 7, 2))
    assert found[20:24] == [None] * 4
    same(found[24:], savgol_filter(x[24:], 7, 2))


def test_savgol_gives_the_slope_per_depth() -> None:
    depth = np.arange(40) * 0.5
    columns = {"DEPTH": list(depth), "X": list(3.0 * depth)}
    found = evaluate("sig_savgol", columns, curve="X", deriv=1)["X_SG"]
    same(found, np.full(40, 3.0))


def test_savgol_refuses_an_irregular_step() -> None:
    columns = {"DEPTH": [0.0, 1, 2, 3, 5, 6, 7], "X": [1.0] * 7}
    with pytest.raises(InvalidInput, match="not regular: 2 after 3"):
        evaluate("sig_savgol", columns, curve="X", window=3, poly=1)


def test_gaussian_gives_gaps_no_weight() -> None:
    found = evaluate("sig_gaussian", {"X": [5.0, None, 5.0, None, None]}, curve="X")["X_G"]
    assert found == [pytest.approx(5.0), None, pytest.approx(5.0), None, None]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"max_gap": 2}, [None, 1, 2, 3, None, None, 8, None]),
        ({"max_gap": 3}, [None, 1, 2, 3, 14 / 3, 19 / 3, 8, None]),
        ({"max_gap": 3, "method": "ffill"}, [None, 1, 1, 3, 3, 3, 8, None]),
        ({"max_gap": 3, "method": "nearest"}, [None, 1, 1, 3, 3, 8, 8, None]),
        ({"max_gap": 2, "method": "constant", "value": 9}, [None, 1, 9, 3, None, None, 8, None]),
        ({"max_gap": 2, "edge": True}, [1, 1, 2, 3, None, None, 8, 8]),
    ],
)
def test_gaps_are_filled_as_asked(
    parameters: dict[str, object], expected: list[float | None]
) -> None:
    x = [None, 1.0, None, 3.0, None, None, 8.0, None]
    found = evaluate("sig_gap_fill", {"X": x}, curve="X", **parameters)
    assert found["X_F"] == [value if value is None else pytest.approx(value) for value in expected]
    flags = [float(a is None and b is not None) for a, b in zip(x, expected, strict=True)]
    assert found["X_FILLED"] == flags


@quick
@given(x=values)
def test_pchip_stays_between_its_neighbours(x: list[float | None]) -> None:
    known = [value for value in x if value is not None]
    found = evaluate("sig_gap_fill", {"X": x}, curve="X", method="pchip", max_gap=99)["X_F"]
    slack = 1e-6
    assert all(min(known) - slack <= v <= max(known) + slack for v in found if v is not None)


@quick
@given(x=values, low=st.floats(-1e6, 0), high=st.floats(0, 1e6))
def test_clip_keeps_its_bounds(x: list[float | None], low: float, high: float) -> None:
    clipped = evaluate("sig_clip", {"X": x}, curve="X", lo=low, hi=high)["X_C"]
    nulled = evaluate("sig_clip", {"X": x}, curve="X", lo=low, hi=high, mode="null")["X_C"]
    for value, limited, kept in zip(x, clipped, nulled, strict=True):
        if value is None:
            assert limited is None
            assert kept is None
        else:
            assert limited == min(max(value, low), high)
            assert kept == (value if low <= value <= high else None)


def test_rescaling_by_well() -> None:
    x = [1.0, None, 3.0, 5.0]
    assert evaluate("sig_minmax", {"X": x}, curve="X")["X_N"] == [0.0, None, 0.5, 1.0]
    robust = evaluate("sig_zscore", {"X": x}, curve="X", robust=True)["X_Z"]
    assert robust == [pytest.approx(-1 / 1.4826), None, 0.0, pytest.approx(1 / 1.4826)]
    estimated = evaluate("sig_zscore", {"X": x}, curve="X", ddof=1)["X_Z"]
    assert estimated == [-1.0, None, 0.0, 1.0]
    gr = {"GR": list(np.linspace(0, 100, 101))}
    found = evaluate("sig_percentile_norm", gr, curve="GR")["GR_N"]
    assert found[5] == pytest.approx(20.0)
    assert found[95] == pytest.approx(120.0)


@pytest.mark.parametrize("id", ["sig_zscore", "sig_minmax", "sig_percentile_norm"])
@pytest.mark.parametrize("x", [[7.0, 7.0, None], [None, None], [3.0]])
def test_rescaling_what_does_not_vary_is_missing(id: str, x: list[float | None]) -> None:
    (found,) = evaluate(id, {"X": x}, curve="X").values()
    assert found == [None] * len(x)


def test_flags() -> None:
    assert evaluate("qc_range", {"GR": [-1.0, 0.0, 300.0, 301.0, None]}, curve="GR")["flag"] == [
        True,
        False,
        False,
        True,
        None,
    ]
    assert evaluate("qc_range", {"DT": [30.0, 60.0]}, curve="DT")["flag"] == [True, False]
    assert evaluate("qc_range", {"X": [1.0, 3.0]}, curve="X", hi=2)["flag"] == [False, True]
    with pytest.raises(InvalidInput, match="no usual limits for X"):
        evaluate("qc_range", {"X": [1.0]}, curve="X")
    x = [0.0] * 20 + [50.0] + [0.0] * 20
    spikes = evaluate("qc_spike", {"X": x}, curve="X")["flag"]
    assert [i for i, flag in enumerate(spikes) if flag] == [20]


def test_flat_lines_end_at_gaps_and_beyond_the_tolerance() -> None:
    x = [5.0, 5.1, 4.9, 5.0, None, 5.0, 5.0, 6.0]
    found = evaluate("qc_flatline", {"X": x}, curve="X", min_len=3, tol=0.2)["flag"]
    assert found == [1, 1, 1, 1, None, 0, 0, 0]


@pytest.mark.parametrize(
    "operator",
    [o for o in registry.all_operators() if o.kind.value == "well" and o.any_curve],
    ids=lambda operator: operator.id,
)
@pytest.mark.parametrize("x", [[], [None], [None, None, None], [1.0]])
def test_wells_without_values_pass(operator: registry.Operator, x: list[float | None]) -> None:
    for column in evaluate(operator.id, {"X": x}, curve="X").values():
        assert len(column) == len(x)
