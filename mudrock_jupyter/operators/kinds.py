"""What operators are made of: their kinds and their curves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ANY = "*"
SAME = "same"
ValueType = Literal["number", "flag", "text"]


class Kind(StrEnum):
    """How an operator works, and so where the engine runs it."""

    SOURCE = "source"
    """Reads wells; has no input port."""
    ROW = "row"
    """Expressions over columns, fused into one DataFusion plan."""
    FILTER = "filter"
    """A condition that keeps rows; fused like ROW."""
    SELECT = "select"
    """Chooses columns; fused like ROW."""
    WELL = "well"
    """A kernel over one well's arrays, in depth order."""
    TABLE = "table"
    """Whole tables in, a table out: joins, summaries."""
    SINK = "sink"
    """Ends a pipeline: shows or writes what reaches it."""


@dataclass(frozen=True)
class Curve:
    """A curve that an operator reads or makes.

    `mnemonic` is the column's name unless the node maps another; `"*"` stands for each curve the
    user picks, and an output's `"*_MA"` for that curve's name with a suffix. Values arrive in
    `unit`, converted where the log has another; without one they arrive as they are. `unit`
    `"same"` of an output repeats that of the input. `type` is `"number"`, `"flag"` (true or
    false) or `"text"`. An `optional` input that is not there arrives as the argument's default,
    or None. `per_depth` names the parameter that says how many times the unit is divided by that
    of depth, as for a derivative.

    >>> Curve("RHOB", unit="g/cm3", description="Bulk density").mnemonic
    'RHOB'
    """

    mnemonic: str
    unit: str | None = None
    description: str = ""
    optional: bool = False
    type: ValueType = "number"
    per_depth: str | None = None
