"""The wells that everybody reads: layered rock, its logs, gaps, spikes and washed-out hole."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mudrock_jupyter.wells.log_file import curve_field
from mudrock_jupyter.wells.store import WellStore

Values = NDArray[np.float64]

TOP, STEP = 1000.0, 0.1524
DECIMALS = {"CALI": 3, "GR": 3, "NPHI": 4, "RHOB": 4, "RT": 4}
UNITS = {"CALI": "in", "GR": "gAPI", "NPHI": "v/v", "RHOB": "g/cm3", "RT": "ohm.m"}
SCHEMA = pa.schema(
    [curve_field("DEPTH", "m"), *(curve_field(name, unit) for name, unit in UNITS.items())]
)
BED = 60  # samples in a bed, on average


def generate(root: Path, wells: int, samples: int) -> Path:
    """Write a project of wells, each made from its number as the seed, and return its folder."""
    store = WellStore(root)
    for number in range(wells):
        store.write_logs(f"well-{number:04}", well_logs(number, samples))
    return root


def part_of(project: Path, root: Path, wells: int) -> Path:
    """Make a project of another's first wells; the files are the same ones on disk."""
    (root / "wells").mkdir(parents=True)
    os.link(project / "project.json", root / "project.json")
    for folder in sorted((project / "wells").iterdir())[:wells]:
        (root / "wells" / folder.name).mkdir()
        for file in folder.glob("*.parquet"):
            os.link(file, root / "wells" / folder.name / file.name)
    return root


def depth_range(samples: int) -> tuple[float, float]:
    """Return the depths between which the pipelines work: the middle four fifths of a well."""
    length = samples * STEP
    return round(TOP + 0.1 * length, 2), round(TOP + 0.9 * length, 2)


def well_logs(number: int, samples: int) -> pa.Table:
    """Make the logs of one well."""
    random = np.random.default_rng(number)
    shale, porosity, water = (_layers(random, samples) for _ in range(3))
    pores = 0.02 + 0.28 * porosity * (1.0 - 0.7 * shale)
    washed_out = (shale > 0.7) & (_layers(random, samples) > 0.6)
    noise = random.standard_normal((len(UNITS), samples))
    resistivity = 0.06 / pores**2 / np.clip(water, 0.1, 1.0) ** 2
    values = {
        "CALI": 8.5 + 4.0 * washed_out + 0.05 * noise[0],
        "GR": 15.0 + 120.0 * shale + 4.0 * noise[1],
        "NPHI": pores + 0.2 * shale + 0.015 * noise[2],
        "RHOB": 2.65 - 1.65 * pores - 0.35 * washed_out + 0.015 * noise[3],
        "RT": resistivity * (1.0 - 0.6 * shale) * np.exp(0.1 * noise[4]),
    }
    spikes = random.choice(samples, samples // 400, replace=False)
    values["RHOB"][spikes] += random.choice([-0.6, 0.6], spikes.size)
    columns = [np.round(TOP + STEP * np.arange(samples), 4)]
    columns += [
        _with_gaps(random, np.round(values[name], DECIMALS[name])) for name in SCHEMA.names[1:]
    ]
    return pa.table([pa.array(column, from_pandas=True) for column in columns], schema=SCHEMA)


def _layers(random: np.random.Generator, samples: int) -> Values:
    """Return beds of different thickness, their boundaries blurred as a tool does."""
    boundaries = random.random(samples) < 1.0 / BED
    beds = random.random(samples)[np.cumsum(boundaries)]
    blur = np.full(7, 1.0 / 7.0)
    return np.convolve(np.pad(beds, 3, mode="edge"), blur, mode="valid")


def _with_gaps(random: np.random.Generator, values: Values) -> Values:
    """Take out what a logging run does not reach, and two stretches that went wrong."""
    samples = values.size
    values[: random.integers(0, max(1, samples // 200))] = np.nan
    for start in random.integers(0, samples, 2):
        values[start : start + random.integers(samples // 2000 + 1, samples // 200 + 2)] = np.nan
    return values
