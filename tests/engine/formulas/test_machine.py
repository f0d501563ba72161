"""The machine computes what DataFusion computes, bit for bit."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mudrock_jupyter.engine.context import session
from mudrock_jupyter.engine.formulas.columns import computed, machine
from mudrock_jupyter.engine.formulas.program import MOST_COLUMNS, program_of
from mudrock_jupyter.operators.expression import (
    Expr,
    clip,
    column,
    finite,
    literal,
    log10,
    scalar_function,
    square_root,
    where,
)

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324]
numbers = st.one_of(st.sampled_from(SPECIAL), st.floats(allow_nan=False, width=64), st.none())
names = ["A", "B", "C"]

NUMERIC: list[Callable[..., Expr]] = [
    lambda x, y, _: x + y, lambda x, y, _: x - y, lambda x, y, _: x * y, lambda x, y, _: x / y,
    lambda x, y, _: abs(x) ** y, lambda x, _, __: x**2, lambda x, _, __: x**0.5,
    lambda x, _, __: -x, lambda x, _, __: abs(x), lambda x, _, __: 2.0 ** clip(x, -9.0, 9.0),
    lambda x, _, __: square_root(x), lambda x, _, __: log10(x), lambda x, _, __: finite(x),
    lambda x, _, __: scalar_function("exp", x), lambda x, _, __: scalar_function("ln", x),
    lambda x, _, __: scalar_function("ceil", x), lambda x, _, __: scalar_function("floor", x),
    lambda x, _, __: clip(x, -0.5, 0.5), lambda x, _, __: clip(x, 0.0, 0.0),
    lambda x, y, c: where(c, x, y), lambda x, _, c: where(c, x),
]
FLAGS: list[Callable[..., Expr]] = [
    lambda x, y, _: x < y, lambda x, y, _: x <= y, lambda x, y, _: x > y, lambda x, y, _: x >= y,
    lambda x, y, _: x == y, lambda x, y, _: x != y, lambda x, _, __: x.is_null(),
    lambda x, y, c: c & (x > y), lambda x, y, c: c | (x > y), lambda _, __, c: ~c,
]
leaves = st.one_of(
    st.sampled_from(names).map(column), st.sampled_from(SPECIAL[:6]).map(literal),
    st.floats(-3, 3).map(literal),
)


def grown(smaller: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    """Expressions over smaller ones."""
    condition = st.builds(lambda make, x, y: make(x, y, x > y), st.sampled_from(FLAGS),
                          smaller, smaller)
    return st.builds(lambda make, x, y, c: make(x, y, c), st.sampled_from(NUMERIC),
                     smaller, smaller, condition)


expressions = st.recursive(leaves, grown, max_leaves=8)


def bits(values: pa.ChunkedArray) -> list[bytes | None]:
    """Each value as its bytes; any NaN is like any other."""
    return [None if v is None else b"nan" if v != v else struct.pack("d", v)
            for v in values.to_pylist()]


def evaluated(expression: Expr, table: pa.Table) -> pa.ChunkedArray:
    frame = session().create_dataframe([table.to_batches()])
    return frame.select(expression.raw.alias("made")).to_arrow_table().column("made")


@settings(max_examples=300, deadline=None)
@given(expressions, st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=20))
def test_numbers_equal_datafusion(expression: Expr, rows: list[tuple[float | None, ...]]) -> None:
    machine.wait()
    table = pa.table({name: pa.array([row[n] for row in rows], pa.float64())
                      for n, name in enumerate(names)})
    fast = computed("made", expression, pa.float64())
    assert bits(evaluated(fast, table)) == bits(evaluated(expression, table))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FLAGS), leaves, leaves,
       st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=20))
def test_flags_equal_datafusion(
    make: Callable[..., Expr], x: Expr, y: Expr, rows: list[tuple[float | None, ...]]
) -> None:
    machine.wait()
    expression = make(x, y, column("A") > column("B"))
    table = pa.table({name: pa.array([row[n] for row in rows], pa.float64())
                      for n, name in enumerate(names)})
    fast = computed("made", expression, pa.bool_())
    assert evaluated(fast, table).to_pylist() == evaluated(expression, table).to_pylist()


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 511, 512, 513, 4097])
@pytest.mark.parametrize("offset", [0, 1, 5, 8])
def test_blocks_and_bitmaps_of_any_length(rows: int, offset: int) -> None:
    machine.wait()
    values = [None if n % 11 == 3 else float(n) for n in range(rows + offset)]
    table = pa.table({"A": pa.array(values, pa.float64())}).slice(offset)
    expression = finite(1.0 / (column("A") - 5.0))
    made = evaluated(computed("made", expression, pa.float64()), table)
    assert bits(made) == bits(evaluated(expression, table))
    assert made.null_count == sum(v is None or v == 5.0 for v in values[offset:])


@pytest.mark.parametrize("base", [0.0, -0.0])
def test_zero_to_a_negative_power_is_missing(base: float) -> None:
    machine.wait()
    table = pa.table({"A": [base, 2.0], "B": [-1.0, -1.0]})
    for expression in (column("A") ** -1.0, column("A") ** column("B")):
        assert evaluated(expression, table).to_pylist() == [None, 0.5]
        assert evaluated(computed("made", expression, pa.float64()), table).to_pylist() == [
            None, 0.5]


def test_a_formula_of_too_many_columns_is_left_to_datafusion() -> None:
    total = column("C0")
    for n in range(1, MOST_COLUMNS + 1):
        total = total + column(f"C{n}")
    assert total.formula is not None
    assert program_of(total.formula) is None
    assert computed("made", total, pa.float64()) is total


def test_a_result_used_twice_is_computed_once() -> None:
    shared = column("A") * 2.0
    program = program_of((shared + shared * shared).formula)  # type: ignore[arg-type]
    assert program is not None
    assert len(program.instructions) == 4  # the column, and each operation once
