"""The depth that a sample stands for: what is not there is not counted."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from mudrock_jupyter.engine.apply import apply
from mudrock_jupyter.operators.runs import thicknesses


@given(st.integers(2, 200), st.sampled_from([0.1, 0.1524, 0.5, 1.0]), st.booleans())
def test_a_whole_log_has_the_thickness_of_its_range(rows: int, step: float, down: bool) -> None:
    depth = 1000 + step * np.arange(rows)
    total = thicknesses(depth if down else depth[::-1].copy()).sum()
    np.testing.assert_allclose(total, step * (rows - 1), rtol=1e-9)


def test_irregular_samples_share_the_distance_between_them() -> None:
    np.testing.assert_allclose(thicknesses(np.array([0.0, 1.0, 3.0, 6.0])), [0.5, 1.5, 2.5, 1.5])


@given(st.data())
def test_a_hole_counts_for_nothing(data: st.DataObject) -> None:
    depth = 0.5 * np.arange(400)
    first = data.draw(st.integers(20, 150))
    last = data.draw(st.integers(first + 2, first + 150))
    kept = np.delete(depth, np.arange(first, last))
    np.testing.assert_allclose(thicknesses(kept).sum(), 0.5 * (kept.size - 1))


def test_net_pay_after_a_filter_is_that_of_the_rows_that_are_left() -> None:
    depth = 1000 + 0.5 * np.arange(401)
    pay = (depth >= 1050) & (depth < 1060)
    logs = pa.table(
        {
            "DEPTH": depth,
            "RES": pay.astype(float),
            "PAY": pay.astype(float),
            "PHIE": np.full(401, 0.2),
            "SWE": np.full(401, 0.3),
        }
    )
    before = apply("wel_net_pay", logs).to_pylist()[0]["net_pay"]
    after = apply("wel_net_pay", logs.filter(pa.array(pay))).to_pylist()[0]["net_pay"]
    assert before == 10.0
    assert after == 9.5  # the first and the last row stand for half a step each
    beds = logs.filter(pa.array(pay | (depth >= 1150)))
    assert apply("wel_net_pay", beds).to_pylist()[0]["net_pay"] == 9.75
