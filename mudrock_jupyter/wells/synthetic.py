"""Made-up wells that behave like real ones: for demonstrations, tests and benchmarks.

The geology is a stack of formations, each a sequence of beds of sand, silt, shale, limestone and
coal. Shale volume and porosity of a bed give the logs by the usual forward models: density and
neutron from mixing, sonic by Wyllie, resistivity from Archie with a parallel shale term; oil and
gas stand above contacts in the reservoir. On top come the vertical resolution and noise of each
tool, washouts that lower the density, spikes, and intervals that were not logged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mudrock_jupyter.wells.log_file import curve_field

Values = npt.NDArray[np.float64]

STEP = 0.1524  # metres: half a foot, as most tools sample
_RW, _SHALE_RESISTIVITY = 0.045, 2.2  # ohm.m
_GAS, _OIL, _BRINE = 0.20, 0.75, 1.03  # g/cm3


@dataclass(frozen=True)
class SyntheticWell:
    """A well: its curves (DEPTH in m, GR, RHOB, NPHI, DT, RT, CALI) and its tops (TOP, DEPTH)."""

    name: str
    logs: pa.Table
    tops: pa.Table


@dataclass(frozen=True)
class _Lithology:
    shale: float
    porosity: float  # at the surface
    density: float  # g/cm3, of the matrix
    slowness: float  # us/ft, of the matrix
    neutron: float  # v/v, offset from limestone units
    thickness: float  # m, of a typical bed


_LITHOLOGIES = (
    _Lithology(0.07, 0.40, 2.65, 55.5, -0.03, 4.0),  # sand
    _Lithology(0.38, 0.30, 2.66, 57.0, 0.00, 2.5),  # silt
    _Lithology(0.88, 0.22, 2.68, 62.0, 0.02, 6.0),  # shale
    _Lithology(0.05, 0.16, 2.71, 47.5, 0.00, 1.5),  # limestone
    _Lithology(0.10, 0.02, 1.30, 115.0, 0.50, 0.8),  # coal
)
_SHALE, _COAL = 2, 4


@dataclass(frozen=True)
class _Formation:
    name: str
    share: float  # of the well's length
    beds: tuple[float, float, float, float, float]  # proportions, in the order above
    radioactivity: float = 0.0  # gAPI on top of the shale's


_FORMATIONS = (
    _Formation("Nordland Gp", 0.16, (0.25, 0.30, 0.45, 0.00, 0.00)),
    _Formation("Utsira Fm", 0.10, (0.80, 0.12, 0.08, 0.00, 0.00)),
    _Formation("Hordaland Gp", 0.20, (0.06, 0.19, 0.73, 0.02, 0.00)),
    _Formation("Balder Fm", 0.05, (0.05, 0.35, 0.60, 0.00, 0.00), 10.0),
    _Formation("Shetland Gp", 0.15, (0.00, 0.12, 0.33, 0.55, 0.00)),
    _Formation("Draupne Fm", 0.05, (0.02, 0.08, 0.90, 0.00, 0.00), 90.0),
    _Formation("Hugin Fm", 0.12, (0.72, 0.15, 0.09, 0.02, 0.02)),
    _Formation("Sleipner Fm", 0.08, (0.40, 0.25, 0.23, 0.00, 0.12)),
    _Formation("Skagerrak Fm", 0.09, (0.50, 0.28, 0.20, 0.02, 0.00)),
)
_RESERVOIR = 6


def synthetic_wells(count: int = 12, seed: int = 20) -> Iterator[SyntheticWell]:
    """Yield wells of 5,000 to 20,000 samples; the same seed gives the same wells.

    >>> well = next(synthetic_wells(seed=1))
    >>> well.logs.column_names
    ['DEPTH', 'GR', 'RHOB', 'NPHI', 'DT', 'RT', 'CALI']
    """
    names = _names(count, np.random.default_rng(seed))
    for number, name in enumerate(names):
        rng = np.random.default_rng((seed, number))
        samples = int(np.exp(rng.uniform(np.log(5_000), np.log(20_000))))
        yield _well(name, samples, rng)


def _names(count: int, rng: np.random.Generator) -> list[str]:
    names: dict[str, None] = {}
    while len(names) < count:
        quadrant, block = rng.choice([15, 16, 24, 25]), rng.integers(1, 13)
        number = rng.integers(1, 22)
        suffix = rng.choice(["", "", "", " A", " S"])
        names[f"{quadrant}/{block}-{number}{suffix}"] = None
    return list(names)


def _well(name: str, samples: int, rng: np.random.Generator) -> SyntheticWell:
    top = round(float(rng.uniform(900, 1600)), 1)
    depth = np.round(top + STEP * np.arange(samples), 4)
    shares = np.array([formation.share for formation in _FORMATIONS])
    shares = shares * rng.uniform(0.75, 1.3, shares.size)
    boundaries = np.rint(np.cumsum(shares) / shares.sum() * samples).astype(np.int64)
    starts = np.concatenate([[0], boundaries[:-1]])
    lithology, bed = _beds(starts, boundaries, rng)
    formation = np.searchsorted(boundaries, np.arange(samples), side="right")
    clean = _rocks(depth, lithology, bed, formation, starts, boundaries, rng)
    bit = np.select([np.arange(samples) < 0.3 * samples, np.arange(samples) < 0.65 * samples],
                    [17.5, 12.25], 8.5)
    curves = _measured(clean, bit, lithology, rng)
    for curve in curves.values():
        _leave_gaps(curve, rng)
    logged = {"GR": 0.0, "CALI": 0.02, "RT": 0.02, "DT": rng.uniform(0.05, 0.25),
              "RHOB": rng.uniform(0.3, 0.45), "NPHI": rng.uniform(0.3, 0.45)}
    for mnemonic, share in logged.items():
        curves[mnemonic][: int(share * samples)] = np.nan
    fields = [curve_field("DEPTH", "m", "Measured depth"), *_FIELDS]
    arrays = [pa.array(depth)] + [
        pa.array(np.round(curves[field.name], 4), from_pandas=True) for field in _FIELDS
    ]
    tops = pa.table({"TOP": [formation.name for formation in _FORMATIONS], "DEPTH": depth[starts]})
    return SyntheticWell(name, pa.table(arrays, schema=pa.schema(fields)), tops)


_FIELDS = (
    curve_field("GR", "gAPI", "Gamma ray"),
    curve_field("RHOB", "g/cm3", "Bulk density"),
    curve_field("NPHI", "v/v", "Neutron porosity, limestone units"),
    curve_field("DT", "us/ft", "Compressional slowness"),
    curve_field("RT", "ohm.m", "Deep resistivity"),
    curve_field("CALI", "in", "Caliper"),
)


def _beds(
    starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the lithology and the number of the bed at each sample."""
    typical = np.array([lithology.thickness for lithology in _LITHOLOGIES]) / STEP
    kinds, lengths = [], []
    for formation, start, end in zip(_FORMATIONS, starts, ends, strict=True):
        # Beds are drawn by number, so rare thick ones must be drawn less often than thin ones.
        chance = np.array(formation.beds) / typical
        kind = rng.choice(len(_LITHOLOGIES), size=end - start, p=chance / chance.sum())
        length = np.maximum(2, typical[kind] * rng.lognormal(0, 0.6, kind.size)).astype(int)
        beds = int(np.searchsorted(np.cumsum(length), end - start)) + 1
        length = length[:beds]
        length[-1] -= length.sum() - (end - start)
        kinds.append(kind[:beds])
        lengths.append(length)
    all_lengths = np.concatenate(lengths)
    bed = np.repeat(np.arange(all_lengths.size), all_lengths)
    return np.concatenate(kinds)[bed], bed


