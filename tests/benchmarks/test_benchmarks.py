"""The variants say the same on small wells, and the suite measures what it says."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.benchmarks import suite as benchmarks
from tests.benchmarks.agreement import check_same
from tests.benchmarks.data import depth_range, generate, part_of, well_logs
from tests.benchmarks.measure import Samples, interleaved
from tests.benchmarks.pipelines import do_nothing, pipeline
from tests.benchmarks.recipe import Form, Kind, columns
from tests.benchmarks.report import as_json, figures_table, outcome_table
from tests.benchmarks.targets import Figure, ratios
from tests.benchmarks.task import Result, Task
from tests.benchmarks.worker import Sample, Worker, prepare

SAMPLES = 1200
EVERYBODY = ("mudrock", "mudrock_engine", *benchmarks.PEERS)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("bench") / "project", 4, SAMPLES)


@pytest.fixture(autouse=True)
def cache_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variants set the limit in processes of their own; here it must not outlive a test."""
    monkeypatch.setenv("MUDROCK_CACHE_LIMIT", "0")


def task(project: Path, kind: Kind = "net_pay", form: Form = "full") -> Task:
    return Task(project, kind, form, depth_range(SAMPLES))


@pytest.mark.parametrize(
    ("kind", "form"), [("rows", "full"), *product(("net_pay", "no_median"), get_args(Form))]
)
def test_all_variants_agree(project: Path, kind: Kind, form: Form) -> None:
    wanted = task(project, kind, form)
    ours, *others = (prepare(name, wanted, 2)() for name in EVERYBODY)
    for name, theirs in zip(EVERYBODY[1:], others, strict=True):
        check_same(ours, theirs, wanted, name)


def test_the_results_are_worth_comparing(project: Path) -> None:
    result = prepare("pandas", task(project), 2)()
    table, summary = pa.table(result.table), pa.table(result.summary)
    assert set(columns("net_pay")) <= set(table.column_names)
    assert 0.75 < len(table) / (4 * SAMPLES) < 0.85
    for flag in ("ROCK", "RES", "PAY"):
        values = table[flag].to_numpy()
        assert set(np.unique(values[~np.isnan(values)])) == {0.0, 1.0}
        assert np.isnan(values).any()
    share = summary["ntg"].to_numpy()
    assert ((share > 0.02) & (share < 0.6)).all()


@pytest.mark.parametrize("column", ["RT", "PAY", "net_pay"])
def test_a_difference_is_found(project: Path, column: str) -> None:
    wanted = task(project)
    ours = prepare("pandas", wanted, 2)()
    form = "summary" if column == "net_pay" else "table"
    changed = getattr(ours, form).copy()
    place = changed[column].first_valid_index()
    changed.loc[place, column] = changed.loc[place, column] * (1 + 1e-6) + 1e-6
    with pytest.raises(AssertionError, match=f"someone, column {column}"):
        check_same(ours, replace(ours, **{form: changed}), wanted, "someone")


def test_a_missing_row_is_found(project: Path) -> None:
    wanted = task(project)
    ours = prepare("pandas", wanted, 2)()
    with pytest.raises(AssertionError, match=r"someone: \d+ rows, not \d+"):
        check_same(ours, replace(ours, table=ours.table.iloc[1:]), wanted, "someone")


def test_a_row_of_another_well_is_found(project: Path) -> None:
    wanted = task(project)
    ours = prepare("pandas", wanted, 2)()
    moved = ours.table.copy()
    moved.loc[0, "well_id"] = "well-0001"
    with pytest.raises(AssertionError, match="someone: other rows in some well"):
        check_same(ours, replace(ours, table=moved), wanted, "someone")


def test_an_edit_changes_the_net_pay_and_nothing_above(project: Path) -> None:
    before = prepare("mudrock", task(project), 2)()
    edited = prepare("mudrock_edited", task(project), 2)
    after = [edited() for _ in range(5)][-1]
    assert after.table["PHID_MED_MA"].equals(before.table["PHID_MED_MA"])
    assert not after.summary["net_pay"].equals(before.summary["net_pay"])


def test_filling_reads_on_other_depths_every_time(project: Path) -> None:
    filling = prepare("mudrock_filling", task(project), 2)
    assert len(filling().table) == len(filling().table) > 0


