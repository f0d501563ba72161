"""Filling gaps along depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mudrock_jupyter.operators.declare import ANY, SAME, Curve, Kind, operator
from mudrock_jupyter.operators.parameters import described
from mudrock_jupyter.operators.runs import runs_of

Values = NDArray[np.float64]
Method = Literal["linear", "ffill", "nearest", "pchip", "constant"]


def _constant_given(parameters: Mapping[str, Any]) -> str | None:
    constant = parameters["method"] == "constant"
    if constant == (parameters["value"] is not None):
        return None
    if constant:
        return "method 'constant' needs a value."
    return f"value belongs to method 'constant', not to {parameters['method']!r}."


@operator(
    "sig_gap_fill",
    kind=Kind.WELL,
    family="smoothing",
    category="signal",
    title="Fill gaps",
    inputs={"curve": Curve(ANY, description="The curve to fill")},
    outputs={
        "filled": Curve("*_F", unit=SAME, description="Gaps filled"),
        "flag": Curve("*_FILLED", type="flag", description="Was filled"),
    },
    formula="interpolation between the values on either side of a gap no longer than max_gap",
    source="Definition",
    check=_constant_given,
)
def sig_gap_fill(
    curve: Values,
    depth: Values,
    method: Annotated[Method, described("What goes into the gap")] = "linear",
    max_gap: Annotated[
        float, described("Longest gap to fill, from value to value, in depth units", above=0)
    ] = 1.0,
    edge: Annotated[
        bool, described("Also fill above the first value and below the last")
    ] = False,
    value: Annotated[float | None, described("The value of method 'constant'")] = None,
) -> dict[str, Values]:
    """Fill short gaps; longer ones stay as they are.

    A gap is measured between the values that bound it. With `edge`, up to `max_gap` above the
    first value and below the last is filled with that value (or the constant).
    """
    known = ~np.isnan(curve)
    if not known.any():
        return {"filled": curve.copy(), "flag": np.zeros_like(curve)}
    proposal = _proposal(curve, depth, known, method, value)
    fillable = _short_gaps(depth, known, max_gap) | (edge & _near_edges(depth, known, max_gap))
    filled = np.where(fillable, proposal, curve)
    return {"filled": filled, "flag": (fillable & ~np.isnan(filled)).astype(np.float64)}


def _short_gaps(depth: Values, known: NDArray[np.bool_], max_gap: float) -> NDArray[np.bool_]:
    short = np.zeros_like(known)
    for gap in runs_of(~known):
        inside = gap.start > 0 and gap.stop < known.size
        # The slack lets a gap of exactly max_gap pass, whatever the rounding of its depths.
        if inside and depth[gap.stop] - depth[gap.start - 1] <= max_gap * (1.0 + 1e-9):
            short[gap] = True
    return short


def _near_edges(depth: Values, known: NDArray[np.bool_], max_gap: float) -> NDArray[np.bool_]:
    first, last = depth[known][[0, -1]]
    near: NDArray[np.bool_] = (first - depth <= max_gap) & (depth - last <= max_gap)
    outside: NDArray[np.bool_] = (depth < first) | (depth > last)
    return near & outside


def _proposal(
    curve: Values,
    depth: Values,
    known: NDArray[np.bool_],
    method: Method,
    value: float | None,
) -> Values:
    """What each sample would be filled with."""
    if method == "constant" and value is not None:
        return np.full_like(curve, value)
    depths, values = depth[known], curve[known]
    if method == "ffill":
        return values[np.maximum(np.searchsorted(depths, depth, side="right") - 1, 0)]
    if method == "nearest":
        return values[np.searchsorted((depths[1:] + depths[:-1]) / 2.0, depth, side="left")]
    linear: Values = np.interp(depth, depths, values)
    if method == "pchip" and depths.size > 1:
        from scipy.interpolate import PchipInterpolator

        curved = PchipInterpolator(depths, values, extrapolate=False)(depth)
        return np.where(np.isnan(curved), linear, curved)
    return linear
