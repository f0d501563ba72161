from __future__ import annotations

import time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudrock_jupyter.spec.errors import InvalidInput, NotFound
from mudrock_jupyter.widgets.filter_text import Condition, parse_filter, select
from mudrock_jupyter.widgets.tables import BINS, MOST_OPEN_TABLES, OutputTables, to_ipc

numbers = st.none() | st.floats(-1e6, 1e6) | st.integers(-5, 5).map(float)
tables = st.lists(st.tuples(numbers, st.sampled_from(["A", "B", None])), max_size=60).map(
    lambda rows: pa.table(
        {
            "GR": pa.chunked_array(
                [[gr for gr, _ in rows[:20]], [gr for gr, _ in rows[20:]]], pa.float64()
            ),
            "WELL": pa.chunked_array([[well for _, well in rows]], pa.string()),
            "ROW": pa.chunked_array([list(range(len(rows)))], pa.int64()),
        }
    )
)


@given(tables, st.none() | st.sampled_from(["ascending", "descending"]), st.integers(-5, 5))
def test_a_view_is_what_arrow_would_filter_and_sort(
    table: pa.Table, direction: str | None, bound: int
) -> None:
    opened = OutputTables()
    sort = None if direction is None else ("GR", direction)
    view = opened.view(opened.open(table, sort, f"GR >= {bound} and WELL = 'A'"))  # type: ignore[arg-type]
    expected = table.filter((pc.field("GR") >= bound) & (pc.field("WELL") == "A"))
    if sort is not None:
        expected = expected.sort_by([sort])
    assert view.page(0, 100).to_pylist() == expected.to_pylist()
    assert len(view) == expected.num_rows


@given(tables, st.integers(0, 70), st.integers(1, 70))
def test_pages_are_cuts_of_the_whole(table: pa.Table, offset: int, limit: int) -> None:
    opened = OutputTables()
    whole = table.to_pylist()
    assert opened.view(opened.open(table)).page(offset, limit).to_pylist() == whole[offset:][:limit]
    by_row = opened.view(opened.open(table, ("ROW", "descending")))
    assert by_row.page(offset, limit).to_pylist() == whole[::-1][offset:][:limit]


@given(tables)
def test_statistics_agree_with_arrow_and_count_every_value(table: pa.Table) -> None:
    opened = OutputTables()
    found = opened.view(opened.open(table)).statistics()["GR"]
    assert isinstance(found, dict)
    assert found["nulls"] == table.column("GR").null_count
    assert found["minimum"] == pc.min(table.column("GR")).as_py()
    assert found["maximum"] == pc.max(table.column("GR")).as_py()
    valid = table.num_rows - table.column("GR").null_count
    assert sum(found["histogram"]) == valid  # type: ignore[arg-type]
    assert len(found["histogram"]) == (BINS if valid else 0)  # type: ignore[arg-type]


def test_a_column_of_one_extreme_value_has_a_histogram() -> None:
    opened = OutputTables()
    table = pa.table({"A": [1e308, -1e308, 0.0], "B": [5.0, 5.0, 5.0]})
    statistics = opened.view(opened.open(table)).statistics()
    assert sum(statistics["A"]["histogram"]) == 3  # type: ignore[arg-type, index, call-overload]
    assert statistics["B"]["histogram"][0] == 3  # type: ignore[index, call-overload]


def test_a_column_of_many_decades_has_bins_of_equal_ratio() -> None:
    opened = OutputTables()
    decades = [10.0**exponent for exponent in range(-2, 3)]
    table = pa.table({"RT": decades, "DEPTH": [-1.0, *decades[1:]], "GR": [1.0, 2, 3, 4, 100]})
    statistics: Any = opened.view(opened.open(table)).statistics()
    assert statistics["RT"]["logarithmic"] is True
    assert [count for count in statistics["RT"]["histogram"] if count] == [1, 1, 1, 1, 1]
    assert statistics["RT"]["maximum"] == 100.0
    assert statistics["DEPTH"]["logarithmic"] is False
    assert statistics["GR"]["logarithmic"] is False


def test_nulls_come_last_in_both_directions() -> None:
    opened = OutputTables()
    table = pa.table({"GR": [2.0, None, 1.0]})
    ascending = opened.view(opened.open(table, ("GR", "ascending"))).page(0, 9)
    descending = opened.view(opened.open(table, ("GR", "descending"))).page(0, 9)
    assert ascending.column("GR").to_pylist() == [1.0, 2.0, None]
    assert descending.column("GR").to_pylist() == [2.0, 1.0, None]


def test_filters_read_as_they_are_written() -> None:
    assert parse_filter('"NET PAY" == 1 AND gr<=-2.5e3 and W is not null') == (
        Condition("NET PAY", "=", 1.0),
        Condition("gr", "<=", -2500.0),
        Condition("W", "not null"),
    )
    assert parse_filter("WELL = '31/2-7 and more'")[0].value == "31/2-7 and more"
    table = pa.table({"GR": [1.0, None]})
    assert select(table, parse_filter("gr is null")).to_pylist() == [False, True]
    assert select(table, parse_filter("GR != 5")).to_pylist() == [True, False]


@pytest.mark.parametrize(
    "text",
    ["GR >", "GR > x", "GR > 1 or GR < 0", "GR > 1 and", "__import__('os')", "GR > 1; drop", "1"],
)
def test_a_filter_that_cannot_be_read_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput, match="Write it as in GR > 75"):
        parse_filter(text)


def test_a_filter_names_a_column_that_is_not_there_or_of_the_wrong_type() -> None:
    table = pa.table({"GR": [1.0], "WELL": ["A"]})
    with pytest.raises(InvalidInput, match="Did you mean 'GR'"):
        select(table, parse_filter("GRR > 1"))
    with pytest.raises(InvalidInput, match="text in single quotes"):
        select(table, parse_filter("WELL > 1"))
    with pytest.raises(InvalidInput, match="a number"):
        select(table, parse_filter("GR = 'x'"))


def test_old_tables_are_let_go() -> None:
    opened = OutputTables()
    tokens = [opened.open(pa.table({"A": [n]})) for n in range(MOST_OPEN_TABLES + 1)]
    with pytest.raises(NotFound):
        opened.view(tokens[0])
    assert len(opened.view(tokens[-1])) == 1


def test_pages_hold_only_types_javascript_reads() -> None:
    table = pa.table(
        {
            "view": pa.array(["a", None], pa.string_view()),
            "large": pa.array(["a", "b"], pa.large_string()),
            "dictionary": pa.array(["a", "b"]).dictionary_encode(),
        }
    )
    read = pa.ipc.open_stream(to_ipc(table)).read_all()
    assert set(read.schema.types) == {pa.string()}
    assert read.to_pylist() == table.to_pylist()


def test_a_page_of_ten_million_rows_takes_no_time() -> None:
    rows = 10_000_000
    chunks = [np.random.default_rng(n).random(rows // 40) for n in range(40)]
    table = pa.table({"GR": pa.chunked_array(chunks), "RHOB": pa.chunked_array(chunks)})
    opened = OutputTables()
    plain = opened.view(opened.open(table))
    filtered = opened.view(opened.open(table, None, "GR > 0.5"))
    for view in (plain, filtered):
        view.page(0, 1)
        times = []
        for offset in (0, len(view) // 2, len(view) - 512):
            start = time.perf_counter()
            page = view.page(offset, 512)
            times.append(time.perf_counter() - start)
            assert page.num_rows == 512
        assert min(times) < 1e-3
