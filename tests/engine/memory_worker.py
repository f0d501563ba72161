"""A process that runs a pipeline whose result is larger than it may hold, and watches itself."""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.run import Run
from mudrock_jupyter.operators import registry
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, node, pipeline

CURVES = ("GR", "RHOB", "RT", "NPHI", "DTC")


def write_wells(store: WellStore, wells: int, rows: int) -> None:
    """Write wells of five curves, each shifted against the one before."""
    random = np.random.default_rng(1)
    curves = {"GR": random.uniform(10, 140, rows), "RHOB": random.uniform(2.0, 2.7, rows),
              "RT": random.uniform(0.5, 100, rows), "NPHI": random.uniform(0, 0.4, rows),
              "DTC": random.uniform(60, 140, rows)}
    depth = 1000.0 + np.arange(rows) * 0.1
    for well in range(wells):
        shifted = {name: np.roll(values, well) for name, values in curves.items()}
        add_well(store, f"w{well:03}", {"DEPTH": depth, **shifted})


def run_it(store: WellStore, folder: Path, limit: int) -> Run:
    """Run twelve columns into a Parquet and a CSV file."""
    nodes = [
        node("logs", "well_logs", curves=list(CURVES)),
        node("vsh", "vsh_larionov_tertiary"),
        node("phi", "phi_density"),
        node("sw", "sw_archie", {"phi": "PHID"}),
        node("mean", "sig_moving_average", curves=["VSH", "PHID", "SW"], window=11),
        node("some", "arr_filter", expr="RT > 1"),
        node("parquet", "output_parquet", path=str(folder / "result.parquet")),
    ]
    return execute(compile(pipeline(nodes), store), memory_bytes=limit)


def anonymous() -> int:
    """Return how much memory of this process is in no file."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise OSError("no RssAnon")


class Watch(threading.Thread):
    """The most anonymous memory while it runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self.over = 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.005):
            self.most = max(self.most, anonymous())


def main(folder: Path, wells: int, rows: int, limit: int) -> dict[str, object]:
    """Warm up on one short well, then run over all; return what was found."""
    registry.all_operators()
    first, store = WellStore(folder / "first"), WellStore(folder / "all")
    write_wells(first, 1, 1000)
    run_it(first, folder, limit)
    write_wells(store, wells, rows)
    pa.default_memory_pool().release_unused()
    before = anonymous()
    watch = Watch()
    watch.start()
    started = time.perf_counter()
    run = run_it(store, folder, limit)
    seconds = time.perf_counter() - started
    ran = watch.most
    output = run["some"]
    sums = dict.fromkeys(("DEPTH", "VSH", "SW"), 0.0)
    read = 0
    for batch in output.batches():
        read += batch.num_rows
        for name in sums:
            sums[name] += float(np.nansum(batch[name]))
    output.to_csv(folder / "result.csv")
    watch.over.set()
    with suppress(AttributeError):
        pa.default_memory_pool().release_unused()
    return {
        "status": run.status, "before": before, "most_in_run": ran, "most": watch.most,
        "seconds": seconds, "held": run.peak_bytes, "rows": len(output), "read": read,
        "sums": sums, "columns": len(output.columns),
        "result_bytes": sum(t.nbytes for t in output._tables.values()),
    }


if __name__ == "__main__":
    folder, *numbers = sys.argv[1:]
    print(json.dumps(main(Path(folder), *map(int, numbers))))
