"""Parameters of operators: types whose JSON Schema the editor draws forms from."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
CurveName = Annotated[str, Field(min_length=1, json_schema_extra={"x-curve": True})]
NumberOrCurve = float | CurveName
"""A number, or the name of the curve that holds it sample by sample.

A bound belongs to the number alone: `Annotated[float, Field(ge=0, le=300)] | CurveName`.
"""
PositiveOrCurve = Positive | CurveName


def described(
    description: str,
    *,
    unit: str | None = None,
    minimum: float | None = None,
    above: float | None = None,
    maximum: float | None = None,
    below: float | None = None,
    slider: tuple[float, float] | None = None,
) -> Any:
    """Describe a parameter inside `Annotated[...]`: what it is, its unit and its bounds.

    `above` and `below` exclude their value. `slider` is the usual range, which the form offers;
    values beyond it are allowed.

    >>> from typing import Annotated
    >>> Density = Annotated[float, described("Matrix density", unit="g/cm3", above=0)]
    """
    extra: dict[str, Any] = {}
    if unit is not None:
        extra["x-unit"] = unit
    if slider is not None:
        extra["x-slider"] = list(slider)
    return Field(
        description=description,
        ge=minimum,
        gt=above,
        le=maximum,
        lt=below,
        json_schema_extra=extra or None,
    )
