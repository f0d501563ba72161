"""Reading a well's columns from its files: only those columns and those depths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from mudrock_jupyter.engine.bound import (
    ARROW_TYPES,
    DEPTH,
    HELD,
    ScanColumn,
    WellScan,
    value_type,
)
from mudrock_jupyter.spec.errors import ReadFailed


@dataclass(frozen=True)
class Scanned:
    """A well's columns named as in a plan, in order of depth, and what reading them took.

    `bytes` were read and decoded, of `groups` row groups; `of_groups` are in the files.
    """

    table: pa.Table
    bytes: int
    groups: int
    of_groups: int


def read_well(scan: WellScan) -> Scanned:
    """Read one well. NaN and infinity become null, values are in the plan's units.

    Raises `ReadFailed` for a file that is gone or damaged, has samples without a depth, or is not
    any more what it was when the scan was planned.
    """
    parts = [_read_file(scan, path) for path in scan.paths]
    files = {path: part for path, (part, _, _, _) in zip(scan.paths, parts, strict=True)}
    first, *others = (part.column(DEPTH) for part in files.values())
    if not all(first.equals(depth) for depth in others):
        raise ReadFailed(f"The files of well {scan.well} have different depths. Import it again.")
    table = _within(_columns(scan, files), first.cast(pa.float64()).to_numpy(), scan)
    return Scanned(table, *(sum(counts) for counts in zip(*(part[1:] for part in parts),
                                                          strict=True)))


def _read_file(scan: WellScan, path: Path) -> tuple[pa.Table, int, int, int]:
    wanted = dict.fromkeys([DEPTH, *(c.column for c in scan.columns if c.path == path)])
    try:
        # An open file, because Arrow takes as long to find out what a path is as to open it.
        with pa.OSFile(str(path)) as source, pq.ParquetFile(source) as file:
            groups = list(_groups(file.metadata, scan)) if len(scan.paths) == 1 else \
                list(range(file.metadata.num_row_groups))
            table = file.read_row_groups(groups, columns=list(wanted), use_threads=False)
            gone = [name for name in wanted if name not in table.column_names]
            if gone:
                raise ReadFailed(f"{path} has no {', '.join(gone)} any more. "
                                 "Import its source again.")
            size = _bytes(file.metadata, groups, wanted)
            return table, size, len(groups), file.metadata.num_row_groups
    except ReadFailed:
        raise
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise ReadFailed(f"{path} could not be read: {reason}. "
                         "Import its source again.") from error


def _groups(metadata: pq.FileMetaData, scan: WellScan) -> Iterable[int]:
    """Yield the row groups that may hold depths in range."""
    position = metadata.schema.names.index(DEPTH) if DEPTH in metadata.schema.names else -1
    for group in range(metadata.num_row_groups):
        found = metadata.row_group(group).column(position).statistics if position >= 0 else None
        if found is not None and found.has_min_max and (
            (scan.top is not None and found.max < scan.top)
            or (scan.base is not None and found.min > scan.base)
        ):
            continue
        yield group


def _bytes(metadata: pq.FileMetaData, groups: Iterable[int], columns: Iterable[str]) -> int:
    """Return how many bytes the columns take in the row groups."""
    names = metadata.schema.names
    places = [names.index(name) for name in columns if name in names]
    return sum(metadata.row_group(group).column(place).total_compressed_size
               for group in groups for place in places)


def _columns(scan: WellScan, files: Mapping[Path, pa.Table]) -> pa.Table:
    rows = len(next(iter(files.values())))
    columns = [
        pa.nulls(rows, column.field.type) if column.path is None
        else _stored(files[column.path].column(column.column), column)
        for column in scan.columns
    ]
    schema = pa.schema([pa.field(f"{c.field.name}~0", c.field.type) for c in scan.columns])
    return pa.table(columns, schema=schema).combine_chunks()


def _stored(values: pa.ChunkedArray, column: ScanColumn) -> pa.ChunkedArray:
    """Return stored values in the type and unit of the plan, null for what is no number."""
    holds, wanted = value_type(values.type), value_type(column.field.type)
    if holds != wanted:
        raise ReadFailed(f"{column.column} in {column.path} holds {HELD[holds]}, and held "
                         f"{HELD[wanted]} before. Import its source again.")
    if not values.type.equals(column.field.type):
        try:
            values = values.cast(ARROW_TYPES[wanted], safe=False)
        except pa.ArrowException as error:
            raise ReadFailed(f"{column.column} in {column.path} cannot be read as {HELD[wanted]}: "
                             f"{error}. Import its source again.") from error
    if (column.factor, column.offset) != (1.0, 0.0):
        values = pc.add(pc.multiply(values, column.factor), column.offset)
    if pa.types.is_floating(values.type) and not all(map(_finite, values.chunks)):
        values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, values.type))
    return values


def _finite(chunk: pa.Array) -> bool:
    # What lies behind a null is looked at, too: that can only make the long way be taken.
    values = np.frombuffer(chunk.buffers()[1], chunk.type.to_pandas_dtype())
    return bool(np.isfinite(values[chunk.offset : chunk.offset + len(chunk)]).all())


def _within(table: pa.Table, depth: NDArray[np.float64], scan: WellScan) -> pa.Table:
    """Return the rows in the scan's range of depths, in order; `depth` is in the file's unit."""
    if not np.isfinite(depth).all():
        raise ReadFailed(f"Well {scan.well} has samples without a depth. Import it again.")
    if not (depth[1:] >= depth[:-1]).all():
        order = np.argsort(depth, kind="stable")
        depth, table = depth[order], table.take(pa.array(order))
    first = 0 if scan.top is None else int(np.searchsorted(depth, scan.top, side="left"))
    last = len(depth) if scan.base is None else \
        int(np.searchsorted(depth, scan.base, side="right"))
    return table.slice(first, max(0, last - first))
