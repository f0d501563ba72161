"""Kernels over runs of samples: flat lines and beds.

Compiled by numba on first use (and kept on disk), so import this module inside a function.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mudrock_jupyter.operators.compiling import compiled

Values = NDArray[np.float64]


@compiled
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


@compiled
def beds(
    flags: Values, parent: Values, thickness: Values, merge_gap: float, min_thick: float
) -> Values:
    """Join beds across thin gaps inside the parent, then drop the beds that are too thin."""
    joined = flags.copy()
    gap_start = -1
    for i in range(flags.size):
        if flags[i] == 1.0:
            if gap_start >= 0 and thickness[gap_start:i].sum() <= merge_gap:
                joined[gap_start:i] = 1.0
            gap_start = -1
        elif flags[i] == 0.0 and parent[i] == 1.0:
            if i > 0 and flags[i - 1] == 1.0:
                gap_start = i
        else:  # missing, or outside the parent: no bed reaches across
            gap_start = -1
    start = -1
    for i in range(joined.size + 1):
        inside = i < joined.size and joined[i] == 1.0
        if inside and start < 0:
            start = i
        elif not inside and start >= 0:
            if thickness[start:i].sum() < min_thick:
                joined[start:i] = 0.0
            start = -1
    return joined
