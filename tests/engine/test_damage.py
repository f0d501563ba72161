"""Damaged files, interrupts and killed processes: the right node is blamed, the rest is right."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mudrock_jupyter.engine.behind import flush
from mudrock_jupyter.engine.cache.store import CacheStore
from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.run import Run
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, edge, node, pipeline, samples

LOGS, OUT = node("logs", "well_logs"), node("out", "output")
ROOT = Path(__file__).resolve().parents[2]
INTERRUPTS = 30


def log_file(wells: WellStore, well: str) -> Path:
    return wells.root / "wells" / well / "logs_composite.parquet"


def _middle(path: Path) -> None:
    content = path.read_bytes()
    third = len(content) // 3
    path.write_bytes(content[:third] + bytes(third) + content[2 * third:])


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _columns(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["GR"]), path)


def _depth(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["DEPTH"]), path)


def _retyped(path: Path) -> None:
    table = pq.read_table(path)
    text = pa.array(["x"] * len(table))
    pq.write_table(table.set_column(table.schema.get_field_index("GR"), "GR", text), path)


def _no_depths(path: Path) -> None:
    table = pq.read_table(path)
    gone = pa.nulls(len(table), pa.float64())
    pq.write_table(table.set_column(0, table.schema.field("DEPTH"), gone), path)


def _denied(path: Path) -> None:
    path.chmod(0)


@pytest.mark.parametrize(("damage", "words"), [
    (_middle, "could not be read"), (_folder, "could not be read"), (Path.unlink, "No such file"),
    (_columns, "has no GR any more"), (_depth, "has no DEPTH any more"),
    (_retyped, "holds text, and held numbers before"), (_no_depths, "samples without a depth"),
    pytest.param(_denied, "Permission denied", marks=pytest.mark.skipif(
        hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")),
])
@pytest.mark.parametrize("depth", [None, [1010, 1050]])
def test_a_file_that_breaks_after_the_plan(
    damage: Any, words: str, depth: list[float] | None, wells: WellStore
) -> None:
    logs = node("logs", "well_logs", depth=depth) if depth else LOGS
    spec = pipeline([logs, node("vsh", "test_vsh"), node("mean", "test_mean", curve="GR"), OUT])
    whole = execute(compile(spec, wells))
    plan = compile(spec, wells)
    damage(log_file(wells, "w2"))
    result = execute(plan)
    assert result.status == "completed"
    assert [(failure.well, failure.node) for failure in result.failures] == [("w2", "logs")]
    assert words in result.failures[0].message
    assert "Import" in result.failures[0].message
    expected = [row for row in whole["out"].to_arrow().to_pylist() if row["well_id"] != "w2"]
    assert result["out"].to_arrow().to_pylist() == expected


def test_files_of_one_grid_that_do_not_fit_any_more(store: WellStore) -> None:
    for well in ("a", "b", "c"):
        add_well(store, well, {"DEPTH": [1.0, 2.0], "GR": [50.0, 60.0]})
        add_well(store, well, {"DEPTH": [1.0, 2.0], "RT": [5.0, 6.0]}, set="run1")
    plan = compile(pipeline([node("logs", "well_logs", curves=["GR", "RT"]), OUT]), store)
    add_well(store, "a", {"DEPTH": [1.0], "RT": [5.0]}, set="run1", replace=True)
    add_well(store, "b", {"DEPTH": [1.0, 3.0], "RT": [5.0, 7.0]}, set="run1", replace=True)
    result = execute(plan)
    assert [failure.well for failure in result.failures] == ["a", "b"]
    assert "have different depths" in result.failures[0].message
    assert result["out"].wells == ["c"]


def test_numbers_too_large_for_a_float_are_rounded(store: WellStore) -> None:
    for well in ("a", "b"):
        add_well(store, well, {"DEPTH": [1.0, 2.0], "GR": [4.0, 5.0]})
    table = pq.read_table(log_file(store, "a"))
    large = pa.array([2**60 + 1, 3])
    pq.write_table(table.set_column(1, table.schema.field(1).with_type(pa.int64()), large),
                   log_file(store, "a"))
    result = execute(compile(pipeline([LOGS, OUT]), store))
    assert result.failures == []
    assert result["out"].to_arrow()["GR"].to_pylist() == [float(2**60), 3.0, 4.0, 5.0]


def test_a_function_that_fails_on_some_wells_is_blamed_through_a_selection(
    wells: WellStore
) -> None:
    most = sorted(np.nanmax(samples(n)["GR"]) for n in range(5))[3]
    spec = pipeline(
        [LOGS, node("first", "test_vsh"), node("fragile", "test_fragile", most=most),
         node("names", "arr_rename", map={"OUT": "CALM"}),
         node("below", "test_vsh", {"gr": "CALM", "vsh": "V2"}),
         node("keep", "test_keep", {"curve": "V2"}), node("beside", "test_vsh", {"vsh": "V3"}),
         OUT],
        [edge("logs", "first"), edge("first", "fragile"), edge("fragile", "names"),
         edge("names", "below"), edge("below", "keep"), edge("keep", "out"),
         edge("first", "beside")])
    result = execute(compile(spec, wells))
    assert len(result.failures) == 1
    assert result.failures[0].node == "fragile"
    assert result.failures[0].message.endswith("ValueError: it is too large.")
    assert len(result["beside"].wells) == 5
    for name in ("fragile", "names", "below", "keep", "out"):
        assert len(result[name].wells) == 4


def test_two_nodes_that_fail_on_different_wells(wells: WellStore) -> None:
    largest = {f"w{n}": float(np.nanmax(samples(n)["GR"])) for n in range(5)}
    ranked = sorted(largest, key=lambda well: largest[well])
    spec = pipeline(
        [LOGS, node("a", "test_fragile", {"out": "A"}, most=largest[ranked[3]]),
         node("b", "test_fragile", {"out": "B"}, most=largest[ranked[2]]),
         node("c", "test_picky", most=largest[ranked[1]])])
    result = execute(compile(spec, wells))
    assert [(f.well, f.node) for f in result.failures] == [
        (ranked[4], "a"), (ranked[3], "b"), (ranked[2], "c")]
    assert result["c"].wells == sorted(ranked[:2])


def test_a_well_without_samples_in_range_reaches_every_node(wells: WellStore) -> None:
    add_well(wells, "deep", samples(3000, rows=10))
    spec = pipeline([node("logs", "well_logs", depth=[1000, 1010]), node("vsh", "test_vsh"),
                     node("keep", "test_keep"), node("mean", "test_mean", curve="GR"),
                     node("v2", "test_vsh", {"vsh": "V2"}), OUT])
    result = execute(compile(spec, wells))
    for name in ("logs", "vsh", "keep", "mean", "v2", "out"):
        assert "deep" in result[name].wells, name
    assert result.failures == []


def test_explaining_when_the_files_are_gone(wells: WellStore, tmp_path: Path) -> None:
    spec = pipeline([node("logs", "well_logs", depth=[1000, 1050]), node("vsh", "test_vsh"),
                     node("mean", "test_mean", curve="GR"), node("count", "test_count"),
                     node("sink", "output_csv", path=str(tmp_path / "x.csv"))])
    result = execute(compile(spec, wells))
    before = result.explain()
    assert result.metrics["sink"].bytes_written == (tmp_path / "x.csv").stat().st_size > 0
    for well in wells.well_ids():
        log_file(wells, well).unlink()
    assert result.explain() == before
    assert "logs (well_logs): 485 rows, 5 wells, " in before
    assert "filter=[DEPTH >= 1000 and DEPTH <= 1050] in m, 5 of 5 row groups, " in before
    assert "Segment 2: mean, from vsh\n" in before
    assert "runs as a kernel, well by well" in before
    assert before.count("runs as one table of all wells") == 2


def test_explaining_an_operator_that_cannot_be_planned_any_more(wells: WellStore) -> None:
    result = execute(compile(pipeline([LOGS, node("n", "test_moody"), OUT]), wells))
    assert result.status == "completed"
    from tests.engine.pipelines import MOOD

    MOOD.append("bad")
    try:
        assert "has no DataFusion plan: not today" in result.explain()
    finally:
        MOOD.clear()


SCRIPT = """
    import sys
    from pathlib import Path
    from mudrock_jupyter.engine.behind import flush
    from mudrock_jupyter.engine.cache.store import CacheStore
    from mudrock_jupyter.engine.compile import compile
    from mudrock_jupyter.engine.execute import execute
    from mudrock_jupyter.engine.formulas.columns import machine
    from mudrock_jupyter.operators import registry
    from mudrock_jupyter.wells.store import WellStore
    from tests.engine.pipelines import OPERATORS
    from tests.engine.test_damage import spec

    for each in OPERATORS:
        registry.add(each)
    root = Path(sys.argv[1])
    wells = WellStore(root / "project")
    machine.wait()
    while True:
        states = {}
        def listener(status):
            states[status.node] = status.status
        try:
            line = sys.stdin.readline().strip()
            if not line:
                break
            cache = CacheStore(root / "cache", 10**9)
            plan = compile(spec(root / "out", int(line)), wells)
            print("go", flush=True)
            result = execute(plan, cache=cache, on_status=listener)
            print("ended", result.status, len(result.failures), flush=True)
        except KeyboardInterrupt:
            print("interrupted", *sorted(set(states.values())), flush=True)
