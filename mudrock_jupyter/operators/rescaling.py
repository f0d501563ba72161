"""Rescaling and limiting curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mudrock_jupyter.operators.declare import ANY, SAME, Curve, Kind, operator
from mudrock_jupyter.operators.expression import LARGEST, Expr, where
from mudrock_jupyter.operators.expression import clip as limit
from mudrock_jupyter.operators.parameters import described
from mudrock_jupyter.operators.runs import MAD_TO_SIGMA

Values = NDArray[np.float64]

ANY_CURVE = {"curve": Curve(ANY, description="The curve to rescale")}


def _limits(parameters: Mapping[str, Any]) -> str | None:
    low, high = parameters["lo"], parameters["hi"]
    if low is None and high is None:
        return "Give lo, hi or both."
    if low is not None and high is not None and low > high:
        return f"lo ({low:g}) must not be greater than hi ({high:g})."
    return None


@operator(
    "sig_clip",
    kind=Kind.ROW,
    family="rescaling",
    category="signal",
    title="Clip",
    inputs=ANY_CURVE,
    outputs={"clipped": Curve("*_C", unit=SAME, description="Clipped")},
    formula="min(max(x, lo), hi)",
    source="Definition",
    check=_limits,
)
def sig_clip(
    curve: Expr,
    lo: Annotated[float | None, described("Lowest value; empty: no limit")] = None,
    hi: Annotated[float | None, described("Highest value; empty: no limit")] = None,
    mode: Annotated[
        Literal["clip", "null"], described("Values beyond become the limit, or missing")
    ] = "clip",
) -> Expr:
    """Limit a curve to a range.

    Missing values stay missing.
    """
    low, high = -LARGEST if lo is None else lo, LARGEST if hi is None else hi
    if mode == "clip":
        return limit(curve, low, high)
    return where((curve >= low) & (curve <= high), curve)


@operator(
    "sig_zscore",
    kind=Kind.WELL,
    family="rescaling",
    category="signal",
    title="Z-score",
    inputs=ANY_CURVE,
    outputs={"zscore": Curve("*_Z", description="Standard deviations from the mean")},
    formula="(x - mean) / std; robust: (x - median) / (1.4826 MAD); each over the well",
    source="Definition",
)
def sig_zscore(
    curve: Values,
    ddof: Annotated[
        int, described("0: of all values; 1: estimate from a sample", minimum=0, maximum=1)
    ] = 0,
    robust: Annotated[bool, described("Use the median and its absolute deviation")] = False,
) -> Values:
    """Distance from the well's mean in standard deviations.

    Missing values are left out and stay missing; so is all of a well that does not vary.
    """
    known = curve[~np.isnan(curve)]
    if known.size <= ddof:
        return np.full_like(curve, np.nan)
    if robust:
        centre = np.median(known)
        return _ratio(curve - centre, MAD_TO_SIGMA * np.median(np.abs(known - centre)))
    return _ratio(curve - known.mean(), known.std(ddof=ddof))


def _low_below_high(parameters: Mapping[str, Any]) -> str | None:
    low, high = parameters["lo"], parameters["hi"]
    return None if low < high else f"lo ({low:g}) must be less than hi ({high:g})."


@operator(
    "sig_minmax",
    kind=Kind.WELL,
    family="rescaling",
    category="signal",
    title="Rescale to a range",
    inputs=ANY_CURVE,
    outputs={"normalised": Curve("*_N", description="Rescaled")},
    formula="lo + (x - min) / (max - min) (hi - lo), over the well",
    source="Definition",
    check=_low_below_high,
)
def sig_minmax(
    curve: Values,
    lo: Annotated[float, described("What the well's smallest value becomes")] = 0.0,
    hi: Annotated[float, described("What the well's greatest value becomes")] = 1.0,
) -> Values:
    """Stretch each well's values over a range.

    Missing values are left out and stay missing; so is all of a well that does not vary.
    """
    known = curve[~np.isnan(curve)]
    if not known.size:
        return curve.copy()
    share = _ratio(curve - known.min(), known.max() - known.min())
    # Written so that the ends come out exactly lo and hi.
    return lo * (1.0 - share) + hi * share


def _percentiles(parameters: Mapping[str, Any]) -> str | None:
    for low, high in (("p_lo", "p_hi"), ("p5", "p95"), ("ref_lo", "ref_hi")):
        lower, upper = parameters[low], parameters[high]
        if lower is not None and upper is not None and lower >= upper:
            return f"{low} ({lower:g}) must be less than {high} ({upper:g})."
    return None


@operator(
    "sig_percentile_norm",
    kind=Kind.WELL,
    family="rescaling",
    category="signal",
    title="Normalise to reference percentiles",
    inputs=ANY_CURVE,
    outputs={"normalised": Curve("*_N", unit=SAME, description="Normalised")},
    formula="ref_lo + (x - p5) / (p95 - p5) (ref_hi - ref_lo), percentiles of the well",
    source="Shier (2004)",
    check=_percentiles,
)
def sig_percentile_norm(
    curve: Values,
    ref_lo: Annotated[float, described("What the low percentile becomes")] = 20.0,
    ref_hi: Annotated[float, described("What the high percentile becomes")] = 120.0,
    p_lo: Annotated[float, described("Low percentile", unit="%", minimum=0, maximum=100)] = 5.0,
    p_hi: Annotated[float, described("High percentile", unit="%", minimum=0, maximum=100)] = 95.0,
    p5: Annotated[
        float | None, described("Value at the low percentile; empty: taken from each well")
    ] = None,
    p95: Annotated[
        float | None, described("Value at the high percentile; empty: taken from each well")
    ] = None,
) -> Values:
    """Bring wells to common end points: the usual normalisation of gamma ray between wells.

    Values beyond the percentiles pass on. Missing values are left out and stay missing; so is all
    of a well whose percentiles coincide.
    """
    known = curve[~np.isnan(curve)]
    if not known.size:
        return curve.copy()
    low, high = np.percentile(known, [p_lo, p_hi])
    low, high = low if p5 is None else p5, high if p95 is None else p95
    share = _ratio(curve - low, high - low)
    return ref_lo + share * (ref_hi - ref_lo)


def _ratio(values: Values, divisor: float) -> Values:
    return values / divisor if divisor > 0.0 else np.full_like(values, np.nan)
