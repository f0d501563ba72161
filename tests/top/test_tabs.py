"""Documents that tabs open in this kernel, on a server that is gone: the file stands in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mudrock_jupyter import tabs
from mudrock_jupyter.project import Project
from mudrock_jupyter.spec.errors import NotConnected


@pytest.fixture
def server_root(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a server that started this process and has stopped since."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    about = {"url": "http://127.0.0.1:9/", "root_dir": str(tmp_path), "token": ""}
    (runtime / "jpserver-1.json").write_text(json.dumps(about))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    monkeypatch.setattr(tabs, "_open", {})
    return tmp_path


def test_a_tab_gets_the_pipeline_with_its_project(server_root: Path, project: Project) -> None:
    opened = tabs._pipeline("porosity.mudrock")
    assert opened.path == server_root / "porosity.mudrock"
    assert opened.project is not None
    assert opened.project.path == project.path
    assert tabs._pipeline("porosity.mudrock") is opened
    opened.close()


def test_a_tab_opens_again_what_a_cell_has_closed(server_root: Path, project: Project) -> None:
    tabs._pipeline("porosity.mudrock")
    project.pipeline("porosity.mudrock").close()
    again = tabs._pipeline("porosity.mudrock")
    assert again.nodes == []
    again.close()


def test_without_a_server_a_tab_is_told(project: Project) -> None:
    with pytest.raises(NotConnected, match="Jupyter server"):
        tabs._pipeline("porosity.mudrock")
