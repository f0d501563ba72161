"""Running a document: what a run owes to its caller whatever becomes of the file meanwhile."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import mudrock_jupyter as mr
from mudrock_jupyter.documents import graph
from mudrock_jupyter.pipeline import Pipeline
from mudrock_jupyter.project import Project
from mudrock_jupyter.publishing import claim
from mudrock_jupyter.spec.errors import Interrupted, NotFound

OPERATOR = "test_breaks_its_own_file"


@pytest.fixture
def pipe(project: Project) -> Iterator[Pipeline]:
    """A pipeline whose only operator makes its file unreadable while it runs."""
    pipe = project.pipeline("fragile.mudrock")

    @mr.operator(
        OPERATOR,
        family="test",
        kind="well",
        inputs={"gr": mr.Curve("GR", unit="gAPI")},
        outputs={"same": mr.Curve("SAME", unit="gAPI")},
    )
    def breaks(gr: Any) -> Any:
        pipe.path.write_text("{oops")
        return gr

    logs = pipe.add("well_logs", curves=["GR"])
    pipe.add(breaks.id, logs, name="broken")
    yield pipe
    pipe.close()


def test_a_run_is_handed_back_though_its_status_cannot_be_written(
    pipe: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    good, broken = pipe.path.read_text(), pipe.node("broken").id
    run = pipe.run()
    assert run.status == "completed"
    assert len(run["broken"]) == 1200
    assert len(pipe.host.output(broken)) == 1200
    assert pipe.path.read_text() == "{oops"
    assert "could not be told" in caplog.text
    pipe.path.write_text(good)
    assert pipe.run().status == "completed"


class Waiting:
    """An operator that waits in each call while it is told to."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

        @mr.operator(
            "test_waiting",
            family="test",
            kind="well",
            inputs={"gr": mr.Curve("GR", unit="gAPI")},
            outputs={"waiting": mr.Curve("WAITING", unit="gAPI")},
        )
        def waiting(gr: Any) -> Any:
            self.begun.set()
            assert self.go_on.wait(30)
            return gr


@pytest.fixture
def waiting() -> Waiting:
    """The operator `test_waiting`."""
    return Waiting()


@pytest.fixture
def chain(project: Project, waiting: Waiting) -> Iterator[Pipeline]:
    """Logs, then the waiting operator, then a row operator."""
    pipe = project.pipeline("chain.mudrock")
    logs = pipe.add("well_logs", curves=["GR"], name="logs")
    node = pipe.add("test_waiting", logs, name="waiting")
    pipe.add("vsh_linear", node, name="vsh", gr_clean=20, gr_shale=120)
    yield pipe
    waiting.go_on.set()
    pipe.close()


def test_again_computes_a_node_and_what_depends_on_it(project: Project) -> None:
    pipe = project.pipeline("again.mudrock")
    logs = pipe.add("well_logs", curves=["GR"], name="logs")
    smooth = pipe.add("sig_median", logs, name="smooth", curves=["GR"], window=5)
    pipe.add("vsh_linear", smooth, name="vsh", gr_clean=20, gr_shale=120)

    def computed(**options: Any) -> set[str]:
        run = pipe.run(**options)
        return {run.names[node] for node, status in run.statuses.items() if not status.cached}

    assert computed() == {"logs", "smooth", "vsh"}
    assert computed() == set()
    assert computed(again=smooth) == {"smooth", "vsh"}
    assert computed(again=["vsh"]) == {"vsh"}
    assert computed(to="smooth", again="logs") == {"logs", "smooth"}
    assert computed() == set()
    with pytest.raises(NotFound, match=r"no node 'vhs'.*Did you mean 'vsh'"):
        pipe.run(again="vhs")
    pipe.close()


def test_an_interrupt_waits_for_nothing_that_runs(chain: Pipeline, waiting: Waiting) -> None:
    waiting.go_on.clear()  # until the run has been left

    def interrupt() -> None:
        waiting.begun.wait(30)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(Interrupted) as caught:
        chain.run()
    assert not waiting.go_on.is_set()
    assert caught.value._render_traceback_() == ["Interrupted: The run was stopped."]
    thread.join()
    statuses = run_statuses(chain, "stopped")
    assert "running" not in statuses.values()
    waiting.go_on.set()
    assert chain.run().status == "completed"
    assert set(run_statuses(chain, "completed").values()) == {"completed"}


def run_statuses(pipe: Pipeline, of_all: str) -> dict[str, str]:
    """Return the statuses in the document, once that of the whole run is `of_all`."""
    for _ in range(500):
        shown: Any = pipe.peer.run_status()
        if shown["pipeline"]["status"] == of_all:
            return {key: each["status"] for key, each in shown.items()}
        time.sleep(0.01)
    raise AssertionError(shown)


def test_the_document_belongs_to_the_run_that_began_last(
    chain: Pipeline, waiting: Waiting
) -> None:
    node = chain.node("waiting").id
    waiting.go_on.clear()
    ended = threading.Event()
    chain.runner.start(chain.wells, None, lambda *_: ended.set())
    assert waiting.begun.wait(30)
    later = {"status": "running", "runId": "of another kernel"}
    chain.peer.call(lambda doc: claim(doc, {**later}))
    assert node not in chain.peer.run_status(), "nobody would tell its end"
    chain.peer.call(lambda doc: graph.set_run_status(doc, node, later))
    waiting.go_on.set()
    assert ended.wait(30)
    assert chain.peer.run_status()["pipeline"] == later
    assert chain.peer.run_status()[node] == later
