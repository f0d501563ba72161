"""One table under another: the columns of both, and the query that brings them together."""

from __future__ import annotations

import pyarrow as pa

from mudrock_jupyter.operators.relational import plain_text
from mudrock_jupyter.spec import units
from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.spec.fields import field_text


def common_field(field: pa.Field, other: pa.Schema) -> pa.Field:
    """Return the field of a column that both tables may have."""
    if field.name not in other.names:
        return field
    second = other.field(field.name)
    if plain_text(field.type) != plain_text(second.type):
        raise InvalidInput(f"{field.name} is text in one table and numbers in the other. Rename "
                           "one of them.")
    _conversion(field, second)
    same = field.type == second.type or plain_text(field.type)
    return field if same else field.with_type(pa.float64())


def _conversion(field: pa.Field, second: pa.Field) -> tuple[float, float]:
    wanted, unit = field_text(field, "unit"), field_text(second, "unit")
    if not wanted or not unit or wanted == unit:
        return 1.0, 0.0
    if not units.compatible(unit, wanted):
        raise InvalidInput(f"{field.name} is in {wanted} in the first table and in {unit} in the "
                           "second. Rename one of them.")
    return units.conversion(unit, wanted)


def selected(alias: str, table: pa.Table, schema: pa.Schema, source: str) -> str:
    """Return the query that takes the columns of a schema from one of the tables."""
    columns = []
    for place, field in enumerate(schema):
        found = table.schema.get_field_index(field.name)
        kind = "VARCHAR" if plain_text(field.type) else \
            "BOOLEAN" if pa.types.is_boolean(field.type) else \
            "BIGINT" if pa.types.is_integer(field.type) else "DOUBLE"
        value = f"c{found}" if found >= 0 else f"'{source}'" if field.name == "SOURCE" else "NULL"
        value = f"CAST({value} AS {kind})"
        factor, offset = (1.0, 0.0) if found < 0 else _conversion(field, table.schema.field(found))
        if (factor, offset) != (1.0, 0.0):
            value = f"{value} * {factor!r} + {offset!r}"
        columns.append(f"{value} AS o{place}")
    return f"SELECT {', '.join(columns)} FROM {alias}"
