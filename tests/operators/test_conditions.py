"""Conditions: what they mean, and what they refuse."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mudrock_jupyter.operators.conditions import LONGEST, parse_condition
from mudrock_jupyter.operators.expression import column
from mudrock_jupyter.operators.rows import arr_depth_window, arr_filter, arr_rename, arr_select
from mudrock_jupyter.spec.errors import InvalidInput, MudrockError

TABLE = pa.table(
    {
        "well_id": pa.array(["a", "a", "b", "b", "b"]).dictionary_encode(),
        "DEPTH": [1.0, 2.0, 3.0, 4.0, 5.0],
        "GR": [10.0, 60.0, None, 90.0, -5.0],
        "gr_raw": [1.0, 2.0, 3.0, 4.0, 5.0],
        "Odd Name": [1.0, 2.0, 3.0, 4.0, 5.0],
        "ZONE": ["Hugin", "Hugin A.1", "Sleipner", None, "hugin"],
        "PAY": [True, False, None, True, False],
        "COUNT": pa.array([1, 2, 3, 4, 5], pa.int32()),
        "X": [1.0, 1.0, 1.0, 1.0, 1.0],
        "Both": [1.0, 1.0, 1.0, 1.0, 1.0],
        "BOTH": [1.0, 1.0, 1.0, 1.0, 1.0],
        "x": [2.0, 2.0, 2.0, 2.0, 2.0],
    }
)


def kept(text: str) -> list[float]:
    from datafusion import SessionContext

    frame = SessionContext().from_arrow(TABLE).filter(parse_condition(text, TABLE.schema).raw)
    return sorted(frame.select(column("DEPTH").raw).to_pydict()["DEPTH"])


@pytest.mark.parametrize(
    ("text", "depths"),
    [
        ("GR > 50", [2, 4]),
        ("gr > 50", [2, 4]),
        ('"GR" > 50', [2, 4]),
        ('"Odd Name" >= 4', [4, 5]),
        ("50 < gr", [2, 4]),
        ("gr > 50 and zone = 'Hugin A.1'", [2]),
        ("gr > 50 or zone = 'Sleipner'", [2, 3, 4]),
        ("not (gr > 50)", [1, 5]),
        ("gr is null", [3]),
        ("gr is not null and zone is not null", [1, 2, 5]),
        ("gr between 10 and 60", [1, 2]),
        ("gr not between 10 and 60", [4, 5]),
        ("zone in ('Hugin', 'Sleipner')", [1, 3]),
        ("zone not in ('Hugin', 'Sleipner')", [2, 5]),
        ("well_id = 'b'", [3, 4, 5]),
        ("well_id like 'b%' and well_id in ('a', 'b')", [3, 4, 5]),
        ("zone like 'Hugin%'", [1, 2]),
        ("zone like 'Hugin A._'", [2]),
        ("zone ilike 'hugin%'", [1, 2, 5]),
        ("zone not like 'Hugin%'", [3, 5]),
        ("pay", [1, 4]),
        ("not pay", [2, 5]),
        ("pay = 1", [1, 4]),
        ("pay = true", [1, 4]),
        ("0 = pay", [2, 5]),
        ("count / 2 > 2", [5]),
        ("gr / (count - 4) < 0", [1, 2, 5]),
        ("ln(gr) > 4", [2, 4]),
        ("ln(gr) > -1e300", [1, 2, 4]),
        ("sqrt(gr) >= 0", [1, 2, 4]),
        ("log10(gr) > -1e300", [1, 2, 4]),
        ("power(gr, 0.5) >= 0", [1, 2, 4]),
        ("abs(-gr) < 11 and round(gr_raw) = 5", [5]),
        ("- gr > 0", [5]),
        ("X < x and count > 4", [5]),
        ("Gr > 50 and ABS(GR) > 50 AND Zone LIKE 'Hugin%'", [2]),
        ("gr > 50 -- a remark", [2, 4]),
        ("exp(gr * 1000) >= 0", [5]),
    ],
)
def test_keeps_the_rows_that_fit(text: str, depths: list[int]) -> None:
    assert kept(text) == depths


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("gr", "gives a number, not yes or no"),
        ("GRR > 5", "Did you mean 'GR'"),
        ("both > 1", "'both' may be Both or BOTH"),
        ("gr > ", "cannot be read"),
        ("gr > 50; drop table logs", "found: ;"),
        ("gr > (select 1)", "a query inside"),
        ("gr in (select 1)", "a query inside"),
        ("exists (select 1)", "a query inside"),
        ("gr > (select max(gr) from '/etc/passwd')", ""),
        ("sum(gr) > 1", "function over several rows"),
        ("row_number() over () > 1", "function over several rows"),
        ("cast(gr as varchar) = '1'", "conversion of types"),
        ("gr::int = 1", "conversion of types"),
        ("try_cast(zone as double) = 1", "conversion of types"),
        ("random() > 0.5", "function random is not allowed"),
        ("now() > gr", "function now is not allowed"),
        ("read_csv('/etc/passwd') > 1", ""),
        ("sha256(zone) = 'x'", "not allowed"),
        ("version() = 'x'", "not allowed"),
        ("repeat(zone, 1000000000) = 'x'", "not allowed"),
        ("case when gr > 1 then true else false end", "CASE is not allowed"),
        ("gr > $1", "placeholder"),
        ("@@version = 1", ""),
        ("gr = null", "IS NULL"),
        ("gr = 'high'", "cannot be compared"),
        ("zone > 5", "cannot be compared"),
        ("zone + 1 > 2", "needs a number"),
        ("gr and pay", "AND needs a flag"),
        ("not gr", "'NOT' requires a boolean"),
        ("gr like '1%'", "LIKE needs a text"),
        ("zone ~ 'a'", "operator ~ is not allowed"),
        ("zone similar to 'a'", "not allowed"),
        ("zone || 'a' = 'xa'", "operator || is not allowed"),
        ("gr & 3 = 1", "not allowed"),
        ("gr > [1]", ""),
        ("gr > 1e999", "neither a number"),
        ("gr > interval '1 day'", "neither a number"),
        ("gr > 50 as wet", "a new name"),
        ("(gr, gr_raw) = (1, 2)", "not allowed"),
        ("other.gr > 1", ""),
        ("abs(gr, 2) > 1", ""),
        ("pay = 2", "cannot be compared"),
        ("*", "cannot be read"),
        ("gr > 1 union select 1", "cannot be read"),
        ("'", "cannot be read"),
        ("\x00", "cannot be read"),
    ],
)
def test_refuses_everything_else(text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match="condition") as refused:
        parse_condition(text, TABLE.schema)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize(
    "text",
    [
        "gr > 1 " + "and gr > 1 " * 10_000,
        "(" * 100_000,
        "not " * 25_000 + "pay",
        "'" + "x" * 100_000,
    ],
)
def test_refuses_what_would_overflow_the_parser(text: str) -> None:
    with pytest.raises(InvalidInput, match="characters; at most"):
        parse_condition(text, TABLE.schema)


@pytest.mark.parametrize(
    "unit", ["gr>1 or ", "not ", "(", "-", "1+", "abs(", "gr in (1,", "x.", "gr is null and "]
)
def test_survives_the_longest_nesting(unit: str) -> None:
    text = (unit * LONGEST)[: LONGEST - 4] + "pay"
    try:
        parse_condition(text, TABLE.schema)
    except MudrockError as refused:
        assert "condition" in str(refused)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(
    ["gr", "pay", "zone", "'a'", "1", "(", ")", "and", "or", "not", "=", "<", "+", "/", "in", "is",
     "null", "between", "like", "select", "abs", ",", ";", "--", '"', "::", "int", "case", "[", "]"]
), max_size=9).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        kept(text)
    except InvalidInput as refused:
        assert "condition" in str(refused)


def test_a_column_that_is_no_value_is_refused() -> None:
    schema = pa.schema([("T2", pa.list_(pa.float64()))])
    with pytest.raises(InvalidInput, match="T2 holds neither"):
        arr_filter(schema, expr="t2 = 1")


def test_depth_window_is_inclusive() -> None:
    from datafusion import SessionContext

    condition = arr_depth_window(TABLE.schema, top=2.0, base=4.0)
    frame = SessionContext().from_arrow(TABLE).filter(condition.raw)
    assert sorted(frame.to_pydict()["DEPTH"]) == [2.0, 3.0, 4.0]


def test_select_keeps_well_and_depth() -> None:
    chosen = arr_select(TABLE.schema, columns=["ZONE", "gr*"])
    assert list(chosen) == ["well_id", "DEPTH", "ZONE", "GR", "gr_raw"]
    with pytest.raises(InvalidInput, match="Did you mean 'ZONE'"):
        arr_select(TABLE.schema, columns=["ZONES"])


def test_rename_refuses_collisions() -> None:
    renamed = arr_rename(TABLE.schema, map={"GR": "GAMMA"})
    assert renamed["GAMMA"] == "GR"
    assert "GR" not in renamed
    for map, words in (
        ({"GR": "ZONE"}, "two curves named 'ZONE'"),
        ({"DEPTH": "MD"}, "cannot be renamed"),
        ({"RT": "ILD"}, "no column 'RT'"),
    ):
        with pytest.raises(InvalidInput, match=words):
            arr_rename(TABLE.schema, map=map)
