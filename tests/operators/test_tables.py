"""Joining, stacking, summing up and sorting tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datafusion import SessionContext

from mudrock_jupyter.engine.context import table_session
from mudrock_jupyter.operators import registry
from mudrock_jupyter.spec.errors import InvalidInput

UNITS = {"DEPTH": "m", "GR": "gAPI", "CORE": "mD"}


@pytest.fixture
def session() -> SessionContext:
    return table_session(10**8)


def samples(units: dict[str, str] | None = None, **columns: list[Any]) -> pa.Table:
    """A table as the engine hands it on, the wells' ids as a dictionary."""
    table = pa.table(columns)
    fields = [field.with_metadata({"unit": ({**UNITS, **(units or {})}).get(field.name, "")})
              for field in table.schema]
    table = table.cast(pa.schema(fields))
    if "well_id" not in columns:
        return table
    ids = table.column("well_id").cast(pa.dictionary(pa.int32(), pa.string()))
    return table.set_column(table.schema.get_field_index("well_id"), "well_id", ids)


def call(id: str, *tables: pa.Table, **arguments: Any) -> pa.Table:
    made = registry.get(id).function(*tables, **arguments)
    return made.read_all() if isinstance(made, pa.RecordBatchReader) else made


LOGS = samples(well_id=["a", "a", "b"], DEPTH=[10.0, 10.5, 10.0], GR=[20.0, None, 80.0])
CORE = samples(well_id=["a", "c"], DEPTH=[10.5, 7.0], GR=[1.0, 2.0], CORE=[5.0, 6.0])


@pytest.mark.parametrize(("how", "rows"), [
    ("left", [("a", 10.0, 20.0, None, None), ("a", 10.5, None, 1.0, 5.0),
              ("b", 10.0, 80.0, None, None)]),
    ("inner", [("a", 10.5, None, 1.0, 5.0)]),
    ("full", [("a", 10.0, 20.0, None, None), ("a", 10.5, None, 1.0, 5.0),
              ("b", 10.0, 80.0, None, None), ("c", 7.0, None, 2.0, 6.0)]),
])
def test_joins_samples_by_well_and_depth(
    session: SessionContext, how: str, rows: list[tuple[object, ...]]
) -> None:
    joined = call("arr_join", LOGS, CORE, session=session, how=how)
    assert joined.column_names == ["well_id", "DEPTH", "GR", "GR_RIGHT", "CORE"]
    assert [tuple(row.values()) for row in joined.to_pylist()] == rows
    assert joined.field("CORE").metadata == {b"unit": b"mD"}
    assert joined.field("well_id").type == LOGS.field("well_id").type


def test_joins_a_summary_to_samples_and_by_other_columns(session: SessionContext) -> None:
    summary = samples(well_id=["a", "b"], net_pay=[3.0, 4.0])
    joined = call("arr_join", LOGS, summary, session=session)
    assert joined.column("net_pay").to_pylist() == [3.0, 3.0, 4.0]
    zones = LOGS.append_column("ZONE", pa.array(["Hugin", "Heather", "Hugin"]))
    parameters = samples(ZONE=["Hugin", "Heather"], rw=[0.05, 0.07])
    joined = call("arr_join", zones, parameters, session=table_session(10**8), on=["ZONE"])
    assert joined.column("rw").to_pylist() == [0.05, 0.07, 0.05]


@pytest.mark.parametrize(("right", "arguments", "says"), [
    (samples(ROCK=["x"]), {}, "in common"),
    (CORE, {"on": ["DEPHT"]}, "in the left table. Did you mean 'DEPTH'"),
    (samples({"DEPTH": "ft"}, well_id=["a"], DEPTH=[1.0]), {}, "in m on the left and in ft"),
    (samples(well_id=["a"], DEPTH=["x"]), {}, "is text in one"),
    (samples(well_id=["a"], GR=[1.0], GR_RIGHT=[1.0]), {}, "two columns named 'GR_RIGHT'"),
])
def test_refuses_to_join_what_cannot_be_joined(
    session: SessionContext, right: pa.Table, arguments: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidInput, match=says):
        call("arr_join", LOGS, right, session=session, **arguments)


def test_joins_the_nearest_depth_as_published(shared_golden: list[dict[str, Any]]) -> None:
    case = next(case for case in shared_golden if case["id"] == "G131")
    depths = case["inputs"]["L"]
    matches, values = zip(*case["inputs"]["R"], strict=True)
    left = samples(well_id=["a"] * len(depths), DEPTH=depths)
    right = samples(well_id=["a"] * len(matches), DEPTH=list(matches), val=list(values))
    joined = call("arr_join_asof", left, right, **case["params"])
    assert joined.column("val").to_pylist() == case["expected"]["val"]


