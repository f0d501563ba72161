"""A script made of a pipeline gives, in a fresh process, exactly the numbers of its run."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.export.python_script import to_python
from mudrock_jupyter.spec.errors import InvalidInput, InvalidPipeline, NotSupported
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import edge, node, pipeline

ROOT = Path(__file__).resolve().parents[3]
NASTY = 'a"""b\'\\ \n# coding: ascii\n"; import os; os.abort() #\u2028é'
OWN = """
from mudrock_jupyter.operators import registry
from tests.engine.pipelines import OPERATORS
registry.all_operators()
for each in OPERATORS:
    registry.add(each)
"""
KEEP = """
import pyarrow.parquet as pq
for number, each in enumerate(pipe.nodes):
    pq.write_table(run[each].to_arrow(), f"made-{number}.parquet")
"""


def check(spec: PipelineSpec, wells: WellStore, folder: Path) -> str:
    """Run the script of a pipeline in a process of its own and compare every node's output."""
    script = to_python(spec, wells.root, "copy.mudrock")
    (folder / "script.py").write_text(script + KEEP, encoding="utf-8")
    (folder / "start.py").write_text(OWN + "import runpy; runpy.run_path('script.py')\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("JPY_PARENT_PID", None)
    done = subprocess.run([sys.executable, "start.py"], cwd=folder, capture_output=True, text=True,
                          env=environment, timeout=100)
    assert done.returncode == 0, done.stderr
    run = execute(compile(spec, wells))
    for number, each in enumerate(sorted(spec.nodes.values(), key=lambda each: each.name)):
        made = pq.read_table(folder / f"made-{number}.parquet")
        assert made.equals(run[each.id].to_arrow(), check_metadata=True), each.name
    return script


def test_every_kind_of_operator_and_hostile_names(wells: WellStore, tmp_path: Path) -> None:
    csv = str(tmp_path / "it's \"out\".csv")
    spec = pipeline(
        [
            node("class", "well_logs", wells=["w0", "w1", "w2"], depth=[1005, 1080.5]),
            node("run", "vsh_larionov_tertiary", {"vsh": NASTY}, gr_clean=20, clip=True),
            node(NASTY, "sig_moving_average", curves=[NASTY, "GR"], window=5),
            node("2nd", "arr_filter", expr="GR > 20 and (well_id <> 'x''y' or RT > 2)"),
            node("ℌ", "arr_select", columns=["GR", "RT", "a*"]),
            node("H", "arr_rename", map={"GR": "GR'\\n"}),
            node("print", "test_ratio", {"bottom": NASTY}, limit="GR"),
            node("count", "test_count"), node("out", "output"), node("csv", "output_csv", path=csv),
            node("stack", "test_stack"), node("zz", "test_mean", curves=["RT"]),
        ],
        [edge("class", "run"), edge("run", NASTY), edge(NASTY, "2nd"), edge("2nd", "ℌ"),
         edge("ℌ", "H"), edge("run", "print"), edge("class", "count"), edge("H", "out"),
         edge("count", "csv"), edge("run", "stack", "right"), edge("zz", "stack", "left"),
         edge("class", "zz")],
    )
    spec.edges["zz-stack-left"].source_node_id = "run"
    spec.nodes["run"].description = NASTY
    script = check(spec, wells, tmp_path)
    assert "#   test_ratio 1.0.0, from tests.engine.pipelines" in script
    assert "clip=" not in script, "it is the default"


def test_it_is_written_for_people(wells: WellStore) -> None:
    spec = pipeline([
        node("logs", "well_logs", curves=["GR"]),
        node("shale volume", "vsh_linear", gr_clean=20),
        node("out", "output"),
    ])
    spec.nodes["shale volume"].description = "After the core."
    assert to_python(spec, "north-sea", "porosity.mudrock") == '''\
"""A pipeline of well logs, exported by mudrock_jupyter."""

import mudrock_jupyter as mr

project = mr.Project('north-sea')
pipe = project.pipeline('porosity.mudrock')

logs = pipe.add('well_logs', name='logs', curves=['GR'])
# After the core.
shale_volume = pipe.add('vsh_linear', logs, name='shale volume')
out = pipe.add('output', shale_volume, name='out')

run = pipe.run()
print(run)
'''


def test_conditional_and_error_connections(wells: WellStore) -> None:
    spec = pipeline([node("a", "well_logs"), node("b", "vsh_linear"), node("c", "output")],
                    [edge("a", "b", edge_type="conditional", condition="GR > 'x'"),
                     edge("b", "c", edge_type="error")])
    script = to_python(spec, "p", "q")
    assert "pipe.connect(a, b, edge_type='conditional', condition=\"GR > 'x'\")" in script
    assert "pipe.connect(b, c, edge_type='error')" in script


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(names=st.lists(TEXT, min_size=1, max_size=4, unique=True), text=TEXT, value=TEXT)
def test_nothing_gets_out_of_its_literal(names: list[str], text: str, value: str) -> None:
    nodes = [node(name, "well_logs", curves=[value]) for name in names]
    for each in nodes:
        each.description = text
    script = to_python(pipeline(nodes, []), value, text)
    tree = ast.parse(script.encode())
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
    assert len(calls) == len(names) + 4
    adds = [each for each in calls if ast.unparse(each.func) == "pipe.add"]
    told = {ast.literal_eval(word.value) for add in adds for word in add.keywords
            if word.arg == "name"}
    assert told == set(names)
    targets = [ast.unparse(each.targets[0]) for each in tree.body if isinstance(each, ast.Assign)]
    assert len(set(targets)) == len(targets)


def _no(spec: PipelineSpec, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        to_python(spec, "p", "q")


def test_what_cannot_be_a_script(wells: WellStore) -> None:
    _no(pipeline([node("a", "well_logs"), node("b", "vsh_linear")], []), InvalidPipeline, "'b'")
    _no(pipeline([node("a", "no_such_thing")]), InvalidPipeline, "no_such_thing")
    _no(pipeline([node("a", "well_logs", depth="deep")]), InvalidInput, "'a': well_logs: depth")
    _no(pipeline([node("a", "well_logs", nonsense=1)]), InvalidInput, "nonsense")
    _no(pipeline([node("a", "well_logs"), node("b", "sig_moving_average", {"curve": "RT"},
                                                curves=["GR"])]), (NotSupported, InvalidInput),  # type: ignore[arg-type]
        "'b'")
    unnamed: Any = node("a", "well_logs").model_copy(update={"name": ""})
    _no(pipeline([unnamed]), InvalidInput, "has no name")
