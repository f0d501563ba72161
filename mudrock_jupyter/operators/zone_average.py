"""Averages of curves by well and zone."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mudrock_jupyter.operators.declare import Curve, Kind, operator
from mudrock_jupyter.operators.nulls import numbers
from mudrock_jupyter.operators.parameters import CurveName, described
from mudrock_jupyter.operators.summaries import (
    DEPTH,
    WELL_ID,
    Groups,
    group_rows,
    quantity,
    row_thicknesses,
    unit_of,
)
from mudrock_jupyter.spec.errors import InvalidInput, did_you_mean

Values = NDArray[np.float64]
Mean = Literal["mean", "geometric", "harmonic", "phi-weighted"]


@operator(
    "wel_zone_average",
    kind=Kind.TABLE,
    family="net_pay",
    category="wells",
    title="Zone averages",
    inputs={
        "zone": Curve("ZONE", description="Zone", optional=True, type="text"),
        "phie": Curve("PHIE", unit="v/v", description="Effective porosity", optional=True),
    },
    formula="mean = sum(x h) / sum(h); phi-weighted: sum(x PHIE h) / sum(PHIE h); h = half-step",
    source="Common practice",
)
def wel_zone_average(
    table: pa.Table,
    /,
    curves: Annotated[
        list[CurveName] | None, described("The curves to average; all with numbers if empty")
    ] = None,
    how: Annotated[
        dict[CurveName, Mean] | None,
        described("The kind of mean by curve, such as geometric for permeability; else plain"),
    ] = None,
    weight: Annotated[
        Literal["half-step thickness", "samples"],
        described("What a sample counts for: its thickness, or one"),
    ] = "half-step thickness",
    zone: str | None = None,
    phie: str | None = None,
) -> pa.Table:
    """Mean of curves in each well, and in each zone where there are zones: a row for each curve.

    Weighted by thickness, so that an irregular step does no harm. `thickness` is that of the
    values present. Missing values are left out; geometric and harmonic means take positive values
    only.
    """
    names = _curves(table, curves)
    groups = group_rows(table, [name for name in (WELL_ID, zone) if name])
    thickness = row_thicknesses(table) if weight != "samples" else np.ones(table.num_rows)
    unit = unit_of(table.schema, DEPTH) if weight != "samples" else ""
    parts = [
        _averages(table, name, (how or {}).get(name, "mean"), groups, thickness, unit, phie)
        for name in names
    ]
    return pa.concat_tables(parts)


def _curves(table: pa.Table, picked: list[str] | None) -> list[str]:
    number = [
        field.name
        for field in table.schema
        if pa.types.is_floating(field.type) and field.name != DEPTH
    ]
    for name in picked or ():
        if name not in number:
            hint = did_you_mean(name, number)
            raise InvalidInput(f"There is no curve {name!r} with numbers.{hint}")
    if not (picked or number):
        raise InvalidInput("There is no curve with numbers to average.")
    return picked or number


def _averages(
    table: pa.Table,
    name: str,
    how: Mean,
    groups: Groups,
    thickness: Values,
    unit: str,
    phie: str | None,
) -> pa.Table:
    values = numbers(table.column(name))
    present = thickness * ~np.isnan(values)
    curve = pa.field("curve", pa.string(), metadata={"description": "The curve"})
    rows = len(groups.keys)
    keys = groups.keys.append_column(curve, pa.array([name] * rows, pa.string()))
    keys = keys.append_column("unit", pa.array([unit_of(table.schema, name)] * rows, pa.string()))
    return replace(groups, keys=keys).table(
        [
            quantity("mean", _mean(table, values, how, groups, present, phie), "", "Mean"),
            quantity("thickness", groups.total(present), unit, "Thickness of the values present"),
        ]
    )


def _mean(
    table: pa.Table, values: Values, how: Mean, groups: Groups, weights: Values, phie: str | None
) -> Values:
    if how == "phi-weighted":
        if phie is None:
            raise InvalidInput("A phi-weighted mean needs a porosity; map one: phie='PHIE'.")
        return groups.mean(values, weights * np.nan_to_num(numbers(table.column(phie))))
    if how == "mean":
        return groups.mean(values, weights)
    positive = np.where(values > 0.0, values, np.nan)
    if how == "geometric":
        return np.exp(groups.mean(np.log(positive), weights))
    return 1.0 / groups.mean(1.0 / positive, weights)
