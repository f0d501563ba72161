"""What is to be reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.measure import Samples

# Ours divided by theirs; the decode floor is a lower bound, so ours is above it.
AGAINST = {
    "polars": {"wall": 0.5, "cpu": 0.5, "peak": 1.25},
    "pandas": {"wall": 0.6, "cpu": 0.6},
    "duckdb": {"wall": 0.15, "cpu": 0.15},
    "decode_floor": {"wall": 2.5, "cpu": 2.5},
}
EDITED = {"mudrock": {"wall": 0.15, "cpu": 0.15}}
IDLE_MS = 0.02

Targets = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Figure:
    """One figure of the result, and what it should not exceed, if there is such a thing."""

    name: str
    measure: str
    value: float
    target: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None without one."""
        return None if self.target is None else self.value <= self.target


def ratios(samples: dict[str, Samples], ours: str, targets: Targets) -> Iterator[Figure]:
    """Yield ours divided by each of the others, for wall, CPU and peak memory."""
    for label, theirs in samples.items():
        if label != ours:
            for what in ("wall", "cpu", "peak"):
                ratio = samples[ours].ratio(theirs, what)
                target = targets.get(label, {}).get(what)
                yield Figure(f"{ours} / {label}", what, ratio, target)
