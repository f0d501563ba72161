"""The filter of an output table: `GR > 75 and VSH <= 0.4`, parsed by hand, never evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from mudrock_jupyter.spec.errors import InvalidInput, did_you_mean

_COMPARISONS: dict[str, Callable[..., pa.ChunkedArray]] = {
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
    "=": pc.equal,
    "!=": pc.not_equal,
}
_SPELLINGS = {"==": "=", "<>": "!="}
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_CONDITION = re.compile(
    rf"""\s*(?:"(?P<quoted>[^"]+)"|(?P<plain>[^\s"'<>=!]+))
    \s*(?:(?P<operator><=|>=|==|!=|<>|<|>|=)
          \s*(?:(?P<number>{_NUMBER})|'(?P<text>[^']*)')
        |\s+is\s+(?P<present>not\s+)?null)
    \s*(?P<more>(?<=\s)and(?=\s)|$)""",
    re.VERBOSE | re.IGNORECASE,
)
_EXAMPLE = "Write it as in GR > 75 and VSH <= 0.4, WELL = 'A-1' or GR is not null."


@dataclass(frozen=True)
class Condition:
    """One comparison; with the operators `null` and `not null` there is no value."""

    column: str
    operator: str
    value: float | str | None = None


def parse_filter(text: str) -> tuple[Condition, ...]:
    """Read conditions joined by `and`.

    Raises `InvalidInput` with the place that could not be read.

    >>> parse_filter("GR > 75 and WELL = 'A-1'")[1]
    Condition(column='WELL', operator='=', value='A-1')
    """
    conditions: list[Condition] = []
    position = 0
    while True:
        match = _CONDITION.match(text, position)
        if match is None:
            rest = text[position:].strip() or "its end"
            raise InvalidInput(f"The filter cannot be read at {rest!r}. {_EXAMPLE}")
        conditions.append(_condition(match))
        position = match.end()
        if not match["more"]:
            return tuple(conditions)


def select(table: pa.Table, conditions: tuple[Condition, ...]) -> pa.ChunkedArray:
    """Return which rows meet all conditions; a null meets none but `is null`.

    Raises `InvalidInput` for a column that is not there or of the wrong type.
    """
    masks = [_mask(table, condition) for condition in conditions]
    selected = masks[0]
    for mask in masks[1:]:
        selected = pc.and_(selected, mask)
    return selected


def _condition(match: re.Match[str]) -> Condition:
    column = match["quoted"] or match["plain"]
    if match["operator"] is None:
        return Condition(column, "not null" if match["present"] else "null")
    operator = _SPELLINGS.get(match["operator"], match["operator"])
    value = match["text"] if match["number"] is None else float(match["number"])
    return Condition(column, operator, value)


def _mask(table: pa.Table, condition: Condition) -> pa.ChunkedArray:
    values = table.column(_column_name(table, condition.column))
    if condition.operator == "null":
        return pc.is_null(values)
    if condition.operator == "not null":
        return pc.is_valid(values)
    if isinstance(condition.value, str) == _is_number(values.type):
        kind = "a number" if _is_number(values.type) else "text in single quotes"
        raise InvalidInput(f"{condition.column} is compared with {kind}. {_EXAMPLE}")
    if not _is_number(values.type):
        values = values.cast(pa.string())
    return pc.fill_null(_COMPARISONS[condition.operator](values, condition.value), False)


def _column_name(table: pa.Table, name: str) -> str:
    if name in table.column_names:
        return name
    same = [column for column in table.column_names if column.lower() == name.lower()]
    if len(same) == 1:
        return str(same[0])
    raise InvalidInput(f"There is no column {name!r}.{did_you_mean(name, table.column_names)}")


def _is_number(type_: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_)
    )
