"""Running a document: what a run owes to its caller whatever becomes of the file meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import mudrock_jupyter as mr
from mudrock_jupyter.pipeline import Pipeline
from mudrock_jupyter.project import Project

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
