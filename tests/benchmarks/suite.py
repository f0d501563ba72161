"""The scenarios: who runs what against whom."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.data import depth_range, generate, part_of
from tests.benchmarks.measure import Samples, Say, check_all_agree, interleaved
from tests.benchmarks.recipe import IDLE_NODES, Form, Kind
from tests.benchmarks.targets import AGAINST, EDITED, IDLE_MS, Figure, Targets, ratios
from tests.benchmarks.task import Task

PEERS = ("polars", "pandas", "duckdb")


@dataclass(frozen=True)
class Settings:
    """How large, how often and on how many threads."""

    wells: int = 100
    samples: int = 20_000
    rounds: int = 5
    threads: int = 2
    few_wells: int = 10
    many_wells: int = 400


@dataclass(frozen=True)
class Outcome:
    """What a scenario found: the samples by variant, and the figures made of them."""

    title: str
    samples: dict[str, Samples]
    figures: list[Figure] = field(default_factory=list)


@dataclass(frozen=True)
class Suite:
    """All scenarios on wells in one folder."""

    settings: Settings
    project: Path
    say: Say

    def net_pay_full(self) -> Outcome:
        """The eight nodes: the full table and the net pay by well."""
        return self._compare("net_pay", "full", AGAINST, ("mudrock_engine",))

    def net_pay_summary(self) -> Outcome:
        """The eight nodes: the net pay by well and nothing else."""
        return self._compare("net_pay", "summary", AGAINST)

    def no_median(self) -> Outcome:
        """The same without the rolling median: the full table and the net pay by well."""
        return self._compare("no_median", "full")

    def rows(self) -> Outcome:
        """Reading, depth filter and row operators: the full table."""
        return self._compare("rows", "full")

    def edit(self) -> Outcome:
        """The eight nodes with the cache on: all made anew, or only what a cutoff changes."""
        task = self._task("net_pay", "full")
        names = ("mudrock", "mudrock_filling", "mudrock_edited")
        samples = self._measured({name: (name, task) for name in names})
        figures = list(ratios(samples, "mudrock_edited", EDITED))
        return Outcome(title(self.edit), samples, figures)

    def idle(self) -> Outcome:
        """200 nodes that do nothing, one small well: what a node costs by itself."""
        with tempfile.TemporaryDirectory(dir=self.project.parent) as root:
            small = generate(Path(root) / "small", 1, 100)
            task = Task(small, "rows", "full", depth_range(100))
            samples = self._measured({name: (name, task) for name in ("idle_none", "idle_many")})
        figures = []
        for what in ("wall", "cpu"):
            more = samples["idle_many"].median(what) - samples["idle_none"].median(what)
            figures.append(Figure("ms a node", what, more / IDLE_NODES * 1e3, IDLE_MS))
        return Outcome(title(self.idle), samples, figures)

    def scaling(self) -> Outcome:
        """The eight nodes on few and on many wells: the time of one well."""
        few, many = self.settings.few_wells, self.settings.many_wells
        with tempfile.TemporaryDirectory(dir=self.project.parent) as root:
            large = generate(Path(root) / "many", many, self.settings.samples)
            small = part_of(large, Path(root) / "few", few)
            samples = self._measured({
                f"{count} wells": ("mudrock", self._task("net_pay", "full", project))
                for count, project in ((few, small), (many, large))
            })
        figures = []
        for what in ("wall", "cpu"):
            ratio = samples[f"{many} wells"].ratio(samples[f"{few} wells"], what) * few / many
            figures.append(Figure(f"a well of {many} / a well of {few}", what, ratio))
        return Outcome(title(self.scaling), samples, figures)

    def _compare(
        self, kind: Kind, form: Form, targets: Targets | None = None, more: tuple[str, ...] = ()
    ) -> Outcome:
        task = self._task(kind, form)
        name = kind if form == "full" and targets is None else f"{kind}_{form}"
        ours = ("mudrock", *more)
        check_all_agree([*ours, *PEERS], task, self.settings.threads, self.say)
        samples = self._measured({
            variant: (variant, task) for variant in (*ours, *PEERS, "decode_floor")
        })
        figures = list(ratios(samples, "mudrock", targets or {}))
        return Outcome(title(getattr(self, name)), samples, figures)

    def _measured(self, entries: dict[str, tuple[str, Task]]) -> dict[str, Samples]:
        return interleaved(entries, self.settings.rounds, self.settings.threads, self.say)

    def _task(self, kind: Kind, form: Form, project: Path | None = None) -> Task:
        return Task(project or self.project, kind, form, depth_range(self.settings.samples))


SCENARIOS: dict[str, Callable[[Suite], Outcome]] = {
    "net_pay_full": Suite.net_pay_full,
    "net_pay_summary": Suite.net_pay_summary,
    "no_median": Suite.no_median,
    "rows": Suite.rows,
    "edit": Suite.edit,
    "idle": Suite.idle,
    "scaling": Suite.scaling,
}


def title(scenario: Callable[..., Outcome]) -> str:
    """Return what a scenario is, in one line."""
    return (scenario.__doc__ or "").partition("\n")[0]


def run_suite(settings: Settings, names: list[str], say: Say) -> Iterator[tuple[str, Outcome]]:
    """Make the wells, run the scenarios one after the other, and yield what each found."""
    with tempfile.TemporaryDirectory(prefix="mudrock-bench-") as root:
        say("making the wells")
        project = generate(Path(root) / "project", settings.wells, settings.samples)
        suite = Suite(settings, project, say)
        for name in names:
            yield name, SCENARIOS[name](suite)
