"""Checks of curve quality: flags, never changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from mudrock_jupyter.operators.declare import ANY, Curve, Kind, operator
from mudrock_jupyter.operators.expression import LARGEST, Expr
from mudrock_jupyter.operators.parameters import described
from mudrock_jupyter.operators.windows import Window, WindowUnit, around, check_window
from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.spec.mnemonics import canonical

Values = NDArray[np.float64]

ANY_CURVE = {"curve": Curve(ANY, description="The curve to check")}

LIMITS = {  # in canonical units
    "GR": (0.0, 300.0),
    "RHOB": (1.0, 3.2),
    "NPHI": (-0.15, 1.0),
    "DTC": (35.0, 250.0),
    "RT": (0.01, 20000.0),
    "PEF": (0.0, 20.0),
    "CALI": (4.0, 30.0),
}


def _flag(description: str) -> dict[str, Curve]:
    return {"flag": Curve("flag", type="flag", description=description)}


def _ordered(parameters: Mapping[str, Any]) -> str | None:
    low, high = parameters["lo"], parameters["hi"]
    if low is not None and high is not None and low >= high:
        return f"lo ({low:g}) must be less than hi ({high:g})."
    return None


@operator(
    "qc_range",
    kind=Kind.ROW,
    family="checks",
    category="quality",
    title="Range check",
    inputs=ANY_CURVE,
    outputs=_flag("Out of range"),
    formula="flag where not lo <= x <= hi",
    source="Common practice",
    check=_ordered,
)
def qc_range(
    curve: Expr,
    mnemonic: str,
    lo: Annotated[float | None, described("Lowest plausible value; empty: the usual one")] = None,
    hi: Annotated[float | None, described("Highest plausible value; empty: the usual one")] = None,
) -> Expr:
    """Flag values no rock or tool can give. Missing values have no flag.

    Without `lo` and `hi` the usual limits of GR, RHOB, NPHI, DTC, RT, PEF and CALI are used, in
    their canonical units; for any other curve give at least one.
    """
    usual = LIMITS.get(canonical(mnemonic))
    if usual is None and lo is None and hi is None:
        raise InvalidInput(
            f"There are no usual limits for {mnemonic}, only for {', '.join(LIMITS)}. "
            "Give lo, hi or both."
        )
    low, high = usual or (-LARGEST, LARGEST)
    return ~((curve >= (low if lo is None else lo)) & (curve <= (high if hi is None else hi)))


@operator(
    "qc_flatline",
    kind=Kind.WELL,
    family="checks",
    category="quality",
    title="Flat-line check",
    inputs=ANY_CURVE,
    outputs=_flag("Flat line"),
    formula="flag runs of equal values that span min_len or more",
    source="Common practice",
)
def qc_flatline(
    curve: Values,
    depth: Values,
    min_len: Annotated[
        float, described("Shortest flat line, first to last sample, in depth units", above=0)
    ] = 3.0,
    tol: Annotated[
        float, described("How far values may be from the run's first", minimum=0)
    ] = 0.0,
) -> Values:
    """Flag where a tool is stuck: the same value over a long interval.

    The plateaus before the first and after the last true reading count too. Missing values end a
    run and have no flag.
    """
    from mudrock_jupyter.operators.kernels_runs import flat_lines

    # The slack lets a run of exactly min_len count, whatever the rounding of its depths.
    return flat_lines(curve, depth, min_len * (1.0 - 1e-9), tol)


@operator(
    "qc_spike",
    kind=Kind.WELL,
    family="checks",
    category="quality",
    title="Spike check",
    inputs=ANY_CURVE,
    outputs=_flag("Spike"),
    formula="flag where |x - median| > n 1.4826 MAD, both over the window",
    source="Hampel (1974)",
    check=check_window,
)
def qc_spike(
    curve: Values,
    depth: Values,
    window: Window = 11.0,
    window_unit: WindowUnit = "samples",
    n: Annotated[
        float, described("How many robust standard deviations make a spike", above=0)
    ] = 4.0,
) -> Values:
    """Flag values that stand out from their neighbours, without replacing them.

    Missing values have no flag.
    """
    from mudrock_jupyter.operators.kernels_windows import hampel

    return hampel(curve, *around(depth, window, window_unit), n)[1]
