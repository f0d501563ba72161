"""Interrupting a cell of a real kernel: the cell ends while the kernel of a node still runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from mudrock_jupyter.project import Project

OPERATOR = """
import pathlib, time
import mudrock_jupyter as mr
@mr.operator("test_endless", family="test", kind="well",
             inputs={"gr": mr.Curve("GR", unit="gAPI")},
             outputs={"same": mr.Curve("SAME", unit="gAPI")})
def endless(gr):
    pathlib.Path("begun").touch()
    while not pathlib.Path("go on").exists():
        {wait}
    pathlib.Path("ended").touch()
    return gr
pipe = mr.Project("north-sea").pipeline("endless.mudrock")
node = pipe.add(endless.id, pipe.add("well_logs", curves=["GR"]))
pipe.add("output_csv", node, path="result.csv")
"""


@pytest.fixture
def kernel(project: Project) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """A kernel beside the project."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(Path.cwd()))
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(60)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("wait", ["time.sleep(0.01)", "sum(range(1000))"])
def test_a_cell_ends_before_what_it_ran(
    kernel: tuple[KernelManager, BlockingKernelClient], wait: str
) -> None:
    manager, client = kernel
    assert client.execute_interactive(OPERATOR.replace("{wait}", wait), timeout=60)["content"][
        "status"] == "ok"
    cell = client.execute("pipe.run()")
    until(Path("begun").exists)
    sent = time.perf_counter()
    manager.interrupt_kernel()
    reply = reply_to(client, cell)
    print(f"The cell ended {(time.perf_counter() - sent) * 1e3:.0f} ms after its interrupt.")
    assert not Path("ended").exists()
    assert reply["ename"] == "Interrupted"
    assert reply["traceback"] == ["Interrupted: The run was stopped."]
    Path("go on").touch()
    until(Path("ended").exists)
    again = client.execute("assert pipe.run().status == 'completed'")
    assert reply_to(client, again)["status"] == "ok"
    assert Path("result.csv").exists()
    assert not list(Path.cwd().glob("*.tmp"))


def until(reached: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def reply_to(client: BlockingKernelClient, message: str) -> dict[str, object]:
    """Return what a cell ended with."""
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == message:
            content: dict[str, object] = reply["content"]
            return content
