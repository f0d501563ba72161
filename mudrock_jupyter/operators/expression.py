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

if TYPE_CHECKING:
    import datafusion

LARGEST = sys.float_info.max

Operand = Union["Expr", float, int, bool, str]


@dataclass(frozen=True, eq=False)
class Expr:
    """An elementwise expression over the columns of one table.

    >>> str(1.0 - column("VSH"))
    'Expr(Float64(1) - VSH)'
    """

    raw: datafusion.Expr

    def __add__(self, other: Operand) -> Expr:
        return Expr(self.raw + raw(other))

    def __radd__(self, other: Operand) -> Expr:
        return Expr(raw(other) + self.raw)

    def __sub__(self, other: Operand) -> Expr:
        return Expr(self.raw - raw(other))

    def __rsub__(self, other: Operand) -> Expr:
        return Expr(raw(other) - self.raw)

    def __mul__(self, other: Operand) -> Expr:
        return Expr(self.raw * raw(other))

    def __rmul__(self, other: Operand) -> Expr:
        return Expr(raw(other) * self.raw)

    def __truediv__(self, other: Operand) -> Expr:
        return Expr(self.raw / raw(other))

    def __rtruediv__(self, other: Operand) -> Expr:
        return Expr(raw(other) / self.raw)

    def __pow__(self, other: Operand) -> Expr:
        from datafusion import functions

        return Expr(functions.power(self.raw, raw(other)))

    def __rpow__(self, other: Operand) -> Expr:
        from datafusion import functions

        return Expr(functions.power(raw(other), self.raw))

    def __neg__(self) -> Expr:
        return Expr(raw(-1.0) * self.raw)

    def __abs__(self) -> Expr:
        from datafusion import functions

        return Expr(functions.abs(self.raw))

    def __lt__(self, other: Operand) -> Expr:
        return Expr(self.raw < raw(other))

    def __le__(self, other: Operand) -> Expr:
        return Expr(self.raw <= raw(other))

    def __gt__(self, other: Operand) -> Expr:
        return Expr(self.raw > raw(other))

    def __ge__(self, other: Operand) -> Expr:
        return Expr(self.raw >= raw(other))

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return Expr(self.raw == raw(other))  # type: ignore[arg-type]

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return Expr(self.raw != raw(other))  # type: ignore[arg-type]

    __hash__ = None  # type: ignore[assignment]

    def __and__(self, other: Operand) -> Expr:
        return Expr(self.raw & raw(other))

    def __or__(self, other: Operand) -> Expr:
        return Expr(self.raw | raw(other))

    def __invert__(self) -> Expr:
        return Expr(~self.raw)

    def __bool__(self) -> bool:
        raise TypeError("An expression has no truth value: use where(condition, a, b), & and |.")

    def is_null(self) -> Expr:
        """True where there is no value."""
        return Expr(self.raw.is_null())

    def __str__(self) -> str:
        return str(self.raw)


def column(name: str) -> Expr:
    """Refer to a column by its exact name, case and all."""
    from datafusion import col

    escaped = name.replace('"', '""')
    return Expr(col(f'"{escaped}"'))


def literal(value: float | int | bool | str | None) -> Expr:
    """Make a constant; whole numbers become floats so that division never truncates."""
    number = isinstance(value, int) and not isinstance(value, bool)
    return Expr(_constant(float(value) if number else value, str(value)))  # type: ignore[arg-type]


@lru_cache(maxsize=1024, typed=True)
def _constant(value: float | bool | str | None, text: str) -> datafusion.Expr:
    # Making one takes 0.4 ms: it looks for optional modules each time. The text tells 0 from -0.
    from datafusion import lit

    return lit(value)


def raw(value: Operand) -> datafusion.Expr:
    """Return DataFusion's expression for an operand."""
    return value.raw if isinstance(value, Expr) else literal(value).raw


def lift(value: Operand) -> Expr:
    """Return an operand as an expression, so that formulas mix numbers and curves freely."""
    return value if isinstance(value, Expr) else literal(value)


def where(condition: Expr, then: Operand, otherwise: Operand | None = None) -> Expr:
    """`then` where the condition holds, else `otherwise`; null where the condition is null.

    SQL's CASE would take the `otherwise` branch for a null condition: a missing input must give
    a missing output.
    """
    from datafusion import functions, lit

    if otherwise is None:
        return Expr(functions.when(condition.raw, raw(then)).otherwise(lit(None)))
    case = functions.when(condition.raw.is_null(), lit(None)).when(condition.raw, raw(then))
    return Expr(case.otherwise(raw(otherwise)))


def clip(value: Expr, low: float, high: float) -> Expr:
    """Limit a value to `[low, high]`; null stays null (SQL's least and greatest skip nulls)."""
    from datafusion import functions, lit

    limited = functions.least(functions.greatest(value.raw, raw(low)), raw(high))
    return Expr(functions.when(value.raw.is_null(), lit(None)).otherwise(limited))


def finite(value: Expr) -> Expr:
    """The value; null where it is not a number or infinite (x / 0, the root of a negative)."""
    from datafusion import functions

    # Each of these names the value once: a CASE would repeat it, and repeats of repeats grow fast.
    number = functions.nanvl(value.raw, raw(math.inf))
    return Expr(functions.nullif(functions.nullif(number, raw(math.inf)), raw(-math.inf)))


def scalar_function(name: str, *values: Expr) -> Expr:
    """Apply one of DataFusion's scalar functions by name."""
    from datafusion import functions

    return Expr(getattr(functions, name)(*(value.raw for value in values)))


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
    # DataFusion's sqrt fails the whole query for one negative value; its power gives NaN.
    return finite(value**0.5)


def log10(value: Expr) -> Expr:
    """Decimal logarithm; null where the value is not positive."""
    return finite(scalar_function("log10", value))
