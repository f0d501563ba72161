"""The result as tables on the terminal and as JSON."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.benchmarks.suite import Outcome, Settings
from tests.benchmarks.targets import Figure

PACKAGES = (
    "mudrock-jupyter", "datafusion", "duckdb", "numba", "numpy", "pandas", "polars", "pyarrow",
)
MEASURES = ("wall", "cpu", "peak")


def outcome_table(outcome: Outcome) -> Table:
    """Return the medians of a scenario, a line for each variant."""
    table = Table(title=outcome.title, title_justify="left", title_style="bold")
    table.add_column("variant")
    for heading in ("wall ms", "CPU ms", "peak MB"):
        table.add_column(heading, justify="right")
    for label, samples in outcome.samples.items():
        table.add_row(
            label,
            f"{samples.median('wall') * 1e3:,.1f}",
            f"{samples.median('cpu') * 1e3:,.1f}",
            f"{samples.median('peak') / 1e6:,.0f}",
        )
    return table


def figures_table(outcomes: Mapping[str, Outcome]) -> Table:
    """Return all figures, with their targets and whether they are reached."""
    table = Table(title="Ratios, ours / theirs", title_justify="left", title_style="bold")
    table.add_column("found ≤ target", no_wrap=True)
    for heading in ("wall", "CPU", "peak"):
        table.add_column(heading, justify="right", no_wrap=True)
    for scenario, outcome in outcomes.items():
        table.add_row(f"[bold]{scenario}[/]")
        for name in dict.fromkeys(figure.name for figure in outcome.figures):
            found = {f.measure: f for f in outcome.figures if f.name == name}
            cells = [_cell(found[what]) if what in found else "" for what in MEASURES]
            table.add_row(f"  {name}", *cells)
        table.add_section()
    return table


def _cell(figure: Figure) -> str:
    value = f"{figure.value:.2f}" if figure.value >= 0.1 else f"{figure.value:.3f}"
    if figure.target is None:
        return value
    colour, relation = ("green", "≤") if figure.reached else ("red", ">")
    return f"[{colour}]{value} {relation} {figure.target:g}[/]"


def as_json(settings: Settings, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """Return everything that was measured, with what it was measured on."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": {"python": platform.python_version()} | {
            name: version(name) for name in PACKAGES
        },
        "settings": asdict(settings),
        "scenarios": {
            name: {
                "title": outcome.title,
                "runs": {
                    label: {what: samples.values(what) for what in MEASURES}
                    for label, samples in outcome.samples.items()
                },
                "figures": [
                    {**asdict(figure), "reached": figure.reached} for figure in outcome.figures
                ],
            }
            for name, outcome in outcomes.items()
        },
    }


def machine() -> dict[str, Any]:
    """Return what the figures depend on besides the versions."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
