"""What an expression computes, as plain data: for what runs it faster than DataFusion does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Operation = Literal[
    "column", "constant",
    "add", "subtract", "multiply", "divide", "power",
    "absolute", "exp", "ln", "log10", "ceil", "floor", "square_root", "finite",
    "less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
    "and", "or", "not", "is_null", "where", "only_where", "clip",
]


@dataclass(frozen=True, eq=False)
class Formula:
    """An operation on the results of others, sample by sample; null is told from NaN.

    A `column` has its name, a `constant` its value. `where` takes a condition, what holds if it
    is true, and otherwise; `only_where` gives null otherwise; `clip` takes a value and its limits.
    """

    operation: Operation
    operands: tuple[Formula, ...] = ()
    name: str = ""
    value: float = 0.0


def formula(operation: Operation, *operands: Formula | None) -> Formula | None:
    """Return an operation on formulas; None if one of its operands is none."""
    known = tuple(operand for operand in operands if operand is not None)
    return Formula(operation, known) if len(known) == len(operands) else None
