"""What a person passes in Python, as JSON that a Y document can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pydantic import JsonValue

from mudrock_jupyter.documents.reading import plain
from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.spec.text import MAXIMUM_DEPTH


def json_value(value: object, where: str, depth: int = 0) -> JsonValue:
    """Return `value` as JSON; numpy scalars, tuples and mappings are taken as well.

    Raises `InvalidInput`, which names `where`, for what JSON cannot hold.

    >>> json_value((1000, 2000.0), "well_logs.depth")
    [1000, 2000]
    """
    if depth > MAXIMUM_DEPTH - 8:
        raise InvalidInput(f"{where} is nested too deeply for a document.")
    if hasattr(value, "tolist"):  # numpy, pandas
        value = value.tolist()
    match value:
        case None | bool():
            return value
        case str():
            return _checked(value, where)
        case int() | float():
            return _checked_number(value, where)
        case Mapping():
            return {
                _checked(str(key), where): json_value(item, where, depth + 1)
                for key, item in value.items()
            }
        case list() | tuple() | set() | frozenset():
            items = sorted(value) if isinstance(value, set | frozenset) else value
            return [json_value(item, where, depth + 1) for item in items]
    raise InvalidInput(
        f"{where} is of the type {type(value).__name__}, which a document cannot hold. "
        "Pass numbers, text, booleans, lists or dicts."
    )


def _checked(value: str, where: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:  # pycrdt would panic
        raise InvalidInput(f"{where} holds half of a character (a lone surrogate).") from error
    return value


def _checked_number(value: float, where: str) -> JsonValue:
    try:
        finite = math.isfinite(value)
    except OverflowError:
        finite = False
    if not finite:
        raise InvalidInput(f"{where} is {value!s:.40}, which is not a number a document can hold.")
    return plain(value)
