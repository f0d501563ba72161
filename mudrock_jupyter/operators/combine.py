"""Combining two tables: side by side, or one under the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import pyarrow as pa
from pydantic import Field

from mudrock_jupyter.operators.declare import Kind, operator
from mudrock_jupyter.operators.nearest import nearest_rows
from mudrock_jupyter.operators.parameters import CurveName, described
from mudrock_jupyter.operators.relational import (
    DEPTH,
    WELL_ID,
    plain_text,
    query,
    require,
    same_units,
)
from mudrock_jupyter.operators.stacking import common_field, selected
from mudrock_jupyter.spec.errors import InvalidInput

if TYPE_CHECKING:
    from datafusion import SessionContext

PORTS = ("left", "right")
Suffix = Annotated[
    str, Field(min_length=1),
    described("Added to a column of the right table whose name the left one has, too"),
]


@operator(
    "arr_join", kind=Kind.TABLE, family="combine", category="arrays", title="Join", ports=PORTS,
    formula="left JOIN right ON left.well_id = right.well_id AND left.DEPTH = right.DEPTH",
    source="SQL",
)
def arr_join(
    left: pa.Table,
    right: pa.Table,
    /,
    session: SessionContext,
    on: Annotated[
        list[CurveName] | None,
        described("Columns whose values must be equal; empty: well_id, and DEPTH if both have it"),
    ] = None,
    how: Annotated[
        Literal["left", "inner", "full"],
        described("Rows to keep: all of the left table, only those with a match, all of both"),
    ] = "left",
    suffix: Suffix = "_RIGHT",
) -> pa.RecordBatchReader:
    """Put the columns of two tables side by side where some of their columns are equal.

    Joins a summary to samples by well, results of two branches by well and depth, or zone
    parameters by well and ZONE. Where several rows match, there is a row for each pair. Depths
    must be exactly equal: for those of another step there is the nearest-depth join.
    """
    keys = on or [n for n in (WELL_ID, DEPTH) if n in left.column_names and n in right.column_names]
    if not keys:
        raise InvalidInput("The tables have neither well_id nor DEPTH in common. Say which columns "
                           "to join on.")
    require(left.schema, keys, "left")
    require(right.schema, keys, "right")
    for key in keys:
        _comparable(left.schema.field(key), right.schema.field(key))
    added = [name for name in right.column_names if name not in keys]
    schema = _joined(left.schema, [right.schema.field(name) for name in added], suffix)
    columns = [_either(left, right, name, how) if name in keys else
               f"l.c{place}" for place, name in enumerate(left.column_names)]
    columns += [f"r.c{right.schema.get_field_index(name)}" for name in added]
    matches = [f"{_key('l', left, key)} = {_key('r', right, key)}" for key in keys]
    order = [name for name in (WELL_ID, DEPTH) if name in schema.names]
    order += [] if len(order) == 2 else [name for name in schema.names if name not in order]
    places = [str(schema.get_field_index(name) + 1) for name in order]
    return query(
        session, {"l": left, "r": right},
        f"SELECT {', '.join(f'{column} AS o{n}' for n, column in enumerate(columns))} "
        f"FROM l {how.upper()} JOIN r ON {' AND '.join(matches)} ORDER BY {', '.join(places)}",
        schema, by_wells=_by_wells(keys, how, left),
    )


@operator(
    "arr_join_asof", kind=Kind.TABLE, family="combine", category="arrays",
    title="Join by nearest depth", ports=PORTS,
    formula="the row with the least |DEPTH_left - DEPTH_right| <= tol", source="Definition",
)
def arr_join_asof(
    left: pa.Table,
    right: pa.Table,
    /,
    tol: Annotated[float, described("The farthest match, in depth units", minimum=0)] = 0.1,
    direction: Annotated[
        Literal["nearest", "above", "below"],
        described("Where the match may lie: on either side, or not below or above the sample"),
    ] = "nearest",
    suffix: Suffix = "_RIGHT",
) -> pa.RecordBatchReader:
    """Give each sample on the left the columns of the nearest one on the right, well by well.

    For core, tests and mud logs, whose depths are not those of the logs. All rows of the left
    table stay, once each; of two that are equally near the shallower is taken.
    """
    for table, side in ((left, "left"), (right, "right")):
        require(table.schema, [WELL_ID, DEPTH], side)
    same_units(left.schema.field(DEPTH), right.schema.field(DEPTH))
    added = [name for name in right.column_names if name not in (WELL_ID, DEPTH)]
    schema = _joined(left.schema, [right.schema.field(name) for name in added], suffix)
    return pa.RecordBatchReader.from_batches(
        schema, nearest_rows(left, right.select([WELL_ID, DEPTH, *added]), tol, direction, schema))


@operator(
    "arr_union", kind=Kind.TABLE, family="combine", category="arrays", title="Stack tables",
    ports=("first", "second"),
    formula="first UNION ALL BY NAME second", source="SQL",
)
def arr_union(
    first: pa.Table,
    second: pa.Table,
    /,
    session: SessionContext,
    add_source: Annotated[
        bool, described("A column SOURCE that says which table a row is of: first or second")
    ] = False,
) -> pa.RecordBatchReader:
    """Put two tables under each other by the names of their columns.

    A column that only one of them has is missing in the rows of the other. Columns of one name
    get the unit of the first table. Rows that are in both stay twice.
    """
    fields = [common_field(field, second.schema) for field in first.schema]
    fields += [field for field in second.schema if field.name not in first.column_names]
    if add_source:
        if "SOURCE" in (field.name for field in fields):
            raise InvalidInput("There is a column SOURCE already. Rename it, or leave out "
                               "add_source.")
        fields.append(pa.field("SOURCE", pa.string(), metadata={"description": "The table"}))
    schema = pa.schema(fields)
    names = [name for name in (WELL_ID, DEPTH) if name in schema.names]
    order = ", ".join(f"o{schema.get_field_index(name)}" for name in names)
    return query(
        session, {"f": first, "s": second},
        f"SELECT * FROM ({selected('f', first, schema, 'first')} UNION ALL "
        f"{selected('s', second, schema, 'second')}){f' ORDER BY {order}' if order else ''}",
        schema, by_wells=("f", "s") if WELL_ID in first.column_names and
        WELL_ID in second.column_names else (),
    )


def _by_wells(keys: list[str], how: str, left: pa.Table) -> tuple[str, ...]:
    if WELL_ID in keys:
        return ("l", "r")
    # A row of the right table that no well matches may be known only at the end.
    return ("l",) if WELL_ID in left.column_names and how != "full" else ()


def _joined(left: pa.Schema, added: list[pa.Field], suffix: str) -> pa.Schema:
    fields = list(left)
    for field in added:
        name = field.name if field.name not in left.names else f"{field.name}{suffix}"
        if name in {each.name for each in fields}:
            raise InvalidInput(f"There would be two columns named {name!r}. Choose another suffix, "
                               "or rename one of them.")
        fields.append(field.with_name(name))
    return pa.schema(fields)


def _comparable(left: pa.Field, right: pa.Field) -> None:
    if plain_text(left.type) != plain_text(right.type):
        raise InvalidInput(f"{left.name} is text in one of the tables only; rows cannot be joined "
                           "on it.")
    same_units(left, right)


def _key(alias: str, table: pa.Table, name: str) -> str:
    place = table.schema.get_field_index(name)
    kind = "VARCHAR" if plain_text(table.schema.field(place).type) else "DOUBLE"
    return f"CAST({alias}.c{place} AS {kind})"


def _either(left: pa.Table, right: pa.Table, name: str, how: str) -> str:
    if how != "full":
        return f"l.c{left.schema.get_field_index(name)}"
    return f"COALESCE({_key('l', left, name)}, {_key('r', right, name)})"
