"""A well's tops: names and the depths at which they begin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mudrock_jupyter.spec.errors import InvalidInput, ReadFailed
from mudrock_jupyter.spec.fields import field_text
from mudrock_jupyter.wells.log_file import DEPTH, write_parquet

TOP = "TOP"


def write_tops(path: Path, table: pa.Table, depth_unit: str, footer: Mapping[str, str]) -> None:
    """Write a table of TOP and DEPTH, sorted by depth; `depth_unit` unless its field says one."""
    missing = [name for name in (TOP, DEPTH) if name not in table.column_names]
    if missing:
        raise InvalidInput(f"A table of tops needs TOP and DEPTH; {missing[0]} is missing.")
    names = table.column(TOP).cast(pa.string())
    depths = table.column(DEPTH).cast(pa.float64())
    if names.null_count or depths.null_count:
        raise InvalidInput("Every top needs a name and a depth.")
    unit = field_text(table.schema.field(DEPTH), "unit") or depth_unit
    schema = pa.schema(
        [pa.field(TOP, pa.string()), pa.field(DEPTH, pa.float64(), metadata={"unit": unit})],
        metadata={f"mudrock:{key}": value for key, value in footer.items()},
    )
    write_parquet(path, pa.table([names, depths], schema=schema).sort_by(DEPTH))


def read_tops(path: Path) -> pa.Table:
    """Return the tops by depth; no rows when there is no file."""
    if not path.exists():
        return pa.table({TOP: pa.array([], pa.string()), DEPTH: pa.array([], pa.float64())})
    try:
        with pq.ParquetFile(path) as parquet:
            return parquet.read(columns=[TOP, DEPTH])
    except (OSError, pa.ArrowInvalid) as error:
        raise ReadFailed(f"{path} is not a readable file of tops: {error}.") from error
