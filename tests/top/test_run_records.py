"""Runs of a project as its handles and the command show them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pandas as pd
import pytest

from mudrock_jupyter.pipeline import Pipeline
from mudrock_jupyter.project import Project
from mudrock_jupyter.spec.errors import InvalidPipeline, NotFound


@pytest.fixture
def pipe(project: Project) -> Any:
    """A pipeline of three nodes."""
    pipe = project.pipeline("porosity.mudrock")
    logs = pipe.add("well_logs", curves=["GR"])
    pipe.add("output", pipe.add("vsh_linear", logs), name="out")
    yield pipe
    pipe.close()


def mudrock(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run([sys.executable, "-m", "mudrock_jupyter.cli", *arguments],
                          capture_output=True, text=True)


def test_a_new_project_has_no_runs(project: Project) -> None:
    runs = project.runs()
    assert runs.empty
    assert runs.index.name == "run_id"


def test_every_run_is_listed_newest_first(project: Project, pipe: Pipeline) -> None:
    first, second = pipe.run(), pipe.run(to="vsh_linear")
    assert first.record is not None
    assert second.record is not None
    pipe.add("vsh_linear", name="loose")
    with pytest.raises(InvalidPipeline):
        pipe.run()
    runs = project.runs()
    assert list(runs["status"]) == ["invalid", "completed", "completed"]
    assert list(runs.index[1:]) == [second.record.run_id, first.record.run_id]
    assert list(runs["pipeline"]) == ["porosity"] * 3 or set(runs["pipeline"]) == {
        "../porosity.mudrock"}
    assert isinstance(runs["started_at"].dtype, pd.DatetimeTZDtype)
    assert project.runs(last=1).index[0] == runs.index[0]
    assert project.run_record(second.record.run_id).to == "vsh_linear"
    assert project.run_record(first.record.run_id) == first.record
    with pytest.raises(NotFound):
        project.run_record("nothing")


def test_a_run_tells_where_its_columns_come_from(pipe: Pipeline) -> None:
    run = pipe.run()
    assert run.lineage().of(pipe.node("out"), "VSH").curves == ["GR"]
    assert "<svg" in run.lineage()._repr_html_()


def test_the_editors_run_leaves_a_record(project: Project, pipe: Pipeline) -> None:
    import threading

    ended = threading.Event()
    run_id = pipe.runner.start(pipe.wells, None, lambda *_: ended.set())
    assert ended.wait(60)
    assert project.run_record(run_id).status == "completed"


def test_the_command_records_and_lists_runs(project: Project, pipe: Pipeline) -> None:
    path, root = str(pipe.path), str(project.path)
    assert mudrock("run", path, "--project", root, "--set", "vsh_linear.gr_clean=30") \
        .returncode == 0
    assert mudrock("run", path, "--project", root, "--set", "vsh_linear.gr_cleen=30") \
        .returncode == 2
    listed = mudrock("runs", root, "--json")
    assert listed.returncode == 0, listed.stderr
    rows = json.loads(listed.stdout)
    assert [row["status"] for row in rows] == ["invalid", "completed"]
    record = project.run_record(rows[1]["run_id"])
    assert record.nodes[1].parameters["gr_clean"] == 30
    assert record.pipeline.path == "../porosity.mudrock"
    assert len(json.loads(mudrock("runs", root, "--last", "1", "--json").stdout)) == 1
    assert "invalid" in mudrock("runs", root).stdout


def test_the_command_lists_the_rest_beside_a_damaged_record(
    project: Project, pipe: Pipeline
) -> None:
    pipe.run()
    (project.path / "runs" / "20200101T000000000Z-abcd.json").write_text("{")
    listed = mudrock("runs", str(project.path), "--json")
    rows = json.loads(listed.stdout)
    assert [row["status"] for row in rows] == ["completed", "damaged"]
    assert "is damaged" in rows[1]["message"]
    assert listed.returncode == 0
