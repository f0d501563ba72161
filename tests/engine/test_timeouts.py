"""A node that takes longer than it may fails; what does not depend on it goes on."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mudrock_jupyter.engine.cache.store import CacheStore
from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.costs import Costs
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.run import Run
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, edge, node, pipeline, samples

LOGS, OUT, FINE = node("logs", "well_logs"), node("out", "output"), node("fine", "output")
ROOT = Path(__file__).resolve().parents[2]


def limited(seconds: float, id: str, operator_id: str, **parameters: Any) -> NodeSpec:
    return node(id, operator_id, **parameters).model_copy(update={"timeout_seconds": seconds})


def run(nodes: list[NodeSpec], edges: list[EdgeSpec], wells: WellStore, **more: Any) -> Run:
    return execute(compile(pipeline(nodes, edges), wells), **more)


def states(result: Run) -> dict[str, str]:
    return {name: status.status for name, status in result.statuses.items()}


def beside(slow: NodeSpec, below: NodeSpec = OUT) -> tuple[list[NodeSpec], list[EdgeSpec]]:
    """A slow node with one below it, and a branch that has nothing to do with it."""
    return [LOGS, slow, below, node("vsh", "test_vsh"), FINE], [
        edge("logs", slow.id), edge(slow.id, below.id), edge("logs", "vsh"), edge("vsh", "fine")]


@pytest.mark.parametrize("slow", [
    limited(0.1, "slow", "test_picky", pause=0.08),
    limited(0.1, "slow", "test_picky", pause=20.0),
    limited(0.1, "slow", "test_dozing", pause=20.0),
    limited(0.1, "slow", "test_slow_table", pause=20.0),
], ids=["kernel-many-short", "kernel-stuck", "row", "table"])
def test_a_node_that_takes_too_long(slow: NodeSpec, wells: WellStore) -> None:
    started = time.monotonic()
    result = run(*beside(slow), wells)
    assert time.monotonic() - started < 10
    assert result.status == "failed"
    assert states(result) == {"logs": "completed", "slow": "failed", "out": "skipped",
                              "vsh": "completed", "fine": "completed"}
    assert result.statuses["slow"].message == (
        "'slow' took longer than the 0.1 s it may take. Give it more time in its settings, or "
        "fewer wells.")
    assert result.statuses["out"].message == "Skipped, because 'slow' did not finish."
    assert [(f.well, f.node) for f in result.failures] == [("", "slow")]
    expected = np.concatenate([(samples(n)["GR"] - 20) / 100 for n in range(5)])
    made = result["fine"].to_arrow()["VSH"].to_pandas().to_numpy(dtype=float)
    np.testing.assert_array_equal(made, expected)


def test_enough_time_is_enough(wells: WellStore) -> None:
    result = run(*beside(limited(30, "slow", "test_picky", pause=0.01)), wells)
    assert result.status == "completed"


def test_what_others_take_in_the_same_plan_is_not_its_time(wells: WellStore) -> None:
    """Row operators run in one plan, and a source is read in the thread that computes them."""
    nodes = [limited(3.5, "logs", "well_logs"), node("doze", "test_dozing", pause=1.5),
             limited(3.5, "quick", "test_vsh"), limited(3.5, "fine", "output")]
    result = execute(compile(pipeline(nodes), wells), threads=2)
    assert (result.status, result.failures) == ("completed", [])
    doze = result.metrics["doze"]
    assert doze.together == ("doze",)
    assert doze.wall_ms > 7000
    assert result.metrics["logs"].wall_ms < 3500


def test_threads_at_once_take_no_longer_than_one() -> None:
    costs = Costs({"a": 1.7})

    def work() -> None:
        with costs.of(["a"]):
            time.sleep(0.5)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert costs["a"].wall > 1.9
    assert 0.5 <= costs["a"].elapsed < 1.5
    assert costs.look() == {}
    assert costs.late == frozenset()


def test_threads_that_come_back_late_disturb_nothing(store: WellStore) -> None:
    """A thread that was left behind must neither take new work nor end the others."""
    for number in range(40):
        add_well(store, f"w{number:02}", samples(number, rows=20))
    nodes, edges = beside(limited(0.05, "slow", "test_picky", pause=0.6))
    nodes.append(node("busy", "test_picky", pause=0.05))
    edges.append(edge("logs", "busy"))
    for threads in (1, 2, 5):
        result = run(nodes, edges, store, threads=threads)
        assert states(result) == {"logs": "completed", "slow": "failed", "out": "skipped",
                                  "vsh": "completed", "fine": "completed", "busy": "completed"}
        assert len(result["busy"].wells) == 40


def test_a_source_that_takes_too_long(wells: WellStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from mudrock_jupyter.engine.scan import read_well

    def slowly(scan: Any) -> Any:
        time.sleep(0.2)
        return read_well(scan)

    monkeypatch.setattr("mudrock_jupyter.engine.fused_segment.read_well", slowly)
    logs = LOGS.model_copy(update={"timeout_seconds": 0.1})
    result = execute(compile(pipeline([logs, node("vsh", "test_vsh"), OUT]), wells))
    assert states(result) == {"logs": "failed", "vsh": "skipped", "out": "skipped"}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_that_takes_too_long_is_not_there(
    kind: str, wells: WellStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mudrock_jupyter.operators.batches import watched

    def slowly(table: Any, unless_stopped: Any) -> Any:
        def pausing() -> None:
            time.sleep(0.2)
            unless_stopped()
        return watched(table, pausing)

    monkeypatch.setattr("mudrock_jupyter.operators.sinks.watched", slowly)
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / f"out.{kind}"
    path.write_text("the old one")
    sink = limited(0.05, "sink", f"output_{kind}", path=str(path))
    result = run([LOGS, sink, FINE], [edge("logs", "sink"), edge("logs", "fine")], wells)
    assert states(result) == {"logs": "completed", "sink": "failed", "fine": "completed"}
    time.sleep(0.5)
    assert path.read_text() == "the old one"
    assert [each.name for each in folder.iterdir()] == [path.name]


def test_what_was_late_is_not_cached(wells: WellStore, tmp_path: Path) -> None:
    cache = CacheStore(tmp_path / "cache", 10**9)
    nodes, edges = beside(limited(0.1, "slow", "test_picky", pause=0.08))
    assert run(nodes, edges, wells, cache=cache).status == "failed"
    nodes[1] = limited(60, "slow", "test_picky", pause=0.08)
    result = run(nodes, edges, wells, cache=cache)
    assert result.status == "completed"
    assert len(result["out"]) == 1000


def test_stop_does_not_wait_for_a_kernel(wells: WellStore) -> None:
    stop = threading.Event()
    plan = compile(pipeline([LOGS, node("slow", "test_picky", pause=5.0), OUT]), wells)
    threading.Timer(0.3, stop.set).start()
    started = time.monotonic()
    result = execute(plan, stop=stop)
    assert time.monotonic() - started < 3  # of 5 s
    assert result.status == "stopped"


SCRIPT = """
    import sys, time
    from pathlib import Path
    from mudrock_jupyter.engine.compile import compile
    from mudrock_jupyter.engine.execute import execute
    from mudrock_jupyter.operators import registry
    from mudrock_jupyter.wells.store import WellStore
    from tests.engine.pipelines import OPERATORS, add_well, node, pipeline, samples

    for each in OPERATORS:
        registry.add(each)
    store = WellStore(Path(sys.argv[1]))
    for number in range(3):
        add_well(store, f"w{number}", samples(number, rows=100))
    slow = node("slow", sys.argv[2], pause=60.0).model_copy(update={"timeout_seconds": 0.2})
    result = execute(compile(pipeline([node("logs", "well_logs"), slow]), store))
    print(result.status, time.time(), flush=True)
"""


@pytest.mark.parametrize("operator", ["test_picky", "test_dozing", "test_slow_table"])
def test_python_ends_though_a_kernel_never_does(operator: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(SCRIPT), str(tmp_path), operator],
                          capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    ended = time.time()
    status, at = done.stdout.split()
    assert (status, done.returncode, done.stderr) == ("failed", 0, "")
    assert ended - float(at) < 20  # of 60 s
