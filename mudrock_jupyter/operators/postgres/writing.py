"""Writing a result to a table in one transaction: all of it or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from mudrock_jupyter.operators.batches import ArrowStream, in_groups, watched
from mudrock_jupyter.operators.postgres.connection import (
    LOCK_TIMEOUT,
    connected,
    refused,
    variable_of,
)
from mudrock_jupyter.operators.postgres.encoding import HEADER, TRAILER, encoded, postgres_type
from mudrock_jupyter.operators.postgres.keeping import kept
from mudrock_jupyter.operators.postgres.target import Existing, Target, existing, target_of
from mudrock_jupyter.spec.errors import InvalidInput, MudrockError, NotFound
from mudrock_jupyter.spec.fields import field_text

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

Mode = Literal["create", "append", "replace"]
_MOST_BYTES = 63
_ROWS = 16_384


def write_postgres(
    rows: ArrowStream, table: str, mode: Mode = "create", connection: str = "",
    unless_stopped: Callable[[], None] = lambda: None,
) -> None:
    """Write rows to a table of the database named by `connection`, in one transaction.

    "create" makes the table and refuses one that is there; "append" adds to one with the same
    columns; "replace" builds a new table and puts it in the old one's place: readers see the one
    or the other. `unless_stopped` is called before each batch and before the end; what it raises
    leaves the database as it was.

    Raises `NotConnected`, `InvalidInput` for a table that does not fit, `NotFound` for one that
    is not there, `NotSupported` for a column that Postgres has no type for, `WriteFailed`.
    """
    target = target_of(table)
    reader = watched(rows, unless_stopped)
    types = _types(reader.schema)
    session = connected(connection)
    import psycopg

    failure: MudrockError
    try:
        with session:  # commits at the end, and rolls back when anything is raised
            _write(session, reader, types, target, mode)
            unless_stopped()
        return
    except psycopg.Error as error:
        failure = refused(error, str(target), variable_of(connection))
    raise failure  # outside the handler: the chain of errors shows nothing of the connection


def _write(
    session: psycopg.Connection[Any], reader: pa.RecordBatchReader, types: dict[str, str],
    target: Target, mode: Mode,
) -> None:
    session.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'".encode())
    found = existing(session, target)
    if found is not None and found.kind not in {"r", "p"}:
        raise InvalidInput(f"{target} is there already and no table. Choose another name.")
    if mode == "append":
        _append(session, reader, types, target, found)
    elif found is None:
        _create(session, reader.schema, types, target.identifier)
        _copy(session, reader, target.identifier)
    elif mode == "create":
        raise InvalidInput(f"The table {target} is there already. Choose another name, or write "
                           "with mode 'append' or 'replace'.")
    else:
        _replace(session, reader, types, target)


def _append(
    session: psycopg.Connection[Any], reader: pa.RecordBatchReader, types: dict[str, str],
    target: Target, found: Existing | None,
) -> None:
    if found is None:
        raise NotFound(f"There is no table {target} to append to. Write with mode 'create'.")
    faults = [_fault(name, type, found) for name, type in types.items()]
    faults += [f"{name} is missing in the result and has no default in the table"
               for name, column in found.columns.items() if column.needed and name not in types]
    told = [fault for fault in faults if fault]
    if told:
        raise InvalidInput(f"The table {target} has other columns: {'; '.join(told)}. Choose the "
                           "columns with select_curves, or write to another table.")
    _copy(session, reader, target.identifier)


def _fault(name: str, type: str, found: Existing) -> str:
    column = found.columns.get(name)
    if column is None:
        return f"{name} is not in the table"
    same = column.type in {type, "character varying" if type == "text" else type}
    return "" if same else f"{name} is {type} here and {column.type} in the table"


def _replace(
    session: psycopg.Connection[Any], reader: pa.RecordBatchReader, types: dict[str, str],
    target: Target,
) -> None:
    from psycopg import sql

    fresh = f"mudrock_{secrets.token_hex(8)}"
    _create(session, reader.schema, types, target.beside(fresh))
    _copy(session, reader, target.beside(fresh))
    session.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(target.identifier))
    found = existing(session, target)  # it may be another one by now
    assert found is not None
    rest = kept(session, target, found.oid)
    session.execute(sql.SQL("DROP TABLE {}").format(target.identifier))
    session.execute(sql.SQL("ALTER TABLE {} RENAME TO {}")
                    .format(target.beside(fresh), sql.Identifier(target.name)))
    rest.restore(session)


def _create(
    session: psycopg.Connection[Any], schema: pa.Schema, types: dict[str, str],
    table: sql.Identifier,
) -> None:
    from psycopg import sql

    columns = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(type))
               for name, type in types.items()]
    session.execute(sql.SQL("CREATE TABLE {} ({})").format(table, sql.SQL(", ").join(columns)))
    for field in schema:
        if comment := _comment(field):
            session.execute(sql.SQL("COMMENT ON COLUMN {}.{} IS {}")
                            .format(table, sql.Identifier(field.name), sql.Literal(comment)))


def _copy(
    session: psycopg.Connection[Any], reader: pa.RecordBatchReader, table: sql.Identifier
) -> None:
    from psycopg import sql

    names = sql.SQL(", ").join(map(sql.Identifier, reader.schema.names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(table, names)
    with session.cursor().copy(statement) as copy:
        copy.write(HEADER)
        for group in in_groups(reader, _ROWS):
            for batch in group.to_batches():
                for data in encoded(batch):
                    copy.write(data)
        copy.write(TRAILER)


def _types(schema: pa.Schema) -> dict[str, str]:
    """Return the columns' types in Postgres by name; raises for what it would cut or refuse."""
    for name in schema.names:
        if not name or "\0" in name or len(name.encode()) > _MOST_BYTES:
            raise InvalidInput(f"{name!r} cannot be the name of a column in Postgres, which "
                               f"allows 1 to {_MOST_BYTES} bytes. Rename it with select_curves.")
    return {field.name: postgres_type(field) for field in schema}


def _comment(field: pa.Field) -> str:
    unit, description = field_text(field, "unit"), field_text(field, "description")
    return f"{description} [{unit}]".strip() if unit else description
