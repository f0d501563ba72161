"""Expressions and names as SQL text.

DataFusion writes the text (`datafusion.unparser`). What it writes wrong is put right here: bare
infinities, DuckDB's integer division for every `/`, and numbers that DuckDB takes for decimals.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from mudrock_jupyter.operators.expression import Expr

if TYPE_CHECKING:
    from datafusion import DataFrame

Dialect = Literal["datafusion", "duckdb"]
DIALECTS: tuple[Dialect, ...] = ("datafusion", "duckdb")

_TOKEN = re.compile(
    r"""
    (?P<quoted> "above"\. | "(?:[^"]|"")*" | '(?:[^']|'')*' )
    | (?P<special> -?\b(?:inf|NaN)\b )
    | (?P<division> // )
    | (?P<number> \b\d+\.\d+\b )
    """,
    re.VERBOSE,
)


class ExpressionWriter:
    """Writes expressions over the columns of one table."""

    def __init__(self, schema: pa.Schema, dialect: Dialect) -> None:
        from datafusion import SessionContext
        from datafusion.unparser import Dialect as Spelling
        from datafusion.unparser import Unparser

        plain = pa.schema([pa.field(each.name, _plain(each.type)) for each in schema])
        batch = pa.RecordBatch.from_pylist([], schema=plain)
        self._frame: DataFrame = SessionContext().create_dataframe([[batch]], name="above")
        # Of DataFusion's dialects this is the one that quotes every name.
        self._unparser = Unparser(Spelling.duckdb())
        self._dialect = dialect

    def write(self, expression: Expr) -> str:
        """Return an expression as SQL."""
        plan = self._frame.select(expression.raw.alias("made")).logical_plan()
        text: str = self._unparser.plan_to_sql(plan)
        bare = text.removeprefix("SELECT ").removesuffix(' AS "made" FROM "above"')
        return _TOKEN.sub(self._token, bare)

    def _token(self, match: re.Match[str]) -> str:
        text = match.group()
        if match["quoted"]:
            return "" if text == '"above".' else text
        if match["special"]:
            return f"'{text.lower()}'::DOUBLE"
        return "/" if match["division"] else number(float(text), self._dialect)


def number(value: float, dialect: Dialect) -> str:
    """Write a number; DuckDB takes one without an exponent for a decimal.

    >>> number(0.1, "datafusion"), number(0.1, "duckdb")
    ('0.1', '0.1e0')
    """
    text = repr(float(value))
    return f"{text}e0" if dialect == "duckdb" and "e" not in text else text


def identifier(name: str) -> str:
    """Write the name of a table or a column.

    >>> identifier('a "b" c')
    '"a ""b"" c"'
    """
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def text_literal(text: str) -> str:
    """Write a text.

    >>> print(text_literal("Bob's"))
    'Bob''s'
    """
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def type_name(type: pa.DataType) -> str:
    """Write the type of a curve."""
    if pa.types.is_boolean(type):
        return "BOOLEAN"
    return "DOUBLE" if pa.types.is_floating(type) else "VARCHAR"


def _plain(type: pa.DataType) -> pa.DataType:
    return type.value_type if pa.types.is_dictionary(type) else type
