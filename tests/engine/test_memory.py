"""What a run holds in memory, and what becomes of the rest."""

from __future__ import annotations

import errno
import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.limits import memory_limit
from mudrock_jupyter.engine.results import Memory, Results
from mudrock_jupyter.engine.spill import NoRoom, Spill
from mudrock_jupyter.spec.errors import InvalidInput, WriteFailed
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, node, pipeline, samples

MB = 10**6
FULL = os.environ.get("MUDROCK_FULL_SIZE") == "1"
WELLS, ROWS, LIMIT = (60, 400_000, 1000 * MB) if FULL else (24, 100_000, 100 * MB)
# The wells at work in two threads: decoded columns, what DataFusion and kernels make of them.
SLACK = 300 * MB if FULL else 150 * MB

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads Linux's /proc")


def numbers(rows: int, value: float = 1.0) -> pa.Table:
    return pa.table({"GR": np.full(rows, value)})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "spilled"
    made.mkdir()
    return made


@pytest.mark.timeout(600)
def test_a_result_larger_than_the_limit_stays_below_it(tmp_path: Path) -> None:
    arguments = map(str, [tmp_path, WELLS, ROWS, LIMIT])
    done = subprocess.run([sys.executable, "-m", "tests.engine.memory_worker", *arguments],
                          capture_output=True, text=True, check=False,
                          env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["status"] == "completed"
    assert found["result_bytes"] > 2 * LIMIT
    assert found["held"] <= LIMIT
    assert found["most"] <= found["before"] + LIMIT + SLACK, found
    assert found["read"] == found["rows"] == pq.read_metadata(tmp_path / "result.parquet").num_rows
    # What came by way of files is what was computed: one well by hand, and all columns' sums.
    columns = pq.read_table(tmp_path / "result.parquet", columns=list(found["sums"]))
    for name, total in found["sums"].items():
        assert pc.sum(columns[name]).as_py() == pytest.approx(total, rel=1e-9)
    check_well(tmp_path / "result.parquet", 3)
    with (tmp_path / "result.csv").open("rb") as file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(2**24), b""))
    assert lines == found["rows"] + 1
    assert not list(tmp_path.glob("mudrock-*"))
    for path in tmp_path.iterdir():  # pytest would keep them, gigabytes for three sessions
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def check_well(path: Path, well: int) -> None:
    """Compute one well with numpy and compare."""
    random = np.random.default_rng(1)
    gr = np.roll(random.uniform(10, 140, ROWS), well)
    rhob = np.roll(random.uniform(2.0, 2.7, ROWS), well)
    rt = np.roll(random.uniform(0.5, 100, ROWS), well)
    table = pq.read_table(path, filters=[("well_id", "==", f"w{well:03}")])
    assert np.array_equal(table["RHOB"].to_numpy(), rhob[rt > 1])
    index = np.clip((gr - 20) / 100, 0, 1)
    expected = 0.083 * (2 ** (3.7 * index) - 1)
    assert np.allclose(table["VSH"].to_numpy(), np.clip(expected, 0, 1)[rt > 1], atol=1e-9)


def test_what_a_run_has_made_counts_until_nobody_holds_it(wells: WellStore) -> None:
    memory = Memory()
    held = Results(MB, memory=memory).keep(numbers(50_000))
    assert memory.held == 400_000
    later = Results(MB, memory=memory)
    assert later.left == MB - 400_000
    kept = later.keep(numbers(100_000, 2.0))
    assert memory.held == 400_000
    assert kept["GR"][-1].as_py() == 2.0
    del held
    gc.collect()
    assert memory.held == 0


def test_a_second_run_has_what_the_first_one_left(wells: WellStore) -> None:
    spec = pipeline([node("logs", "well_logs"), node("vsh", "test_vsh"), node("out", "output")])
    plan = compile(spec, wells)
    first = execute(plan)
    again = execute(plan, earlier=first.made, memory_bytes=0)
    assert again.peak_bytes == 0
    assert again["vsh"].to_arrow().equals(first["vsh"].to_arrow())


