"""What cannot be an operator is refused when its cell runs, with the author's line."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pytest

import mudrock_jupyter as mr

GR = {"gr": mr.Curve("GR", unit="gAPI")}
OUT = {"out": mr.Curve("OUT")}
ANY = {"curve": mr.Curve("*")}


def declare(function: Any, **options: Any) -> mr.operators:  # type: ignore[valid-type]
    given = {"inputs": GR, "outputs": OUT, "register": False, **options}
    return mr.operator(given.pop("id", "mine"), **given)(function)


def star(gr: mr.Expr, *more: float) -> mr.Expr:
    return gr


def keywords(gr: mr.Expr, **more: float) -> mr.Expr:
    return gr


def positional(gr: mr.Expr, k: float = 1.0, /) -> mr.Expr:
    return gr * k


async def awaited(gr: mr.Expr) -> mr.Expr:
    return gr


def yields(gr: mr.Expr) -> Iterator[mr.Expr]:
    yield gr


async def yields_later(gr: mr.Expr) -> AsyncIterator[mr.Expr]:
    yield gr


def below_its_own_range(gr: mr.Expr, mode: Literal["a", "b"] = "c") -> mr.Expr:  # type: ignore[assignment]
    return gr


def a_switch(gr: mr.Expr, k: float = True) -> mr.Expr:
    return gr * k


def no_schema(gr: mr.Expr, k: np.ndarray = None) -> mr.Expr:  # type: ignore[assignment,type-arg]
    return gr


def a_callback(gr: mr.Expr, k: Callable[[float], float] = abs) -> mr.Expr:
    return gr


def private(gr: mr.Expr, _k: float = 1.0) -> mr.Expr:
    return gr


def named(gr: mr.Expr, name: str = "x") -> mr.Expr:
    return gr


def shallow(gr: mr.Expr, depth: float = 1000.0) -> mr.Expr:
    return gr


def mistyped(gr: mr.Expr, k: mr.Nope = 1) -> mr.Expr:  # type: ignore[name-defined]
    return gr


class Model:
    def method(self, gr: mr.Expr, k: float = 1.0) -> mr.Expr:
        return gr * k


def no_table(*, cutoff: float = 0.4) -> mr.Expr:
    raise AssertionError


def one_table(table: pa.Table, k: float = 1.0) -> pa.Table:
    return table


def plain(gr: mr.Expr) -> mr.Expr:
    return gr


FUNCTIONS = [
    (star, {}, r"\*more takes any arguments.*window: int = 5"),
    (keywords, {}, r"\*\*more takes any arguments"),
    (positional, {}, "'gr' can only be given by position.*Remove the '/'"),
    (awaited, {}, "async function.*Write def"),
    (yields, {}, "yields its results one by one"),
    (yields_later, {}, "async function"),
    (below_its_own_range, {}, "the default of 'mode' is 'c'; it should be 'a' or 'b'"),
    (a_switch, {}, "the default of 'k' is True; it should be a number"),
    (no_schema, {}, "'k' cannot be a parameter"),
    (a_callback, {}, "'k' cannot be a parameter"),
    (private, {}, "'_k' begins with _"),
    (named, {}, "cannot be called 'name': pipe.add"),
    (shallow, {}, "'depth' receives the depths"),
    (mistyped, {}, "the type of 'k' is unknown: .*Nope"),
    (Model.method, {}, "a method that has no object"),
    (Model, {}, "decorates a function, not a class"),
    (np.log10, {}, "only be given by position"),
    (max, {}, "arguments cannot be read"),
    (3, {}, "decorates a function, not a int"),
    (no_table, {"kind": "filter", "inputs": {}, "outputs": {}}, "takes the columns first"),
    (
        one_table,
        {"kind": "table", "inputs": {}, "outputs": {}, "ports": ("left", "right")},
        "a table for each of left, right",
    ),
]
OPTIONS = [
    ({"kind": "source"}, "sources of your own are not supported.*import_files"),
    ({"outputs": {}}, "it has no outputs"),
    ({"outputs": {"gr": mr.Curve("OUT")}}, "'gr' is both an input and an output"),
    ({"outputs": {"a": mr.Curve("OUT"), "b": mr.Curve("OUT")}}, "two outputs 'OUT'"),
    ({"outputs": {"out": mr.Curve("*_S")}}, r"called '\*_S', but no input is any curve"),
    ({"outputs": {"out": mr.Curve("")}}, "has no mnemonic"),
    ({"outputs": {"out": mr.Curve("OUT", type="txt")}}, "Did you mean 'text'"),
    ({"outputs": {"out": mr.Curve("OUT", per_depth="order")}}, "is no parameter"),
    ({"inputs": {"vsh": mr.Curve("VSH")}}, "takes no argument 'vsh'"),
    ({"id": "my operator"}, "an id is a word"),
    ({"ports": ("left", "right")}, "one input; only table operators"),
    ({"tables": ("tops",)}, 'handed to well operators only. Write kind="well"'),
    ({"kind": "well", "tables": ("tpos",)}, "Did you mean 'tops'"),
]


@pytest.mark.parametrize(("function", "options", "says"), FUNCTIONS)
def test_a_function_that_cannot_be_one(function: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(mr.InvalidInput, match=says) as caught:
        declare(function, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("options", "says"), OPTIONS)
def test_a_declaration_that_cannot_work(options: dict[str, Any], says: str) -> None:
    with pytest.raises(mr.InvalidInput, match=says) as caught:
        declare(plain, **options)
    assert f"test_own_declarations.py, line {plain.__code__.co_firstlineno}: def plain(" in str(
        caught.value
    )


def test_the_line_is_that_of_the_argument() -> None:
    def long(
        gr: mr.Expr,
        cutoff: float = "low",  # type: ignore[assignment]
    ) -> mr.Expr:
        return gr * cutoff

    with pytest.raises(mr.InvalidInput, match=r"line \d+: cutoff: float = \"low\""):
        declare(long)


def test_without_parentheses() -> None:
    with pytest.raises(mr.InvalidInput, match=r'Write @mr.operator\("my_id"'):
        mr.operator(plain)  # type: ignore[arg-type]


def test_code_without_a_source() -> None:
    space: dict[str, Any] = {}
    exec("def f(gr, k: float = 2.0):\n    return gr * k", space)
    assert declare(space["f"]).parameters.model_fields["k"].default == 2.0  # type: ignore[attr-defined]
    exec("def f(gr, k=2.0):\n    return gr * k", space)
    with pytest.raises(mr.InvalidInput, match=r"no type.*\(<string>, line 1\)"):
        declare(space["f"])


def test_only_the_types_of_parameters_need_to_exist() -> None:
    def foreign(gr: NotHere, k: float = 1.0) -> NotHere:  # type: ignore[name-defined]  # noqa: F821
        return gr * k

    assert list(declare(foreign).parameters.model_fields) == ["k"]  # type: ignore[attr-defined]


def test_an_operator_explains_itself() -> None:
    def vsh(gr: float, k: float = 2.0) -> float:
        """Shale volume.

        More of it.
        """
        return gr * k

    made: Any = declare(functools.wraps(vsh)(lambda *a, **k: vsh(*a, **k)), id="vsh_mine")
    assert (made.summary, made.description) == ("Shale volume.", "More of it.")
    assert made.__doc__ == "Shale volume.\n\nMore of it."
    assert made(2.0) == 4.0
    assert repr(made) == "<row operator 'vsh_mine' 1.0.0: GR -> OUT>"
