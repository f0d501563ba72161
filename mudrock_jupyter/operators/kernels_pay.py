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
    rock, reservoir, pay = np.empty(phie.size), np.empty(phie.size), np.empty(phie.size)
    _fill(pay, 0, phie.size, 1.0)  # all is parent to the rock
    _beds(vshale, -1.0, -most_shale, pay, thickness, merge_gap, least_thick, rock)
    _beds(phie, 1.0, least_porosity, rock, thickness, merge_gap, least_thick, reservoir)
    _beds(swe, -1.0, -most_water, reservoir, thickness, merge_gap, least_thick, pay)
    return rock, reservoir, pay


@compiled(
    *[VALUES] * 6, COUNT, COUNT, POSITIONS, POSITIONS, TOTALS, used_by={"wel_net_pay"}
)
def add_pay(
    thickness: Values,
    reservoir: Values,
    pay: Values,
    phie: Values,
    swe: Values,
    klog: Values,
    row: int,
    run: int,
    starts: Positions,
    groups: Positions,
    sums: Values,
) -> None:
    """Add some rows to the sums of their groups; the first is `row` of the table, in a run.

    A row of `sums` is a group. Its columns: gross, net reservoir and net pay thickness; porosity
    of the pay and the thickness it is known for; its water and the pores that is known for; its
    hydrocarbon; its permeability thickness. What is missing adds nothing.
    """
    for i in range(thickness.size):
        while row + i >= starts[run + 1]:
            run += 1
        group, h = groups[run], thickness[i]
        if np.isnan(h):
            continue
        sums[group, 0] += h
        if reservoir[i] == 1.0:
            sums[group, 1] += h
        if pay[i] == 1.0:
            phi, water = phie[i], swe[i]
            sums[group, 2] += h
            sums[group, 3] += _or_zero(phi * h)
            sums[group, 4] += 0.0 if np.isnan(phi) else h
            sums[group, 5] += _or_zero(water * (h * phi))
            sums[group, 6] += 0.0 if np.isnan(water) else _or_zero(h * phi)
            sums[group, 7] += _or_zero(phi * (1.0 - water) * h)
            sums[group, 8] += _or_zero(klog[i] * h)


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
                _fill(flags, end, i, 1.0)
            total += thickness[i]
            end, bed, gap = i + 1, total, 0.0
        elif start >= 0:
            total += thickness[i]
            gap += thickness[i]
            # missing, or outside the parent: no bed reaches across
            if flag == 0.0 and parent[i] == 1.0 and gap <= merge_gap:
                continue
            if bed < least_thick:
                _fill(flags, start, end, 0.0)
            start = -1
    if start >= 0 and bed < least_thick:
        _fill(flags, start, end, 0.0)


@part
def _fill(flags: Values, start: int, end: int, flag: float) -> None:
    # A slice takes numba much longer to compile.
    for i in range(start, end):
        flags[i] = flag
