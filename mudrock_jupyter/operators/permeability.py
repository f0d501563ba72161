"""Permeability from effective porosity and irreducible water saturation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from mudrock_jupyter.operators.declare import Curve, operator
from mudrock_jupyter.operators.expression import Expr, clip, finite, where
from mudrock_jupyter.operators.parameters import described

INPUTS = {
    "phie": Curve("PHIE", unit="v/v", description="Effective porosity"),
    "swi": Curve("SWI", unit="v/v", description="Irreducible water saturation"),
}
OUTPUTS = {"klog": Curve("KLOG", unit="mD", description="Permeability")}

Factor = Annotated[float, described("Factor, for fractions (not percent)", above=0)]
PorosityExponent = Annotated[float, described("Exponent of porosity", above=0)]
SaturationExponent = Annotated[float, described("Exponent of irreducible saturation", above=0)]

LOWEST, HIGHEST = 1e-4, 1e5  # mD; what a log can still mean
WYLLIE_ROSE = (62500.0, 6.0, 2.0)
PRESETS = {
    "timur": (8581.0, 4.4, 2.0),
    "tixier": (250.0**2, 6.0, 2.0),
    "morris_biggs_oil": (250.0**2, 6.0, 2.0),
    "morris_biggs_gas": (79.0**2, 6.0, 2.0),
}


@operator(
    "k_timur",
    family="permeability",
    category="subsurface",
    title="Permeability, Timur",
    inputs=INPUTS,
    outputs=OUTPUTS,
    formula="KLOG = a PHIE^b / SWI^c, limited to 0.0001..100000 mD",
    source="Timur (1968)",
)
def k_timur(
    phie: Expr,
    swi: Expr,
    a: Factor = 8581.0,
    b: PorosityExponent = 4.4,
    c: SaturationExponent = 2.0,
) -> Expr:
    """Permeability in mD by Timur's equation for sandstones.

    The factor 8581 belongs to fractions; 0.136 is the same for percent. Null where an input is
    missing, porosity is negative or irreducible saturation is not positive.
    """
    return clip(_power_law(phie, swi, a, b, c), LOWEST, HIGHEST)


def _one_source(parameters: Mapping[str, Any]) -> str | None:
    given = tuple(parameters[name] for name in ("c", "d", "e"))
    if parameters["preset"] is None or given == WYLLIE_ROSE:
        return None
    return (
        f"preset {parameters['preset']!r} brings its own c, d and e; "
        "leave those at their defaults, or take the preset away."
    )


@operator(
    "k_wyllie_rose",
    family="permeability",
    category="subsurface",
    title="Permeability, Wyllie-Rose",
    inputs=INPUTS,
    outputs=OUTPUTS,
    formula="KLOG = c PHIE^d / SWI^e",
    source="Wyllie and Rose (1950); Morris and Biggs (1967)",
    check=_one_source,
)
def k_wyllie_rose(
    phie: Expr,
    swi: Expr,
    c: Factor = WYLLIE_ROSE[0],
    d: PorosityExponent = WYLLIE_ROSE[1],
    e: SaturationExponent = WYLLIE_ROSE[2],
    preset: Annotated[
        Literal["timur", "tixier", "morris_biggs_oil", "morris_biggs_gas"] | None,
        described("Published constants, in place of c, d and e"),
    ] = None,
) -> Expr:
    """Permeability in mD by the generalised Wyllie-Rose equation, with published presets.

    Null where an input is missing, porosity is negative or irreducible saturation is not positive.
    """
    return _power_law(phie, swi, *(PRESETS[preset] if preset else (c, d, e)))


@operator(
    "k_coates",
    family="permeability",
    category="subsurface",
    title="Permeability, Coates free fluid",
    inputs=INPUTS,
    outputs=OUTPUTS,
    formula="KLOG = (c PHIE^2 (1 - SWI) / SWI)^2",
    source="Coates and Denoo (1981)",
)
def k_coates(
    phie: Expr,
    swi: Expr,
    c: Annotated[float, described("Factor; 70, or 100 in some texts", above=0)] = 70.0,
) -> Expr:
    """Permeability in mD by the free-fluid equation; zero where nothing is free.

    Null where an input is missing, porosity is negative or irreducible saturation is outside
    0..1 (0 itself excluded).
    """
    valid = (phie >= 0.0) & (swi > 0.0) & (swi <= 1.0)
    return finite(where(valid, (c * phie**2.0 * (1.0 - swi) / swi) ** 2.0))


def _power_law(phie: Expr, swi: Expr, factor: float, porosity: float, saturation: float) -> Expr:
    valid = (phie >= 0.0) & (swi > 0.0)
    return finite(where(valid, factor * phie**porosity / swi**saturation))
