"""Outputs travel as Arrow, pandas and polars, and look quiet in a notebook."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.run import Run
from mudrock_jupyter.spec.errors import NotFound, NotSupported
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, node, pipeline, samples


@pytest.fixture
def run(store: WellStore) -> Run:
    add_well(store, "a", samples(1, rows=8))
    add_well(store, "b", samples(2, rows=8))
    add_well(store, "c", {"DEPTH": [1.0], "RT": [2.0]})
    spec = pipeline([node("logs", "well_logs"), node("<b>vsh", "test_vsh"), node("out", "output")])
    return execute(compile(spec, store))


def test_every_form(run: Run) -> None:
    output = run["out"]
    table = output.to_arrow()
    assert len(output) == table.num_rows == 16
    assert output.schema == table.schema
    frame = output.to_pandas()
    assert isinstance(frame["GR"].dtype, pd.ArrowDtype)
    assert output.to_polars().equals(pl.from_arrow(table))
    assert pa.table(output).equals(table)
    assert table["well_id"].chunk(0).dictionary.to_pylist() == ["a", "b"]


def test_a_node_by_handle_id_or_name(run: Run) -> None:
    assert run[SimpleNamespace(id="out")] is run["out"]
    assert "out" in run
    assert "nothing" not in run
    with pytest.raises(NotFound, match="Did you mean 'logs'"):
        run["log"]


def test_polars_may_be_absent(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(NotSupported, match=r"mudrock-jupyter\[polars\]"):
        run["out"].to_polars()


def test_how_they_look(run: Run) -> None:
    text = repr(run)
    assert text.startswith("Run completed in ")
    assert "1 failure\n" in text
    assert "<b>vsh, c: Well c has no GR" in text
    page = run._repr_html_()
    assert "&lt;b&gt;vsh" in page
    assert "<b>" not in page
    first = run["logs"]._repr_html_()
    assert "GR [gAPI]" in first
    assert "17 rows, the first 10 shown" in first
    assert repr(run["out"]) == "NodeOutput('out': 16 rows, well_id, DEPTH, GR, RHOB, RT, VSH)"


def test_null_is_a_dash(store: WellStore) -> None:
    add_well(store, "a", {"DEPTH": [1.0, 2.0], "GR": [None, 3.0]})
    page = execute(compile(pipeline([node("logs", "well_logs")]), store))["logs"]._repr_html_()
    assert page.count("–") == 1


def test_metrics(run: Run) -> None:
    assert run.metrics["logs"].together == ("logs", "<b>vsh")
    assert (run.metrics["out"].rows, run.metrics["out"].wells) == (16, 2)
    assert run.wall_ms > 0
    assert run.failures[0].to_dict() == {
        "well": "c", "node": "<b>vsh", "message": run.failures[0].message}
