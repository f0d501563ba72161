"""Windows around each sample, counted in samples or measured in depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mudrock_jupyter.operators.parameters import described

Values = NDArray[np.float64]
Positions = NDArray[np.int64]

Window = Annotated[
    float, described("Length of the window; an odd number if in samples", above=0, slider=(3, 101))
]
WindowUnit = Annotated[
    Literal["samples", "depth"], described("Whether the window counts samples or depth")
]


def check_window(parameters: Mapping[str, Any]) -> str | None:
    """Refuse a window of samples that has no middle sample."""
    window = parameters["window"]
    if parameters["window_unit"] == "depth" or window % 2 == 1:
        return None
    below = max(1, 2 * int((window - 1) // 2) + 1)
    return (
        f"window is {window:g}; a window of samples needs an odd whole number, "
        f"such as {below} or {below + 2}. For a length in depth set window_unit='depth'."
    )


def around(depth: Values, window: float, unit: str) -> tuple[Positions, Positions]:
    """Return the first sample and one past the last of the window around each sample.

    Windows shrink at the ends.
    """
    if unit == "samples":
        half, size = int(window) // 2, depth.size
        first = np.arange(-half, size - half, dtype=np.int64)
        last = np.arange(half + 1, size + half + 1, dtype=np.int64)
        return np.maximum(first, 0, out=first), np.minimum(last, size, out=last)
    rows = np.arange(depth.size, dtype=np.int64)
    # The slack keeps a sample on the window's edge inside, whatever the rounding of its depth.
    reach = 0.5 * window * (1.0 + 1e-9)
    first = np.searchsorted(depth, depth - reach, side="left").astype(np.int64)
    last = np.searchsorted(depth, depth + reach, side="right").astype(np.int64)
    return np.minimum(first, rows), np.maximum(last, rows + 1)


def whole(depth: Values, window: float, unit: str) -> NDArray[np.bool_]:
    """Tell where the window does not reach beyond the first or last sample."""
    rows = np.arange(depth.size)
    if unit == "samples":
        half = int(window) // 2
        return (rows >= half) & (rows < depth.size - half)
    reach = 0.5 * window * (1.0 - 1e-9)
    return (depth - reach >= depth[:1]) & (depth + reach <= depth[-1:])
