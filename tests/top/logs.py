"""Plausible logs of one well, as the tests of the handles use them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

SAMPLES = 400
UNITS = {"DEPTH": "m", "GR": "gAPI", "RHOB": "g/cm3", "NPHI": "v/v", "RT": "ohm.m"}


def logs_of_one_well(seed: int, without: tuple[str, ...] = ()) -> pa.Table:
    """Return plausible logs of one well, with a gap in GR."""
    random = np.random.default_rng(seed)
    depth = 1000 + 0.5 * np.arange(SAMPLES)
    shale = np.clip(np.sin(depth / 7) / 2 + 0.5 + random.normal(0, 0.05, SAMPLES), 0, 1)
    curves = {
        "DEPTH": depth,
        "GR": 20 + 100 * shale,
        "RHOB": 2.25 + 0.3 * shale + random.normal(0, 0.01, SAMPLES),
        "NPHI": 0.15 + 0.25 * shale,
        "RT": 10 ** (1.5 - 1.2 * shale),
    }
    curves["GR"][50:60] = np.nan
    fields = [
        pa.field(name, pa.float64(), metadata={"unit": UNITS[name]})
        for name in curves
        if name not in without
    ]
    arrays = [pa.array(curves[field.name], from_pandas=True) for field in fields]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))
