"""Zones, pay flags and summaries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mudrock_jupyter.operators import registry
from tests.operators.evaluation import evaluate

fraction = st.one_of(st.none(), st.floats(0.0, 1.0))


@settings(max_examples=80, deadline=None)
@given(
    samples=st.lists(st.tuples(fraction, fraction, fraction), min_size=1, max_size=40),
    min_thick=st.sampled_from([0.0, 0.5, 2.0]),
    merge_gap=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_pay_implies_reservoir_implies_rock(
    samples: list[tuple[Any, Any, Any]], min_thick: float, merge_gap: float
) -> None:
    vsh, phie, swe = map(list, zip(*samples, strict=True))
    depth = [0.25 * i for i in range(len(samples))]
    found = evaluate(
        "wel_pay_flags",
        {"VSH": vsh, "PHIE": phie, "SWE": swe, "DEPTH": depth},
        min_thick=min_thick,
        merge_gap=merge_gap,
    )
    for rock, res, pay in zip(found["ROCK"], found["RES"], found["PAY"], strict=True):
        assert pay != 1 or res == 1
        assert res != 1 or rock == 1


def pay(sw: list[float | None], **parameters: float) -> list[float | None]:
    rows = len(sw)
    columns = {"VSH": [0.1] * rows, "PHIE": [0.2] * rows, "SWE": sw}
    return evaluate("wel_pay_flags", columns, **parameters)["PAY"]


def test_thin_gaps_are_joined_and_thin_beds_dropped() -> None:
    wet, oil = 0.9, 0.2
    sw = [wet, oil, oil, wet, oil, oil, wet, wet, wet, oil, wet]
    assert pay(sw, min_thick=0, merge_gap=0) == [0, 1, 1, 0, 1, 1, 0, 0, 0, 1, 0]
    assert pay(sw, min_thick=0, merge_gap=1) == [0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0]
    assert pay(sw, min_thick=2, merge_gap=1) == [0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]
    assert pay([oil, None, oil], min_thick=0, merge_gap=5) == [1, None, 1]


TABLE = pa.table(
    {
        "well_id": pa.array(["a", "b", "a", "b", "a"]).dictionary_encode(),
        "DEPTH": pa.array([0.0, 10.0, 1.0, 12.0, 3.0]),
        "ZONE": ["x", "x", "x", "y", "y"],
        "RES": [True, True, True, False, None],
        "PAY": [True, True, False, False, None],
        "PHIE": [0.1, 0.3, 0.2, 0.1, None],
        "SWE": [0.5, 0.2, 0.4, 0.9, None],
        "KLOG": [10.0, 20.0, 30.0, 40.0, None],
    }
).cast(
    pa.schema(
        [
            pa.field("well_id", pa.dictionary(pa.int32(), pa.string())),
            pa.field("DEPTH", pa.float64(), metadata={"unit": "m"}),
            pa.field("ZONE", pa.string()),
            pa.field("RES", pa.bool_()),
            pa.field("PAY", pa.bool_()),
            *(pa.field(name, pa.float64()) for name in ("PHIE", "SWE", "KLOG")),
        ]
    )
)


def test_net_pay_of_wells_and_zones() -> None:
    net_pay = registry.get("wel_net_pay")
    a, b = net_pay(TABLE, klog="KLOG").to_pylist()
    assert a["well_id"] == "a"
    assert (a["gross"], a["net_res"], a["net_pay"]) == (3.0, 2.0, 0.5)
    assert a["ntg"] == pytest.approx(0.5 / 3)
    assert (a["avg_phi"], a["avg_sw"]) == pytest.approx((0.1, 0.5))
    assert (a["hpv"], a["kh"]) == pytest.approx((0.1 * 0.5 * 0.5, 5.0))
    assert b["hpv"] == pytest.approx(0.3 * 0.8 * 1.0)
    zoned = net_pay(TABLE, zone="ZONE")
    assert "kh" not in zoned.column_names
    assert zoned.schema.field("hpv").metadata[b"unit"] == b"m"
    assert sum(zoned["gross"].to_pylist()) == a["gross"] + b["gross"]
    dry = next(row for row in zoned.to_pylist() if row["net_pay"] == 0)
    assert dry["avg_phi"] is None
    assert dry["avg_sw"] is None


def test_averages_are_weighted_by_porosity_thickness() -> None:
    table = pa.table(
        {
            "well_id": ["a"] * 3,
            "DEPTH": [0.0, 1.0, 2.0],
            "RES": [True] * 3,
            "PAY": [True] * 3,
            "PHIE": [0.1, 0.2, 0.3],
            "SWE": [0.9, 0.5, 0.1],
        }
    )
    (row,) = registry.get("wel_net_pay")(table).to_pylist()
    assert row["avg_phi"] == pytest.approx(0.2)
    phi_h = 0.05 + 0.2 + 0.15
    assert row["avg_sw"] == pytest.approx((0.9 * 0.05 + 0.5 * 0.2 + 0.1 * 0.15) / phi_h)
    assert row["hpv"] == pytest.approx(phi_h * (1 - row["avg_sw"]))


@pytest.mark.parametrize("id", ["wel_net_pay", "wel_zone_average"])
@pytest.mark.parametrize("zone", [None, "ZONE"])
def test_an_empty_table_has_the_same_schema(id: str, zone: str | None) -> None:
    operator = registry.get(id)
    empty = operator(TABLE.schema.empty_table(), zone=zone)
    assert empty.num_rows == 0
    assert empty.schema.equals(operator(TABLE, zone=zone).schema, check_metadata=True)


def test_zone_averages_are_weighted_by_thickness(shared_golden: list[dict[str, Any]]) -> None:
    case = next(case for case in shared_golden if case["id"] == "G115")
    average = registry.get("wel_zone_average")
    table = pa.table({"DEPTH": case["inputs"]["DEPT"], "X": case["inputs"]["X"]})
    table = table.set_column(0, "DEPTH", table["DEPTH"].cast(pa.float64()))
    found = average(table, **case["params"])
    assert found["mean"].to_pylist() == pytest.approx([case["expected"]["mean"]])
    plain = average(table, weight="samples")
    assert plain["mean"].to_pylist() == [25.0]
    geometric = average(table, how={"X": "geometric"}, weight="samples")["mean"].to_pylist()
    assert geometric == pytest.approx([np.exp(np.mean(np.log([10, 20, 30, 40])))])
    weighted = average(TABLE, curves=["SWE"], how={"SWE": "phi-weighted"}, phie="PHIE")
    assert weighted["mean"][0].as_py() == pytest.approx(
        (0.5 * 0.1 * 0.5 + 0.4 * 0.2 * 1.5) / (0.1 * 0.5 + 0.2 * 1.5)
    )


def zones(tops: dict[str, list[Any]] | None, **parameters: Any) -> list[str | None]:
    depth = np.array([0.0, 1.0, 2.0, 3.0])
    table = None if tops is None else pa.table(tops)
    return list(registry.get("wel_tops_zones")(depth, table, **parameters))


def test_a_zone_begins_at_its_top() -> None:
    tops = {"TOP": ["Draupne", "Hugin"], "DEPTH": [1.0, 2.5]}
    assert zones(tops) == [None, "Draupne", "Draupne", "Hugin"]
    assert zones(tops, unmatched="Overburden")[0] == "Overburden"
    assert zones({"TOP": [], "DEPTH": pa.array([], pa.float64())}) == [None] * 4
    assert zones(None) == [None] * 4


def test_warns_of_tops_out_of_order() -> None:
    with pytest.warns(UserWarning, match="'Draupne' \\(1\\) is listed after but above 'Hugin'"):
        found = zones({"TOP": ["Hugin", "Draupne"], "DEPTH": [2.5, 1.0]})
    assert found == [None, "Draupne", "Draupne", "Hugin"]
    with pytest.warns(UserWarning, match="at the same depth"):
        zones({"TOP": ["A", "B"], "DEPTH": [1.0, 1.0]})
