"""Shale volume from gamma ray, spontaneous potential and neutron-density."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from mudrock_jupyter.operators.declare import Curve, operator
from mudrock_jupyter.operators.expression import Expr, clip, finite, lift, square_root, where
from mudrock_jupyter.operators.parameters import CurveName, NumberOrCurve, described

GammaRay = Annotated[float, Field(ge=0, le=300)] | CurveName
CleanGammaRay = Annotated[GammaRay, described("Gamma ray of clean rock", unit="gAPI")]
ShaleGammaRay = Annotated[
    Annotated[float, Field(gt=0)] | CurveName, described("Gamma ray of shale", unit="gAPI")
]
Clip = Annotated[bool, described("Limit the index, and so the volume, to 0..1")]

GAMMA_RAY = Curve("GR", unit="gAPI", description="Gamma ray")
SHALE_VOLUME = Curve("VSH", unit="v/v", description="Shale volume")


def _shale_above_clean(parameters: Mapping[str, Any]) -> str | None:
    clean, shale = parameters["gr_clean"], parameters["gr_shale"]
    if isinstance(clean, str) or isinstance(shale, str) or shale > clean:
        return None
    return (
        f"gr_shale ({shale:g}) must be greater than gr_clean ({clean:g}): "
        "shale reads higher than clean rock."
    )


def gamma_ray_index(
    gr: Expr, gr_clean: NumberOrCurve, gr_shale: NumberOrCurve, limited: bool
) -> Expr:
    """The gamma ray's place between clean (0) and shale (1), null where the two are not apart."""
    clean, shale = lift(gr_clean), lift(gr_shale)
    index = finite(where(shale > clean, (gr - clean) / (shale - clean)))
    return clip(index, 0.0, 1.0) if limited else index


@operator(
    "vsh_linear",
    family="vshale",
    category="subsurface",
    title="Shale volume, linear",
    inputs={"gr": GAMMA_RAY},
    outputs={"vsh": SHALE_VOLUME},
    formula="VSH = IGR = (GR - gr_clean) / (gr_shale - gr_clean)",
    source="Schlumberger (1974)",
    check=_shale_above_clean,
)
def vsh_linear(
    gr: Expr,
    gr_clean: CleanGammaRay = 20.0,
    gr_shale: ShaleGammaRay = 120.0,
    clip: Clip = True,
) -> Expr:
    """Shale volume as the linear gamma-ray index; an upper bound in most rocks.

    Null where the gamma ray is missing. Without `clip`, values below 0 and above 1 pass.
    """
    return gamma_ray_index(gr, gr_clean, gr_shale, clip)


@operator(
    "vsh_larionov_tertiary",
    family="vshale",
    category="subsurface",
    title="Shale volume, Larionov (Tertiary)",
    inputs={"gr": GAMMA_RAY},
    outputs={"vsh": SHALE_VOLUME},
    formula="VSH = 0.083 (2^(k IGR) - 1)",
    source="Larionov (1969)",
    check=_shale_above_clean,
)
def vsh_larionov_tertiary(
    gr: Expr,
    gr_clean: CleanGammaRay = 20.0,
    gr_shale: ShaleGammaRay = 120.0,
    k: Annotated[float, described("Exponent; 3.7 or 3.71", minimum=3.5, maximum=3.8)] = 3.7,
    clip: Clip = True,
) -> Expr:
    """Shale volume from gamma ray in Tertiary and unconsolidated rocks.

    The published constants give 0.996, not 1, in pure shale. Null where the gamma ray is missing.
    """
    return finite(0.083 * (2.0 ** (k * gamma_ray_index(gr, gr_clean, gr_shale, clip)) - 1.0))


@operator(
    "vsh_larionov_older",
    family="vshale",
    category="subsurface",
    title="Shale volume, Larionov (older rocks)",
    inputs={"gr": GAMMA_RAY},
    outputs={"vsh": SHALE_VOLUME},
    formula="VSH = 0.33 (2^(2 IGR) - 1)",
    source="Larionov (1969)",
    check=_shale_above_clean,
)
def vsh_larionov_older(
    gr: Expr,
    gr_clean: CleanGammaRay = 20.0,
    gr_shale: ShaleGammaRay = 120.0,
    clip: Clip = True,
) -> Expr:
    """Shale volume from gamma ray in older, consolidated rocks.

    The published constants give 0.99, not 1, in pure shale. Null where the gamma ray is missing.
    """
    return finite(0.33 * (2.0 ** (2.0 * gamma_ray_index(gr, gr_clean, gr_shale, clip)) - 1.0))


@operator(
    "vsh_clavier",
    family="vshale",
    category="subsurface",
    title="Shale volume, Clavier",
    inputs={"gr": GAMMA_RAY},
    outputs={"vsh": SHALE_VOLUME},
    formula="VSH = 1.7 - sqrt(3.38 - (IGR + 0.7)^2)",
    source="Clavier, Hoyle and Meunier (1971)",
    check=_shale_above_clean,
)
def vsh_clavier(
    gr: Expr,
    gr_clean: CleanGammaRay = 20.0,
    gr_shale: ShaleGammaRay = 120.0,
    clip: Clip = True,
) -> Expr:
    """Shale volume from gamma ray, between the Larionov curves.

    Null where the gamma ray is missing, and without `clip` where the index is above 1.138,
    which the formula does not reach.
    """
    shifted = gamma_ray_index(gr, gr_clean, gr_shale, clip) + 0.7
    return 1.7 - square_root(3.38 - shifted * shifted)


