"""A user's own operators: README's example, and mistakes that point at the user's own code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import mudrock_jupyter as mr
from mudrock_jupyter.operators import registry

GR = {"gr": mr.Curve("GR", unit="gAPI")}
OUT = {"out": mr.Curve("OUT", unit="v/v")}


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    registry.all_operators()
    before = dict(registry._operators)
    yield
    registry._operators.clear()
    registry._operators.update(before)


def declare(function: Callable[..., Any], id: str = "mine", **options: Any) -> None:
    mr.operator(id, **{"family": "mine", "inputs": GR, "outputs": OUT, **options})(function)


def test_the_example_of_the_readme() -> None:
    @mr.operator("vsh_square", family="vshale", inputs=GR, outputs={"vsh": mr.Curve("VSH")})
    def vsh_square(gr: mr.Expr, gr_clean: float = 20.0, gr_shale: float = 120.0) -> mr.Expr:
        """Shale volume that follows the square of the gamma-ray index."""
        return ((gr - gr_clean) / (gr_shale - gr_clean)) ** 2

    made = mr.apply("vsh_square", {"GR": [20, 70, 120]})
    assert made.to_pydict() == {"VSH": [0, 0.25, 1]}
    assert "vsh_square" in mr.operators().index


def test_a_cell_that_runs_again_replaces_the_operator() -> None:
    declare(lambda gr: gr * 2)
    declare(lambda gr: gr * 3)
    assert mr.apply("mine", {"GR": [1]}).to_pydict() == {"OUT": [3]}


def test_ours_is_never_replaced() -> None:
    with pytest.raises(mr.InvalidInput, match="another id"):
        declare(lambda gr: gr, id="vsh_linear")
    assert mr.apply("vsh_linear", {"GR": [70]}, gr_clean=20, gr_shale=120).to_pydict() == {
        "VSH": [0.5]
    }


def untyped(gr, k=2):  # type: ignore[no-untyped-def]
    return gr * k


def unknown_type(gr: mr.Expr, k: Nope = 2) -> mr.Expr:  # type: ignore[name-defined]  # noqa: F821
    return gr * k


MISSPELT = r"NameError: name 'facotr' is not defined \(\S+, line \d+: return gr \* facotr"


def has_a_wrong_default(gr: mr.Expr, k: float = "much") -> mr.Expr:  # type: ignore[assignment]
    """Default to text."""
    return gr * k


@pytest.mark.parametrize(("function", "options", "says"), [
    (untyped, {}, "'k' has no type"),
    (unknown_type, {}, "'Nope' is not defined"),
    (has_a_wrong_default, {}, "the default of 'k' is 'much'; it should be a valid number"),
    (lambda: 1, {}, "no argument 'gr'"),
    (lambda gr: gr, {"kind": "wel"}, "Did you mean 'well'"),
    (lambda gr: gr, {"inputs": {"gr": "GR"}}, "mr.Curve"),
    (lambda gr: gr, {"outputs": ["OUT"]}, "mr.Curve"),
])
def test_a_declaration_that_cannot_work(
    function: Callable[..., Any], options: dict[str, Any], says: str
) -> None:
    with pytest.raises(mr.InvalidInput, match=says):
        declare(function, **options)


def returns_nothing(gr: mr.Expr) -> None:
    """Forget the return."""


def returns_text(gr: mr.Expr) -> str:
    """Return what is no number."""
    return "sand"


def misspells(gr: mr.Expr) -> mr.Expr:
    """Name what is not there."""
    return gr * facotr  # type: ignore[name-defined,no-any-return]  # noqa: F821


@pytest.mark.parametrize(("function", "kind", "says"), [
    (returns_nothing, "row", "returned nothing; it should return out"),
    (returns_nothing, "well", "returned nothing; it should return out"),
    (returns_text, "row", "the text 'sand' in place of numbers"),
    (misspells, "row", MISSPELT),
    (misspells, "well", MISSPELT),
])
def test_a_mistake_inside_names_the_line_of_its_author(
    function: Callable[..., Any], kind: str, says: str
) -> None:
    declare(function, kind=kind)
    with pytest.raises(mr.MudrockError, match=says):
        mr.apply("mine", {"GR": [1.0, 2.0]})


def scale(gr: Any) -> Any:
    return gr / len(None)  # type: ignore[arg-type]


def calls_another(gr: Any) -> Any:
    return scale(gr)


def test_a_notebook_shows_the_author_s_frames_and_none_of_ours() -> None:
    declare(calls_another, kind="well")
    with pytest.raises(mr.OperatorFailed) as caught:
        mr.apply("mine", {"GR": [1.0]})
    call, outer, inner, said = caught.value._render_traceback_()
    assert 'mr.apply("mine"' in call
    assert outer.endswith("return scale(gr)")
    assert "return gr / len(None)" in inner
    assert said.startswith("OperatorFailed: mine failed: TypeError")


def test_numba_s_complaint_is_one_sentence() -> None:
    import numba

    declare(numba.njit(misspells), kind="well")
    with pytest.raises(mr.OperatorFailed, match=r"numba cannot compile it: .*facotr") as caught:
        mr.apply("mine", {"GR": [1.0]})
    assert "\n" not in str(caught.value)
