"""One operator on data at hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mudrock_jupyter.engine.apply import apply
from mudrock_jupyter.spec.errors import InvalidInput, NotFound, OperatorFailed


@pytest.mark.parametrize("given", [
    {"GR": [20, 70, 120]}, {"gr": np.array([20.0, 70, 120])},
    pd.DataFrame({"GR": [20, 70, 120]}, index=[5, 6, 7]), pl.DataFrame({"GR": [20, 70, 120]}),
    pa.table({"GR": pa.array([20, 70, 120], pa.int16())}),
])
def test_any_kind_of_table(given: Any) -> None:
    result = apply("test_vsh", given)
    assert result.column_names == ["VSH"]
    assert result["VSH"].to_pylist() == [0.0, 0.5, 1.0]
    assert result.schema.field("VSH").metadata[b"unit"] == b"v/v"


def test_missing_in_missing_out_and_never_infinite() -> None:
    nan = float("nan")
    table = apply("test_ratio", {"RT": [1.0, None, nan, 4.0, -1.0], "VSH": [2.0, 1.0, 1.0, 0.0, 0]})
    assert table["RATIO"].to_pylist() == [0.5, None, None, None, None]
    assert apply("test_mean", {"X": [1.0, nan, 3.0]}, window=1)["X_MEAN"].to_pylist() == [
        1.0, None, 3.0]


def test_units_in_the_metadata_are_honoured() -> None:
    field = pa.field("DTC", pa.float64(), metadata={"unit": "us/m"})
    metric = pa.table([pa.array([300.0])], schema=pa.schema([field]))
    expected = apply("test_sonic", {"DTC": [300.0 * 0.3048]})["PHIS"].to_pylist()
    assert apply("test_sonic", metric)["PHIS"].to_pylist() == pytest.approx(expected)


def test_inputs_and_parameters_from_columns() -> None:
    table = apply("test_ratio", {"R": [10.0, 10.0], "V": [1.0, 1.0], "LIMIT": [5.0, 50.0]},
                  top="R", bottom="V")
    assert table["HIGH"].to_pylist() == [True, False]
    assert apply("test_ratio", {"RT": [10.0], "VSH": [1.0], "LIMIT": [5.0]},
                 limit=50)["HIGH"].to_pylist() == [False]


def test_depths_may_be_given_in_any_order_and_for_many_wells() -> None:
    data = {"well_id": ["b", "a", "a", "b", "a"], "DEPT": [2, 3, 1, 1, 2], "X": [20, 3, 1, 10, 2]}
    result = apply("test_mean", data, curve="X", window=2)["X_MEAN"].to_pylist()
    assert result == [15.0, 2.5, 0.5, 5.0, 1.5]


def test_a_filter_gives_rows_and_a_table_gives_its_table() -> None:
    assert apply("test_keep", {"VSH": [0.2, 0.7], "X": [1, 2]}).to_pylist() == [
        {"VSH": 0.7, "X": 2.0}]
    counted = apply("test_count", {"well_id": ["a", "a"], "GR": [1.0, 3.0]})
    assert counted.to_pylist() == [{"well_id": "a", "GR_count": 2, "GR_mean": 2.0}]


def test_tops_are_handed_over() -> None:
    zones = apply("wel_tops_zones", {"DEPTH": [1.0, 3.0], "GR": [1.0, 1.0]},
                  tops={"TOP": ["A", "B"], "DEPTH": [0.0, 2.0]})
    assert zones["ZONE"].to_pylist() == ["A", "B"]


@pytest.mark.parametrize(("operator", "data", "words"), [
    ("test_vsh", {"XX": [1]}, "GR is missing from the data"),
    ("test_vsh", {"LITH": ["a"]}, "GR is missing"),
    ("test_vsh", {"GR": ["a"]}, "GR holds text"),
    ("test_vsh", {"GR": [1], "RT": [1, 2]}, "different lengths: GR 1, RT 2"),
    ("test_vsh", 5, "A int is no table"),
    ("test_vsh", {"GR": [object()]}, "GR is not a column"),
    ("test_mean", {"A": [1], "B": [1]}, "curves"),
    ("output", {"A": [1]}, "needs a pipeline"),
])
def test_what_cannot_work_says_why(operator: str, data: Any, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        apply(operator, data)


def test_unknown_names_and_failing_operators() -> None:
    with pytest.raises(NotFound, match="Did you mean 'test_vsh'"):
        apply("test_vhs", {"GR": [1]})
    with pytest.raises(InvalidInput, match="clena"):
        apply("test_vsh", {"GR": [1]}, clena=3)
    with pytest.raises(OperatorFailed, match="ValueError: too radioactive"):
        apply("test_picky", {"GR": [1]}, most=0)
    with pytest.raises(OperatorFailed, match="ValueError: it is too large"):
        apply("test_fragile", {"GR": [1.0]}, most=0)


def test_no_rows() -> None:
    assert apply("test_vsh", {"GR": pa.array([], pa.float64())}).num_rows == 0
    assert apply("test_mean", {"GR": pa.array([], pa.float64())}, window=1).num_rows == 0
