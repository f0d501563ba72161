"""A plan's relational part as SQL, for DataFusion or DuckDB, over the project's Parquet files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from mudrock_jupyter.engine.bound import DEPTH, WELL_ID, BoundNode, ScanColumn, WellScan
from mudrock_jupyter.engine.compile import Plan
from mudrock_jupyter.engine.export.relational import Query, Relational, Step, relational, renamed
from mudrock_jupyter.engine.export.sql_expressions import (
    DIALECTS,
    Dialect,
    ExpressionWriter,
    identifier,
    number,
    text_literal,
    type_name,
)
from mudrock_jupyter.operators.expression import column, finite
from mudrock_jupyter.spec.errors import InvalidInput, NotSupported, did_you_mean

_QUOTED_OR_END = re.compile(r"""\"(?:[^"]|"")*\"|'(?:[^']|'')*'|\n""")
# Functions that DataFusion has and DuckDB does not.
_DUCKDB_FUNCTIONS = {
    "nanvl": "nanvl(x, y) AS CASE WHEN isnan(x) THEN y ELSE x END",
    "regexp_like": "regexp_like(x, y, z) AS regexp_matches(x, y, z)",
}


def to_sql(plan: Plan, node: str | None = None, dialect: str = "datafusion") -> str:
    """Write a plan's relational part as SQL: a statement for each chain of nodes, or for `node`.

    Raises `NotSupported` for a node that has no SQL, `InvalidInput` for an unknown dialect.
    """
    known = next((each for each in DIALECTS if each == dialect), None)
    if known is None:
        raise InvalidInput(
            f"There is no dialect {dialect!r}.{did_you_mean(dialect, DIALECTS)} "
            f"There are: {', '.join(DIALECTS)}."
        )
    part = relational(plan, node)
    statements = [
        f"{_introduction(query)}{query_text(query, known)};\n" for query in part.queries.values()
    ]
    macros = _macros(statements) if known == "duckdb" else []
    return "\n".join([_header(part, known), *macros, *statements])


def query_text(query: Query, dialect: Dialect) -> str:
    """Write one query as one statement."""
    steps, above = [], query.reads or ""
    for step in query.steps:
        if dialect == "duckdb":
            _refuse_doubles(step.node)
        text = _source(step, dialect) if not step.node.inputs else _select(step, above, dialect)
        steps.append(f"{identifier(step.name)} AS (\n{_indented(text)}\n)")
        above = step.name
    order = [name for name in (WELL_ID, DEPTH) if name in query.node.schema.names]
    sorting = f"\nORDER BY {_listed(order)}" if order else ""
    return f"WITH {', '.join(steps)}\nSELECT * FROM {identifier(above)}{sorting}"


def _header(part: Relational, dialect: Dialect) -> str:
    how = (
        "DataFusion: SessionContext().enable_url_table().sql(...), one statement at a time."
        if dialect == "datafusion"
        else "DuckDB: duckdb.sql(...)"
    )
    lines = [f"-- For {how}"]
    lines += [
        f"-- Not in SQL: {_comment(repr(name))}, {reason}." for name, reason in part.outside.items()
    ]
    return "\n".join(lines) + "\n"


def _introduction(query: Query) -> str:
    made = f"-- What {_comment(repr(query.node.name))} makes.\n"
    if query.reads is None:
        return made
    table = _comment(identifier(query.reads))
    return f"{made}-- First register the rows of that node as the table {table}.\n"


def _macros(statements: Sequence[str]) -> list[str]:
    used = [name for name in _DUCKDB_FUNCTIONS if any(f"{name}(" in text for text in statements)]
    return [f"CREATE OR REPLACE TEMP MACRO {_DUCKDB_FUNCTIONS[name]};" for name in used]


