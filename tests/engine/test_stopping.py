"""A run stops at once when it is asked to, and says so."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.run import NodeStatus
from mudrock_jupyter.spec.errors import NotFound
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, node, pipeline, samples

LOGS, OUT = node("logs", "well_logs"), node("out", "output")
ROOT = Path(__file__).resolve().parents[2]


def test_stop_between_wells(store: WellStore) -> None:
    for number in range(40):
        add_well(store, f"w{number:02}", samples(number, rows=10))
    plan = compile(pipeline([LOGS, node("slow", "test_picky", pause=0.05), OUT]), store)
    stop = threading.Event()
    told: list[NodeStatus] = []

    def listener(status: NodeStatus) -> None:
        told.append(status)
        if status.node == "slow" and status.status == "running" and status.rows:
            stop.set()

    result = execute(plan, on_status=listener, stop=stop)
    states = {name: status.status for name, status in result.statuses.items()}
    assert result.status == "stopped"
    assert states == {"logs": "stopped", "slow": "stopped", "out": "stopped"}
    with pytest.raises(NotFound, match="'slow' has no output: it is stopped"):
        result["slow"]
    assert {s.node: s.status for s in told} == states


def test_stop_before_the_start(wells: WellStore) -> None:
    stop = threading.Event()
    stop.set()
    result = execute(compile(pipeline([LOGS, OUT]), wells), stop=stop)
    assert result.status == "stopped"
    assert result.outputs == {}


def test_no_threads_are_left(wells: WellStore) -> None:
    execute(compile(pipeline([LOGS, OUT]), wells))
    assert not [t for t in threading.enumerate() if t.name.startswith("mudrock-run")]


SCRIPT = """
    import sys, threading, time
    from pathlib import Path
    from mudrock_jupyter.engine.compile import compile
    from mudrock_jupyter.engine.execute import execute
    from mudrock_jupyter.operators import registry
    from mudrock_jupyter.wells.store import WellStore
    from tests.engine.pipelines import OPERATORS, add_well, node, pipeline, samples

    for each in OPERATORS:
        registry.add(each)
    store = WellStore(Path(sys.argv[1]))
    for number in range(6):
        add_well(store, f"w{number}", samples(number, rows=100_000))
    rows = [node(f"n{n}", "test_vsh", clean=n) for n in range(200)]
    last = {"rows": rows, "kernel": [node("k", "test_picky", pause=0.2)]}[sys.argv[2]]
    plan = compile(pipeline([node("logs", "well_logs"), *last]), store)
    states = {}

    def listener(status):
        states[status.node] = status.status
        if status.node == last[0].id and status.status == "running" and "said" not in states:
            states["said"] = "yes"
            print("running", flush=True)

    try:
        while True:
            execute(plan, on_status=listener)
    except KeyboardInterrupt:
        del states["said"]
        print("interrupted", time.monotonic(), sorted(set(states.values())), flush=True)
"""


@pytest.mark.parametrize("what", ["rows", "kernel"])
def test_an_interrupt_ends_a_run_within_a_quarter_of_a_second(what: str, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(SCRIPT), str(tmp_path), what],
                               stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    with process, process.stdout as lines:
        assert lines.readline() == "running\n"
        time.sleep(0.05)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        word, at, states = lines.readline().strip().split(" ", 2)
    assert word == "interrupted"
    assert float(at) - sent < 0.25
    assert "stopped" in states
    assert "running" not in states
    assert process.returncode == 0


def test_leaving_python_during_a_run_in_the_background_is_quiet(tmp_path: Path) -> None:
    code = textwrap.dedent(SCRIPT).split("try:\n")[0] + textwrap.dedent("""
        threading.Thread(target=execute, args=(plan,), daemon=True).start()
        time.sleep(0.4)
    """)
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path), "rows"],
                          capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
