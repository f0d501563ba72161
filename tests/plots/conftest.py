"""A well for the plots to draw: sands and shales, a gas zone, a gap and a spike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

MakeWell = Callable[..., pa.Table]


@pytest.fixture(scope="session")
def make_well() -> MakeWell:
    """Return a function that makes a well with a number of samples."""
    return _well


def _well(samples: int = 2000, name: str = "15-9-19-a", top: float = 2400.0) -> pa.Table:
    random = np.random.default_rng(3)
    depth = top + 0.1 * np.arange(samples)
    shale = 0.5 + 0.5 * np.sin(depth / 9)
    porosity = 0.28 * (1 - shale) + 0.02
    gas = np.abs(np.arange(samples) - samples / 2) < samples / 10
    noise = random.normal(size=samples)
    sonic = 56 + 130 * porosity + noise
    sonic[samples // 4: samples // 3] = np.nan
    gamma = 25 + 110 * shale + 6 * noise
    gamma[samples // 3] = 400
    columns = {
        "DEPTH": (depth, "m"),
        "GR": (gamma, "gAPI"),
        "CALI": (8.5 + 0.1 * noise, "in"),
        "RT": (np.exp(1 + 2 * gas + 0.1 * noise), "ohm.m"),
        "RHOB": (2.65 - np.where(gas, 2.2, 1.65) * porosity + 0.01 * noise, "g/cm3"),
        "NPHI": (porosity * np.where(gas, 0.5, 1) + 0.2 * shale, "v/v"),
        "DTC": (sonic, "us/ft"),
        "PHIE": (porosity, "v/v"),
        "SW": (np.where(gas, 0.3, 1.0), "v/v"),
    }
    fields = [
        pa.field(curve, pa.float64(), metadata={"unit": unit})
        for curve, (_, unit) in columns.items()
    ]
    arrays = [pa.array(values, from_pandas=True) for values, _ in columns.values()]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    table = table.append_column("PAY", pa.array(gas))
    zone = np.where(depth < depth.mean(), "Hugin", "Sleipner")
    table = table.append_column("ZONE", pa.array(zone))
    return table.append_column("well_id", pa.array([name] * samples))
