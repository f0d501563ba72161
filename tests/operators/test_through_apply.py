"""What only shows once the engine calls: units, optional inputs, side tables, several curves."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mudrock_jupyter.engine.apply import apply
from mudrock_jupyter.operators import registry
from mudrock_jupyter.spec.errors import InvalidInput


def test_a_derivative_has_its_own_unit() -> None:
    schema = pa.schema(
        [
            pa.field("DEPTH", pa.float64(), metadata={"unit": "m"}),
            pa.field("GR", pa.float64(), metadata={"unit": "gAPI"}),
        ]
    )
    table = pa.table([np.arange(20) * 0.5, np.arange(20) * 1.0], schema=schema)

    def unit(deriv: int) -> bytes:
        made = apply("sig_savgol", table, curve="GR", deriv=deriv)
        return made.schema.field("GR_SG").metadata.get(b"unit", b"")

    assert [unit(0), unit(1), unit(2)] == [b"gAPI", b"gAPI/m", b"gAPI/m^2"]


def test_curves_of_other_units_are_converted() -> None:
    schema = pa.schema([pa.field("RHOB", pa.float64(), metadata={"unit": "kg/m3"})])
    table = pa.table([[2350.0]], schema=schema)
    assert apply("phi_density", table)["PHID"].to_pylist() == pytest.approx([0.3 / 1.65])


def test_a_table_s_converted_curve_says_its_new_unit() -> None:
    schema = pa.schema(
        [
            pa.field("DEPTH", pa.float64(), metadata={"unit": "m"}),
            pa.field("PHIE", pa.float64(), metadata={"unit": "%", "description": "Porosity"}),
        ]
    )
    table = pa.table([[0.0, 1.0, 2.0], [10.0, 20.0, 30.0]], schema=schema)
    (found,) = apply("wel_zone_average", table).to_pylist()
    assert (found["curve"], found["unit"]) == ("PHIE", "v/v")
    assert found["mean"] == pytest.approx(0.2)


def test_the_curve_named_is_the_one_used_or_refused() -> None:
    with pytest.raises(InvalidInput, match="GR is missing"):
        apply("sig_moving_average", {"RHOB": [2.0, 2.5, 3.0]}, curve="GR", window=3)
    both = {"GR": [1.0, 2.0, 3.0], "RHOB": [2.0, 2.5, 3.0]}
    with pytest.raises(InvalidInput, match="no parameter 'curve'"):
        apply("sig_moving_average", both, curve="GR", curves=["RHOB"], window=3)
    assert apply("sig_moving_average", both, curve="GR", window=3).column_names == ["GR_MA"]


def test_zones_come_from_the_tops() -> None:
    tops = {"TOP": ["Draupne", "Hugin"], "DEPTH": [1.0, 2.5]}
    found = apply("wel_tops_zones", {"DEPT": [0.0, 1.0, 3.0]}, tops=tops)
    assert found["ZONE"].to_pylist() == [None, "Draupne", "Hugin"]


def test_net_pay_uses_zones_and_permeability_where_there_are() -> None:
    columns: dict[str, list[Any]] = {
        "well_id": ["a"] * 3,
        "DEPTH": [0.0, 1.0, 2.0],
        "RES": [True] * 3,
        "PAY": [True, True, False],
        "PHIE": [0.2] * 3,
        "SWE": [0.3] * 3,
    }
    (row,) = apply("wel_net_pay", columns).to_pylist()
    assert (row["gross"], row["net_pay"]) == (2.0, 1.5)
    more = columns | {"ZONE": ["x", "x", "y"], "KLOG": [10.0] * 3}
    zoned = apply("wel_net_pay", more)
    assert zoned["ZONE"].to_pylist() == ["x", "y"]
    assert zoned["kh"].to_pylist() == [15.0, 0.0]


def test_zone_average_of_a_bare_table() -> None:
    columns = {"DEPT": [0, 1, 3, 6.0], "X": [10, 20, 30, 40.0]}
    found = apply("wel_zone_average", columns, weight="half-step thickness")
    assert found["mean"].to_pylist() == pytest.approx([28.33333333])


def test_several_curves_at_once() -> None:
    columns = {"GR": [1.0, 2, 3], "RT": [3.0, 2, 1]}
    found = apply("sig_moving_average", columns, curves=["GR", "RT"], window=3)
    assert found.column_names == ["GR_MA", "RT_MA"]
    flags = apply("qc_range", columns, curves=["GR", "RT"])
    assert flags.column_names == ["GR_flag", "RT_flag"]


def test_kernels_may_be_compiled_from_several_threads() -> None:
    hampel = registry.get("sig_hampel")
    values, depth = np.arange(100.0), np.arange(100.0)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            assert not hampel(values, depth)["spike"].any()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
