"""Kernels of pay: flags by cutoff and bed, and what they add up to.

Compiled by numba on first use (and kept on disk), so import this module inside a function.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mudrock_jupyter.operators.compiling import (
    COUNT,
    NUMBER,
    POSITIONS,
    TOTALS,
    VALUES,
    compiled,
    part,
)

Values = NDArray[np.float64]
Positions = NDArray[np.int64]


@compiled(
    VALUES, VALUES, VALUES, VALUES, *[NUMBER] * 5, used_by={"wel_pay_flags"}
)
def pay_flags(
    vshale: Values,
    phie: Values,
    swe: Values,
    thickness: Values,
    most_shale: float,
    least_porosity: float,
    most_water: float,
    merge_gap: float,
    least_thick: float,
) -> tuple[Values, Values, Values]:
    """Flag rock, the reservoir in it and the pay in that (1, 0; NaN: missing)."""
    rock, reservoir, pay = np.empty(phie.size), np.empty(phie.size), np.ones(phie.size)
    _beds(vshale, -1.0, -most_shale, pay, thickness, merge_gap, least_thick, rock)
    _beds(phie, 1.0, least_porosity, rock, thickness, merge_gap, least_thick, reservoir)
    _beds(swe, -1.0, -most_water, reservoir, thickness, merge_gap, least_thick, pay)
    return rock, reservoir, pay


@compiled(
    *[VALUES] * 6, COUNT, POSITIONS, POSITIONS, TOTALS, used_by={"wel_net_pay"}
)
def add_pay(
    thickness: Values,
    reservoir: Values,
    pay: Values,
    phie: Values,
    swe: Values,
    klog: Values,
    row: int,
    starts: Positions,
    groups: Positions,
    sums: Values,
) -> None:
    """Add some rows, the first of them `row` of the table, to the sums of their groups.

    A column of `sums` is a group. Its rows: gross, net reservoir and net pay thickness; porosity
    of the pay and the thickness it is known for; its water and the pores that is known for; its
    hydrocarbon; its permeability thickness. What is missing adds nothing.
    """
    run = np.searchsorted(starts, row, side="right") - 1
    i = 0
    while i < thickness.size:
        stop = min(starts[run + 1] - row, thickness.size)
        total = sums[:, groups[run]].copy()
        for k in range(i, stop):
            h, phi, water = thickness[k], phie[k], swe[k]
            total[0] += _or_zero(h)
            total[1] += _or_zero(h) if reservoir[k] == 1.0 else 0.0
            if pay[k] == 1.0 and not np.isnan(h):
                total[2] += h
                total[3] += _or_zero(phi * h)
                total[4] += 0.0 if np.isnan(phi) else h
                total[5] += _or_zero(water * (h * phi))
                total[6] += 0.0 if np.isnan(water) else _or_zero(h * phi)
                total[7] += _or_zero(phi * (1.0 - water) * h)
                total[8] += _or_zero(klog[k] * h)
        sums[:, groups[run]] = total
        i, run = stop, run + 1


@part
def _or_zero(value: float) -> float:
    return 0.0 if np.isnan(value) else value


@part
def _beds(
    values: Values,
    sign: float,
    cutoff: float,
    parent: Values,
    thickness: Values,
    merge_gap: float,
    least_thick: float,
    flags: Values,
) -> None:
    """Flag where `sign * values > cutoff` inside the parent, and make beds of it.

    Beds are joined across thin gaps inside the parent; then those that are too thin are dropped.
    """
    start, end = -1, -1  # of the bed, its last gap left out
    total, bed, gap = 0.0, 0.0, 0.0  # thickness from `start` on, of the bed, and since its end
    for i in range(values.size):
        flag = parent[i]
        if flag == 1.0:
            flag = np.nan if np.isnan(values[i]) else 1.0 if sign * values[i] > cutoff else 0.0
        flags[i] = flag
        if flag == 1.0:
            if start < 0:
                start, total = i, 0.0
            elif end < i:
                flags[end:i] = 1.0
            total += thickness[i]
            end, bed, gap = i + 1, total, 0.0
        elif start >= 0:
            total += thickness[i]
            gap += thickness[i]
            # missing, or outside the parent: no bed reaches across
            if flag == 0.0 and parent[i] == 1.0 and gap <= merge_gap:
                continue
            if bed < least_thick:
                flags[start:end] = 0.0
            start = -1
    if start >= 0 and bed < least_thick:
        flags[start:end] = 0.0
