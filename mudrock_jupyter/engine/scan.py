"""Reading wells with DataFusion: one frame per well, all with the same columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from mudrock_jupyter.engine.bound import ARROW_TYPES, DEPTH, ScanColumn, WellScan, value_type
from mudrock_jupyter.engine.context import session
from mudrock_jupyter.operators.expression import Expr, column, finite, literal
from mudrock_jupyter.spec.errors import ReadFailed

if TYPE_CHECKING:
    from datafusion import DataFrame


def well_frame(scan: WellScan) -> DataFrame:
    """Return a lazy frame of one well: only its columns and depths are read.

    Raises `ReadFailed` when a file is gone.
    """
    _check_files(scan.paths)
    frame = _one_file(scan) if len(scan.paths) == 1 else _several_files(scan)
    depth = column(DEPTH)
    if scan.top is not None:
        frame = frame.filter((depth >= scan.top).raw)
    if scan.base is not None:
        frame = frame.filter((depth <= scan.base).raw)
    return frame.select(*[_column(c).raw.alias(f"{c.field.name}~0") for c in scan.columns])


def union(frames: Sequence[DataFrame]) -> DataFrame:
    """Put frames under each other, each a partition; a balanced tree keeps planning quick."""
    level = list(frames)
    while len(level) > 1:
        level = [level[n].union(level[n + 1]) if n + 1 < len(level) else level[n]
                 for n in range(0, len(level), 2)]
    return level[0]


def _check_files(paths: Sequence[Path]) -> None:
    # DataFusion reads a missing or empty file as a table without rows.
    for path in paths:
        try:
            size = path.stat().st_size
        except OSError as error:
            raise ReadFailed(f"{path} could not be read: {error.strerror}. "
                             "Import its source again.") from error
        if size == 0:
            raise ReadFailed(f"{path} is empty. Import its source again.")


def _one_file(scan: WellScan) -> DataFrame:
    wanted = dict.fromkeys([DEPTH, *(c.column for c in scan.columns if c.path is not None)])
    types = {c.column: c.field.type for c in scan.columns if c.path is not None}
    schema = pa.schema([(name, types.get(name, pa.float64())) for name in wanted])
    # A URI, because a plain path with brackets or a star would be taken as a pattern.
    return session().read_parquet(scan.paths[0].resolve().as_uri(), schema=schema)


def _several_files(scan: WellScan) -> DataFrame:
    """Read files of one depth grid side by side: their rows correspond."""
    columns: dict[str, pa.ChunkedArray] = {}
    for path in scan.paths:
        names = dict.fromkeys(c.column for c in scan.columns if c.path == path)
        try:
            part = pq.read_table(path, columns=list(names))
        except (OSError, pa.ArrowInvalid) as error:
            raise ReadFailed(f"{path} could not be read: {error}. "
                             "Import its source again.") from error
        for name in part.column_names:
            values = part.column(name)
            columns[name] = values.cast(ARROW_TYPES[value_type(values.type)])
    table = pa.table(columns).combine_chunks()
    batches = table.to_batches() or [pa.RecordBatch.from_pylist([], schema=table.schema)]
    return session().create_dataframe([batches])


def _column(scanned: ScanColumn) -> Expr:
    if scanned.path is None:
        return Expr(literal(None).raw.cast(scanned.field.type))
    value = column(scanned.column)
    if (scanned.factor, scanned.offset) != (1.0, 0.0):
        value = value * scanned.factor + scanned.offset
    return value


def cleaned(frame: DataFrame, schema: pa.Schema) -> DataFrame:
    """Make NaN and infinity null in the curves of a frame of wells; other columns stay."""
    types = {f"{field.name}~0": field.type for field in schema if field.name != DEPTH}
    columns = [
        finite(column(name)).raw.alias(name) if pa.types.is_floating(types.get(name, pa.null()))
        else column(name).raw
        for name in frame.schema().names
    ]
    return frame.select(*columns)