"""


def spec(folder: Path, number: int) -> Any:
    """Every kind of node; another parameter for each number, so that not all is in the cache."""
    return pipeline(
        [LOGS, node("vsh", "test_vsh", clean=number % 3), node("mean", "test_mean", curve="VSH"),
         node("count", "test_count"), node("csv", "output_csv", path=str(folder / "a.csv")),
         node("parquet", "output_parquet", path=str(folder / "a.parquet"))],
        [edge("logs", "vsh"), edge("vsh", "mean"), edge("mean", "count"), edge("mean", "csv"),
         edge("mean", "parquet")])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    store = WellStore(tmp_path / "project")
    for number in range(6):
        add_well(store, f"w{number}", samples(number, rows=10_000))
    (tmp_path / "out").mkdir()
    return tmp_path


def started(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(SCRIPT), str(root)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def ask(process: subprocess.Popen[str], number: int) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{number}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "go\n"


def check_files(root: Path, complete: set[bytes]) -> None:
    """Whatever is there is one of the whole files that some run would have written."""
    for path in (root / "out").iterdir():
        assert path.name in {"a.csv", "a.parquet"}, path.name
        assert path.read_bytes() in complete


def check_runs(root: Path) -> None:
    """The cache that was left gives what no cache gives."""
    wells = WellStore(root / "project")
    for number in range(3):
        plan = compile(spec(root / "check", number), wells)
        (root / "check").mkdir(exist_ok=True)
        kept: Run = execute(plan, cache=CacheStore(root / "cache", 10**9))
        plain = execute(plan)
        assert kept.status == plain.status == "completed"
        for name, output in plain.outputs.items():
            assert kept[name].to_arrow().equals(output.to_arrow(), check_metadata=True)
    assert flush(20)


def whole_files(root: Path) -> set[bytes]:
    """All files that runs with the numbers of `spec` may write."""
    wells, found = WellStore(root / "project"), set()
    folder = root / "whole"
    folder.mkdir()
    for number in range(3):
        execute(compile(spec(folder, number), wells))
        found |= {path.read_bytes() for path in folder.iterdir()}
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_interrupts_at_any_moment(root: Path) -> None:
    dice = random.Random(1)
    complete = whole_files(root)
    interrupted = 0
    with started(root) as process:
        assert process.stdout is not None
        for number in range(INTERRUPTS):
            ask(process, number)
            time.sleep(dice.random() * 0.2)
            sent = time.monotonic()
            process.send_signal(signal.SIGINT)
            word, *states = process.stdout.readline().split()
            if word == "ended":  # before the signal came, which then finds it waiting
                assert states == ["completed", "0"]
                assert process.stdout.readline().startswith("interrupted")
                continue
            interrupted += 1
            assert time.monotonic() - sent < 3.0
            assert set(states) <= {"completed", "stopped"}
    check_files(root, complete)
    check_runs(root)
    assert interrupted


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_process_that_is_killed(root: Path) -> None:
    dice = random.Random(2)
    complete = whole_files(root)
    for number in range(6):
        with started(root) as process:
            ask(process, number)
            time.sleep(dice.random() * 0.3)
            process.kill()
        leftover = [path for path in (root / "out").iterdir() if path.name not in
                    {"a.csv", "a.parquet"}]
        for path in leftover:  # a file in writing has a name of its own, and only that is lost
            assert path.name.startswith("."), path
            path.unlink()
        check_files(root, complete)
    check_runs(root)
