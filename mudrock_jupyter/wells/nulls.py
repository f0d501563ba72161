"""Values that stand for missing ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from mudrock_jupyter.wells.reading import Findings, quote

Values = npt.NDArray[np.float64]


def remove_nulls(
    values: Values,
    names: Sequence[str],
    declared: float | None,
    customary: Iterable[float],
    findings: Findings,
) -> tuple[float, ...]:
    """Set null values to NaN in all columns but the first, the index; return those seen.

    The declared value is missing wherever it stands. A customary one (-999, -9999, ...) is so
    unless the column has ordinary values close to it: -999 may be a depth below sea level.
    """
    others = [value for value in customary if value != declared]
    known = np.array([*others, *([] if declared is None else [declared])])
    seen: dict[float, None] = {}
    undeclared: list[str] = []
    for position in range(1, values.shape[1]):
        column = values[:, position]
        if declared is not None:
            where = column == declared
            if where.any():
                column[where] = np.nan
                seen[declared] = None
        if not np.isin(column, others).any():
            continue
        for value in others:
            where = column == value
            count = int(where.sum())
            if count and not _has_neighbours(column, value, known):
                column[where] = np.nan
                seen[value] = None
                undeclared.append(f"{value:g} in {names[position]} ({count})")
            elif count:
                findings.warn(f"{names[position]} has {value:g} {count} times among values like "
                              "it: kept as values.")
    if undeclared:
        findings.note(f"Also read as missing: {quote(undeclared)}.")
    return tuple(seen)


def remove_null_texts(
    texts: Sequence[str | None], declared: float | None, customary: Iterable[float]
) -> list[str | None]:
    """Return a column of text with None where the text is a null value, however it is written."""
    known = {*customary, declared}
    return [None if text is None or _number(text) in known else text for text in texts]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _has_neighbours(column: Values, value: float, known: Values) -> bool:
    near = np.abs(column - value) < 0.1 * abs(value)
    return bool((near & ~np.isin(column, known)).any())
