"""Own operators of every kind: declared, run in a pipeline, edited, run again, taken away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import BaseModel, Field

import mudrock_jupyter as mr
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.parameters import CurveName, NumberOrCurve, described
from mudrock_jupyter.widgets.conversation import Conversation

GR = {"gr": mr.Curve("GR", unit="gAPI")}
OUT = {"out": mr.Curve("OUT")}


class Mode(Enum):
    MEAN = "mean"
    MAX = "max"


class Zone(BaseModel):
    name: str
    top: float
    base: Annotated[float, Field(gt=0)]


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    registry.all_operators()
    before = dict(registry._operators)
    yield
    registry._operators.clear()
    registry._operators.update(before)


@pytest.fixture
def pipe(project: mr.Project) -> Iterator[mr.Pipeline]:
    pipe = project.pipeline("own.mudrock")
    yield pipe
    pipe.close()


def run(pipe: mr.Pipeline, id: str, **arguments: Any) -> pa.Table:
    logs = pipe.add("well_logs", name="logs", wells=["a-1", "a-2"])
    node = pipe.add(id, logs, name="own", **arguments)
    result = pipe.run(to=node)
    assert result.status == "completed", result.failures
    return result[node].to_arrow()


def test_a_row_operator_with_every_sort_of_parameter(pipe: mr.Pipeline) -> None:
    seen: list[Any] = []

    @mr.operator(
        "own_row", inputs=GR, outputs={"a": mr.Curve("A"), "deep": mr.Curve("DEEP", type="flag")}
    )
    def own_row(
        gr: mr.Expr,
        depth: mr.Expr,
        clean: NumberOrCurve = 20.0,
        times: int = 2,
        flip: bool = False,
        mode: Literal["linear", "square"] = "linear",
        kind: Mode = Mode.MEAN,
        extra: Annotated[CurveName, described("Another curve", unit="g/cm3")] = "RHOB",
        factors: list[float] = [1.0, 2.0],  # noqa: B006
        note: str | None = None,
    ) -> dict[str, mr.Expr]:
        seen[:] = [times, flip, mode, kind, factors, note]
        return {"a": (gr - clean) * float(times) + 0.0 * extra, "deep": depth > 1000.0}

    table = run(pipe, "own_row", clean="GR", kind="max", factors=(3, 4), mode="square")
    assert set(table["A"].drop_null().to_pylist()) <= {0.0}
    assert seen == [2, False, "square", Mode.MAX, [3.0, 4.0], None]


def test_a_zone_table_is_a_list_of_models(pipe: mr.Pipeline) -> None:
    @mr.operator(
        "own_zones", kind="well", inputs=GR, outputs={"zone": mr.Curve("ZONE", type="text")}
    )
    def own_zones(gr: Any, depth: Any, zones: list[Zone]) -> Any:
        names = np.full(len(depth), None, dtype=object)
        for zone in zones:
            names[(depth >= zone.top) & (depth < zone.base)] = zone.name
        return names

    frame = pd.DataFrame({"name": ["Hugin"], "top": [0.0], "base": [1e9]})
    assert set(run(pipe, "own_zones", zones=frame)["ZONE"].to_pylist()) == {"Hugin"}
    with pytest.raises(mr.InvalidInput, match=r"zones\[0\].base is -1.0; it should be greater"):
        pipe.add("own_zones", zones=[{"name": "x", "top": 0.0, "base": -1.0}])
    with pytest.raises(mr.InvalidInput, match=r"zones\[0\].top has no value"):
        pipe.add("own_zones", zones=[{"name": "x", "base": 1.0}])


def test_a_filter_a_selection_and_a_table(pipe: mr.Pipeline) -> None:
    @mr.operator("own_filter", kind="filter", inputs=GR)
    def own_filter(schema: pa.Schema, gr: mr.Expr, most: float = 60.0) -> mr.Expr:
        return gr < most

    @mr.operator("own_select", kind="select")
    def own_select(schema: pa.Schema, curve: CurveName = "GR") -> list[str]:
        return [curve]

    @mr.operator("own_table", kind="table")
    def own_table(table: pa.Table, curve: CurveName = "GR") -> pd.DataFrame:
        frame = table.to_pandas()
        frame["well_id"] = frame["well_id"].astype(str)
        return frame.groupby("well_id")[curve].mean().to_frame("MEAN")

    assert max(run(pipe, "own_filter", most=50)["GR"].to_pylist()) < 50
    pipe.remove("own")
    assert run(pipe, "own_select").column_names == ["well_id", "DEPTH", "GR"]
    pipe.remove("own")
    assert run(pipe, "own_table").column_names == ["well_id", "MEAN"]


def test_two_ports_and_a_sink(pipe: mr.Pipeline, tmp_path: Path) -> None:
    @mr.operator("own_stack", kind="table", ports=("left", "right"))
    def own_stack(left: pa.Table, right: pa.Table) -> pa.Table:
        return pa.concat_tables([left, right])

    @mr.operator("own_count", kind="sink")
    def own_count(table: pa.Table, path: str) -> None:
        Path(path).write_text(str(len(table)))

    logs = pipe.add("well_logs", wells=["a-1"], curves=["GR"])
    stack = pipe.add("own_stack", logs, logs)
    pipe.add("own_count", stack, path=str(tmp_path / "count.txt"))
    rows = len(pipe.run()[logs])
    assert (tmp_path / "count.txt").read_text() == str(2 * rows)


def test_any_curve_and_tops(pipe: mr.Pipeline) -> None:
    @mr.operator(
        "own_any",
        kind="well",
        inputs={"curve": mr.Curve("*")},
        outputs={"made": mr.Curve("*_X", unit="same")},
        tables="tops",
    )
    def own_any(curve: Any, mnemonic: str, tops: pa.Table | None) -> Any:
        assert tops is None
        return curve * (2 if mnemonic == "GR" else 3)

    table = run(pipe, "own_any", curves=["GR", "RHOB"])
    assert table.schema.field("RHOB_X").metadata[b"unit"] == b"g/cm3"
    gr = table.to_pandas()
    assert np.allclose(gr["GR_X"].astype(float), gr["GR"].astype(float) * 2, equal_nan=True)


def test_editing_the_cell_replaces_it_and_a_plan_keeps_what_it_was_made_with(
    pipe: mr.Pipeline,
) -> None:
    from mudrock_jupyter.engine.compile import compile
    from mudrock_jupyter.engine.execute import execute

    def cell(factor: float) -> None:
        @mr.operator("own_edited", inputs=GR, outputs=OUT)
        def own_edited(gr: mr.Expr) -> mr.Expr:
            return gr * 0.0 + factor

    cell(1.0)
    assert set(run(pipe, "own_edited")["OUT"].drop_null().to_pylist()) == {1.0}
    node = pipe.node("own").id
    plan = compile(pipe.spec, pipe.wells)
    cell(2.0)
    assert set(execute(plan)[node].to_arrow()["OUT"].drop_null().to_pylist()) == {1.0}
    assert set(run(pipe, "own_edited")["OUT"].drop_null().to_pylist()) == {2.0}
    mr.operators.remove("own_edited")
    assert [p.code for p in pipe.validate() if p.severity == "error"] == ["unknown_operator"]
    with pytest.raises(mr.NotFound):
        mr.operators.remove("own_edited")
    with pytest.raises(mr.InvalidInput, match="stays"):
        mr.operators.remove("vsh_linear")


def test_the_editor_hears_of_a_new_operator_once_a_cell(pipe: mr.Pipeline) -> None:
    heard: list[dict[str, Any]] = []
    editor = Conversation(pipe.host, lambda content, buffers: heard.append(content))
    for id in ("own_a", "own_b"):
        mr.operator(id, inputs=GR, outputs=OUT)(lambda gr: gr)
    assert heard == []  # a cell never sends by itself
    editor.handle({"ping": True})
    (event,) = [each for each in heard if "event" in each]
    assert event["event"] == "catalogue"
    ids = {card["id"] for card in event["data"]["operators"]}
    assert {"own_a", "own_b", "vsh_linear"} <= ids
    editor.close()
    mr.operators.remove("own_a")
    heard.clear()
    editor.handle({"ping": True})
    assert heard == [{"ping": True}]


@pytest.mark.parametrize(
    ("kind", "body", "says"),
    [
        ("well", lambda gr: gr[:-1], r"returned 'out' with \d+ values for \d+ samples"),
        ("well", lambda gr: 1.0, "returned one value for 'out'"),
        ("well", lambda gr: np.array(["a"] * len(gr)), "returned text in place of numbers"),
        ("well", lambda gr: {"uot": gr}, "did not return its output 'out'. It returned 'uot'"),
        ("well", lambda gr: {"out": gr, "more": gr}, "'more', which is none of its outputs"),
        ("well", lambda gr: gr[10**9], "IndexError"),
        ("row", lambda gr: np.array([1.0]), 'returned a ndarray.*kind="well"'),
        ("row", lambda gr: np.log10(gr), 'For numpy, declare it with kind="well"'),
        ("row", lambda gr: {"out": None}, "returned nothing for its output 'out'"),
    ],
)
def test_what_goes_wrong_names_the_line(pipe: mr.Pipeline, kind: Any, body: Any, says: str) -> None:
    mr.operator("own_wrong", kind=kind, inputs=GR, outputs=OUT)(body)
    with pytest.raises(mr.MudrockError, match=says) as caught:
        mr.apply("own_wrong", {"GR": [1.0, 2.0]})
    assert f"{Path(__file__).name}, line " in str(caught.value)
    logs = pipe.add("well_logs", wells=["a-1"])
    node = pipe.add("own_wrong", logs)
    problems = [problem.message for problem in pipe.validate() if problem.severity == "error"]
    messages = problems or [failure.message for failure in pipe.run(to=node).failures]
    (message,) = messages
    assert Path(__file__).name in message
    assert "engine" not in message


def test_functions_of_other_makes(pipe: mr.Pipeline) -> None:
    import numba

    @numba.njit
    def running_sum(gr: Any, factor: float = 2.0) -> Any:
        return np.cumsum(gr) * factor

    class Tool:
        offset = 1.0

        def add(self, gr: Any, k: float = 2.0) -> Any:
            return gr + self.offset * k

    made = {
        "njit": running_sum,
        "bound": Tool().add,
        "lambda": lambda gr: gr,
        "partial": partial(Tool().add, k=5.0),
    }
    expected = {
        "njit": [2.0, 6.0],
        "bound": [3.0, 4.0],
        "lambda": [1.0, 2.0],
        "partial": [6.0, 7.0],
    }
    for name, function in made.items():
        mr.operator(name, kind="well", inputs=GR, outputs=OUT)(function)
        assert mr.apply(name, {"GR": [1.0, 2.0]})["OUT"].to_pylist() == expected[name]


PACKAGE = """
import mudrock_jupyter as mr

@mr.operator("acme_vsh", family="acme", inputs={"gr": mr.Curve("GR")}, outputs={"v": mr.Curve("V")})
def acme_vsh(gr: mr.Expr) -> mr.Expr:
    '''From a package.'''
    return gr
"""


def test_a_broken_package_is_named_and_the_others_come(tmp_path: Path) -> None:
    for name, text in {
        "acme": PACKAGE,
        "broken": "\n1 / 0\n",
        "quits": "raise SystemExit(3)",
    }.items():
        (tmp_path / f"{name}_logs.py").write_text(text)
        info = tmp_path / f"{name}_logs-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-logs\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[mudrock.operators]\n{name} = {name}_logs\n")
    code = (
        "import mudrock_jupyter as mr;"
        "print(mr.operators('acme')['defined'].to_dict(), len(mr.operators()) > 40)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"},
    )
    assert done.stdout.strip() == "{'acme_vsh': 'acme_logs'} True"
    assert (
        "package broken-logs 1.2 are missing, because broken_logs could not be imported: "
        "ZeroDivisionError" in done.stderr
    )
    assert "broken_logs.py, line 2: 1 / 0" in done.stderr
    assert "package quits-logs 1.2 are missing" in done.stderr
    assert "Traceback" not in done.stderr