def test_the_logs_look_like_logs() -> None:
    table = well_logs(1, 20_000)
    assert table.equals(well_logs(1, 20_000))
    assert not table.equals(well_logs(2, 20_000))
    curves = {name: table[name].to_numpy() for name in table.column_names}
    missing = np.isnan(curves["RHOB"]).mean()
    assert 0 < missing < 0.05
    known = ~np.isnan(np.vstack(list(curves.values()))).any(axis=0)
    assert np.corrcoef(curves["GR"][known], curves["NPHI"][known])[0, 1] > 0.4
    assert (curves["CALI"] > 11.0).mean() > 0.02
    assert np.nanmedian(curves["CALI"]) < 9.0


def test_part_of_a_project_shares_its_files(project: Path, tmp_path: Path) -> None:
    part = part_of(project, tmp_path / "part", 2)
    files = task(part).files()
    assert list(files) == ["well-0000", "well-0001"]
    assert all(path.samefile(task(project).files()[well]) for well, path in files.items())


def test_pipelines_are_valid(project: Path) -> None:
    from mudrock_jupyter.engine.validate import validate
    from mudrock_jupyter.wells.store import WellStore

    specs = [*(pipeline(kind, depth_range(SAMPLES)) for kind in get_args(Kind)), do_nothing(20)]
    assert [validate(spec, WellStore(project)) for spec in specs] == [[]] * len(specs)
    assert len(specs[0].nodes) == 8 + 1  # and the output


def test_the_decode_floor_reads_the_columns_that_are_worked_on(project: Path) -> None:
    table = prepare("decode_floor", task(project), 2)().table
    assert table.column_names == ["DEPTH", "GR", "RHOB", "RT"]
    assert len(table) == sum(pq.read_metadata(f).num_rows for f in task(project).files().values())


def test_variants_are_measured_in_rounds(project: Path) -> None:
    said: list[str] = []
    entries = {name: (name, task(project)) for name in ("pandas", "decode_floor")}
    samples = interleaved(entries, 2, 2, said.append)
    assert [len(each.runs) for each in samples.values()] == [2, 2]
    assert [line.rpartition(", ")[2] for line in said] == list(entries) * 3
    pandas = samples["pandas"]
    assert pandas.median("cpu") > 0.0
    assert pandas.median("wall") < 60.0
    assert 2e7 < pandas.median("peak") < 5e9


def test_a_variant_that_fails_says_why(tmp_path: Path) -> None:
    with Worker("pandas", task(tmp_path), 2) as worker, pytest.raises(
        RuntimeError, match=r"pandas failed:[\s\S]*IndexError"
    ):
        worker.measure()


def test_ratios_pair_the_rounds() -> None:
    ours = Samples([Sample(1.0, 2.0, 10), Sample(4.0, 8.0, 10), Sample(2.0, 4.0, 10)])
    theirs = Samples([Sample(2.0, 2.0, 40), Sample(8.0, 4.0, 40), Sample(1.0, 2.0, 40)])
    figures = list(ratios({"a": ours, "b": theirs}, "a", {"b": {"wall": 0.5, "cpu": 1.5}}))
    assert figures == [
        Figure("a / b", "wall", 0.5, 0.5), Figure("a / b", "cpu", 2.0, 1.5),
        Figure("a / b", "peak", 0.25),
    ]
    assert [figure.reached for figure in figures] == [True, False, None]


def test_the_report_has_every_scenario() -> None:
    samples = {"mudrock": Samples([Sample(1.0, 2.0, 10)])}
    outcome = benchmarks.Outcome("Title", samples, [Figure("a / b", "cpu", 0.4, 0.5)])
    saved = as_json(benchmarks.Settings(), {"edit": outcome})
    assert saved["scenarios"]["edit"]["runs"]["mudrock"]["cpu"] == [2.0]
    assert saved["scenarios"]["edit"]["figures"][0]["reached"] is True
    assert {"polars", "duckdb", "pandas", "datafusion"} <= saved["versions"].keys()
    assert outcome_table(outcome).row_count == 1
    assert list(figures_table({"edit": outcome}).columns[2].cells)[1] == "[green]0.40 ≤ 0.5[/]"


def test_results_may_be_empty_of_what_was_not_asked(project: Path) -> None:
    for name in EVERYBODY:
        result: Result = prepare(name, task(project, form="summary"), 2)()
        assert result.table is None, name
        assert pa.table(result.summary).num_rows == 4, name
