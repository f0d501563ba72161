"""What a person sees of a run while it goes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import nbformat
import pytest
from nbclient import NotebookClient

from mudrock_jupyter.engine.status import NodeStatus, State
from mudrock_jupyter.progress import Progress, progress_html, progress_text, shown
from mudrock_jupyter.project import Project

SLOW = """
import time
import mudrock_jupyter as mr
@mr.operator("test_slow", family="test", kind="well", inputs={"gr": mr.Curve("GR", unit="gAPI")},
             outputs={"slow": mr.Curve("SLOW", unit="gAPI")})
def slow(gr):
    time.sleep(0.8)
    return gr
pipe = mr.Project("north-sea").pipeline("slow.mudrock")
pipe.add(slow.id, pipe.add("well_logs", curves=["GR"]))
"""


@dataclass
class Paper:
    """A surface that keeps all that is drawn on it."""

    drawn: list[str] = field(default_factory=list)
    first: threading.Event = field(default_factory=threading.Event)
    ended: bool = False

    def draw(self, progress: Progress) -> None:
        self.drawn.append(progress_text(progress))
        self.first.set()

    def end(self, progress: Progress) -> None:
        self.ended = True


def status(state: State, wells: int = 0, of_wells: int = 0, rows: int = 0) -> NodeStatus:
    return NodeStatus("k", state, wells=wells, of_wells=of_wells, rows=rows)


def test_a_line_for_each_node_at_work_and_one_for_all() -> None:
    progress = Progress({"k": "despike <1>"})
    progress.hear(status("queued"))
    assert [line.count for line in progress.lines()] == ["0 of 1 nodes"]
    progress.hear(status("running", wells=25, of_wells=100, rows=5_000))
    node, whole = progress.lines()
    assert (node.name, node.count, node.share, whole.share) == (
        "despike <1>", "25 of 100 wells", 0.25, 0.25)
    assert node.rate.endswith("rows/s")
    assert "despike &lt;1&gt;" in progress_html(progress)
    progress.hear(status("completed", wells=100, of_wells=100, rows=20_000))
    assert [line.count for line in progress.lines()] == ["1 of 1 nodes"]
    assert progress.last_words().startswith("1 node over 100 wells: completed in ")


def test_a_short_run_draws_nothing_and_a_long_one_until_its_end() -> None:
    paper = Paper()
    with shown({}, True, paper) as progress:
        progress.hear(status("queued"))
    assert (paper.drawn, paper.ended) == ([], False)
    with shown({"k": "k"}, True, paper) as progress:
        progress.hear(status("queued"))
        assert paper.first.wait(10)
    assert paper.ended
    with shown({}, False, paper) as progress:
        progress.hear(status("queued"))


@pytest.mark.parametrize(("call", "outputs"), [("pipe.run()", 1), ("pipe.run(progress=False)", 0)])
def test_a_notebook_keeps_one_line(project: Project, call: str, outputs: int) -> None:
    cells = [nbformat.v4.new_code_cell(text)  # type: ignore[no-untyped-call]
             for text in (SLOW, f"run = {call}")]
    notebook = nbformat.v4.new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    kept = notebook.cells[1].outputs
    assert len(kept) == outputs
    for output in kept:
        assert output.data["text/plain"].startswith("2 nodes over 3 wells: completed in ")
