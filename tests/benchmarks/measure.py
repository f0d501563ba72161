"""Measuring variants side by side: A B C, A B C, ... each in a process that stays warm."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.agreement import check_same
from tests.benchmarks.task import Task
from tests.benchmarks.worker import Sample, Worker, saved

Say = Callable[[str], None]


@dataclass(frozen=True)
class Samples:
    """All the runs of one variant, one in each round."""

    runs: Sequence[Sample]

    def values(self, what: str) -> list[float]:
        """Return the `wall`, `cpu` or `peak` of each run."""
        return [float(getattr(run, what)) for run in self.runs]

    def median(self, what: str) -> float:
        """Return the middle one of the runs."""
        return median(self.values(what))

    def ratio(self, other: Samples, what: str) -> float:
        """Return the median over the rounds of ours divided by theirs in the same round."""
        pairs = zip(self.values(what), other.values(what), strict=True)
        return median(ours / theirs for ours, theirs in pairs)


def interleaved(
    entries: Mapping[str, tuple[str, Task]], rounds: int, threads: int, say: Say
) -> dict[str, Samples]:
    """Run every variant once in each round, after a round to warm up.

    `entries` has the name of the variant, and its task, by label.
    """
    found: dict[str, list[Sample]] = {label: [] for label in entries}
    with ExitStack() as stack:
        workers = {
            label: stack.enter_context(Worker(variant, task, threads))
            for label, (variant, task) in entries.items()
        }
        for number in range(rounds + 1):
            for label, worker in workers.items():
                say(f"round {number} of {rounds}, {label}")
                sample = worker.measure()
                if number:
                    found[label].append(sample)
    return {label: Samples(runs) for label, runs in found.items()}


def check_all_agree(variants: Sequence[str], task: Task, threads: int, say: Say) -> None:
    """Raise `AssertionError` unless all variants return the same numbers.

    They run in processes of their own, so that those that are measured later are not the larger
    for it.
    """
    with tempfile.TemporaryDirectory() as folder:
        for variant in variants:
            say(f"does {variant} agree?")
            with Worker(variant, task, threads) as worker:
                worker.save(Path(folder) / variant)
        first, *others = variants
        for variant in others:
            check_same(saved(Path(folder) / first), saved(Path(folder) / variant), task, variant)