def _rocks(
    depth: Values,
    lithology: npt.NDArray[np.int64],
    bed: npt.NDArray[np.int64],
    formation: npt.NDArray[np.int64],
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    rng: np.random.Generator,
) -> dict[str, Values]:
    """Return the logs of the rocks themselves, as a perfect tool in a perfect hole would."""
    def of(name: str) -> Values:
        return np.array([getattr(kind, name) for kind in _LITHOLOGIES])[lithology]

    beds = bed[-1] + 1
    shale = of("shale") + rng.normal(0, 0.06, beds)[bed] + _wander(depth.size, 0.04, rng)
    shale = np.clip(shale, 0.0, 1.0)
    compaction = np.exp(-depth / 4200)
    porosity = of("porosity") * compaction * (1 + rng.normal(0, 0.09, beds)[bed])
    porosity = np.clip(porosity + _wander(depth.size, 0.012, rng), 0.005, 0.42)
    water, hydrocarbon = _fluids(depth, porosity, shale, starts, ends, rng)
    invaded = 1 - (1 - water) * 0.45
    fluid = invaded * _BRINE + (1 - invaded) * hydrocarbon
    hydrogen = invaded + (1 - invaded) * np.where(hydrocarbon < 0.5, 0.35, 0.95)
    radioactivity = np.array([f.radioactivity for f in _FORMATIONS])[formation]
    coal = lithology == _COAL
    conductivity = porosity**2 * water**2 / _RW + shale**1.5 / _SHALE_RESISTIVITY
    return {
        "GR": 19 + 104 * shale + radioactivity * shale + 5 * rng.normal(0, 1, beds)[bed],
        "RHOB": (1 - porosity) * (of("density") - 0.06 * shale) + porosity * fluid,
        "NPHI": np.clip(porosity * hydrogen + 0.26 * shale + of("neutron"), -0.03, 0.75),
        "DT": (1 - porosity) * of("slowness") + porosity * 189 + 22 * shale * compaction,
        "RT": np.where(coal, 180.0, 1 / np.maximum(conductivity, 5e-4)),
    }


