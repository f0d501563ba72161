"""The decode floor: reading the columns that are worked on, and nothing more."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks.recipe import CURVES
from tests.benchmarks.task import Result, Task


def decode_floor(task: Task, threads: int) -> Callable[[], Result]:
    """Read the columns of every well in threads; what comes back is no pipeline's result."""
    files = list(task.files().values())

    def run() -> Result:
        with ThreadPoolExecutor(threads) as pool:
            return Result(pa.concat_tables(pool.map(_read, files)))

    return run


def _read(path: Path) -> pa.Table:
    with pq.ParquetFile(path, memory_map=True) as file:
        return file.read(columns=["DEPTH", *CURVES], use_threads=False)
