"""Zones between formation tops."""

from __future__ import annotations

import warnings
from typing import Annotated

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mudrock_jupyter.operators.declare import Curve, Kind, operator
from mudrock_jupyter.operators.parameters import described

Values = NDArray[np.float64]


@operator(
    "wel_tops_zones",
    kind=Kind.WELL,
    family="zones",
    category="wells",
    title="Zones from tops",
    outputs={"zone": Curve("ZONE", type="text", description="Zone")},
    tables=("tops",),
    formula="ZONE = the last top at or above DEPTH",
    source="Definition",
)
def wel_tops_zones(
    depth: Values,
    tops: pa.Table | None,
    unmatched: Annotated[
        str | None, described("Zone of the samples above the first top; empty: none")
    ] = None,
) -> NDArray[np.object_]:
    """Name the zone of each sample from the well's tops.

    A zone begins at its top, included, and ends at the next; the last one reaches the end of the
    log. Above the first top, and in a well without tops, there is no zone. Warns where the tops
    are not in the order of their depths, or two of them share one depth.
    """
    zones = np.full(depth.size, unmatched, dtype=object)
    if tops is None or tops.num_rows == 0:
        return zones
    depths = np.asarray(tops.column("DEPTH"), dtype=np.float64)
    names = np.array(tops.column("TOP").to_pylist(), dtype=object)
    order = _warned_order(depths, names)
    last = np.searchsorted(depths[order], depth, side="right") - 1
    below = last >= 0
    zones[below] = names[order][last[below]]
    return zones


def _warned_order(depths: Values, names: NDArray[np.object_]) -> NDArray[np.int64]:
    for i in np.flatnonzero(np.diff(depths) <= 0.0):
        fault = "at the same depth as" if depths[i] == depths[i + 1] else "listed after but above"
        warnings.warn(
            f"The top {names[i + 1]!r} ({depths[i + 1]:g}) is {fault} {names[i]!r} "
            f"({depths[i]:g}); check the tops.",
            stacklevel=2,
        )
    return np.argsort(depths, kind="stable")
