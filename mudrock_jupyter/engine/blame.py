"""Where an operator went wrong: in its author's own line, not in the engine's."""

from __future__ import annotations

import re

from mudrock_jupyter.operators.declare import Kind, Operator
from mudrock_jupyter.spec.places import (
    authors_frames,
    definition,
    file_name,
    is_ours,
    place,
)

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LOCATION = re.compile(r'File "([^"]+)", line (\d+)')


def said(operator: Operator, error: Exception, what: str) -> str:
    """Return an error as a sentence, with the line of the operator's code that raised it.

    `what` is the error's message, as it should be told.
    """
    if type(error).__module__.startswith("numba."):
        return _numba_said(operator, error)
    told = next(iter(what.strip().splitlines()), "").rstrip(".")
    frames = [] if is_ours(operator.function) else \
        authors_frames(error.__traceback__, operator.function)
    where = place(frames[-1].filename, frames[-1].lineno or 0) if frames else defined(operator)
    sentence = ": ".join(part for part in (type(error).__name__, told) if part)
    return f"{sentence}{f' ({where})' if where else ''}.{_advice(operator, error)}"


def defined(operator: Operator) -> str:
    """Return where its author wrote an operator; empty for one of this package."""
    return "" if is_ours(operator.function) else definition(operator.function)


def faulty(operator: Operator, says: str) -> str:
    """Return what is wrong with what an operator returned, with the place of its definition."""
    where = defined(operator)
    return f"{operator.id} {says}" + (f" ({where})" if where else "")


def _advice(operator: Operator, error: Exception) -> str:
    """Say what to do where an expression was taken for an array."""
    if operator.kind in {Kind.ROW, Kind.FILTER} and isinstance(error, TypeError | AttributeError) \
            and "Expr" in str(error) and not is_ours(operator.function):
        return (f" A {operator.kind.value} operator works on expressions: + - * / **, mr.where and "
                'mr.clip. For numpy, declare it with kind="well".')
    return ""


def _numba_said(operator: Operator, error: Exception) -> str:
    text = _COLOUR.sub("", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reason = next((line for line in lines if not line.startswith("Failed in")), "")
    found = _LOCATION.findall(text)
    plain = defined(operator)
    where = place(found[-1][0], int(found[-1][1])) if found else plain
    if found and file_name(found[-1][0]) not in plain:  # numba shortens paths
        where = f"line {found[-1][1]} of {plain.split(', line')[0]}"
    return f"numba cannot compile it: {reason.rstrip('.')}{f' ({where})' if where else ''}."
