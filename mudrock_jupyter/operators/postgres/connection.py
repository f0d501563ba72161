"""Connecting to the team's Postgres, without ever showing the address or what is in it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from mudrock_jupyter.spec.errors import MudrockError, NotConnected, NotSupported

if TYPE_CHECKING:
    import psycopg

VARIABLE = "MUDROCK_DATABASE_URL"
_CONNECT_SECONDS = 10
LOCK_TIMEOUT = "10s"

# The server's and libpq's own sentences hold users, hosts and, for a broken address, all of it.
_REASONS = (
    ("password authentication failed", "the password or the user is not right"),
    ("no password supplied", "the server asks for a password, and the address has none"),
    ("no pg_hba.conf entry", "the server does not admit this user from this machine"),
    ("too many", "the server has no connection left: try again later"),
    ("remaining connection slots", "the server has no connection left: try again later"),
    ("starting up", "the server is starting up: try again in a moment"),
    ("shutting down", "the server is shutting down"),
    ("resolve host", "there is no host of that name"),
    ("translate host name", "there is no host of that name"),
    ("connection refused", "nothing answers there: is the server running, and the port right?"),
    ("no such file or directory", "nothing answers there: is the server running?"),
    ("timeout", "the server does not answer"),
    ("permission denied", "this user may not use that database"),
    ('role "', "there is no such user in the database"),
    ('database "', "the server has no database of that name"),
)


def variable_of(connection: str) -> str:
    """Return the environment variable that holds the address of a named connection.

    >>> variable_of(""), variable_of("warehouse")
    ('MUDROCK_DATABASE_URL', 'MUDROCK_DATABASE_URL_WAREHOUSE')
    """
    return f"{VARIABLE}_{connection.upper()}" if connection else VARIABLE


def connected(connection: str) -> psycopg.Connection[Any]:
    """Open a connection by name; the caller closes it.

    Raises `NotConnected`, which names the environment variable and never what is in it.
    """
    try:
        import psycopg
    except ImportError as error:
        raise NotSupported('psycopg is not installed. Install it with: '
                           'pip install "mudrock-jupyter[postgres]"') from error
    variable = variable_of(connection)
    address = os.environ.get(variable, "").strip()
    if not address:
        raise NotConnected(f"There is no database to write to: {variable} is not set. Set it in "
                           "the environment of the kernel to postgresql://user@host/database.")
    try:
        # Without prepared statements, which a pooler such as PgBouncer may not know of.
        return psycopg.connect(address, connect_timeout=_CONNECT_SECONDS, client_encoding="utf8",
                               application_name="mudrock", prepare_threshold=None)
    except (psycopg.Error, UnicodeError, ValueError) as error:
        reason = _reason(error)
    # Outside the handler, so that no error in the chain holds the address.
    raise NotConnected(f"The database of {variable} cannot be reached: {reason}.")


def _reason(error: Exception) -> str:
    if type(error).__name__ == "ProgrammingError" or not hasattr(error, "sqlstate"):
        return "its value is no address such as postgresql://user@host/database"
    said = str(error).lower()
    return next((reason for sign, reason in _REASONS if sign in said), "the connection failed")


def refused(error: psycopg.Error, target: str, variable: str) -> MudrockError:
    """Return what the server said while a table was written, as a sentence of our own."""
    from mudrock_jupyter.spec.errors import NotFound, WriteFailed

    state = error.sqlstate or ""
    nothing = f"Nothing of {target} was changed"
    if not state or state.startswith("08") or state in {"57P01", "57P02", "57P03"}:
        return NotConnected(f"The database of {variable} ended the connection. {nothing}: "
                            "run the pipeline again when it is back.")
    if state == "3F000":
        return NotFound(f"The database has no schema {target.rpartition('.')[0]!r}. Create it "
                        "first, or choose another.")
    advice = {
        "42501": f"{target}: this user may not write there. Ask the owner of the database for "
                 "the right to, or choose another schema.",
        "55P03": f"{target} is in use by another session, which did not let go within "
                 f"{LOCK_TIMEOUT}. {nothing}: try again.",
        "40P01": f"{target} is being changed by another session. {nothing}: try again.",
        "53100": f"The disk of the database is full. {nothing}.",
        "57014": f"The database cancelled the work on {target}: it took too long, or somebody "
                 f"ended it. {nothing}.",
        "25006": f"The database is read-only. {nothing}.",
        "22021": f"A text for {target} has a character that Postgres cannot hold. {nothing}.",
        "54011": f"{target} would have more columns than Postgres can hold. Choose fewer with "
                 "select_curves.",
        "2BP01": f"Views or other tables depend on {target}, so it cannot be replaced. Drop "
                 "them, or write with mode 'append'.",
    }.get(state)
    said = re.sub(r"\s+", " ", error.diag.message_primary or "it gave no reason").rstrip(".")
    return WriteFailed(advice or f"{target} was refused by the database: {said}. {nothing}.")
