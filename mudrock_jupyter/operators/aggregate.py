"""Summing up groups of rows: means, extremes, counts and percentiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import pyarrow as pa
from pydantic import Field

from mudrock_jupyter.operators.declare import Kind, operator
from mudrock_jupyter.operators.parameters import CurveName, described
from mudrock_jupyter.operators.relational import DEPTH, WELL_ID, plain_text, query, require
from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.spec.fields import field_text

if TYPE_CHECKING:
    from datafusion import SessionContext

Aggregate = Literal[
    "mean", "median", "min", "max", "std", "count", "sum", "p5", "p10", "p25", "p75", "p90", "p95"
]
_SQL = {"mean": "AVG({})", "median": "MEDIAN({})", "min": "MIN({})", "max": "MAX({})",
        "std": "STDDEV_SAMP({})", "count": "COUNT({})", "sum": "SUM({})"}
_WORDS = {"mean": "Mean", "median": "Median", "min": "Smallest", "max": "Largest",
          "std": "Standard deviation", "count": "Number of values", "sum": "Sum"}


@operator(
    "arr_group_aggregate", kind=Kind.TABLE, family="aggregate", category="arrays",
    title="Group and aggregate",
    formula="std has n - 1 below the line; percentiles are interpolated between samples",
    source="SQL",
)
def arr_group_aggregate(
    table: pa.Table,
    /,
    session: SessionContext,
    by: Annotated[
        list[CurveName] | None, described("Columns besides the well to group by, such as ZONE")
    ] = None,
    curves: Annotated[
        list[CurveName] | None, described("The curves to sum up; all with numbers if empty")
    ] = None,
    aggs: Annotated[
        list[Aggregate], Field(min_length=1), described("What to compute of each curve")
    ] = ["mean"],  # noqa: B006  pydantic copies it
    per_well: Annotated[bool, described("A row for each well; else one for all of them")] = True,
) -> pa.RecordBatchReader:
    """Sum up curves by well and by other columns: a row for each group, a column for each result.

    Columns are named after the curve and what was computed: GR_MEAN, PHID_P90. Each sample counts
    the same; for means weighted by thickness there are zone averages. Missing values are left out,
    and flags count as 0 and 1, so that their mean is a share.
    """
    keys = list(dict.fromkeys([*([WELL_ID] if per_well else []), *(by or [])]))
    names = curves or [field.name for field in table.schema if _is_number(field.type)
                       and field.name not in {DEPTH, *keys}]
    require(table.schema, [*keys, *names])
    if not names:
        raise InvalidInput("There is no curve with numbers to sum up.")
    for name in names:
        if not _is_number(table.schema.field(name).type):
            raise InvalidInput(f"{name} is text, which cannot be summed up. Group by it instead.")
    aggregates = list(dict.fromkeys(aggs))
    schema = pa.schema([
        *(table.schema.field(key) for key in keys),
        *(_field(table.schema.field(name), each) for name in names for each in aggregates),
    ])
    used = table.select(list(dict.fromkeys([*keys, *names])))
    values = [f"{_sql(each, used.schema.get_field_index(name))} AS o{len(keys) + n}"
              for n, (name, each) in enumerate((name, each) for name in names
                                               for each in aggregates)]
    columns = [f"c{used.schema.get_field_index(key)} AS o{n}" for n, key in enumerate(keys)]
    order = ", ".join(f"o{n}" for n in range(len(keys)))
    grouped = ", ".join(f"c{used.schema.get_field_index(key)}" for key in keys)
    sql = f"SELECT {', '.join([*columns, *values])} FROM t"
    sql += f" GROUP BY {grouped} ORDER BY {order}" if keys else ""
    return query(session, {"t": used}, sql, schema, by_wells=("t",) if per_well else ())


def _is_number(type: pa.DataType) -> bool:
    return not plain_text(type) and bool(
        pa.types.is_integer(type) or pa.types.is_floating(type) or pa.types.is_boolean(type))


def _sql(aggregate: str, place: int) -> str:
    value = f"CAST(c{place} AS DOUBLE)"
    if aggregate in _SQL:
        return _SQL[aggregate].format(value)
    return f"PERCENTILE_CONT({value}, {int(aggregate[1:]) / 100})"


def _field(field: pa.Field, aggregate: str) -> pa.Field:
    counts = aggregate == "count"
    words = _WORDS.get(aggregate) or f"Percentile {aggregate[1:]}"
    return pa.field(
        f"{field.name}_{aggregate.upper()}", pa.int64() if counts else pa.float64(),
        metadata={"unit": "" if counts else field_text(field, "unit"),
                  "description": f"{words} of {field.name}"})
