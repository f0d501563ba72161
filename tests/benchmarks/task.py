"""What is asked of every variant, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.recipe import Form, Kind


@dataclass(frozen=True)
class Task:
    """One thing to compute: a pipeline on a project, the whole table or only the net pay."""

    project: Path
    kind: Kind
    form: Form
    depth: tuple[float, float]

    @property
    def wants_table(self) -> bool:
        """Whether the full table is wanted."""
        return self.form == "full"

    @property
    def has_summary(self) -> bool:
        """Whether the pipeline ends in net pay by well."""
        return self.kind != "rows"

    def files(self) -> dict[str, Path]:
        """Return the log file of each well, by well id and in its order."""
        paths = sorted(self.project.glob("wells/*/logs_*.parquet"))
        return {path.parent.name: path for path in paths}


@dataclass(frozen=True)
class Result:
    """The full table, the net pay of each well, or both: whatever exports Arrow streams."""

    table: Any = None
    summary: Any = None


# Set up once, for a task and a number of threads; what it returns is run many times.
Variant = Callable[[Task, int], Callable[[], Result]]
