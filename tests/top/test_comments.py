"""Comments from a notebook cell."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from mudrock_jupyter.pipeline import Pipeline
from mudrock_jupyter.project import Project
from mudrock_jupyter.spec.errors import NotFound


@pytest.fixture
def pipe(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    monkeypatch.setenv("JUPYTERHUB_USER", "ana")
    pipe = project.pipeline("porosity.mudrock")
    logs = pipe.add("well_logs", name="logs")
    pipe.add("phi_density", logs, name="phi")
    yield pipe
    pipe.close()


def test_a_thread_is_listed_with_names_and_is_in_the_file(pipe: Pipeline) -> None:
    assert len(pipe.comments()) == 0
    asked = pipe.comment("Is 2.65 right, @ben?", on="phi")
    answer = pipe.comment("2.68", reply_to=asked)
    pipe.comment("Looks good.", reply_to=answer.id)
    pipe.comment("About the whole.")
    frame = pipe.comments()
    assert list(frame["on"]) == ["phi", "phi", "phi", ""]
    assert set(frame["author"]) == {"ana"}
    assert list(frame["thread"][:3]) == [asked.id] * 3
    assert frame.loc[asked.id, "mentions"] == ["ben"]
    assert frame["created_at"].dt.tz is not None
    assert set(json.loads(pipe.path.read_text())["comments"]) == set(frame.index)


def test_a_thread_is_resolved_edited_and_removed(pipe: Pipeline) -> None:
    asked = pipe.comment("One?", on="phi")
    answer = pipe.comment("two", reply_to=asked)
    pipe.resolve_comment(answer)
    assert list(pipe.comments()["resolved"]) == [True, True]
    pipe.reopen_comment(asked)
    pipe.edit_comment(answer, "Two.")
    frame = pipe.comments()
    assert not frame["resolved"].any()
    assert frame.loc[answer.id, "text"] == "Two."
    assert frame["edited_at"].notna().sum() == 1
    pipe.remove_comment(asked.id)
    assert len(pipe.comments()) == 0
    assert pipe.undo()
    assert list(pipe.comments().index) == [asked.id, answer.id]


def test_comments_go_with_their_node_and_come_back_with_undo_and_restore(pipe: Pipeline) -> None:
    asked = pipe.comment("One?", on="phi")
    pipe.save_version("first")
    pipe.remove("phi")
    assert len(pipe.comments()) == 0
    pipe.undo()
    assert list(pipe.comments().index) == [asked.id]
    pipe.redo()
    said = pipe.comment("Where is it?")
    pipe.restore("first")
    assert set(pipe.comments().index) == {asked.id, said.id}


def test_a_node_that_is_not_there_is_said(pipe: Pipeline) -> None:
    with pytest.raises(NotFound, match="Did you mean 'logs'"):
        pipe.comment("?", on="lgos")
    with pytest.raises(NotFound, match="no comment 'x'"):
        pipe.resolve_comment("x")
