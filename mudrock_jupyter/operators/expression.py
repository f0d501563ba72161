"""Column expressions that read like the formula in the paper.

A thin layer over DataFusion's `Expr`. It exists because DataFusion's reflected operators swap
their operands (`1.0 - col("a")` is `a - 1.0` in datafusion 55), and because `**`, `abs` and
unary minus are missing there.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Union

from mudrock_jupyter.operators.formula import Formula, Operation, formula

if TYPE_CHECKING:
    import datafusion

LARGEST = sys.float_info.max

Operand = Union["Expr", float, int, bool, str]


@dataclass(frozen=True, eq=False)
class Expr:
    """An elementwise expression over the columns of one table.

    `formula` says the same as plain data; None for what only DataFusion can compute.

    >>> str(1.0 - column("VSH"))
    'Expr(Float64(1) - VSH)'
    """

    raw: datafusion.Expr
    formula: Formula | None = None

    def __add__(self, other: Operand) -> Expr:
        return Expr(self.raw + raw(other), _formula("add", self, other))

    def __radd__(self, other: Operand) -> Expr:
        return Expr(raw(other) + self.raw, _formula("add", other, self))

    def __sub__(self, other: Operand) -> Expr:
        return Expr(self.raw - raw(other), _formula("subtract", self, other))

    def __rsub__(self, other: Operand) -> Expr:
        return Expr(raw(other) - self.raw, _formula("subtract", other, self))

    def __mul__(self, other: Operand) -> Expr:
        return Expr(self.raw * raw(other), _formula("multiply", self, other))

    def __rmul__(self, other: Operand) -> Expr:
        return Expr(raw(other) * self.raw, _formula("multiply", other, self))

    def __truediv__(self, other: Operand) -> Expr:
        return Expr(self.raw / raw(other), _formula("divide", self, other))

    def __rtruediv__(self, other: Operand) -> Expr:
        return Expr(raw(other) / self.raw, _formula("divide", other, self))

    def __pow__(self, other: Operand) -> Expr:
        if isinstance(other, int | float) and other == 2:
            return self * self
        if isinstance(other, int | float) and other == 0.5:
            return square_root(self)
        return _power(self, other)

    def __rpow__(self, other: Operand) -> Expr:
        return _power(other, self)

    def __neg__(self) -> Expr:
        return -1.0 * self

    def __abs__(self) -> Expr:
        from datafusion import functions

        return Expr(functions.abs(self.raw), _formula("absolute", self))

    def __lt__(self, other: Operand) -> Expr:
        other = _below_both_zeros(other)
        return Expr(self.raw < raw(other), _formula("less", self, other))

    def __le__(self, other: Operand) -> Expr:
        return Expr(self.raw <= raw(other), _formula("less_equal", self, other))

    def __gt__(self, other: Operand) -> Expr:
        return Expr(self.raw > raw(other), _formula("greater", self, other))

    def __ge__(self, other: Operand) -> Expr:
        other = _below_both_zeros(other)
        return Expr(self.raw >= raw(other), _formula("greater_equal", self, other))

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return Expr(self.raw == raw(other), _formula("equal", self, other))  # type: ignore[arg-type]

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return Expr(self.raw != raw(other), _formula("not_equal", self, other))  # type: ignore[arg-type]

    __hash__ = None  # type: ignore[assignment]

    def __and__(self, other: Operand) -> Expr:
        return Expr(self.raw & raw(other), _formula("and", self, other))

    def __or__(self, other: Operand) -> Expr:
        return Expr(self.raw | raw(other), _formula("or", self, other))

    def __invert__(self) -> Expr:
        return Expr(~self.raw, _formula("not", self))

    def __bool__(self) -> bool:
        raise TypeError("An expression has no truth value: use where(condition, a, b), & and |.")

    def is_null(self) -> Expr:
        """True where there is no value."""
        return Expr(self.raw.is_null(), _formula("is_null", self))

    def __str__(self) -> str:
        return str(self.raw)


def column(name: str) -> Expr:
    """Refer to a column by its exact name, case and all."""
    from datafusion import col

    escaped = name.replace('"', '""')
    return Expr(col(f'"{escaped}"'), Formula("column", name=name))


def literal(value: float | int | bool | str | None) -> Expr:
    """Make a constant; whole numbers become floats so that division never truncates."""
    if value is None or isinstance(value, str):
        return Expr(_constant(value, str(value)))
    number = value if isinstance(value, bool) else float(value)
    return Expr(_constant(number, str(number)), Formula("constant", value=float(value)))


@lru_cache(maxsize=1024, typed=True)
def _constant(value: float | bool | str | None, text: str) -> datafusion.Expr:
    # Making one takes 0.4 ms: it looks for optional modules each time. The text tells 0 from -0.
    from datafusion import lit

    return lit(value)


def raw(value: Operand | None) -> datafusion.Expr:
    """Return DataFusion's expression for an operand."""
    return value.raw if isinstance(value, Expr) else literal(value).raw