@pytest.mark.parametrize(("direction", "expected"), [
    ("nearest", [1.0, 1.0, 2.0, None]), ("above", [None, 1.0, 1.0, None]),
    ("below", [1.0, 2.0, 2.0, None]),
])
def test_looks_for_the_nearest_on_the_sides_asked_for(
    direction: str, expected: list[float | None]
) -> None:
    left = samples(well_id=["a", "a", "a", "b"], DEPTH=[99.0, 101.0, 101.5, 100.0])
    right = samples(well_id=["a", "a"], DEPTH=[102.0, 100.0], CORE=[2.0, 1.0])
    joined = call("arr_join_asof", left, right, tol=2, direction=direction)
    assert joined.column("CORE").to_pylist() == expected


def test_stacks_by_name_in_the_first_table_s_units(session: SessionContext) -> None:
    second = samples({"DEPTH": "ft"}, well_id=["a", "0"], DEPTH=[100.0, 200.0], RT=[1.0, 2.0],
                     LITH=["sand", None])
    stacked = call("arr_union", LOGS, second, session=session, add_source=True)
    assert stacked.column_names == ["well_id", "DEPTH", "GR", "RT", "LITH", "SOURCE"]
    assert stacked.column("well_id").to_pylist() == ["0", "a", "a", "a", "b"]
    assert stacked.column("DEPTH").to_pylist() == pytest.approx([60.96, 10.0, 10.5, 30.48, 10.0])
    assert stacked.column("RT").to_pylist() == [2.0, None, None, 1.0, None]
    assert stacked.column("LITH").to_pylist() == [None, None, None, "sand", None]
    assert stacked.column("SOURCE").to_pylist() == ["second", "first", "first", "second", "first"]
    assert stacked.field("DEPTH").metadata == {b"unit": b"m"}


def test_sums_up_groups_as_numpy_does(session: SessionContext) -> None:
    random = np.random.default_rng(3)
    table = samples(well_id=["a"] * 100 + ["b"] * 50, DEPTH=list(map(float, range(150))),
                    GR=random.normal(60, 20, 150).tolist(),
                    ZONE=[f"z{n // 30 % 2}" for n in range(150)])
    aggregates = ["mean", "median", "min", "max", "std", "count", "sum", "p10", "p90"]
    made = call("arr_group_aggregate", table, session=session, by=["ZONE"], aggs=aggregates)
    assert made.select(["well_id", "ZONE"]).to_pylist() == [
        {"well_id": well, "ZONE": zone} for well in "ab" for zone in ("z0", "z1")]
    assert made.field("GR_P90").metadata[b"unit"] == b"gAPI"
    plain = table.to_pandas()
    for row in made.to_pylist():
        group = (plain.well_id == row["well_id"]) & (plain["ZONE"] == row["ZONE"])
        gr = plain[group].GR.to_numpy()
        expected = [gr.mean(), np.median(gr), gr.min(), gr.max(), gr.std(ddof=1), len(gr),
                    gr.sum(), np.percentile(gr, 10), np.percentile(gr, 90)]
        assert list(row.values())[2:] == pytest.approx(expected)


def test_sums_up_all_wells_and_leaves_missing_values_out(session: SessionContext) -> None:
    flagged = LOGS.append_column("PAY", pa.array([True, False, None]))
    made = call("arr_group_aggregate", flagged, session=session, curves=["GR", "PAY"],
                aggs=["count", "mean"], per_well=False)
    assert made.to_pylist() == [
        {"GR_COUNT": 2, "GR_MEAN": 50.0, "PAY_COUNT": 2, "PAY_MEAN": 0.5}]
    with pytest.raises(InvalidInput, match="ZONE is text"):
        call("arr_group_aggregate", LOGS.append_column("ZONE", pa.array(["x"] * 3)),
             session=session, curves=["ZONE"])


def test_sorts_a_summary_with_missing_values_last(session: SessionContext) -> None:
    summary = samples(well_id=["a", "b", "c", "d"], net_pay=[3.0, None, 7.0, 3.0])
    made = call("arr_sort", summary, session=session, by=["net_pay"], descending=True)
    assert made.column("well_id").to_pylist() == ["c", "a", "d", "b"]
    with pytest.raises(InvalidInput, match="Samples stay in order"):
        call("arr_sort", LOGS, session=session, by=["GR"])


@pytest.mark.parametrize(("id", "ports"), [
    ("arr_join", ["left", "right"]), ("arr_join_asof", ["left", "right"]),
    ("arr_union", ["first", "second"]),
])
def test_cards_have_two_ports_and_no_session(id: str, ports: list[str]) -> None:
    card = next(card for card in registry.catalogue() if card["id"] == id)
    assert card["ports"] == {"inputs": ports, "outputs": ["output"]}
    assert "session" not in card["parameters"]["properties"]
