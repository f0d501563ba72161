"""Results as one Parquet file: row group by row group, the same rows the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa

from mudrock_jupyter.operators.batches import ArrowStream, in_groups, reader_of
from mudrock_jupyter.spec.files import replacing

WELL_ID = "well_id"
_ROW_GROUP = 65_536


def write_parquet(rows: ArrowStream, path: Path) -> None:
    """Write rows as one Parquet file, whole or not at all, holding one row group at a time.

    The fields' metadata (unit, description, origin) and the schema's own go with them; the footer
    also lists the wells, as JSON in `mudrock:well_ids`. Raises `WriteFailed`.
    """
    import pyarrow.parquet as pq

    reader = reader_of(rows)
    schema = _ordered(reader.schema)
    words = [field.name for field in schema if not _is_number(field.type)]
    wells: dict[str, None] = {}
    with replacing(path) as temporary, pq.ParquetWriter(
        temporary, schema, compression="lz4", use_dictionary=words or False
    ) as writer:
        for group in in_groups(reader, _ROW_GROUP):
            writer.write_table(group.cast(schema), row_group_size=_ROW_GROUP)
            if WELL_ID in schema.names:
                wells |= dict.fromkeys(group.column(WELL_ID).unique().drop_null().to_pylist())
        if wells:
            writer.add_key_value_metadata({"mudrock:well_ids": json.dumps(list(wells))})


def _ordered(schema: pa.Schema) -> pa.Schema:
    """Return the schema with its metadata in order of their keys.

    Metadata that went through DataFusion comes back in any order.
    """
    fields = [field.with_metadata(dict(sorted((field.metadata or {}).items())) or None)
              for field in schema]
    return pa.schema(fields, metadata=dict(sorted((schema.metadata or {}).items())) or None)


def _is_number(type: pa.DataType) -> bool:
    checks = (pa.types.is_floating, pa.types.is_integer, pa.types.is_boolean)
    return any(check(type) for check in checks)
