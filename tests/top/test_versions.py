"""Versions of a pipeline, from a notebook cell and from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mudrock_jupyter.documents.versions import FOLDER
from mudrock_jupyter.pipeline import Pipeline
from mudrock_jupyter.project import Project
from mudrock_jupyter.spec.errors import InvalidInput, InvalidPipeline, NotFound
from tests.top.test_cli import mudrock


@pytest.fixture
def pipe(project: Project) -> Iterator[Pipeline]:
    pipe = project.pipeline("porosity.mudrock")
    logs = pipe.add("well_logs", name="logs", curves=["GR", "RHOB"])
    pipe.add("phi_density", logs, name="phi", rho_ma=2.65)
    yield pipe
    pipe.close()


def kinds(pipe: Pipeline) -> list[str]:
    return list(pipe.versions()["kind"])


def test_a_version_is_saved_listed_and_compared(pipe: Pipeline) -> None:
    assert len(pipe.versions()) == 0
    version = pipe.save_version("first")
    pipe.add("phi_density", "logs", name="phi", rho_ma=2.71)
    pipe.add("output", "phi")
    frame = pipe.versions()
    assert list(frame.index) == [version.id]
    assert frame.loc[version.id, "name"] == "first"
    assert frame["created_at"].dt.tz is not None
    assert pipe.version("first").nodes == pipe.version(version).nodes
    assert pipe.version("first").node_named("phi").parameters == {"rho_ma": 2.65}  # type: ignore[union-attr]
    comparison = pipe.compare("first")
    assert comparison.words == [
        "added Output", "rho_ma of phi 2.65 -> 2.71", "connected phi to output"
    ]
    assert repr(comparison).splitlines() == [
        f"From {version} to now:", *(f"- {phrase}" for phrase in comparison.words)
    ]
    assert "<li>rho_ma of phi 2.65 -&gt; 2.71</li>" in comparison._repr_html_()
    assert not pipe.compare("first", version)
    assert repr(pipe.compare("first", "first")).endswith("nothing changed")


def test_names_that_are_wrong_are_said(pipe: Pipeline) -> None:
    pipe.save_version("first")
    with pytest.raises(NotFound, match="Did you mean 'first'"):
        pipe.restore("frist")
    with pytest.raises(InvalidInput, match="needs a name"):
        pipe.save_version(" ")


def test_restoring_is_one_step_of_undo_and_keeps_what_was_before(pipe: Pipeline) -> None:
    version = pipe.save_version("first")
    before = pipe.peer.tree()
    pipe.remove("phi")
    pipe.add("output", "logs")
    later = pipe.peer.tree()
    pipe.restore("first")
    assert pipe.peer.tree() == before
    assert kinds(pipe) == ["automatic", "named"]
    kept = pipe.versions().iloc[0]
    assert kept["reason"].startswith("before restoring 'first'")
    assert kept["summary"] == "added Output; removed phi; connected logs to output"
    assert pipe.undo()
    assert pipe.peer.tree() == later
    assert pipe.redo()
    assert pipe.peer.tree() == before
    assert json.loads(pipe.path.read_text()) == before
    pipe.restore(version)
    assert pipe.peer.tree() == before


def test_each_run_keeps_a_version_if_something_changed(
    pipe: Pipeline, project: Project
) -> None:
    pipe.run()
    pipe.run()
    assert kinds(pipe) == ["automatic"]
    assert pipe.versions()["reason"].iloc[0] == f"run {project.runs().index[-1]}"
    pipe.add("phi_density", "logs", name="phi", rho_ma=2.68)
    pipe.run()
    assert list(pipe.versions()["summary"]) == [
        "rho_ma of phi 2.65 -> 2.68", "first version, 2 nodes"
    ]
    pipe.add("vsh_linear", name="alone")
    with pytest.raises(InvalidPipeline):
        pipe.run()
    assert len(pipe.versions()) == 2, "what could not run is no version"


def test_a_run_goes_on_where_no_version_can_be_kept(
    pipe: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    (pipe.path.parent / FOLDER).write_text("in the way")
    assert pipe.run().status == "completed"
    assert "version was not kept" in caplog.text


def test_a_renamed_file_keeps_its_versions(pipe: Pipeline, project: Project) -> None:
    pipe.save_version("first")
    pipe.close()
    pipe.path.rename("renamed.mudrock")
    renamed = project.pipeline("renamed.mudrock")
    assert list(renamed.versions()["name"]) == ["first"]
    renamed.close()


def test_the_command_line_lists_and_prints_versions(pipe: Pipeline) -> None:
    version = pipe.save_version("first")
    pipe.close()
    rows = json.loads(mudrock("versions", pipe.path, "--json"))
    assert [(row["version"], row["name"], row["kind"]) for row in rows] == [
        (version.id, "first", "named")
    ]
    assert "first version, 2 nodes" in mudrock("versions", pipe.path)
    assert mudrock("versions", pipe.path, "--print", "first") == pipe.path.read_text()
    assert "There is no version" in mudrock("versions", pipe.path, "--print", "x", code=2)


def test_a_broken_file_s_versions_are_listed_and_can_be_had_back(pipe: Pipeline) -> None:
    pipe.save_version("first")
    good = pipe.path.read_text()
    pipe.close()
    pipe.path.write_text("{ not a pipeline")
    assert mudrock("versions", pipe.path, "--print", "first") == good
    Path("alone.mudrock").write_text("{")
    assert "alone.mudrock" in mudrock("versions", "alone.mudrock", code=2)
