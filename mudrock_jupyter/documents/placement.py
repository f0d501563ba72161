"""Where a new node goes on the canvas: right of what feeds it, where nothing stands yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

Position = tuple[float, float]

# A card of the editor is 224 px wide and 124 px high with two ports, plus a message below it.
COLUMN = 280.0
ROW = 180.0


def place(inputs: Sequence[Position], taken: Iterable[Position]) -> Position:
    """Return a free place right of `inputs`, or in the first column if there are none.

    >>> place([(0, 0), (0, 180)], taken=[(0, 0), (0, 180)])
    (280.0, 90.0)
    >>> place([(0, 0)], taken=[(0, 0), (280, 0)])
    (280.0, 180.0)
    """
    others = list(taken)
    if inputs:
        x = max(x for x, _ in inputs) + COLUMN
        y = sum(y for _, y in inputs) / len(inputs)
    else:
        x = min((x for x, _ in others), default=0.0)
        y = 0.0
    below = (y + step * ROW / 2 for step in count())
    return next((x, y) for y in below if not _is_covered((x, y), others))


def _is_covered(place: Position, others: Iterable[Position]) -> bool:
    x, y = place
    return any(abs(x - ox) < COLUMN * 0.9 and abs(y - oy) < ROW * 0.9 for ox, oy in others)
