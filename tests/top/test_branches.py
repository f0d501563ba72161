"""Branches: a copy that remembers where it came from, and comes back as one edit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mudrock_jupyter.documents.versions import FOLDER
from mudrock_jupyter.pipeline import Pipeline
from mudrock_jupyter.project import Project
from mudrock_jupyter.spec.errors import InvalidInput, NotFound


@pytest.fixture
def pipe(project: Project) -> Iterator[Pipeline]:
    pipe = project.pipeline("porosity.mudrock")
    logs = pipe.add("well_logs", name="logs", curves=["GR", "RHOB"])
    pipe.add("phi_density", logs, name="phi", rho_ma=2.65)
    yield pipe
    pipe.close()


@pytest.fixture
def trial(pipe: Pipeline) -> Iterator[Pipeline]:
    trial = pipe.branch("trial")
    yield trial
    trial.close()


def set_phi(pipe: Pipeline, **parameters: float) -> None:
    pipe.add("phi_density", "logs", name="phi", **parameters)


def test_a_branch_is_a_document_of_its_own(pipe: Pipeline, trial: Pipeline) -> None:
    assert trial.path.name == "trial.mudrock"
    assert trial.spec.id != pipe.spec.id
    assert (trial.spec.name, trial.spec.nodes) == ("trial", pipe.spec.nodes)
    assert trial.project is pipe.project
    assert list(pipe.versions().index) == list(trial.versions().index)
    assert list(trial.versions()["name"]) == ["branch trial"]
    set_phi(trial, rho_ma=2.71)
    assert pipe.node("phi").parameters == {"rho_ma": 2.65}
    assert trial.compare("branch trial").words == [
        "rho_ma of phi 2.65 -> 2.71", "the pipeline's name 'porosity' -> 'trial'"
    ]


def test_merging_takes_over_a_branch_as_one_edit(pipe: Pipeline, trial: Pipeline) -> None:
    set_phi(trial, rho_ma=2.71)
    trial.add("output", "phi", name="result")
    pipe.save_version("mine")
    pipe.add("vsh_linear", "logs", name="vsh")
    before = pipe.peer.tree()
    merge = pipe.merge(trial)
    assert merge.words == [
        "added Output (result)", "rho_ma of phi 2.65 -> 2.71", "connected phi to result"
    ]
    assert merge.conflicts == []
    assert {node.name for node in pipe.nodes} == {"logs", "phi", "vsh", "result"}
    assert pipe.node("result").id == trial.node("result").id
    assert pipe.spec.name == "porosity"
    assert pipe.undo()
    assert pipe.peer.tree() == before
    assert pipe.versions().iloc[0]["reason"] == "before merging trial.mudrock"


def test_what_collides_is_said_and_shown(pipe: Pipeline, trial: Pipeline) -> None:
    set_phi(trial, rho_ma=2.71)
    set_phi(pipe, rho_ma=2.68)
    merge = pipe.merge("trial.mudrock")
    assert merge.conflicts == ["rho_ma of phi: 2.68 here, 2.71 in the other; took the other's"]
    assert f"! {merge.conflicts[0]}" in repr(merge)
    assert f"<li><b>{merge.conflicts[0].replace(chr(39), '&#x27;')}</b></li>" in (
        merge._repr_html_()
    )
    assert pipe.node("phi").parameters == {"rho_ma": 2.71}
    assert trial.node("phi").parameters == {"rho_ma": 2.71}, "the handle on it stays open"


def test_merging_again_brings_only_what_is_new(pipe: Pipeline, trial: Pipeline) -> None:
    set_phi(trial, rho_ma=2.71)
    pipe.merge(trial)
    set_phi(pipe, rho_ma=2.68)
    merge = pipe.merge(trial)
    assert merge.conflicts == []
    assert pipe.node("phi").parameters == {"rho_ma": 2.68}, "what was merged once is not again"
    trial.add("vsh_linear", "logs", name="vsh")
    assert pipe.merge(trial).words[-1] == "connected logs to vsh"
    assert pipe.node("phi").parameters == {"rho_ma": 2.68}


def test_a_branch_takes_over_what_happened_at_its_origin_and_comes_back(
    pipe: Pipeline, trial: Pipeline
) -> None:
    set_phi(pipe, rho_ma=2.68)
    trial.add("vsh_linear", "logs", name="vsh")
    trial.merge(pipe)
    assert trial.node("phi").parameters == {"rho_ma": 2.68}
    set_phi(pipe, rho_ma=2.69)
    set_phi(trial, rho_fl=1.1, rho_ma=2.68)
    merge = pipe.merge(trial)
    assert merge.conflicts == []
    assert pipe.node("phi").parameters == {"rho_ma": 2.69, "rho_fl": 1.1}
    assert pipe.node("vsh").id == trial.node("vsh").id


def test_undoing_a_merge_lets_it_be_merged_again(pipe: Pipeline, trial: Pipeline) -> None:
    set_phi(trial, rho_ma=2.71)
    pipe.merge(trial)
    pipe.undo()
    assert pipe.node("phi").parameters == {"rho_ma": 2.65}
    pipe.merge(trial)
    assert pipe.node("phi").parameters == {"rho_ma": 2.71}


def test_two_branches_are_merged_one_after_the_other(pipe: Pipeline, trial: Pipeline) -> None:
    other = pipe.branch("other.mudrock")
    set_phi(trial, rho_ma=2.71)
    set_phi(other, rho_ma=2.65, rho_fl=1.1)
    pipe.merge(trial)
    pipe.merge(other)
    assert pipe.node("phi").parameters == {"rho_ma": 2.71, "rho_fl": 1.1}
    other.close()


def test_what_is_no_branch_is_refused(pipe: Pipeline, project: Project) -> None:
    with pytest.raises(InvalidInput, match="this pipeline itself"):
        pipe.merge(pipe)
    stranger = project.pipeline("stranger.mudrock")
    with pytest.raises(InvalidInput, match=r"is no branch of porosity\.mudrock"):
        pipe.merge(stranger)
    stranger.close()
    with pytest.raises(NotFound, match="no file"):
        pipe.merge("nowhere.mudrock")
    assert not Path("nowhere.mudrock").exists()
    assert len(pipe.versions()) == 0


def test_a_branch_never_writes_over_a_file(pipe: Pipeline) -> None:
    Path("taken.mudrock").write_text("precious")
    with pytest.raises(InvalidInput, match="is there already"):
        pipe.branch("taken")
    assert Path("taken.mudrock").read_text() == "precious"
    with pytest.raises(InvalidInput, match=r"Did you mean 'trial\.mudrock'"):
        pipe.branch("trial.txt")


def test_without_the_version_where_they_parted_nothing_is_merged(
    pipe: Pipeline, trial: Pipeline
) -> None:
    set_phi(trial, rho_ma=2.71)
    shutil.rmtree(pipe.path.parent / FOLDER)
    with pytest.raises(NotFound, match="parted is gone"):
        pipe.merge(trial)
    assert pipe.node("phi").parameters == {"rho_ma": 2.65}


def test_a_branch_that_only_another_may_write_is_merged(
    pipe: Pipeline, project: Project, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "ben" / "trial.mudrock"
    trial = pipe.branch(elsewhere)
    set_phi(trial, rho_ma=2.71)
    trial.close()
    (elsewhere.parent / FOLDER).rename(tmp_path / "away")
    (elsewhere.parent / FOLDER).write_text("no folder can be made here")
    merge = pipe.merge(elsewhere)
    assert merge.words == ["rho_ma of phi 2.65 -> 2.71"]
    set_phi(pipe, rho_ma=2.68)
    assert pipe.merge(elsewhere).words == []
    assert pipe.node("phi").parameters == {"rho_ma": 2.68}
    assert list(pipe.versions()["reason"]) == ["before merging trial.mudrock", "branched"]
