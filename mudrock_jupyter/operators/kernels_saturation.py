"""Kernels of the saturation equations that have no closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

STEPS = 50


def solve_two_conductors(sand: Values, shale: Values, total: Values, n: Values) -> Values:
    """Solve `sand s**n + shale s = total` for s by Newton's method; NaN where a term is NaN.

    `sand` and `total` are positive, `shale` is not negative and n is at least 1, so the left side
    is convex and rising, and the start, the root without shale, lies at or above the root: every
    step comes down towards it and none can overshoot.
    """
    with np.errstate(all="ignore"):
        saturation = (total / sand) ** (1.0 / n)
        for _ in range(STEPS):
            power = sand * saturation ** (n - 1.0)
            step = (power * saturation + shale * saturation - total) / (n * power + shale)
            saturation = saturation - step
            if not np.any(np.abs(step) > 1e-14 * np.abs(saturation)):
                break
    return saturation
