"""Water saturation in clean and in shaly sands."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mudrock_jupyter.operators.declare import Curve, operator
from mudrock_jupyter.operators.expression import (
    Expr,
    clip,
    elementwise,
    finite,
    lift,
    square_root,
    where,
)
from mudrock_jupyter.operators.kernels_saturation import solve_two_conductors
from mudrock_jupyter.operators.parameters import CurveName, NumberOrCurve, described

Tortuosity = Annotated[
    Annotated[float, Field(ge=0.5, le=1.5)] | CurveName, described("Tortuosity factor")
]
Cementation = Annotated[
    Annotated[float, Field(ge=1.3, le=3)] | CurveName, described("Cementation exponent")
]
SaturationExponent = Annotated[
    Annotated[float, Field(ge=1.5, le=3)] | CurveName, described("Saturation exponent")
]
WaterResistivity = Annotated[
    Annotated[float, Field(ge=0.001, le=10)] | CurveName,
    described("Resistivity of the formation water at its temperature", unit="ohm.m"),
]
ShaleResistivity = Annotated[
    Annotated[float, Field(ge=0.3, le=50)] | CurveName,
    described("Resistivity of shale", unit="ohm.m"),
]
Clip = Annotated[bool, described("Limit the saturation to 0..1")]

RESISTIVITY = Curve("RT", unit="ohm.m", description="Deep resistivity")
EFFECTIVE_POROSITY = Curve("PHIE", unit="v/v", description="Effective porosity")
SHALE_VOLUME = Curve("VSH", unit="v/v", description="Shale volume")
SHALY_SAND = {"rt": RESISTIVITY, "phie": EFFECTIVE_POROSITY, "vsh": SHALE_VOLUME}
EFFECTIVE_SATURATION = Curve("SWE", unit="v/v", description="Effective water saturation")


def _positive(value: Expr) -> Expr:
    return where(value > 0.0, value)


def _limited(saturation: Expr, limited: bool) -> Expr:
    return clip(saturation, 0.0, 1.0) if limited else saturation


def _brine_conductivity(
    porosity: Expr, a: NumberOrCurve, m: NumberOrCurve, rw: NumberOrCurve
) -> Expr:
    """Conductivity of the rock filled with water; null where there is no pore."""
    return _positive(porosity) ** m / (lift(a) * rw)


@operator(
    "sw_archie",
    family="saturation",
    category="subsurface",
    title="Water saturation, Archie",
    inputs={"rt": RESISTIVITY, "phi": Curve("PHI", unit="v/v", description="Porosity")},
    outputs={"sw": Curve("SW", unit="v/v", description="Water saturation")},
    formula="SW = (a rw / (PHI^m RT))^(1/n)",
    source="Archie (1942)",
)
def sw_archie(
    rt: Expr,
    phi: Expr,
    a: Tortuosity = 1.0,
    m: Cementation = 2.0,
    n: SaturationExponent = 2.0,
    rw: WaterResistivity = 0.1,
    clip: Clip = True,
) -> Expr:
    """Water saturation of clean rock; too high where there is shale.

    Each parameter may be a curve, such as an rw corrected for temperature. Null where an input is
    missing, or where resistivity or porosity is not positive.
    """
    conductivity = _brine_conductivity(phi, a, m, rw)
    return _limited(finite((1.0 / (_positive(rt) * conductivity)) ** (1.0 / lift(n))), clip)


@operator(
    "sw_simandoux",
    family="saturation",
    category="subsurface",
    title="Water saturation, Simandoux",
    inputs=SHALY_SAND,
    outputs={"swe": EFFECTIVE_SATURATION},
    formula="1/RT = PHIE^m SWE^n / (a rw) + VSH SWE / rsh",
    source="Simandoux (1963)",
)
def sw_simandoux(
    rt: Expr,
    phie: Expr,
    vsh: Expr,
    a: Tortuosity = 1.0,
    m: Cementation = 2.0,
    n: SaturationExponent = 2.0,
    rw: WaterResistivity = 0.1,
    rsh: ShaleResistivity = 4.0,
    clip: Clip = True,
) -> Expr:
    """Water saturation of shaly sand; Archie's where VSH is 0.

    Solved in closed form for n = 2, by Newton's method otherwise. VSH is limited to 0..1. Null
    where an input is missing, or where resistivity or porosity is not positive.
    """
    shale = _shale(vsh)
    return _limited(_two_conductors(rt, _brine_conductivity(phie, a, m, rw), shale / rsh, n), clip)


@operator(
    "sw_simandoux_modified",
    family="saturation",
    category="subsurface",
    title="Water saturation, modified Simandoux",
    inputs=SHALY_SAND,
    outputs={"swe": EFFECTIVE_SATURATION},
    formula="1/RT = PHIE^m SWE^n / (a rw (1 - VSH)) + VSH SWE / rsh",
    source="Bardon and Pied (1969)",
)
def sw_simandoux_modified(
    rt: Expr,
    phie: Expr,
    vsh: Expr,
    a: Tortuosity = 1.0,
    m: Cementation = 2.0,
    n: SaturationExponent = 2.0,
    rw: WaterResistivity = 0.1,
    rsh: ShaleResistivity = 4.0,
    clip: Clip = True,
) -> Expr:
    """Water saturation of shaly sand, with the sand's share of the rock taken into account.

    Several equations go by this name; this one is Bardon and Pied's. Solved in closed form for
    n = 2, by Newton's method otherwise. VSH is limited to 0..1. Null where an input is missing,
    where resistivity or porosity is not positive, and in pure shale.
    """
    shale = _shale(vsh)
    sand = _brine_conductivity(phie, a, m, rw) / (1.0 - shale)
    return _limited(_two_conductors(rt, sand, shale / rsh, n), clip)


@operator(
    "sw_indonesia",
    family="saturation",
    category="subsurface",
    title="Water saturation, Indonesia",
    inputs=SHALY_SAND,
    outputs={"swe": EFFECTIVE_SATURATION},
    formula=(
        "SWE = ((1/sqrt(RT)) / (VSH^(1 - VSH/2) / sqrt(rsh) + PHIE^(m/2) / sqrt(a rw)))^(2/n)"
    ),
    source="Poupon and Leveaux (1971)",
)
def sw_indonesia(
    rt: Expr,
    phie: Expr,
    vsh: Expr,
    a: Tortuosity = 1.0,
    m: Cementation = 2.0,
    n: SaturationExponent = 2.0,
    rw: WaterResistivity = 0.1,
    rsh: ShaleResistivity = 4.0,
    clip: Clip = True,
) -> Expr:
    """Water saturation of shaly sand with fresh water.

    VSH is limited to 0..1. Null where an input is missing, or where resistivity or porosity is
    not positive.
    """
    shale = _shale(vsh)
    conductance = shale ** (1.0 - shale / 2.0) / square_root(lift(rsh)) + square_root(
        _brine_conductivity(phie, a, m, rw)
    )
    ratio = 1.0 / (square_root(_positive(rt)) * conductance)
    return _limited(finite(ratio ** (2.0 / lift(n))), clip)


@operator(
    "bvw",
    family="saturation",
    category="subsurface",
    title="Bulk volume of water and hydrocarbon",
    inputs={"phie": EFFECTIVE_POROSITY, "swe": EFFECTIVE_SATURATION},
    outputs={
        "bvw": Curve("BVW", unit="v/v", description="Bulk volume of water"),
        "bvh": Curve("BVH", unit="v/v", description="Bulk volume of hydrocarbon"),
    },
    formula="BVW = PHIE SWE; BVH = PHIE (1 - SWE)",
    source="Buckles (1965)",
)
def bvw(phie: Expr, swe: Expr) -> dict[str, Expr]:
    """Water and hydrocarbon as shares of the rock.

    Null where either input is missing.
    """
    return {"bvw": finite(phie * swe), "bvh": finite(phie * (1.0 - swe))}


def _shale(vsh: Expr) -> Expr:
    return clip(finite(vsh), 0.0, 1.0)


def _two_conductors(rt: Expr, sand: Expr, shale: Expr, n: NumberOrCurve) -> Expr:
    """Solve 1/RT = sand SW^n + shale SW for SW."""
    total = 1.0 / _positive(rt)
    if isinstance(n, (int, float)) and n == 2.0:
        # the textbook root divided through, which loses no digits where the shale conducts
        root = (shale * shale + 4.0 * sand * total) ** 0.5
        return finite(2.0 * total / (shale + root))
    return finite(elementwise(solve_two_conductors, sand, shale, total, lift(n)))
