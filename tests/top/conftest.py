"""A small project of real shape: three wells, one of which lacks RHOB."""

from __future__ import annotations

from pathlib import Path

import pytest

from mudrock_jupyter.project import Project
from tests.top.logs import logs_of_one_well


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project in the current folder, with wells A-1, A-2 and A-3 (no RHOB)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    project = Project("north-sea")
    project.store.write_logs("A-1", logs_of_one_well(1))
    project.store.write_logs("A-2", logs_of_one_well(2))
    project.store.write_logs("A-3", logs_of_one_well(3, without=("RHOB",)))
    return project
