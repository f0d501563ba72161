"""The machine: runs a program on columns, a block of samples at a time.

Compiled by numba once for a computer, in seconds: `run.ready()` belongs in the background.
Loops stand where numpy would take slices, for whose errors numba would compile its text functions.
Every value comes with a mark that is 1 where it is null. Comparisons follow DataFusion's total
order of floats: NaN is the greatest of all, -0 comes before 0.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types
from numpy.typing import NDArray

from mudrock_jupyter.engine.formulas.program import MOST_COLUMNS, OPERATIONS
from mudrock_jupyter.operators.compiling import VALUES, compiled, part

Values = NDArray[np.float64]
Marks = NDArray[np.uint8]

BLOCK = 512
(
    COLUMN, ADD, SUBTRACT, MULTIPLY, DIVIDE, POWER, ABSOLUTE, EXP, LN, LOG10, CEIL, FLOOR,
    SQUARE_ROOT, FINITE, LESS, LESS_EQUAL, EQUAL, NOT_EQUAL, AND, OR, NOT, IS_NULL, WHERE,
    ONLY_WHERE, CLIP,
) = range(len(OPERATIONS))


@part
def _order(value: float) -> int:
    """Place a float among all floats as an integer, in their total order."""
    bits = np.float64(value).view(np.int64)
    return int(bits ^ ((bits >> 63) & np.int64(0x7FFFFFFFFFFFFFFF)))


@part
def _numbers(operation: int, a: Values, b: Values, out: Values, n: int) -> None:
    if operation == ADD:
        for i in range(n):
            out[i] = a[i] + b[i]
    elif operation == SUBTRACT:
        for i in range(n):
            out[i] = a[i] - b[i]
    elif operation == MULTIPLY:
        for i in range(n):
            out[i] = a[i] * b[i]
    elif operation == DIVIDE:
        for i in range(n):
            out[i] = a[i] / b[i]
    else:
        for i in range(n):
            out[i] = math.pow(a[i], b[i])


@part
def _functions(operation: int, a: Values, out: Values, n: int) -> None:
    if operation == ABSOLUTE:
        for i in range(n):
            out[i] = abs(a[i])
    elif operation == EXP:
        for i in range(n):
            out[i] = math.exp(a[i])
    elif operation == LN:
        for i in range(n):
            out[i] = np.log(a[i])
    elif operation == LOG10:
        for i in range(n):
            out[i] = np.log10(a[i])
    elif operation == CEIL:
        for i in range(n):
            out[i] = np.ceil(a[i])
    elif operation == FLOOR:
        for i in range(n):
            out[i] = np.floor(a[i])


@part
def _comparisons(operation: int, a: Values, b: Values, out: Values, n: int) -> None:
    if operation == LESS:
        for i in range(n):
            out[i] = _order(a[i]) < _order(b[i])
    elif operation == LESS_EQUAL:
        for i in range(n):
            out[i] = _order(a[i]) <= _order(b[i])
    elif operation == EQUAL:
        for i in range(n):
            out[i] = _order(a[i]) == _order(b[i])
    else:
        for i in range(n):
            out[i] = _order(a[i]) != _order(b[i])


@part
def _step(
    operation: int, values: Values, null: Marks, r: int, x: int, y: int, z: int, n: int
) -> None:
    out, gone = values[r], null[r]
    a, b, c = values[x], values[y], values[z]
    na, nb, nc = null[x], null[y], null[z]
    if operation <= POWER:
        _numbers(operation, a, b, out, n)
        for i in range(n):
            gone[i] = na[i] | nb[i]
        if operation == POWER:
            for i in range(n):
                gone[i] |= (a[i] == 0.0) & (b[i] < 0.0)
    elif operation <= FLOOR:
        _functions(operation, a, out, n)
        for i in range(n):
            gone[i] = na[i]
    elif operation == SQUARE_ROOT:
        for i in range(n):
            negative = _order(a[i]) < 0
            out[i] = math.sqrt(0.0 if negative else a[i])
            gone[i] = na[i] | negative
    elif operation == FINITE:
        for i in range(n):
            out[i] = a[i]
            gone[i] = na[i] | (not math.isfinite(a[i]))
    elif operation <= NOT_EQUAL:
        _comparisons(operation, a, b, out, n)
        for i in range(n):
            gone[i] = na[i] | nb[i]
    elif operation == AND:
        for i in range(n):
            false = ((na[i] == 0) & (a[i] == 0.0)) | ((nb[i] == 0) & (b[i] == 0.0))
            out[i] = not false
            gone[i] = (na[i] | nb[i]) & (not false)
    elif operation == OR:
        for i in range(n):
            true = ((na[i] == 0) & (a[i] != 0.0)) | ((nb[i] == 0) & (b[i] != 0.0))
            out[i] = true
            gone[i] = (na[i] | nb[i]) & (not true)
    elif operation == NOT:
        for i in range(n):
            out[i] = a[i] == 0.0
            gone[i] = na[i]
    elif operation == IS_NULL:
        for i in range(n):
            out[i] = na[i]
            gone[i] = 0
    elif operation == WHERE:
        for i in range(n):
            chosen = a[i] != 0.0
            out[i] = b[i] if chosen else c[i]
            gone[i] = na[i] | (nb[i] if chosen else nc[i])
    elif operation == ONLY_WHERE:
        for i in range(n):
            out[i] = b[i]
            gone[i] = na[i] | nb[i] | (a[i] == 0.0)
    elif operation == CLIP:
        for i in range(n):
            low = b[i] if _order(a[i]) < _order(b[i]) else a[i]
            out[i] = c[i] if _order(low) > _order(c[i]) else low
            gone[i] = na[i]


@part
def _load(
    column: Values, bits: Marks, at: int, start: int, out: Values, gone: Marks, n: int
) -> None:
    """Copy a block of a column; `at` is the place of its first bit in the bitmap."""
    for i in range(n):
        out[i] = column[start + i]
        gone[i] = 0
    if bits.size:
        i = 0
        while i < n:
            byte, bit = (at + i) >> 3, (at + i) & 7
            if bit == 0 and bits[byte] == 255 and i + 8 <= n:
                i += 8
                continue
            gone[i] = 1 - ((bits[byte] >> bit) & 1)
            i += 1


@part
def _mark_valid(gone: Marks, valid: Marks, start: int, n: int) -> int:
    """Write the bits of a block, which begins at a whole byte; return how many are null."""
    nulls = 0
    for i in range(n):
        nulls += gone[i]
    if nulls == 0:
        for byte in range(start >> 3, (start + n + 7) >> 3):
            valid[byte] = 255
        return 0
    for i in range(0, n, 8):
        bits = 0
        for k in range(min(8, n - i)):
            bits |= (1 - gone[i + k]) << k
        valid[(start + i) >> 3] = bits
    return nulls


_INSTRUCTIONS = types.Array(types.int32, 2, "C", readonly=True)
_OFFSETS = types.Array(types.int64, 1, "C", readonly=True)
_BITS = types.Array(types.uint8, 1, "C", readonly=True)
_RESULT, _RESULT_BITS = types.Array(types.float64, 1, "C"), types.Array(types.uint8, 1, "C")


@compiled(
    _INSTRUCTIONS, VALUES, types.int64, *[VALUES] * MOST_COLUMNS, *[_BITS] * MOST_COLUMNS,
    _OFFSETS, _RESULT, _RESULT_BITS, used_by=frozenset(),
)
def run(
    instructions: NDArray[np.int32], constants: Values, registers: int,
    c0: Values, c1: Values, c2: Values, c3: Values, c4: Values, c5: Values,
    b0: Marks, b1: Marks, b2: Marks, b3: Marks, b4: Marks, b5: Marks,
    offsets: NDArray[np.int64], out: Values, valid: Marks,
) -> int:
    """Run a program on columns with their validity bitmaps (empty: no nulls).

    Writes the results, and a bitmap of which are valid; returns how many are null.
    """
    values = np.empty((registers, BLOCK))
    null = np.zeros((registers, BLOCK), dtype=np.uint8)
    for r in range(constants.size):
        for i in range(BLOCK):
            values[r, i] = constants[r]
    nulls, last = 0, instructions[-1, 1]
    for start in range(0, out.size, BLOCK):
        n = min(BLOCK, out.size - start)
        for k in range(instructions.shape[0]):
            operation, r, x = instructions[k, 0], instructions[k, 1], instructions[k, 2]
            if operation != COLUMN:
                _step(operation, values, null, r, x, instructions[k, 3], instructions[k, 4], n)
                continue
            column, bits = c0, b0
            if x == 1:
                column, bits = c1, b1
            elif x == 2:
                column, bits = c2, b2
            elif x == 3:
                column, bits = c3, b3
            elif x == 4:
                column, bits = c4, b4
            elif x == 5:
                column, bits = c5, b5
            _load(column, bits, offsets[x] + start, start, values[r], null[r], n)
        for i in range(n):
            out[start + i] = values[last, i]
        nulls += _mark_valid(null[last], valid, start, n)
    return nulls
