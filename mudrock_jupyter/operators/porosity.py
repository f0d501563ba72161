"""Porosity from density, sonic and neutron; total and effective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from mudrock_jupyter.operators.declare import Curve, operator
from mudrock_jupyter.operators.expression import Expr, clip, finite, lift, square_root, where
from mudrock_jupyter.operators.parameters import CurveName, described

Limits = Annotated[
    tuple[float, float] | None,
    BeforeValidator(lambda limits: None if limits is False else limits),
    described("Lowest and highest porosity; values beyond become these. Empty: no limits"),
]
MatrixDensity = Annotated[
    Annotated[float, Field(ge=2.5, le=3.1)] | CurveName,
    described("Density of the matrix: 2.65 sandstone, 2.71 limestone, 2.87 dolomite", unit="g/cm3"),
]
FluidDensity = Annotated[
    Annotated[float, Field(ge=0.6, le=1.3)] | CurveName,
    described("Density of the fluid in the flushed zone", unit="g/cm3"),
]
Slowness = Annotated[float, Field(gt=0)] | CurveName
MatrixSlowness = Annotated[
    Slowness,
    described("Slowness of the matrix: 55.5 sandstone, 47.5 limestone", unit="us/ft"),
]
FluidSlowness = Annotated[Slowness, described("Slowness of the fluid", unit="us/ft")]
ShalePorosity = Annotated[
    Annotated[float, Field(ge=0, le=1)] | CurveName,
    described("Total porosity of shale", unit="v/v"),
]

SONIC = Curve("DTC", unit="us/ft", description="Compressional slowness")
NEUTRON = Curve("NPHI", unit="v/v", description="Neutron porosity")
DENSITY_POROSITY = Curve("PHID", unit="v/v", description="Density porosity")
SONIC_POROSITY = Curve("PHIS", unit="v/v", description="Sonic porosity")
AVERAGE_POROSITY = Curve("PHIA", unit="v/v", description="Neutron-density porosity")
SHALE_VOLUME = Curve("VSH", unit="v/v", description="Shale volume")


def _above(low: str, high: str, reason: str) -> Any:
    def check(parameters: Mapping[str, Any]) -> str | None:
        lower, upper = parameters[low], parameters[high]
        if isinstance(lower, str) or isinstance(upper, str) or upper > lower:
            return None
        return f"{high} ({upper:g}) must be greater than {low} ({lower:g}): {reason}."

    return check


def _density_check(parameters: Mapping[str, Any]) -> str | None:
    limits = parameters["clip"]
    if limits is not None and limits[0] >= limits[1]:
        return f"clip is {list(limits)}; its first number must be less than its second."
    return None


@operator(
    "phi_density",
    family="porosity",
    category="subsurface",
    title="Density porosity",
    inputs={"rhob": Curve("RHOB", unit="g/cm3", description="Bulk density")},
    outputs={"phid": DENSITY_POROSITY},
    formula="PHID = (rho_ma - RHOB) / (rho_ma - rho_fl)",
    source="Wyllie, Gregory and Gardner (1956)",
    check=_density_check,
)
def phi_density(
    rhob: Expr,
    rho_ma: MatrixDensity = 2.65,
    rho_fl: FluidDensity = 1.0,
    clip: Limits = (-0.05, 0.6),
) -> Expr:
    """Porosity from bulk density.

    Null where the density is missing, or where a matrix curve equals the fluid's.
    """
    matrix = lift(rho_ma)
    return _limited(finite((matrix - rhob) / (matrix - rho_fl)), clip)


def _limited(porosity: Expr, limits: tuple[float, float] | None) -> Expr:
    return porosity if limits is None else clip(porosity, *limits)


@operator(
    "phi_sonic_wyllie",
    family="porosity",
    category="subsurface",
    title="Sonic porosity, Wyllie",
    inputs={"dtc": SONIC},
    outputs={"phis": SONIC_POROSITY},
    formula="PHIS = (DTC - dt_ma) / (dt_fl - dt_ma) / cp",
    source="Wyllie, Gregory and Gardner (1956, 1958)",
    check=_above("dt_ma", "dt_fl", "sound is slower in the fluid"),
)
def phi_sonic_wyllie(
    dtc: Expr,
    dt_ma: MatrixSlowness = 55.5,
    dt_fl: FluidSlowness = 189.0,
    cp: Annotated[
        float, described("Compaction factor; above 1 in soft sands", minimum=1, maximum=1.6)
    ] = 1.0,
) -> Expr:
    """Porosity from sonic slowness by the time average; for consolidated rocks.

    Not limited: slowness below the matrix's gives a negative porosity. Null where it is missing.
    """
    matrix = lift(dt_ma)
    return finite((dtc - matrix) / (lift(dt_fl) - matrix) / cp)


@operator(
    "phi_sonic_rhg",
    family="porosity",
    category="subsurface",
    title="Sonic porosity, Raymer-Hunt-Gardner",
    inputs={"dtc": SONIC},
    outputs={"phis": SONIC_POROSITY},
    formula=(
        "simplified: PHIS = c (DTC - dt_ma) / DTC; "
        "exact: 1/DTC = (1 - PHIS)^2 / dt_ma + PHIS / dt_fl"
    ),
    source="Raymer, Hunt and Gardner (1980)",
    check=_above("dt_ma", "dt_fl", "sound is slower in the fluid"),
)
def phi_sonic_rhg(
    dtc: Expr,
    form: Annotated[
        Literal["simplified", "exact"], described("The simplified or the exact equation")
    ] = "simplified",
    c: Annotated[
        float, described("Constant of the simplified form", minimum=0.6, maximum=0.7)
    ] = 0.67,
    dt_ma: MatrixSlowness = 55.5,
    dt_fl: FluidSlowness = 189.0,
) -> Expr:
    """Porosity from sonic slowness without a compaction factor.

    The exact equation was published for porosities below 0.37. Null where the slowness is missing
    or not positive, and where the exact equation has no solution.
    """
    slowness, matrix = where(dtc > 0.0, dtc), lift(dt_ma)
    if form == "simplified":
        return finite(c * (slowness - matrix) / slowness)
    # phi^2/dt_ma + phi (1/dt_fl - 2/dt_ma) + (1/dt_ma - 1/dtc) = 0, the root that is 0 in matrix
    square, constant = 1.0 / matrix, 1.0 / matrix - 1.0 / slowness
    linear = 1.0 / lift(dt_fl) - 2.0 / matrix
    root = square_root(finite(linear * linear - 4.0 * square * constant))
    return finite((-linear - root) / (2.0 * square))


@operator(
    "phi_nd_average",
    family="porosity",
    category="subsurface",
    title="Neutron-density porosity, mean",
    inputs={"nphi": NEUTRON, "phid": DENSITY_POROSITY},
    outputs={"phia": AVERAGE_POROSITY},
    formula="PHIA = (NPHI + PHID) / 2",
    source="Asquith and Krygowski (2004)",
)
def phi_nd_average(nphi: Expr, phid: Expr) -> Expr:
    """Mean of neutron and density porosity, for liquid-filled rock.

    Both on the same matrix. Null where either is missing.
    """
    return finite((nphi + phid) / 2.0)


@operator(
    "phi_nd_rms",
    family="porosity",
    category="subsurface",
    title="Neutron-density porosity, root mean square",
    inputs={"nphi": NEUTRON, "phid": DENSITY_POROSITY},
    outputs={"phia": AVERAGE_POROSITY},
    formula="PHIA = sqrt((NPHI^2 + PHID^2) / 2)",
    source="Gaymard and Poupon (1968)",
)
def phi_nd_rms(nphi: Expr, phid: Expr) -> Expr:
    """Root mean square of neutron and density porosity, for gas-bearing rock.

    Both on the same matrix. Null where either is missing.
    """
    return square_root(finite((nphi * nphi + phid * phid) / 2.0))


@operator(
    "phi_effective",
    family="porosity",
    category="subsurface",
    title="Effective porosity",
    inputs={
        "phit": Curve("PHIT", unit="v/v", description="Total porosity"),
        "vsh": SHALE_VOLUME,
    },
    outputs={"phie": Curve("PHIE", unit="v/v", description="Effective porosity")},
    formula="shale_porosity: PHIE = PHIT - VSH phit_sh; one_minus_vsh: PHIE = PHIT (1 - VSH)",
    source="Juhasz (1981); Dewan (1983)",
)
def phi_effective(
    phit: Expr,
    vsh: Expr,
    method: Annotated[
        Literal["shale_porosity", "one_minus_vsh"], described("How the shale is taken off")
    ] = "shale_porosity",
    phit_sh: ShalePorosity = 0.1,
    floor: Annotated[
        float | None,
        described("Lowest porosity, such as 0.001. Empty: no floor", minimum=0, maximum=0.1),
    ] = None,
) -> Expr:
    """Effective porosity: total porosity less the water bound to shale; never above the total.

    VSH is limited to 0..1. Without `floor`, shaly tight rock may come out below 0. Null where
    either curve is missing.
    """
    shale = clip(finite(vsh), 0.0, 1.0)
    by_volume = phit - shale * phit_sh
    porosity = finite(by_volume if method == "shale_porosity" else phit * (1.0 - shale))
    return porosity if floor is None else clip(porosity, floor, 1.0)


@operator(
    "phi_total",
    family="porosity",
    category="subsurface",
    title="Total porosity",
    inputs={
        "phie": Curve("PHIE", unit="v/v", description="Effective porosity"),
        "vsh": SHALE_VOLUME,
    },
    outputs={"phit": Curve("PHIT", unit="v/v", description="Total porosity")},
    formula="PHIT = PHIE + VSH phit_sh",
    source="Clavier, Coates and Dumanoir (1984)",
)
def phi_total(phie: Expr, vsh: Expr, phit_sh: ShalePorosity = 0.1) -> Expr:
    """Total porosity: effective porosity plus the water bound to shale.

    The inverse of Effective porosity by shale porosity. VSH is limited to 0..1. Null where either
    curve is missing.
    """
    return finite(phie + clip(finite(vsh), 0.0, 1.0) * phit_sh)
