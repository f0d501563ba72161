"""Kernels over runs of samples: flat lines, and the thickness each sample stands for.

Compiled by numba on first use (and kept on disk), so import this module inside a function.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mudrock_jupyter.operators.compiling import NUMBER, VALUES, compiled

Values = NDArray[np.float64]


@compiled(VALUES, VALUES, NUMBER, NUMBER, used_by={"qc_flatline"})
def flat_lines(values: Values, depth: Values, least: float, tolerance: float) -> Values:
    """Flag the runs that stay within `tolerance` of their first value for at least `least`."""
    flags = np.zeros(values.size)
    start = 0
    for i in range(1, values.size + 1):
        # a comparison with NaN is false, so a missing value ends a run
        if i < values.size and abs(values[i] - values[start]) <= tolerance:
            continue
        if i - start > 1 and depth[i - 1] - depth[start] >= least:
            flags[start:i] = 1.0
        start = i
    for i in range(values.size):
        if np.isnan(values[i]):
            flags[i] = np.nan
    return flags