def _select(step: Step, above: str, dialect: Dialect) -> str:
    read = ExpressionWriter(step.seen, dialect)
    made = {name: read.write(expression) for name, expression in renamed(step).items()}
    columns = [
        f"{made[name]} AS {identifier(name)}" if name in made else identifier(name)
        for name in step.node.schema.names
    ]
    conditions = [read.write(step.condition)] if step.condition is not None else []
    if step.wells is not None:
        wells = ", ".join(text_literal(well) for well in step.wells)
        conditions.append(f"{identifier(WELL_ID)} IN ({wells})")
    where = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT\n{_lines(columns)}\nFROM {identifier(above)}{where}"


def _source(step: Step, dialect: Dialect) -> str:
    """Write a source: every well's files under each other, without what is no number."""
    schema = step.node.schema
    read = ExpressionWriter(schema, dialect)
    columns = [
        f"{read.write(finite(column(each.name)))} AS {identifier(each.name)}"
        if type_name(each.type) == "DOUBLE" and each.name != DEPTH
        else identifier(each.name)
        for each in schema
    ]
    wells = "\nUNION ALL\n".join(_well(scan, dialect) for scan in step.node.scans)
    return f"SELECT\n{_lines(columns)}\nFROM (\n{_indented(wells)}\n) AS \"files\""


def _well(scan: WellScan, dialect: Dialect) -> str:
    columns = [f"{text_literal(scan.well)} AS {identifier(WELL_ID)}"]
    columns += [
        f"{_scanned(each, scan, dialect)} AS {identifier(each.field.name)}"
        for each in scan.columns
    ]
    stored = f"CAST({_stored(scan.columns[0], scan)} AS DOUBLE)"
    limits = [
        f"{stored} {sign} {number(depth, dialect)}"
        for sign, depth in ((">=", scan.top), ("<=", scan.base))
        if depth is not None
    ]
    where = f"\nWHERE {' AND '.join(limits)}" if limits else ""
    return f"SELECT {', '.join(columns)}\nFROM {_files(scan, dialect)}{where}"


def _scanned(each: ScanColumn, scan: WellScan, dialect: Dialect) -> str:
    stored = "NULL" if each.path is None else _stored(each, scan)
    text = f"CAST({stored} AS {type_name(each.field.type)})"
    if (each.factor, each.offset) == (1.0, 0.0):
        return text
    return f"{text} * {number(each.factor, dialect)} + {number(each.offset, dialect)}"


def _stored(each: ScanColumn, scan: WellScan) -> str:
    """Name a column of a file; of several files side by side, that of its own."""
    if len(scan.paths) == 1 or each.path is None:
        return identifier(each.column)
    return f'"file {scan.paths.index(each.path)}".{identifier(each.column)}'


def _files(scan: WellScan, dialect: Dialect) -> str:
    tables = [_file(path, dialect) for path in scan.paths]
    if len(tables) == 1:
        return tables[0]
    depth = identifier(DEPTH)
    joined = [
        f'JOIN {table} AS "file {n}" ON "file {n}".{depth} = "file 0".{depth}'
        for n, table in enumerate(tables)
    ]
    return "\n".join([f'{tables[0]} AS "file 0"', *joined[1:]])


def _file(path: Path, dialect: Dialect) -> str:
    if dialect == "datafusion":
        return identifier(path.resolve().as_uri())
    literal = re.sub(r"([*?\[])", r"[\1]", str(path.resolve()))  # or it would be a pattern
    return f"read_parquet({text_literal(literal)})"


def _refuse_doubles(node: BoundNode) -> None:
    seen: dict[str, str] = {}
    for name in node.schema.names:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise NotSupported(
                f"{node.name!r} has the columns {other!r} and {name!r}, which are one name to "
                "DuckDB. Rename one of them, or use the dialect 'datafusion'."
            )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(identifier(name) for name in names)


def _lines(columns: Sequence[str]) -> str:
    return ",\n".join(f"  {each}" for each in columns)


def _indented(text: str) -> str:
    """Move lines to the right, but not those inside quoted names and texts."""
    parts = re.sub(_QUOTED_OR_END, lambda m: "\n  " if m.group() == "\n" else m.group(), text)
    return f"  {parts}"


def _comment(text: str) -> str:
    """Keep a name within its comment, whatever it holds."""
    return "".join(each if each.isprintable() else " " for each in text)
