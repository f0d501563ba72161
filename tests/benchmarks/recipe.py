"""The numbers and names of the computation, the same for every variant of it.

Imports nothing: the processes of the peers carry nothing of this package.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["net_pay", "no_median", "rows"]
Form = Literal["full", "summary"]

CURVES = ["GR", "RHOB", "RT"]
GR_CLEAN, GR_SHALE, LARIONOV = 20.0, 120.0, 3.7
RHO_MATRIX, RHO_FLUID = 2.65, 1.0
POROSITY_LIMITS = (-0.05, 0.6)
RW = 0.05
MEDIAN_WINDOW, MEAN_WINDOW = 11, 21
# No mean of 21 densities with four decimals gives exactly this porosity, so that rounding in the
# last bit cannot turn a flag.
MAX_VSH, MIN_POROSITY, MAX_SW = 0.4, 0.0803, 0.6
IDLE_NODES = 200

ROW_COLUMNS = ["well_id", "DEPTH", *CURVES, "VSH", "PHID", "SW"]
FLAGS = ["ROCK", "RES", "PAY"]
SUMMARY_COLUMNS = ["well_id", "gross", "net_res", "net_pay", "ntg", "avg_phi", "avg_sw", "hpv"]


def smooth_name(kind: Kind) -> str:
    """Return the name of the smoothed porosity."""
    return "PHID_MA" if kind == "no_median" else "PHID_MED_MA"


def columns(kind: Kind) -> list[str]:
    """Return the columns of the full table."""
    if kind == "rows":
        return ROW_COLUMNS
    medians = [] if kind == "no_median" else ["PHID_MED"]
    return [*ROW_COLUMNS, *medians, smooth_name(kind), *FLAGS]
