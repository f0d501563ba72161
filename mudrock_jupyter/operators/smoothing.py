"""Smoothing and despiking along depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np

from mudrock_jupyter.operators.declare import ANY, SAME, Curve, Kind, operator
from mudrock_jupyter.operators.parameters import described
from mudrock_jupyter.operators.runs import regular_step, runs_of
from mudrock_jupyter.operators.windows import (
    Values,
    Window,
    WindowUnit,
    around,
    check_window,
    whole,
)

ANY_CURVE = {"curve": Curve(ANY, description="The curve to smooth")}
BoundaryMode = Literal["reflect", "nearest", "mirror", "constant", "wrap"]


@operator(
    "sig_moving_average",
    kind=Kind.WELL,
    family="smoothing",
    category="signal",
    title="Moving average",
    inputs=ANY_CURVE,
    outputs={"average": Curve("*_MA", unit=SAME, description="Moving average")},
    formula="mean of the values in the window centred on the sample",
    source="Definition; pandas rolling(window, center=True, min_periods)",
    check=check_window,
)
def sig_moving_average(
    curve: Values,
    depth: Values,
    window: Window = 5.0,
    window_unit: WindowUnit = "samples",
    min_periods: Annotated[
        int, described("Fewest values a window needs; 1 bridges short gaps", minimum=1)
    ] = 1,
    edge: Annotated[
        Literal["shrink", "null"], described("At the ends: shrink the window, or give no value")
    ] = "shrink",
) -> Values:
    """Mean over a window centred on each sample.

    Missing values are left out of the mean; a sample is missing where its window holds fewer than
    `min_periods` values. A gap shorter than half the window is therefore bridged.
    """
    from mudrock_jupyter.operators import kernels_windows

    if window_unit == "samples":
        average = kernels_windows.mean_of_samples(curve, int(window) // 2, min_periods)
    else:
        average = kernels_windows.mean(curve, *around(depth, window, window_unit), min_periods)
    return average if edge == "shrink" else _where(whole(depth, window, window_unit), average)


@operator(
    "sig_median",
    kind=Kind.WELL,
    family="smoothing",
    category="signal",
    title="Moving median",
    inputs=ANY_CURVE,
    outputs={"median": Curve("*_MED", unit=SAME, description="Moving median")},
    formula="median of the values in the window centred on the sample",
    source="Tukey (1977)",
    check=check_window,
)
def sig_median(
    curve: Values,
    depth: Values,
    window: Window = 5.0,
    window_unit: WindowUnit = "samples",
    min_periods: Annotated[
        int, described("Fewest values a window needs; 1 bridges short gaps", minimum=1)
    ] = 1,
) -> Values:
    """Median over a window centred on each sample: removes spikes, keeps bed boundaries.

    The window shrinks at the ends. Missing values are left out; a sample is missing where its
    window holds fewer than `min_periods` values.
    """
    from mudrock_jupyter.operators import kernels_windows

    return kernels_windows.median(curve, *around(depth, window, window_unit), min_periods)


@operator(
    "sig_hampel",
    kind=Kind.WELL,
    family="smoothing",
    category="signal",
    title="Despike (Hampel)",
    inputs=ANY_CURVE,
    outputs={
        "despiked": Curve("*_H", unit=SAME, description="Despiked"),
        "spike": Curve("*_SPIKE", type="flag", description="Was a spike"),
    },
    formula="spike where |x - median| > n_sigma 1.4826 MAD, both over the window",
    source="Hampel (1974)",
    check=check_window,
)
def sig_hampel(
    curve: Values,
    depth: Values,
    window: Window = 11.0,
    window_unit: WindowUnit = "samples",
    n_sigma: Annotated[
        float, described("How many robust standard deviations make a spike", above=0)
    ] = 3.0,
    replace: Annotated[
        Literal["median", "nan", "interp"],
        described("What a spike becomes: the median, nothing, or a line between its neighbours"),
    ] = "median",
) -> dict[str, Values]:
    """Replace the values that stand out from their neighbours; all others stay as they are.

    The window shrinks at the ends. Missing values stay missing and their flag too. Where more than
    half of a window is one value, any other value counts as a spike.
    """
    from mudrock_jupyter.operators import kernels_windows

    medians, spikes = kernels_windows.hampel(curve, *around(depth, window, window_unit), n_sigma)
    spiky = spikes == 1.0
    kept = np.where(spiky, np.nan, curve)
    if replace == "median":
        kept = np.where(spiky, medians, curve)
    elif replace == "interp":
        kept = np.where(spiky, _between_neighbours(depth, kept), curve)
    return {"despiked": kept, "spike": spikes}


def _between_neighbours(depth: Values, values: Values) -> Values:
    known = ~np.isnan(values)
    if not known.any():
        return values
    return np.interp(depth, depth[known], values[known], left=np.nan, right=np.nan)


def _polynomial_fits(parameters: Mapping[str, Any]) -> str | None:
    window, poly, deriv = (parameters[name] for name in ("window", "poly", "deriv"))
    if window % 2 == 0:
        return f"window is {window}; it must be odd, such as {window + 1}."
    if poly >= window:
        return f"poly ({poly}) must be less than window ({window})."
    if deriv > poly:
        return f"deriv ({deriv}) must not be greater than poly ({poly}): it would be 0 everywhere."
    return None


@operator(
    "sig_savgol",
    kind=Kind.WELL,
    family="smoothing",
    category="signal",
    title="Smooth (Savitzky-Golay)",
    inputs=ANY_CURVE,
    outputs={"smooth": Curve("*_SG", unit=SAME, per_depth="deriv", description="Savitzky-Golay")},
    formula="least-squares polynomial over the window, taken at its centre",
    source="Savitzky and Golay (1964)",
    check=_polynomial_fits,
)
def sig_savgol(
    curve: Values,
    depth: Values,
    window: Annotated[int, described("Samples in the window; odd", minimum=3)] = 11,
    poly: Annotated[int, described("Degree of the polynomial", minimum=0)] = 3,
    deriv: Annotated[
        int, described("Derivative to return, per unit of depth; 0: the curve itself", minimum=0)
    ] = 0,
    mode: Annotated[
        Literal["interp", "mirror", "nearest", "constant", "wrap"],
        described("What lies beyond the ends"),
    ] = "interp",
) -> Values:
    """Smooth with a local polynomial: keeps peaks that a moving average flattens.

    Needs a regular step, and raises `InvalidInput` where there is none. Each stretch between gaps
    is smoothed by itself; one shorter than the window is missing. A derivative is per unit of
    depth.
    """
    from scipy.signal import savgol_filter

    step = regular_step(depth)
    smooth = np.full_like(curve, np.nan)
    for run in runs_of(~np.isnan(curve)):
        if run.stop - run.start >= window:
            smooth[run] = savgol_filter(
                curve[run], window, poly, deriv=deriv, delta=step, mode=mode
            )
    return smooth


@operator(
    "sig_gaussian",
    kind=Kind.WELL,
    family="smoothing",
    category="signal",
    title="Smooth (Gaussian)",
    inputs=ANY_CURVE,
    outputs={"smooth": Curve("*_G", unit=SAME, description="Gaussian smoothing")},
    formula="convolution with exp(-i^2 / (2 sigma^2)), normalised over the values present",
    source="Definition",
)
def sig_gaussian(
    curve: Values,
    depth: Values,
    sigma: Annotated[float, described("Standard deviation of the kernel", above=0)] = 2.0,
    sigma_unit: Annotated[
        Literal["samples", "depth"], described("Whether sigma counts samples or depth")
    ] = "samples",
    truncate: Annotated[float, described("Where the kernel ends, in sigmas", above=0)] = 4.0,
    mode: Annotated[BoundaryMode, described("What lies beyond the ends")] = "reflect",
) -> Values:
    """Smooth with a Gaussian weight; sigma in depth needs a regular step.

    Missing values get no weight and stay missing.
    """
    from scipy.ndimage import gaussian_filter1d

    missing = np.isnan(curve)
    width = sigma if sigma_unit == "samples" else sigma / regular_step(depth)
    total, weight = (
        gaussian_filter1d(values, width, truncate=truncate, mode=mode)
        for values in (np.where(missing, 0.0, curve), (~missing).astype(np.float64))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return _where(~missing & (weight > 0.0), total / weight)


def _where(condition: np.ndarray, values: Values) -> Values:
    return np.where(condition, values, np.nan)
