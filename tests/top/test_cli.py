"""The command line: exit codes, JSON, and one sentence for a mistake."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mudrock_jupyter.pipeline import Pipeline
from mudrock_jupyter.project import Project


def mudrock(*arguments: object, code: int = 0) -> str:
    """Run the command as a user does and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "mudrock_jupyter.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 or done.stdout else done.stderr


@pytest.fixture
def pipeline_file(project: Project) -> Path:
    """A pipeline that runs on two of the three wells."""
    pipe: Pipeline = project.pipeline("porosity.mudrock")
    logs = pipe.add("well_logs", name="logs", wells=["A-1", "A-2"])
    phi = pipe.add("phi_density", logs, name="porosity", rho_ma=2.65)
    pipe.add("output", phi, name="result")
    pipe.close()
    return pipe.path


def test_import_reports_each_file_and_one_bad_file_is_exit_code_1(
    project: Project, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.las"
    empty.write_bytes(b"")
    good = tmp_path / "good.parquet"
    import pyarrow.parquet as pq

    pq.write_table(project.read("A-1"), good)
    printed = mudrock("import", project.path, good, empty, "--json", code=1)
    rows = json.loads(printed)
    assert [(Path(row["file"]).name, row["status"]) for row in rows] == [
        ("good.parquet", "ok"),
        ("empty.las", "failed"),
    ]
    assert "empty" in str(rows[1]["messages"])


def test_wells_and_curves_are_listed(project: Project) -> None:
    wells = json.loads(mudrock("wells", project.path, "--json"))
    assert [well["well_id"] for well in wells] == ["a-1", "a-2", "a-3"]
    curves = json.loads(mudrock("curves", project.path, "--well", "A-3", "--json"))
    assert {curve["mnemonic"] for curve in curves} == {"GR", "NPHI", "RT"}
    assert "a-2" in mudrock("wells", project.path)


def test_a_valid_pipeline_is_exit_code_0(project: Project, pipeline_file: Path) -> None:
    assert json.loads(mudrock("validate", pipeline_file, "--project", project.path, "--json")) == []
    assert "valid" in mudrock("validate", pipeline_file, "--project", project.path)


def test_problems_are_exit_code_2(project: Project, pipeline_file: Path) -> None:
    text = pipeline_file.read_text().replace("phi_density", "phi_densty")
    pipeline_file.write_text(text)
    printed = mudrock("validate", pipeline_file, "--project", project.path, "--json", code=2)
    assert "phi_density" in json.loads(printed)[0]["message"] + json.loads(printed)[0]["advice"]


def test_a_run_prints_what_scripts_rely_on(project: Project, pipeline_file: Path) -> None:
    printed = json.loads(mudrock("run", pipeline_file, "--project", project.path, "--json"))
    assert printed["status"] == "completed"
    assert printed["wall_ms"] > 0
    assert printed["failures"] == []
    assert set(printed["nodes"]) == {"logs", "porosity", "result"}
    assert printed["nodes"]["result"]["rows"] == 800
    assert set(printed["nodes"]["result"]) == {"status", "rows", "wall_ms", "cached"}


def test_set_to_and_out(project: Project, pipeline_file: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    first, second = tmp_path / "a.parquet", tmp_path / "b.csv"
    mudrock("run", pipeline_file, "--project", project.path, "--out", first)
    mudrock(
        *("run", pipeline_file, "--project", project.path, "--to", "porosity"),
        *("--set", "porosity.rho_ma=2.71", "--out", second),
    )
    assert pq.read_table(first).num_rows == 800
    assert second.read_text().count("\n") == 801


def test_an_invalid_run_is_exit_code_2_and_says_why(project: Project, pipeline_file: Path) -> None:
    printed = mudrock(
        *("run", pipeline_file, "--project", project.path, "--json"),
        *("--set", "porosity.rho_fl=-3"),
        code=2,
    )
    answer = json.loads(printed)
    assert answer["status"] == "invalid"
    assert "rho_fl" in answer["problems"][0]["message"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["wells", "nowhere"], "no project in nowhere"),
        (["validate", "nothing.mudrock"], "nothing.mudrock could not be read"),
        (["run", "porosity.mudrock", "--project", "north-sea", "--to", "porosty"], "'porosity'"),
        (["run", "porosity.mudrock", "--project", "north-sea", "--set", "x"], "NODE.PARAMETER"),
        (["run", "porosity.mudrock", "--project", "north-sea", "--to", ""], "no node ''"),
        (["run", "porosity.mudrock", "--project", "north-sea", "--out", "x.xlsx"], ".parquet"),
        (["run", "porosity.mudrock", "--project", "north-sea", "--set", "logs.set=NaN"], "nan"),
        (["curves", "north-sea", "--well", "A-9"], "A-9"),
    ],
)
def test_a_mistake_is_one_sentence(pipeline_file: Path, arguments: list[str], says: str) -> None:
    assert says in mudrock(*arguments, code=2)


def test_a_binary_file_is_no_pipeline(project: Project, tmp_path: Path) -> None:
    (tmp_path / "x.mudrock").write_bytes(b"\x00\xff\xfe\x80")
    assert "not text" in mudrock("validate", tmp_path / "x.mudrock", code=2)


def test_a_broken_file_is_an_invalid_run_for_scripts_too(project: Project, tmp_path: Path) -> None:
    (tmp_path / "x.mudrock").write_text('{"format": "mudrock/7"}')
    printed = mudrock("run", tmp_path / "x.mudrock", "--project", project.path, "--json", code=2)
    answer = json.loads(printed)
    assert answer["status"] == "invalid"
    assert "pip install --upgrade" in answer["problems"][0]["message"]


def test_a_wrong_value_in_a_file_is_a_problem_of_its_node(pipeline_file: Path) -> None:
    tree = json.loads(pipeline_file.read_text())
    wrong = next(id for id, node in tree["nodes"].items() if node["name"] == "porosity")
    tree["nodes"][wrong]["parameters"] = [1]
    pipeline_file.write_text(json.dumps(tree))
    (problem, *_) = json.loads(mudrock("validate", pipeline_file, "--json", code=2))
    assert (problem["code"], problem["node"]) == ("invalid_document", wrong)
    assert "parameters is [1]" in problem["message"]


def test_operators_are_listed() -> None:
    cards = json.loads(mudrock("operators", "--json"))
    assert {"well_logs", "vsh_linear", "sw_archie", "output"} <= {card["id"] for card in cards}
    assert "Archie" in mudrock("operators")
