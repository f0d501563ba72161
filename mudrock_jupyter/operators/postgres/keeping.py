"""What a table has besides its rows, carried over to the table that replaces it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mudrock_jupyter.operators.postgres.target import Target
from mudrock_jupyter.spec.errors import InvalidInput

if TYPE_CHECKING:
    import psycopg

_INDEXES = """
    SELECT pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = %(oid)s AND NOT EXISTS
        (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
    ORDER BY indexrelid"""
_CONSTRAINTS = """
    SELECT format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', %(name)s::text, conname,
                  pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid = %(oid)s AND contype IN ('p', 'u', 'c', 'f', 'x')
    ORDER BY contype = 'f', oid"""
_NEEDED = """
    SELECT format('ALTER TABLE %%s ALTER %%I SET NOT NULL', %(name)s::text, attname)
    FROM pg_attribute WHERE attrelid = %(oid)s AND attnum > 0 AND attnotnull"""
_RIGHTS = """
    SELECT format('GRANT %%s ON %%s TO %%s%%s', privilege_type, %(name)s::text,
                  CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
                  CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_class, aclexplode(relacl) WHERE oid = %(oid)s AND grantee <> relowner"""
_OWNER = """
    SELECT format('ALTER TABLE %%s OWNER TO %%I', %(name)s::text, pg_get_userbyid(relowner))
    FROM pg_class WHERE oid = %(oid)s AND pg_get_userbyid(relowner) <> current_user"""
_GUARDS = """
    SELECT CASE WHEN relrowsecurity THEN 'row-level security'
                WHEN relhastriggers AND EXISTS (SELECT FROM pg_trigger
                    WHERE tgrelid = pg_class.oid AND NOT tgisinternal) THEN 'triggers'
                WHEN EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid
                    OR inhparent = pg_class.oid) THEN 'partitions' END
    FROM pg_class WHERE oid = %(oid)s"""


@dataclass(frozen=True)
class Kept:
    """Statements of the database's own making that give a table back what another had."""

    statements: tuple[str, ...]

    def restore(self, connection: psycopg.Connection[Any]) -> None:
        """Give it to the table that has the old one's name now."""
        for statement in self.statements:
            connection.execute(statement.encode())


def kept(connection: psycopg.Connection[Any], target: Target, oid: int) -> Kept:
    """Return a table's constraints, indexes, rights and owner.

    Raises `InvalidInput` for what cannot be carried over and must not be lost in silence.
    """
    values = {"oid": oid, "name": target.identifier.as_string(connection)}
    guard = connection.execute(_GUARDS, values).fetchone()
    if guard and guard[0]:
        raise InvalidInput(f"{target} has {guard[0]}, which a new table would not have. Empty it "
                           "yourself and write with mode 'append'.")
    parts = (_NEEDED, _CONSTRAINTS, _INDEXES, _RIGHTS, _OWNER)
    return Kept(tuple(statement for part in parts
                      for (statement,) in connection.execute(part, values).fetchall()))