def _below_both_zeros(value: Operand) -> Operand:
    # DataFusion orders -0 before 0: a zero is not below 0, and not less than it.
    zero = isinstance(value, int | float) and not isinstance(value, bool) and value == 0
    return -0.0 if zero else value


def lift(value: Operand) -> Expr:
    """Return an operand as an expression, so that formulas mix numbers and curves freely."""
    return value if isinstance(value, Expr) else literal(value)


def _power(base: Operand, exponent: Operand) -> Expr:
    from datafusion import functions

    raised = raw(base)
    never_negative = isinstance(exponent, int | float) and exponent >= 0
    never_zero = isinstance(base, int | float) and base != 0
    if not never_negative and not never_zero:
        # DataFusion fails the whole query where it should give infinity.
        undefined = (lift(base) + 0.0 == 0.0) & (lift(exponent) < 0.0)
        raised = functions.when(undefined.raw, raw(None)).otherwise(raised)
    return Expr(functions.power(raised, raw(exponent)), _formula("power", base, exponent))


def _formula(operation: Operation, *operands: Operand) -> Formula | None:
    return formula(operation, *(lift(operand).formula for operand in operands))


def as_number(value: Expr) -> Expr:
    """The value as float64; a flag becomes 0 or 1."""
    import pyarrow as pa

    return Expr(value.raw.cast(pa.float64()), value.formula)


def as_flag(value: Expr) -> Expr:
    """The value as true or false; a number is true unless it is 0."""
    import pyarrow as pa

    return Expr(value.raw.cast(pa.bool_()), value.formula)


def where(condition: Expr, then: Operand, otherwise: Operand | None = None) -> Expr:
    """`then` where the condition holds, else `otherwise`; null where the condition is null.

    SQL's CASE would take the `otherwise` branch for a null condition: a missing input must give
    a missing output.
    """
    from datafusion import functions

    if otherwise is None:
        only = functions.when(condition.raw, raw(then)).otherwise(raw(None))
        return Expr(only, _formula("only_where", condition, then))
    case = functions.when(condition.raw.is_null(), raw(None)).when(condition.raw, raw(then))
    return Expr(case.otherwise(raw(otherwise)), _formula("where", condition, then, otherwise))


def clip(value: Expr, low: float, high: float) -> Expr:
    """Limit a value to `[low, high]`; null stays null (SQL's least and greatest skip nulls)."""
    from datafusion import functions

    limited = functions.least(functions.greatest(value.raw, raw(low)), raw(high))
    clipped = functions.when(value.raw.is_null(), raw(None)).otherwise(limited)
    return Expr(clipped, _formula("clip", value, low, high))


def finite(value: Expr) -> Expr:
    """The value; null where it is not a number or infinite (x / 0, the root of a negative)."""
    from datafusion import functions

    # Each of these names the value once: a CASE would repeat it, and repeats of repeats grow fast.
    number = functions.nanvl(value.raw, raw(math.inf))
    limited = functions.nullif(functions.nullif(number, raw(math.inf)), raw(-math.inf))
    return Expr(limited, _formula("finite", value))


def scalar_function(name: str, *values: Expr) -> Expr:
    """Apply one of DataFusion's scalar functions by name."""
    from datafusion import functions

    known = _FORMULAS.get(name)
    return Expr(getattr(functions, name)(*(value.raw for value in values)),
                _formula(known, *values) if known is not None else None)


_FORMULAS: dict[str, Operation] = {
    "exp": "exp", "ln": "ln", "log10": "log10", "ceil": "ceil", "floor": "floor",
}


def elementwise(kernel: Callable[..., object], *values: Expr) -> Expr:
    """Apply a numpy function to float64 arrays of the values, NaN for missing, sample by sample.

    For what has no closed form: it runs inside the plan, a batch of rows at a time. The result's
    NaN are missing again.
    """
    import pyarrow as pa
    from datafusion import udf

    def batch(*arrays: pa.Array) -> pa.Array:
        filled = [array.cast(pa.float64()).to_numpy(zero_copy_only=False) for array in arrays]
        return pa.array(kernel(*filled), type=pa.float64(), from_pandas=True)

    types = [pa.float64()] * len(values)
    function = udf(batch, types, pa.float64(), "immutable", kernel.__name__.lstrip("_"))
    return Expr(function(*(value.raw for value in values)))


def square_root(value: Expr) -> Expr:
    """Square root; null where the value is negative."""
    from datafusion import functions

    # DataFusion's sqrt fails the whole query for one negative value, and takes -0 for one.
    value = value + 0.0
    positive = functions.when((value >= 0.0).raw, value.raw).otherwise(raw(None))
    return finite(Expr(functions.sqrt(positive), _formula("square_root", value)))


def log10(value: Expr) -> Expr:
    """Decimal logarithm; null where the value is not positive."""
    return finite(scalar_function("log10", value))
