"""Choosing rows and columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any

import pyarrow as pa
from pydantic import Field

from mudrock_jupyter.operators.conditions import parse_condition
from mudrock_jupyter.operators.declare import Kind, operator
from mudrock_jupyter.operators.expression import Expr, column, literal
from mudrock_jupyter.operators.parameters import CurveName, described
from mudrock_jupyter.operators.relational import IN_ORDER, query, require
from mudrock_jupyter.spec.errors import InvalidInput, did_you_mean

if TYPE_CHECKING:
    from datafusion import SessionContext

KEYS = ("well_id", "DEPTH")  # what tells rows apart; never dropped or renamed


@operator("arr_filter", kind=Kind.FILTER, family="rows", category="arrays", title="Filter rows")
def arr_filter(
    schema: pa.Schema,
    /,
    expr: Annotated[str, described("Condition, such as: GR < 75 and ZONE = 'Hugin'")],
) -> Expr:
    """Keep the rows for which a condition holds.

    A condition has columns (in any case), numbers, 'text', = != < <= > >=, + - * /, and, or, not,
    between, in, like, is null, and abs, ceil, floor, round, exp, ln, log10, sqrt, power. Rows for
    which it is unknown, because a value is missing, are dropped.
    """
    return parse_condition(expr, schema)


def _top_above_base(parameters: Mapping[str, Any]) -> str | None:
    top, base = parameters["top"], parameters["base"]
    if top is None and base is None:
        return "Give top, base or both."
    if top is not None and base is not None and top > base:
        return f"top ({top:g}) must be above base ({base:g}): depth increases downward."
    return None


@operator(
    "arr_depth_window",
    kind=Kind.FILTER,
    family="rows",
    category="arrays",
    title="Depth window",
    check=_top_above_base,
)
def arr_depth_window(
    schema: pa.Schema,
    /,
    top: Annotated[float | None, described("Top depth; empty: from the first sample")] = None,
    base: Annotated[float | None, described("Base depth; empty: to the last sample")] = None,
) -> Expr:
    """Keep the rows between two depths.

    Both depths are included, and in the project's unit.
    """
    depth, inside = column("DEPTH"), literal(True)
    if top is not None:
        inside = inside & (depth >= top)
    if base is not None:
        inside = inside & (depth <= base)
    return inside


@operator("arr_select", kind=Kind.SELECT, family="rows", category="arrays", title="Select curves")
def arr_select(
    schema: pa.Schema,
    /,
    columns: Annotated[
        list[CurveName],
        Field(min_length=1),
        described("The curves to keep, in order; PHI* stands for all that begin so"),
    ],
) -> dict[str, str]:
    """Keep some curves, in the order given.

    The well and the depth always stay.
    """
    chosen = dict.fromkeys(name for name in KEYS if name in schema.names)
    for pattern in columns:
        chosen |= dict.fromkeys(_matching(pattern, schema.names))
    return {name: name for name in chosen}


def _matching(pattern: str, names: list[str]) -> list[str]:
    if pattern in names:
        return [pattern]
    found = [name for name in names if fnmatchcase(name.upper(), pattern.upper())]
    if not found:
        raise InvalidInput(_no_column(pattern, names))
    return found


@operator("arr_rename", kind=Kind.SELECT, family="rows", category="arrays", title="Rename curves")
def arr_rename(
    schema: pa.Schema,
    /,
    map: Annotated[
        dict[CurveName, Annotated[str, Field(min_length=1)]],
        Field(min_length=1),
        described("New names by old name"),
    ],
) -> dict[str, str]:
    """Give curves other names.

    All others keep theirs. Two curves of one name are an error.
    """
    for old in map:
        if old not in schema.names:
            raise InvalidInput(_no_column(old, schema.names))
        if old in KEYS:
            raise InvalidInput(f"{old} cannot be renamed: it tells the rows apart.")
    renamed = [map.get(name, name) for name in schema.names]
    twice = [name for name, count in Counter(renamed).items() if count > 1]
    if twice:
        raise InvalidInput(f"There would be two curves named {twice[0]!r}; choose another name.")
    return dict(zip(renamed, schema.names, strict=True))


@operator("arr_sort", kind=Kind.TABLE, family="rows", category="arrays", title="Sort a summary",
          source="SQL")
def arr_sort(
    table: pa.Table,
    /,
    session: SessionContext,
    by: Annotated[list[CurveName], Field(min_length=1), described("The columns to sort by")],
    descending: Annotated[bool, described("The largest first")] = False,
) -> pa.RecordBatchReader:
    """Put the rows of a summary in order, such as wells by their net pay.

    Missing values come last, and rows that are equal stay in the order they had. Samples are
    always in order of well and depth.
    """
    require(table.schema, by)
    if set(KEYS) <= set(table.column_names):
        raise InvalidInput("Samples stay in order of well and depth, which everything that reads "
                           "them relies on. Sort a summary of them.")
    places = [table.schema.get_field_index(name) for name in by]
    direction = "DESC" if descending else "ASC"
    numbered = table.append_column("row", pa.array(range(table.num_rows), pa.int64()))
    columns = ", ".join(f"c{n}" for n in range(table.num_columns))
    order = ", ".join(f"c{place} {direction} NULLS LAST" for place in places)
    return query(session, {"t": numbered},
                 f"SELECT {columns} FROM t ORDER BY {order}, c{table.num_columns}",
                 table.schema.with_metadata(IN_ORDER))


def _no_column(name: str, names: list[str]) -> str:
    listed = f" There are {', '.join(names)}."
    return f"There is no column {name!r}.{did_you_mean(name, names) or listed}"
