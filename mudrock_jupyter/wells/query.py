"""Reading selected columns of Parquet files with DuckDB."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import duckdb
import pyarrow as pa

from mudrock_jupyter.wells.log_file import DEPTH
from mudrock_jupyter.wells.selection import Selected


class Query:
    """A DuckDB connection of the store's own, safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})

    def read(
        self, selected: Sequence[Selected], top: float | None, base: float | None
    ) -> pa.Table:
        """Return DEPTH and the selected columns between two depths, both inclusive.

        DuckDB reads only those columns and the row groups that reach into the range.
        """
        with self._lock:
            cursor = self._connection.cursor()
        table = cursor.sql(_sql(selected, top, base)).to_arrow_table()
        return table.cast(_schema(selected))


def _sql(selected: Sequence[Selected], top: float | None, base: float | None) -> str:
    files = list(dict.fromkeys(entry.file.path for entry in selected))
    columns = [f'f0."{DEPTH}"'] + [
        f"f{files.index(entry.file.path)}.{_quoted(entry.column)} AS {_quoted(entry.name)}"
        for entry in selected if entry.column != DEPTH
    ]
    source = f"read_parquet({_literal(files[0])}) f0" + "".join(
        f' JOIN read_parquet({_literal(path)}) f{n} ON f0."{DEPTH}" = f{n}."{DEPTH}"'
        for n, path in enumerate(files[1:], 1)
    )
    limits = [f'f0."{DEPTH}" {sign} \'{limit!r}\'::DOUBLE'
              for sign, limit in ((">=", top), ("<=", base)) if limit is not None]
    where = f" WHERE {' AND '.join(limits)}" if limits else ""
    return f'SELECT {", ".join(columns)} FROM {source}{where} ORDER BY f0."{DEPTH}"'


def _schema(selected: Sequence[Selected]) -> pa.Schema:
    fields = [selected[0].file.schema.field(DEPTH)]
    for entry in selected:
        if entry.column == DEPTH:
            continue
        stored = entry.file.schema.field(entry.column)
        metadata = dict(stored.metadata or {})
        if entry.name != entry.column:
            metadata[b"stored_as"] = entry.column.encode()
        fields.append(stored.with_name(entry.name).with_metadata(metadata))
    return pa.schema(fields)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(path: Path) -> str:
    # DuckDB takes every path as a pattern: `p[1]` would read the file in `p1`.
    return "'" + glob.escape(str(path)).replace("'", "''") + "'"