def test_filtered_columns_are_kept_once(wells: WellStore) -> None:
    nodes = [node("logs", "well_logs"), node("vsh", "test_vsh"),
             node("some", "arr_filter", expr="GR > 0"), node("ratio", "test_ratio"),
             node("out", "output")]
    run = execute(compile(pipeline(nodes), wells))
    above = run["some"].to_arrow().column("RHOB").chunk(0).buffers()[1]
    below = run["ratio"].to_arrow().column("RHOB").chunk(0).buffers()[1]
    assert above.address == below.address


def test_thousands_of_tables_take_few_mappings_and_descriptors(folder: Path) -> None:
    spill = Spill(folder)
    before = len(os.listdir("/proc/self/fd"))
    tables = [spill.moved(numbers(10, float(n))) for n in range(10_000)]
    assert len(os.listdir("/proc/self/fd")) <= before + 1
    assert mappings(folder) == 1
    assert all(table["GR"][9].as_py() == n for n, table in enumerate(tables))
    assert not list(folder.iterdir())
    del spill, tables
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before
    assert mappings(folder) == 0


def mappings(folder: Path) -> int:
    return Path("/proc/self/maps").read_text().count(f"{folder}/")


def test_a_full_disk_ends_the_run_and_leaves_nothing(
    wells: WellStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("test_vsh", "test_mean"):
        chosen = {"curves": ["GR"]} if kind == "test_mean" else {}
        nodes = [node("logs", "well_logs"), node("made", kind, **chosen), node("out", "output")]
        with monkeypatch.context() as patch:
            patch.setenv("TMPDIR", str(folder))
            patch.setattr(os, "write", no_room)
            with pytest.raises(WriteFailed, match=rf"{folder} has no room.*MUDROCK_MEMORY_LIMIT"):
                execute(compile(pipeline(nodes), wells), memory_bytes=0)
        assert not list(folder.iterdir())


def no_room(*arguments: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_not_the_fault_of_a_well(folder: Path) -> None:
    """A file system of our own would need root; a limit on the size of files is as real."""
    script = (
        "import resource, signal, sys, pyarrow as pa, numpy as np\n"
        "from pathlib import Path\n"
        "from mudrock_jupyter.engine.spill import Spill\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "Spill(Path(sys.argv[1])).moved(pa.table({'GR': np.zeros(10_000)}))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True,
                          text=True, check=False)
    assert "NoRoom: A result did not fit in memory" in done.stderr
    assert not list(folder.iterdir())
    assert issubclass(NoRoom, WriteFailed)


def test_a_killed_process_leaves_no_file(folder: Path) -> None:
    script = (
        "import sys, time, pyarrow as pa, numpy as np\n"
        "from pathlib import Path\n"
        "from mudrock_jupyter.engine.spill import Spill\n"
        "spill = Spill(Path(sys.argv[1]))\n"
        "kept = [spill.moved(pa.table({'GR': np.zeros(100_000)})) for _ in range(20)]\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(folder)],
                          stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)
    assert not list(folder.iterdir())


def test_the_limit_is_written_as_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUDROCK_MEMORY_LIMIT", "1.5 GB")
    assert memory_limit() == 1_500_000_000
    monkeypatch.setenv("MUDROCK_MEMORY_LIMIT", "much")
    with pytest.raises(InvalidInput, match="MUDROCK_MEMORY_LIMIT is 'much', which is no size"):
        memory_limit()


def test_wells_of_a_stopped_run_do_not_stay_counted(store: WellStore) -> None:
    add_well(store, "w", samples(1, rows=1000))
    from mudrock_jupyter.engine import results

    gc.collect()
    before = results._memory.held
    run = execute(compile(pipeline([node("logs", "well_logs"), node("out", "output")]), store))
    assert results._memory.held > before
    del run
    deadline = time.monotonic() + 5  # the writer behind the cache may hold it a moment longer
    while results._memory.held > before and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert results._memory.held <= before


def test_nothing_of_a_run_stays_when_it_is_dropped(store: WellStore) -> None:
    for well in range(4):
        add_well(store, f"w{well}", samples(well, rows=10_000))
    nodes = [node("logs", "well_logs"), node("vsh", "test_vsh"), node("ratio", "test_ratio"),
             node("out", "output")]
    plan = compile(pipeline(nodes), store)
    execute(plan)
    gc.collect()
    before = pa.total_allocated_bytes()
    execute(plan)
    gc.collect()
    assert pa.total_allocated_bytes() == before