def _fluids(
    depth: Values, porosity: Values, shale: Values, starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64], rng: np.random.Generator,
) -> tuple[Values, Values]:
    """Return water saturation and the density of the hydrocarbon, which is above the contacts."""
    top, base = depth[starts[_RESERVOIR]], depth[ends[_RESERVOIR] - 1]
    oil_water = top + rng.uniform(0.35, 0.85) * (base - top)
    gas_oil = top + rng.choice([0.0, 0.4]) * (oil_water - top)
    height = np.clip(oil_water - depth, 0, None)
    irreducible = np.clip(0.06 + 0.5 * shale + 0.02 / np.maximum(porosity, 0.02), 0.08, 1.0)
    water = irreducible + (1 - irreducible) * np.exp(-height / 6)
    inside = (depth >= top) & (depth < oil_water)
    return np.where(inside, water, 1.0), np.where(depth < gas_oil, _GAS, _OIL)


def _measured(
    clean: dict[str, Values], bit: Values, lithology: npt.NDArray[np.int64],
    rng: np.random.Generator,
) -> dict[str, Values]:
    """Return what tools of limited resolution read in a hole with washouts."""
    size = bit.size
    weak = np.where((lithology == _SHALE) | (lithology == _COAL), 1.0, 0.12)
    enlarged = _smooth(np.clip(_wander(size, 3.2, rng, 60) - 1.8, 0, 7) * weak, 9)
    bad = np.clip(enlarged / 5, 0, 1)
    curves = {
        "GR": _smooth(clean["GR"], 5) * (1 - 0.12 * bad) + rng.normal(0, 2.5, size),
        "RHOB": _smooth(clean["RHOB"], 3) + rng.normal(0, 0.012, size),
        "NPHI": _smooth(clean["NPHI"], 5) + 0.06 * bad + rng.normal(0, 0.008, size),
        "DT": _smooth(clean["DT"], 5) + 9 * bad + rng.normal(0, 0.9, size),
        "RT": np.exp(_smooth(np.log(clean["RT"]), 9) + rng.normal(0, 0.03, size)),
        "CALI": bit + enlarged - 0.1 + rng.normal(0, 0.04, size),
    }
    # In a washout the density pad reads mud.
    curves["RHOB"] = curves["RHOB"] * (1 - 0.8 * bad**1.5) + 1.2 * 0.8 * bad**1.5
    for mnemonic, jump in (("GR", 70.0), ("DT", 55.0), ("RHOB", -0.35)):
        where = rng.choice(size, size // 700, replace=False)
        curves[mnemonic][where] += jump * rng.uniform(0.6, 1.4, where.size)
    curves["GR"] = np.maximum(curves["GR"], 1.0)
    return curves


def _leave_gaps(curve: Values, rng: np.random.Generator) -> None:
    for _ in range(rng.integers(1, 4)):
        start = rng.integers(0, curve.size)
        curve[start : start + int(rng.lognormal(3.2, 0.8))] = np.nan


def _wander(size: int, amplitude: float, rng: np.random.Generator, window: int = 15) -> Values:
    """Return smooth noise of standard deviation `amplitude`, correlated over `window` samples."""
    noise = _smooth(rng.normal(0, 1, size), window)
    return np.asarray(amplitude * noise / max(float(noise.std()), 1e-9))


def _smooth(values: Values, window: int) -> Values:
    """Return the values as a tool `window` samples long sees them: a triangular average."""
    weights = np.bartlett(window + 2)[1:-1]
    padded = np.pad(values, window // 2, mode="edge")
    smooth = np.convolve(padded, weights / weights.sum(), mode="valid")
    return smooth[: values.size]
