"""A pipeline's handle and the command write it in other languages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from mudrock_jupyter.pipeline import Pipeline
from mudrock_jupyter.project import Project
from mudrock_jupyter.spec.errors import InvalidDocument, InvalidInput, NotSupported


@pytest.fixture
def pipe(project: Project) -> Pipeline:
    pipe = project.pipeline("porosity")
    logs = pipe.add("well_logs", name="logs", curves=["GR", "RHOB"])
    vsh = pipe.add("vsh_linear", logs, name="vsh", gr_clean=25)
    ma = pipe.add("sig_moving_average", vsh, name="ma", curve="VSH", window=5)
    pipe.add("output", ma, name="out")
    return pipe


def mudrock(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mudrock_jupyter.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


def test_to_sql(pipe: Pipeline) -> None:
    rows = duckdb.sql(pipe.to_sql("vsh", dialect="duckdb")).fetchall()
    assert len(rows) == len(pipe.run()["vsh"])
    assert list(pipe.to_substrait()) == ["vsh"]
    with pytest.raises(NotSupported, match="'ma' cannot be exported"):
        pipe.to_sql("ma")


def test_to_python_names_what_is_here(pipe: Pipeline) -> None:
    script = pipe.to_python()
    assert "mr.Project('north-sea')" in script
    assert "project.pipeline('porosity_script.mudrock')" in script


def test_yaml_becomes_a_pipeline_of_the_same_numbers(pipe: Pipeline, project: Project) -> None:
    Path("porosity.yaml").write_text(pipe.to_yaml())
    copy = project.from_yaml("porosity.yaml", "copy")
    assert copy.spec.id not in {"", pipe.spec.id}
    assert copy.run()["out"].to_arrow().equals(pipe.run()["out"].to_arrow())
    assert copy.to_yaml() == pipe.to_yaml()
    exact = project.from_yaml(pipe.to_yaml(ids=True), "exact")
    assert exact.spec.nodes == pipe.spec.nodes
    with pytest.raises(InvalidInput, match="holds a pipeline already"):
        project.from_yaml(Path("porosity.yaml"), "porosity")
    assert copy.undo()
    assert not copy.nodes


def test_yaml_that_is_none(project: Project) -> None:
    with pytest.raises(InvalidDocument, match="Did you mean 'parameters'"):
        project.from_yaml("nodes: {a: {operator_id: output, paramters: {}}}", "new")
    assert not Path("new.mudrock").exists()


def test_the_command_writes_each_form(pipe: Pipeline) -> None:
    pipe.close()
    place = ["porosity.mudrock", "--project", "north-sea", "--as"]
    assert mudrock("export", *place, "dot").stdout == pipe_text("dot")
    assert "pipe.add('vsh_linear'" in mudrock("export", *place, "python").stdout
    assert 'FROM "file://' in mudrock("export", *place, "sql").stdout
    assert mudrock("export", *place, "yaml", "--out", "p.yaml").returncode == 0
    assert mudrock("validate", "p.yaml", "--project", "north-sea").returncode == 0
    ran = mudrock("run", "p.yaml", "--project", "north-sea", "--out", "made.parquet")
    assert ran.returncode == 0, ran.stderr
    assert mudrock("export", *place, "substrait", "--out", "p.bin").returncode == 0
    assert Path("p.bin").stat().st_size > 100


def pipe_text(form: str) -> str:
    return mudrock("export", "porosity.mudrock", "--as", form).stdout


def test_the_command_says_what_it_needs(pipe: Pipeline) -> None:
    pipe.close()
    for arguments, said, code in (
        (["--as", "sql"], "name --project", 2),
        (["--as", "substrait", "--project", "north-sea"], "--out FILE", 2),
        (["--as", "sql", "--project", "north-sea", "--node", "ma"], "cannot be exported", 1),
        (["--as", "sql", "--project", "north-sea", "--node", "vhs"], "Did you mean 'vsh'", 2),
    ):
        done = mudrock("export", "porosity.mudrock", *arguments)
        assert (done.returncode, said in done.stderr, done.stdout) == (code, True, ""), done.stderr
