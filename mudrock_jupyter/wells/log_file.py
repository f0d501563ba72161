"""One Parquet file of curves: what its footer says, and how it is written."""

from __future__ import annotations

import getpass
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mudrock_jupyter.spec import units
from mudrock_jupyter.spec.errors import InvalidInput, ReadFailed
from mudrock_jupyter.spec.fields import field_text
from mudrock_jupyter.spec.files import replacing

DEPTH = "DEPTH"
COMPUTED = "computed"
_ROW_GROUP = 32_768
_PREFIX = "mudrock:"


@dataclass(frozen=True)
class LogFile:
    """A file of curves on one depth grid, described without reading its data.

    `counts` has the number of values that are not null per column, `footer` the file's origin
    (`well_id`, `well_name`, `source_file`, `source_sha256`, `written_at`, `author`, ...).
    Depths are in `depth_unit` (`m` or `ft`; empty when the source did not say).
    """

    path: Path
    set: str
    schema: pa.Schema = field(repr=False)
    rows: int
    depth_top: float
    depth_base: float
    depth_unit: str
    counts: Mapping[str, int] = field(default_factory=dict, repr=False)
    footer: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def curves(self) -> tuple[str, ...]:
        """The columns other than depth."""
        return tuple(name for name in self.schema.names if name != DEPTH)

    @property
    def grid(self) -> str:
        """A fingerprint of the depths: files with the same one can be joined row by row."""
        return self.footer.get("depth_sha256", str(self.path))


def curve_field(
    name: str,
    unit: str = "",
    description: str = "",
    source_mnemonic: str | None = None,
    source_unit: str | None = None,
    type: pa.DataType | None = None,
) -> pa.Field:
    """Return the Arrow field of a curve with its metadata; float64 unless `type` says otherwise.

    A unit with a known spelling is written canonically, another verbatim.
    """
    known = units.canonical(unit)
    metadata = {
        "unit": unit.strip() if known is None else known,
        "description": description,
        "source_mnemonic": name if source_mnemonic is None else source_mnemonic,
        "source_unit": unit if source_unit is None else source_unit,
    }
    return pa.field(name, type or pa.float64(), metadata=metadata)


def origin(source: str = "", sha256: str = "", **entries: str) -> dict[str, str]:
    """Return footer entries: who wrote the file, when and from what."""
    return {
        **entries,
        "source_file": source,
        "source_sha256": sha256,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "author": _author(),
    }


def write_log_file(path: Path, table: pa.Table, footer: Mapping[str, str]) -> None:
    """Write curves atomically: sorted by depth, lz4, no dictionaries, null for missing.

    `table` needs a `DEPTH` column of distinct finite numbers. Raises `InvalidInput` for another
    table and `WriteFailed` when the disk refuses; the old file is then as it was.
    """
    table = _normal(table)
    depth = table.column(DEPTH).to_numpy()
    entries = dict(footer) | {"depth_sha256": hashlib.sha256(depth.tobytes()).hexdigest()}
    metadata = {f"{_PREFIX}{key}": value for key, value in entries.items()}
    table = table.replace_schema_metadata(metadata)
    write_parquet(path, table)


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write any table as the project's files are written: lz4, no dictionaries, atomically."""
    with replacing(path) as temporary:
        pq.write_table(
            table, temporary, compression="lz4", use_dictionary=False, row_group_size=_ROW_GROUP
        )


def read_log_file(path: Path) -> LogFile:
    """Describe a file of curves from its footer. Raises `ReadFailed` naming the file."""
    try:
        parquet = pq.ParquetFile(path)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ReadFailed(f"{path} could not be read: {reason}.") from error
    except pa.ArrowInvalid as error:
        raise ReadFailed(
            f"{path} is damaged: {str(error).rstrip('.')}. Delete it and import its source again."
        ) from error
    with parquet:
        schema = parquet.schema_arrow
        if DEPTH not in schema.names:
            raise ReadFailed(f"{path} has no DEPTH column, so it is not a file of curves.")
        top, base = _depth_range(parquet)
        counts = {name: _count(parquet, name) for name in schema.names}
        footer = {
            key.decode()[len(_PREFIX):]: value.decode("utf-8", "replace")
            for key, value in (schema.metadata or {}).items()
            if key.startswith(_PREFIX.encode())
        }
        return LogFile(
            path=path,
            set=COMPUTED if path.parent.name == COMPUTED else path.stem.removeprefix("logs_"),
            schema=schema,
            rows=parquet.metadata.num_rows,
            depth_top=top,
            depth_base=base,
            depth_unit=field_text(schema.field(DEPTH), "unit"),
            counts=counts,
            footer=footer,
        )


def _normal(table: pa.Table) -> pa.Table:
    if DEPTH not in table.column_names:
        raise InvalidInput(
            f"A table of curves needs a DEPTH column; this one has {', '.join(table.column_names)}."
        )
    depth = table.column(DEPTH).cast(pa.float64())
    values = depth.to_numpy()
    if len(values) == 0:
        raise InvalidInput("A table of curves needs at least one row.")
    if not np.isfinite(values).all():
        raise InvalidInput("DEPTH has missing values. Remove those rows first.")
    order = np.argsort(values, kind="stable")
    if (np.diff(values[order]) == 0).any():
        raise InvalidInput("DEPTH has the same value twice. Keep one row per depth.")
    columns, fields = [depth], [table.schema.field(DEPTH).with_type(pa.float64())]
    for curve in table.schema:
        if curve.name != DEPTH:
            column = _without_nan(table.column(curve.name))
            columns.append(column)
            fields.append(curve.with_type(column.type))
    normal = pa.table(columns, schema=pa.schema(fields)).combine_chunks()
    return normal if (order[:-1] < order[1:]).all() else normal.take(pa.array(order))


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        column = column.cast(pa.float64())
        return pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
    return column


def _depth_range(parquet: pq.ParquetFile) -> tuple[float, float]:
    position = parquet.schema_arrow.names.index(DEPTH)
    groups = [parquet.metadata.row_group(n) for n in range(parquet.metadata.num_row_groups)]
    statistics = [group.column(position).statistics for group in groups]
    if statistics and all(entry is not None and entry.has_min_max for entry in statistics):
        return min(s.min for s in statistics), max(s.max for s in statistics)
    depth = parquet.read(columns=[DEPTH]).column(DEPTH)
    extremes = pc.min_max(depth).as_py()
    nothing = float("nan")
    return extremes["min"] if depth else nothing, extremes["max"] if depth else nothing


def _count(parquet: pq.ParquetFile, name: str) -> int:
    position = parquet.schema_arrow.names.index(name)
    groups = [parquet.metadata.row_group(n) for n in range(parquet.metadata.num_row_groups)]
    statistics = [group.column(position).statistics for group in groups]
    if all(entry is not None and entry.has_null_count for entry in statistics):
        nulls = sum(entry.null_count for entry in statistics)
    else:
        nulls = parquet.read(columns=[name]).column(name).null_count
    return int(parquet.metadata.num_rows - nulls)


def _author() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return ""
