"""Null in Arrow is NaN in numpy: columns as arrays, and arrays as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Values = NDArray[np.float64]


def numbers(column: pa.Array | pa.ChunkedArray) -> Values:
    """Return a column as float64, NaN for null; flags as 1 and 0.

    It is the column's own memory where that will do, and then cannot be written into.

    >>> numbers(pa.array([True, None, False])).tolist()
    [1.0, nan, 0.0]
    """
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    if len(chunks) == 1:
        return _numbers(chunks[0])
    return np.concatenate([_numbers(chunk) for chunk in chunks]) if chunks else np.empty(0)


def column_of(values: NDArray[Any], type: pa.DataType) -> pa.Array:
    """Return floating values as a column of float64 or flags, null where not finite.

    The column is the array's own memory where that will do: write no more into it.

    >>> column_of(np.array([1.0, np.nan, np.inf]), pa.bool_()).to_pylist()
    [True, None, None]
    """
    finite = np.isfinite(values)
    nulls = values.size - np.count_nonzero(finite)
    if pa.types.is_boolean(type):
        data = _packed(values != 0.0)
    else:
        data = pa.py_buffer(np.ascontiguousarray(values, np.float64))
    return pa.Array.from_buffers(type, values.size, [_packed(finite) if nulls else None, data],
                                 nulls)


def _numbers(chunk: pa.Array) -> Values:
    if pa.types.is_boolean(chunk.type):
        values = _unpacked(chunk, 1).astype(np.float64)
    else:
        chunk = chunk if pa.types.is_float64(chunk.type) else chunk.cast(pa.float64())
        if not chunk.null_count:
            plain: Values = chunk.to_numpy()
            return plain
        # An array of nothing but nulls may come without memory for values.
        data = chunk.buffers()[1]
        values = np.frombuffer(data, np.float64, len(chunk), 8 * chunk.offset).copy()
    if chunk.null_count:
        values[np.flatnonzero(_unpacked(chunk, 0) == 0)] = np.nan
    return values


def _unpacked(chunk: pa.Array, buffer: int) -> NDArray[np.uint8]:
    """Return a bit for each value, out of the buffer of validity (0) or of values (1)."""
    byte, bit = divmod(chunk.offset, 8)
    packed = np.frombuffer(chunk.buffers()[buffer] or b"", np.uint8)[byte:]
    return np.unpackbits(packed, count=bit + len(chunk), bitorder="little")[bit:]


def _packed(bits: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(bits, bitorder="little"))