@operator(
    "vsh_steiber",
    family="vshale",
    category="subsurface",
    title="Shale volume, Steiber",
    inputs={"gr": GAMMA_RAY},
    outputs={"vsh": SHALE_VOLUME},
    formula="VSH = IGR / (a - (a - 1) IGR)",
    source="Steiber (1970)",
    check=_shale_above_clean,
)
def vsh_steiber(
    gr: Expr,
    gr_clean: CleanGammaRay = 20.0,
    gr_shale: ShaleGammaRay = 120.0,
    a: Annotated[
        float, described("Curvature: 2 Miocene, 3 standard, 4 Pliocene", minimum=2, maximum=6)
    ] = 3.0,
    clip: Clip = True,
) -> Expr:
    """Shale volume from gamma ray, Steiber's hyperbola.

    Null where the gamma ray is missing, and without `clip` from the index a / (a - 1) on, the
    hyperbola's pole.
    """
    index = gamma_ray_index(gr, gr_clean, gr_shale, clip)
    divisor = a - (a - 1.0) * index
    return finite(where(divisor > 0.0, index / divisor))


def _apart(parameters: Mapping[str, Any]) -> str | None:
    if parameters["sp_clean"] != parameters["sp_shale"]:
        return None
    return (
        f"sp_clean and sp_shale are both {parameters['sp_clean']!r}; the clean line and the "
        "shale baseline must differ."
    )


@operator(
    "vsh_sp",
    family="vshale",
    category="subsurface",
    title="Shale volume from SP",
    inputs={"sp": Curve("SP", unit="mV", description="Spontaneous potential")},
    outputs={"vsh": SHALE_VOLUME},
    formula="VSH = (SP - sp_clean) / (sp_shale - sp_clean)",
    source="Asquith and Krygowski (2004)",
    check=_apart,
)
def vsh_sp(
    sp: Expr,
    sp_clean: Annotated[NumberOrCurve, described("SP of clean rock", unit="mV")] = -80.0,
    sp_shale: Annotated[NumberOrCurve, described("SP of shale (baseline)", unit="mV")] = 0.0,
    clip: Clip = True,
) -> Expr:
    """Shale volume from the deflection of the spontaneous potential.

    The baseline must not drift. Null where the SP is missing or the two lines coincide.
    """
    clean, shale = lift(sp_clean), lift(sp_shale)
    return _limited(finite((sp - clean) / (shale - clean)), clip)


def _limited(volume: Expr, limited: bool) -> Expr:
    return clip(volume, 0.0, 1.0) if limited else volume


Neutron = Annotated[float, Field(ge=-0.2, le=1.2)]
Density = Annotated[float, Field(gt=0, le=4)]


def _triangle(parameters: Mapping[str, Any]) -> str | None:
    if _baseline(**{name: value for name, value in parameters.items() if name != "clip"}) != 0.0:
        return None
    return (
        "The clean, fluid and clay points lie on one line, which leaves no separation to measure; "
        "move clay_n or clay_d."
    )


def _baseline(
    clean_n: float, clean_d: float, fluid_n: float, fluid_d: float, clay_n: float, clay_d: float
) -> float:
    """The neutron-density separation of pure clay from the clean line."""
    return (fluid_d - clean_d) * (clay_n - clean_n) - (clay_d - clean_d) * (fluid_n - clean_n)


@operator(
    "vsh_neutron_density",
    family="vshale",
    category="subsurface",
    title="Shale volume from neutron-density",
    inputs={
        "nphi": Curve("NPHI", unit="v/v", description="Neutron porosity, one matrix throughout"),
        "rhob": Curve("RHOB", unit="g/cm3", description="Bulk density"),
    },
    outputs={"vsh": SHALE_VOLUME},
    formula=(
        "VSH = ((fluid_d - clean_d)(NPHI - clean_n) - (RHOB - clean_d)(fluid_n - clean_n)) / "
        "((fluid_d - clean_d)(clay_n - clean_n) - (clay_d - clean_d)(fluid_n - clean_n))"
    ),
    source="Bhuyan and Passey (1994)",
    check=_triangle,
)
def vsh_neutron_density(
    nphi: Expr,
    rhob: Expr,
    clean_n: Annotated[Neutron, described("Neutron of clean matrix", unit="v/v")] = -0.02,
    clean_d: Annotated[Density, described("Density of clean matrix", unit="g/cm3")] = 2.65,
    fluid_n: Annotated[Neutron, described("Neutron of the fluid", unit="v/v")] = 1.0,
    fluid_d: Annotated[Density, described("Density of the fluid", unit="g/cm3")] = 1.0,
    clay_n: Annotated[Neutron, described("Neutron of clay", unit="v/v")] = 0.47,
    clay_d: Annotated[Density, described("Density of clay", unit="g/cm3")] = 2.71,
    clip: Clip = True,
) -> Expr:
    """Shale volume from the separation of neutron and density, free of gamma-ray trouble.

    The neutron must be on the same matrix as the clean point. Gas lowers the result. Null where
    either curve is missing.
    """
    baseline = _baseline(clean_n, clean_d, fluid_n, fluid_d, clay_n, clay_d)
    separation = (fluid_d - clean_d) * (nphi - clean_n) - (rhob - clean_d) * (fluid_n - clean_n)
    return _limited(finite(separation / baseline), clip)
