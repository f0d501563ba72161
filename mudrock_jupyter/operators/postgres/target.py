"""The table a result goes to: its name, and what the database says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mudrock_jupyter.spec.errors import InvalidInput

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

_NAME = re.compile(r"[^\W\d]\w*")
_MOST_BYTES = 63


@dataclass(frozen=True)
class Target:
    """A table by schema and name; the schema is empty where the search path decides."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @property
    def identifier(self) -> sql.Identifier:
        """The quoted name."""
        return self.beside(self.name)

    def beside(self, name: str) -> sql.Identifier:
        """Return the quoted name of another table of the same schema."""
        from psycopg import sql

        return sql.Identifier(self.schema, name) if self.schema else sql.Identifier(name)


def target_of(table: str) -> Target:
    """Read `table` or `schema.table`. Raises `InvalidInput` for a name that is neither.

    >>> str(target_of("logs.porosity"))
    'logs.porosity'
    """
    *schema, name = parts = table.split(".")
    if len(parts) > 2 or not all(map(_NAME.fullmatch, parts)):
        raise InvalidInput(f"{table!r} is not the name of a table. Write table or schema.table, "
                           "of letters, digits and underscores.")
    too_long = next((part for part in parts if len(part.encode()) > _MOST_BYTES), None)
    if too_long is not None:
        raise InvalidInput(f"{too_long!r} is too long for Postgres, which allows "
                           f"{_MOST_BYTES} bytes. Choose a shorter name.")
    return Target(schema[0] if schema else "", name)


@dataclass(frozen=True)
class Column:
    """A column of a table that is there."""

    type: str
    needed: bool


@dataclass(frozen=True)
class Existing:
    """A relation that is there: its kind as `pg_class.relkind`, and its columns by name."""

    oid: int
    kind: str
    columns: dict[str, Column]


def existing(connection: psycopg.Connection[Any], target: Target) -> Existing | None:
    """Return what the database has under the target's name."""
    found = connection.execute(
        "SELECT oid, relkind::text FROM pg_class WHERE oid = to_regclass(%s)",
        [target.identifier.as_string(connection)]).fetchone()
    if found is None:
        return None
    rows = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod), "
        "       attgenerated <> '' OR attidentity = 'a', attnotnull AND NOT atthasdef "
        "       AND attidentity = '' "
        "FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped "
        "ORDER BY attnum", [found[0]]).fetchall()
    columns = {name: Column(f"{type} (generated)" if generated else type, needed)
               for name, type, generated, needed in rows}
    return Existing(found[0], found[1], columns)
