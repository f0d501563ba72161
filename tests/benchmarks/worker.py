"""A process that runs one variant on command and measures itself: time, CPU and memory."""

from __future__ import annotations

import gc
import importlib
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

from tests.benchmarks.task import Result, Task, Variant

VARIANTS = {
    "mudrock": "mudrock", "mudrock_engine": "mudrock", "mudrock_filling": "mudrock",
    "mudrock_edited": "mudrock", "idle_none": "mudrock", "idle_many": "mudrock",
    "polars": "peers_polars", "pandas": "peers_pandas", "duckdb": "peers_duckdb",
    "decode_floor": "floor",
}


@dataclass(frozen=True)
class Sample:
    """What one run cost: seconds on the clock, seconds of all threads, most bytes resident."""

    wall: float
    cpu: float
    peak: int


class Worker:
    """A variant, set up in a process of its own that lives until the block ends."""

    def __init__(self, variant: str, task: Task, threads: int) -> None:
        spawn = get_context("spawn")
        self.variant = variant
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(
            target=_serve, args=(theirs, variant, task, threads), name=variant, daemon=True
        )
        self._process.start()
        theirs.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._pipe.send(None)
        self._process.join(timeout=10)
        self._process.kill()

    def measure(self) -> Sample:
        """Run the variant once. Raises `RuntimeError` with its traceback if it fails."""
        sample = self._ask("measure")
        assert isinstance(sample, Sample)
        return sample

    def save(self, folder: Path) -> None:
        """Run the variant once and write what it returns into a folder; see `saved`."""
        self._ask(folder)

    def _ask(self, what: object) -> object:
        self._pipe.send(what)
        try:
            answer = self._pipe.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(
                f"{self.variant} ended with exit code {self._process.exitcode}"
            ) from None
        if isinstance(answer, str):
            raise RuntimeError(f"{self.variant} failed:\n{answer}")
        return answer


def saved(folder: Path) -> Result:
    """Read what a worker saved."""
    import pyarrow as pa

    def read(name: str) -> object:
        path = folder / name
        return pa.ipc.open_stream(path).read_all() if path.exists() else None

    return Result(read("table"), read("summary"))


def prepare(variant: str, task: Task, threads: int) -> Callable[[], Result]:
    """Set a variant up in this process."""
    module = importlib.import_module(f"tests.benchmarks.{VARIANTS[variant]}")
    chosen: Variant = getattr(module, variant)
    return chosen(task, threads)


def _serve(pipe: Connection, variant: str, task: Task, threads: int) -> None:
    import traceback

    os.environ["POLARS_MAX_THREADS"] = str(threads)
    if sys.platform == "linux":  # whatever sizes its pools by itself sees no more than these
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    run: Callable[[], Result] | None = None
    while (command := pipe.recv()) is not None:
        try:
            run = run or prepare(variant, task, threads)
            pipe.send(_measured(run) if command == "measure" else _save(run(), command))
        except BaseException:
            pipe.send(traceback.format_exc())


def _measured(run: Callable[[], Result]) -> Sample:
    gc.collect()
    _forget_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    result = run()
    sample = Sample(time.perf_counter() - wall, time.process_time() - cpu, _peak())
    del result
    return sample


def _forget_peak() -> None:
    with suppress(OSError):  # only Linux can; elsewhere it is the peak since the process started
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _save(result: Result, folder: Path) -> bool:
    import pyarrow as pa

    folder.mkdir(parents=True)
    for name, data in (("table", result.table), ("summary", result.summary)):
        if data is not None:
            table = pa.table(data)
            with pa.ipc.new_stream(folder / name, table.schema) as stream:
                stream.write_table(table)
    return True
