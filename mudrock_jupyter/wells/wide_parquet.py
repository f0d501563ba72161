"""Wide Parquet from elsewhere: a depth column, curves, and perhaps a column naming the well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mudrock_jupyter.spec import mnemonics, units
from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.spec.fields import field_text
from mudrock_jupyter.wells.log_file import curve_field
from mudrock_jupyter.wells.nulls import remove_nulls
from mudrock_jupyter.wells.reading import Findings, Reading, quote

_WELL_COLUMNS = ("WELL", "WELL_ID", "WELL_NAME", "WELLNAME", "UWI")


def read_wide_parquet(
    content: bytes, source: Path, null_values: tuple[float, ...], findings: Findings
) -> list[Reading]:
    """Read the wells of a wide Parquet file, in the order in which they first occur.

    Units come from the field metadata `unit`. Without a column naming the well the footer's
    name counts, else the file's. Raises `InvalidInput` when there is no depth column or depths
    are missing or repeated within a well.
    """
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidInput(f"This is not readable Parquet: {error}") from error
    if not table.num_rows:
        raise InvalidInput("The file has no rows.")
    depth, well_column = _depth_column(table), _well_column(table)
    names = [name for name in table.column_names if name not in (depth, well_column)]
    table = table.select([depth, *names] + ([well_column] if well_column else []))
    if well_column is None:
        footer = (table.schema.metadata or {}).get(b"mudrock:well_name", b"").decode()
        return [_reading(footer or source.stem, table, null_values, findings)]
    wells = table.column(well_column).cast(pa.string())
    if wells.null_count:
        raise InvalidInput(f"{well_column} is missing in {wells.null_count} rows.")
    data = table.drop_columns([well_column])
    return [_reading(well, data.filter(pc.equal(wells, well)), null_values, findings)
            for well in wells.unique().to_pylist()]


def _depth_column(table: pa.Table) -> str:
    repeated = {name for name in table.column_names if table.column_names.count(name) > 1}
    if repeated:
        raise InvalidInput(f"Column {repeated.pop()!r} occurs twice. Rename one of them.")
    name = mnemonics.resolve(mnemonics.INDEX, table.column_names)
    if name is None:
        raise InvalidInput(f"There is no depth column (DEPTH, DEPT, MD) among "
                           f"{quote(table.column_names)}. Rename it to DEPTH.")
    kind = table.schema.field(name).type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise InvalidInput(f"The depth column {name} holds {kind}, not numbers.")
    return name


def _well_column(table: pa.Table) -> str | None:
    by_upper = {name.upper(): name for name in table.column_names}
    return next((by_upper[name] for name in _WELL_COLUMNS if name in by_upper), None)


def _reading(
    well: str, table: pa.Table, null_values: tuple[float, ...], findings: Findings
) -> Reading:
    depth = table.column(0).cast(pa.float64())
    values = depth.to_numpy()
    if not np.isfinite(values).all():
        raise InvalidInput(f"{table.column_names[0]} is missing in "
                           f"{int((~np.isfinite(values)).sum())} rows of well {well}.")
    if len(np.unique(values)) != len(values):
        raise InvalidInput(f"{table.column_names[0]} has the same value twice in well {well}. Name "
                           "the well in a column WELL if there are several.")
    if (np.diff(values) < 0).any():
        findings.note(f"The rows of {well} were sorted by depth.")
    given = [field_text(field, "unit") for field in table.schema]
    names = mnemonics.rename(list(zip(table.column_names, given, strict=True)))
    fields: list[pa.Field] = []
    columns: list[pa.Array] = []
    seen: list[float] = []
    for name, unit, field, column in zip(names, given, table.schema, table.columns, strict=True):
        values, nulls = _curve(column, field.name, null_values, findings, index=not columns)
        if values is None:
            continue
        seen += nulls
        columns.append(values)
        known = units.canonical(unit, like=mnemonics.canonical_unit(name)) or unit
        fields.append(curve_field(name, known, field_text(field, "description"), field.name, unit,
                                  values.type))
    if not given[0]:
        findings.warn(f"The unit of depth of {well} is not known.")
    renamed = [f"{old} is {new}" for old, new in zip(table.column_names, names, strict=True)
               if old.upper() != new]
    if renamed:
        findings.note(f"Canonical names: {quote(renamed)}.")
    return Reading(well, "", pa.table(columns, schema=pa.schema(fields)),
                   tuple(dict.fromkeys(seen)))


def _curve(
    column: pa.ChunkedArray, name: str, null_values: tuple[float, ...], findings: Findings,
    index: bool,
) -> tuple[pa.Array | None, tuple[float, ...]]:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return column.cast(pa.string()).combine_chunks(), ()
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        findings.warn(f"{name} holds {kind} and was left out.")
        return None, ()
    numbers = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    pair = np.column_stack([np.zeros(len(numbers)), numbers])
    nulls = () if index else remove_nulls(pair, ["", name], None, null_values, findings)
    return pa.array(pair[:, 1], from_pandas=True), nulls
