"""The project handle: wells in, tables out, and finding a project again."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from mudrock_jupyter.project import Project, find_project
from mudrock_jupyter.spec.errors import InvalidInput, NotFound, NotSupported


def test_nothing_is_written_before_the_first_import(tmp_path: Path) -> None:
    project = Project(tmp_path / "new")
    assert not project.exists
    assert len(project.wells()) == 0
    assert len(project.curves()) == 0
    assert "empty" in repr(project)
    assert not (tmp_path / "new").exists()


def test_wells_are_indexed_by_id_and_curves_know_their_units(project: Project) -> None:
    wells = project.wells()
    assert wells.index.name == "well_id"
    assert list(wells.index) == ["a-1", "a-2", "a-3"]
    assert wells.loc["a-1", "rows"] == 400
    units = project.curves("A-1").set_index("mnemonic")["unit"]
    assert units["GR"] == "gAPI"
    assert units["RHOB"] == "g/cm3"


def test_reading_gives_depth_first_in_the_range_asked_for(project: Project) -> None:
    table = project.read("A-1", curves=["RHOB", "GR"], depth=(1010, 1020))
    assert isinstance(table, pa.Table)
    assert table.column_names == ["DEPTH", "RHOB", "GR"]
    assert table["DEPTH"].to_pylist() == [1010 + 0.5 * step for step in range(21)]
    assert project.read("a-1", curves="GR").column_names == ["DEPTH", "GR"]


@pytest.mark.parametrize(
    ("well", "curves", "says"),
    [("A-4", None, "A-4"), ("A-1", ["RHBO"], "RHOB"), ("A-3", ["RHOB"], "RHOB")],
)
def test_what_is_not_there_is_named(
    project: Project, well: str, curves: list[str] | None, says: str
) -> None:
    with pytest.raises(NotFound, match=says):
        project.read(well, curves=curves)


def test_a_file_and_a_bucket_are_no_projects(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match="is a file"):
        Project(tmp_path / "file")
    with pytest.raises(NotSupported, match="local disk"):
        Project("s3://bucket/north-sea")


def test_a_pipeline_finds_its_project_beside_it_and_above(project: Project, tmp_path: Path) -> None:
    (tmp_path / "work" / "pipelines").mkdir(parents=True)
    for near in (tmp_path, tmp_path / "work", tmp_path / "work" / "pipelines"):
        found = find_project(project.id, near)
        assert found is not None
        assert found.path == project.path
    assert find_project("another id", tmp_path) is None


def test_without_an_id_the_only_project_is_meant(project: Project, tmp_path: Path) -> None:
    found = find_project("", tmp_path)
    assert found is not None
    assert found.id == project.id
    Project(tmp_path / "second").store.create()
    assert find_project("", tmp_path) is None


@pytest.mark.parametrize("text", ['{"name": "a web project"}', "{oops", "[]"])
def test_another_tools_project_beside_it_is_passed_over(
    project: Project, tmp_path: Path, text: str
) -> None:
    (tmp_path / "another").mkdir()
    (tmp_path / "another" / "project.json").write_text(text)
    for project_id in (project.id, ""):
        found = find_project(project_id, tmp_path)
        assert found is not None
        assert found.path == project.path


def test_it_shows_itself(project: Project) -> None:
    assert repr(project) == "Project('north-sea'): 3 wells"
    assert "3 wells" in project._repr_html_()
