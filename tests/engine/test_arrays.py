"""Between Arrow and numpy: the same values, and nobody writes into another's."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mudrock_jupyter.engine.apply import apply
from mudrock_jupyter.engine.arrays import to_array, to_column
from mudrock_jupyter.engine.bound import Read
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.declare import Curve, operator

Values = NDArray[np.float64]

NUMBER = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(values=st.lists(NUMBER, max_size=40), cut=st.integers(0, 40), first=st.integers(0, 9))
def test_numbers_and_flags_come_back_as_they_were(
    values: list[float | None], cut: int, first: int
) -> None:
    numbers = pa.array(values, pa.float64())
    flags = pa.array([None if value is None else value > 0.0 for value in values], pa.bool_())
    for plain in (numbers, flags):
        column = pa.chunked_array([plain[:cut], plain[cut:]]).slice(first)
        found = to_array(column, Read("X"))
        wanted = [np.nan if each is None else float(each) for each in column.to_pylist()]
        np.testing.assert_array_equal(found, wanted)
        back = to_column(found, plain.type, len(column), "X")
        back.validate(full=True)
        assert back.to_pylist() == column.to_pylist()


@pytest.mark.parametrize("type", [pa.int64(), pa.float32(), pa.null()])
def test_columns_of_other_types_are_numbers_too(type: pa.DataType) -> None:
    column = pa.chunked_array([pa.nulls(2, type)])
    assert np.isnan(to_array(column, Read("X"))).all()


def test_a_conversion_leaves_the_column_alone() -> None:
    column = pa.chunked_array([pa.array([1.0, 2.0])])
    read = Read("X", factor=10.0, offset=1.0, unit="mm")
    assert to_array(column, read).tolist() == [11.0, 21.0]
    assert column.to_pylist() == [1.0, 2.0]


def test_what_is_infinite_becomes_null() -> None:
    for values in (np.array([1.0, np.inf, np.nan]), np.array([1.0, -np.inf, np.nan], np.float32),
                   pa.array([1.0, np.inf, None])):
        assert to_column(values, pa.float64(), 3, "X").to_pylist() == [1.0, None, None]


def test_a_column_without_nulls_is_lent_and_cannot_be_written_into() -> None:
    column = pa.chunked_array([pa.array([1.0, 2.0])])
    lent = to_array(column, Read("X"))
    assert lent.ctypes.data == column.chunk(0).buffers()[1].address
    with pytest.raises(ValueError, match="read-only"):
        lent[0] = 5.0
    made = np.array([1.0, 2.0])
    assert to_column(made, pa.float64(), 2, "X").buffers()[1].address == made.ctypes.data


def test_an_own_operator_may_write_into_what_it_got_and_what_it_gave() -> None:
    scratch = np.empty(2)

    @operator("own_scratch", kind="well", inputs={"gr": Curve("GR")},
              outputs={"twice": Curve("TWICE")})
    def own_scratch(gr: Values) -> Values:
        """Double, in place, into one array for all wells."""
        gr *= 2.0
        scratch[:] = gr
        return scratch

    try:
        data = pa.table({"well_id": ["a", "a", "b", "b"], "DEPTH": [1.0, 2.0, 1.0, 2.0],
                         "GR": [1.0, 2.0, 3.0, 4.0]})
        assert apply("own_scratch", data)["TWICE"].to_pylist() == [2.0, 4.0, 6.0, 8.0]
        assert data["GR"].to_pylist() == [1.0, 2.0, 3.0, 4.0]
    finally:
        registry.remove("own_scratch")
