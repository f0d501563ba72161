"""The pipeline handle, on a file of its own: what a notebook cell relies on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pycrdt import Doc, Map

from mudrock_jupyter.pipeline import Node, Pipeline
from mudrock_jupyter.project import Project
from mudrock_jupyter.spec.errors import (
    InvalidDocument,
    InvalidInput,
    InvalidPipeline,
    NewerFormat,
    NotFound,
)
from tests.top.logs import logs_of_one_well


@pytest.fixture
def pipe(project: Project) -> Iterator[Pipeline]:
    pipe = project.pipeline("porosity.mudrock")
    yield pipe
    pipe.close()


def porosity(pipe: Pipeline) -> tuple[Node, Node, Node, Node]:
    logs = pipe.add("well_logs", curves=["GR", "RHOB", "RT"])
    vsh = pipe.add("vsh_larionov_tertiary", logs, gr_clean=20, gr_shale=120)
    phi = pipe.add("phi_density", vsh, rho_ma=2.65)
    sw = pipe.add("sw_archie", phi, phi="PHID", rw=0.05)
    return logs, vsh, phi, sw


def on_disk(pipe: Pipeline) -> dict[str, dict[str, dict[str, object]]]:
    text: dict[str, dict[str, dict[str, object]]] = json.loads(pipe.path.read_text())
    return text


def test_the_connection_says_where_the_document_lives_and_why(pipe: Pipeline) -> None:
    assert pipe.connection.kind == "file"
    assert "porosity.mudrock" in str(pipe.connection)
    assert pipe.path.exists()


def test_every_change_is_in_the_file_at_once(pipe: Pipeline) -> None:
    _, vsh, _, _ = porosity(pipe)
    saved = on_disk(pipe)
    assert saved["nodes"][vsh.id]["parameters"] == {"gr_clean": 20, "gr_shale": 120}
    assert len(saved["edges"]) == 3
    assert saved["projectId"] == pipe.project.id  # type: ignore[union-attr]


def test_a_run_gives_every_node_s_output(pipe: Pipeline) -> None:
    logs, vsh, phi, sw = porosity(pipe)
    average = pipe.add("sig_moving_average", sw, curve="VSH", window=21)
    out = pipe.add("output", average)
    run = pipe.run()
    assert run.status == "completed"
    assert {"well_id", "DEPTH", "GR", "RHOB", "RT"} == set(run[logs].schema.names)
    assert "VSH" in run[vsh].schema.names
    assert "PHID" not in run[vsh].schema.names
    assert {"PHID", "SW", "VSH_MA"} <= set(run[out].schema.names)
    assert pa.table(run[out]).num_rows == len(run[out]) == 800
    frame = run["phi_density"].to_pandas()
    assert frame["PHID"].notna().all()
    assert run[phi].to_polars().height == 800


def test_a_well_without_the_curve_is_listed_and_the_others_finish(pipe: Pipeline) -> None:
    porosity(pipe)
    run = pipe.run()
    assert [failure.well for failure in run.failures] == ["a-3"]
    assert "RHOB" in run.failures[0].message
    assert run["vsh_larionov_tertiary"].wells == ["a-1", "a-2", "a-3"]
    assert run["sw_archie"].wells == ["a-1", "a-2"]


def test_a_named_node_is_brought_to_what_the_cell_says(pipe: Pipeline) -> None:
    for gr_clean in (20, 30):
        logs = pipe.add("well_logs", name="logs")
        pipe.add("vsh_linear", logs, name="shale", gr_clean=gr_clean, gr_shale=120)
    assert [node.name for node in pipe.nodes] == ["logs", "shale"]
    assert pipe.node("shale").parameters == {"gr_clean": 30, "gr_shale": 120}
    assert len(pipe.spec.edges) == 1
    with pytest.raises(InvalidInput, match="vsh_linear"):
        pipe.add("output", name="shale")


def test_undo_and_redo_take_one_step_each(pipe: Pipeline) -> None:
    logs = pipe.add("well_logs")
    pipe.add("vsh_linear", logs)
    assert pipe.undo()
    assert [node.operator_id for node in pipe.nodes] == ["well_logs"]
    assert pipe.redo()
    assert len(pipe.nodes) == 2
    assert len(pipe.spec.edges) == 1
    assert not pipe.redo()


def test_opening_is_no_step_to_undo(pipe: Pipeline) -> None:
    assert not pipe.undo()
    assert on_disk(pipe)["projectId"] == pipe.project.id  # type: ignore[union-attr]


def test_removing_a_node_removes_its_edges_and_undo_brings_all_back(pipe: Pipeline) -> None:
    _, vsh, _, _ = porosity(pipe)
    before = on_disk(pipe)
    pipe.remove(vsh)
    assert len(pipe.spec.edges) == 1
    assert vsh.id not in pipe.spec.layout.positions
    pipe.undo()
    assert on_disk(pipe) == before


def test_two_handles_of_one_path_are_one_document(project: Project, pipe: Pipeline) -> None:
    other = project.pipeline("porosity")
    other.add("well_logs")
    assert len(pipe.nodes) == 1


@pytest.mark.parametrize(
    ("mistake", "error", "says"),
    [
        (lambda p, logs: p.add("vsh_linaer", logs), NotFound, "Did you mean 'vsh_linear'"),
        (lambda p, logs: p.add("vsh_linear", logs, gr_claen=3), InvalidInput, "'gr_clean'"),
        (lambda p, logs: p.add("vsh_linear", logs, gr=3), InvalidInput, "name of a curve"),
        (
            lambda p, logs: p.add("phi_density", logs, rho_ma="high", rho_fl=-1),
            InvalidInput,
            "rho_fl",
        ),
        (lambda p, logs: p.add("sig_moving_average", logs), InvalidInput, "curves"),
        (lambda p, logs: p.add("vsh_linear", "lgos"), NotFound, "'logs'"),
        (lambda p, logs: p.add("vsh_linear", logs, logs), InvalidInput, "2 inputs"),
        (lambda p, logs: p.add("well_logs", logs), InvalidInput, "takes none"),
        (lambda p, logs: p.connect(logs, logs), InvalidInput, "begins a pipeline"),
        (lambda p, logs: p.remove("nothing"), NotFound, "nothing"),
        (lambda p, logs: p.add("vsh_linear", logs, gr_clean=True), InvalidInput, "a number"),
        (lambda p, logs: p.add("vsh_linear", logs, gr_clean=object()), InvalidInput, "type object"),
        (lambda p, logs: p.add("output_csv", logs, path=""), InvalidInput, "path"),
        (lambda p, logs: p.add("output", logs, name=5), InvalidInput, "5 is no name"),
        (lambda p, logs: p.add("output", logs, name="\ud800"), InvalidInput, "half of a character"),
        (lambda p, logs: p.add("output", logs, at="left"), InvalidInput, "(x, y)"),
        (lambda p, logs: p.add("output", logs, at=(float("nan"), 1)), InvalidInput, "position"),
        (lambda p, logs: p.add(None), NotFound, "None"),
        (lambda p, logs: p.add("output", 5), NotFound, "no node 5"),
        (lambda p, logs: p.run("nothing"), NotFound, "nothing"),
    ],
)
def test_a_mistake_is_one_clear_error_and_changes_nothing(
    pipe: Pipeline, mistake: object, error: type[Exception], says: str
) -> None:
    logs = pipe.add("well_logs", name="logs")
    before = on_disk(pipe)
    with pytest.raises(error) as refusal:
        mistake(pipe, logs)  # type: ignore[operator]
    assert says in str(refusal.value)
    assert on_disk(pipe) == before


def test_a_node_of_another_pipeline_is_refused(project: Project, pipe: Pipeline) -> None:
    other = project.pipeline("other.mudrock")
    logs = other.add("well_logs")
    with pytest.raises(NotFound, match=r"belongs to other\.mudrock"):
        pipe.add("output", logs)
    other.close()
    assert "closed" in repr(other)


def test_parameters_may_come_from_numpy_and_pandas(project: Project, pipe: Pipeline) -> None:
    logs = pipe.add("well_logs", wells=project.wells().index, depth=np.array([1000, 1100]))
    assert logs.parameters == {"wells": ["a-1", "a-2", "a-3"], "depth": [1000, 1100]}


@pytest.mark.parametrize("path", ["", "x" * 300, "a\0b.mudrock", "porosity.txt"])
def test_a_name_that_no_file_can_have_is_refused(project: Project, path: str) -> None:
    with pytest.raises(InvalidInput):
        project.pipeline(path)


@pytest.mark.parametrize("depth", [5, (1,), ("a", "b"), (2, 1), (float("nan"), 1)])
def test_a_depth_range_that_is_none_is_refused(project: Project, depth: Any) -> None:
    with pytest.raises(InvalidInput, match="depth"):
        project.read("A-1", depth=depth)


def test_a_project_without_wells_says_so(tmp_path: Path, project: Project) -> None:
    empty = Project(tmp_path / "empty").pipeline("empty.mudrock")
    empty.add("well_logs")
    assert "has no wells. Import" in repr(empty.validate())
    empty.close()


def test_a_damaged_well_is_left_out_by_name(project: Project, pipe: Pipeline) -> None:
    logs = pipe.add("well_logs", wells=["A-1", "A-2"])
    (file,) = (project.path / "wells" / "a-2").glob("*.parquet")
    file.write_bytes(file.read_bytes()[:100])
    run = pipe.run()
    assert run.status == "completed"
    assert [failure.well for failure in run.failures] == ["a-2"]
    assert "damaged" in run.failures[0].message
    assert set(run[logs].to_pandas()["well_id"]) == {"a-1"}


def test_a_loop_and_a_taken_input_are_refused(pipe: Pipeline) -> None:
    logs, vsh, phi, sw = porosity(pipe)
    spare = pipe.add("vsh_linear")
    pipe.connect(sw, spare)
    with pytest.raises(InvalidInput, match="already connected"):
        pipe.connect(logs, vsh)
    for edge in list(pipe.spec.edges.values()):
        if edge.target_node_id == vsh.id:
            pipe.disconnect(logs, vsh)
    with pytest.raises(InvalidInput, match="own output"):
        pipe.connect(spare, vsh)
    assert phi.name in {node.name for node in pipe.nodes}


def test_an_invalid_pipeline_does_not_run_and_lists_every_problem(pipe: Pipeline) -> None:
    logs = pipe.add("well_logs", curves=["GR"])
    phi = pipe.add("phi_density", logs)
    lonely = pipe.add("vsh_linear")
    problems = pipe.validate()
    assert {phi.id, lonely.id} <= {problem.node for problem in problems}
    assert "RHOB" in repr(problems)
    assert "phi_density" in problems._repr_html_()
    with pytest.raises(InvalidPipeline) as refusal:
        pipe.run()
    assert len(refusal.value.problems) >= 2


def test_a_broken_file_is_refused_and_left_alone(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "broken.mudrock"
    path.write_text('{"format": "mudrock/1", "nodes": {')
    with pytest.raises(InvalidDocument, match="line 1"):
        project.pipeline(path)
    assert path.read_text() == '{"format": "mudrock/1", "nodes": {'


def test_nonsense_from_a_peer_is_a_problem_of_its_node_and_can_be_removed(pipe: Pipeline) -> None:
    logs = pipe.add("well_logs")
    nonsense = Map({"id": "bad", "name": 5, "operatorId": "output", "parameters": [1]})

    def write(doc: Doc[Any]) -> None:
        doc.get("nodes", type=Map)["bad"] = nonsense
        doc.get("layout", type=Map)["bad"] = "left"

    pipe.peer.call(write)
    assert "2 nodes" in repr(pipe)
    problems = [problem for problem in pipe.validate() if problem.code == "invalid_document"]
    assert {problem.node for problem in problems if problem.severity == "error"} == {"bad"}
    with pytest.raises(InvalidPipeline, match=r"nodes\.bad\.name is 5"):
        pipe.run()
    assert pipe.run(logs).status == "completed"
    pipe.remove("bad")
    assert pipe.run().status == "completed"


def test_a_connection_to_nowhere_is_named_and_can_be_removed(pipe: Pipeline) -> None:
    logs = pipe.add("well_logs")
    edge = Map({"sourceNodeId": logs.id, "targetNodeId": "gone"})
    pipe.peer.call(lambda doc: doc.get("edges", type=Map).update({"e1": edge}))
    (problem,) = [each for each in pipe.validate() if each.severity == "error"]
    assert (problem.code, problem.edge) == ("unknown_node", "e1")
    assert "'e1'" in problem.advice
    pipe.remove("e1")
    assert pipe.run().status == "completed"


def test_a_newer_file_is_refused_and_left_alone(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "newer.mudrock"
    path.write_text('{"format": "mudrock/9"}')
    with pytest.raises(NewerFormat, match="pip install --upgrade") as refusal:
        project.pipeline(path)
    assert "Repair" not in str(refusal.value)
    assert path.read_text() == '{"format": "mudrock/9"}'


def test_a_pipeline_shows_itself(pipe: Pipeline) -> None:
    porosity(pipe)
    assert "4 nodes" in repr(pipe)
    bundle = pipe._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    assert len(json.dumps(data)) < 20_000


def test_a_background_run_reports_to_the_document(pipe: Pipeline) -> None:
    import threading

    *_, sw = porosity(pipe)
    finished = threading.Event()
    ended: list[str] = []
    unsubscribe = pipe.host.subscribe(
        lambda event, data: (ended.append(str(data["status"])), finished.set())
    )
    run_id = pipe.host.run(None)
    assert finished.wait(60)
    unsubscribe()
    assert ended == ["completed"]
    status = pipe.peer.call(lambda doc: doc.get("run", type=type(doc["nodes"])).to_py())
    assert status[sw.id]["runId"] == status["pipeline"]["runId"] == run_id
    assert status[sw.id]["status"] == "completed"
    assert status[sw.id]["rows"] == 800
    assert pipe.host.output(sw.id).num_rows == 800
    assert status[sw.id]["settings"] == {
        "operatorId": "sw_archie",
        "parameters": {"rw": 0.05},
        "curveMapping": {"phi": "PHID"},
        "inputs": {"input": [pipe.node("phi_density").id, "output"]},
    }
    assert "run" not in on_disk(pipe)


def test_a_curve_without_a_value_is_as_good_as_missing(project: Project, pipe: Pipeline) -> None:
    empty = logs_of_one_well(seed=4)
    at = empty.schema.get_field_index("RHOB")
    nothing = pa.nulls(empty.num_rows, pa.float64())
    project.store.write_logs("A-4", empty.set_column(at, empty.schema.field(at), nothing))
    porosity(pipe)
    assert "RHOB is missing in 2 of 4 wells: a-3, a-4" in repr(pipe.validate())
    run = pipe.run()
    assert [failure.well for failure in run.failures] == ["a-3", "a-4"]
    assert set(run["phi_density"].to_pandas()["well_id"]) == {"a-1", "a-2"}


def test_an_output_says_of_a_curve_only_what_is_true_of_all_its_wells(
    project: Project, pipe: Pipeline
) -> None:
    logs = pipe.add("well_logs", curves=["GR"])
    field = pipe.run()[logs].schema.field("GR")
    assert field.metadata[b"unit"] == b"gAPI"
    renamed = logs_of_one_well(seed=5)
    metadata = {"unit": "gAPI", "source_mnemonic": "GRGC"}
    at = renamed.schema.get_field_index("GR")
    renamed = renamed.set_column(at, pa.field("GR", pa.float64(), metadata=metadata), renamed["GR"])
    project.store.write_logs("A-5", renamed)
    assert b"source_mnemonic" not in pipe.run()[logs].schema.field("GR").metadata


def test_a_pipeline_that_was_refused_is_not_called_failed(pipe: Pipeline) -> None:
    pipe.add("vsh_linear")
    with pytest.raises(InvalidPipeline):
        pipe.run()
    assert pipe.peer.run_status()["pipeline"]["status"] == "invalid"  # type: ignore[index, call-overload]


def test_every_handle_of_a_document_shows_what_ran_last(project: Project, pipe: Pipeline) -> None:
    _, vsh, phi, sw = porosity(pipe)
    pipe.run()
    again = project.pipeline("porosity.mudrock")
    assert again.host.output(sw.id).num_rows == 800
    again.add("vsh_larionov_tertiary", "well_logs", name=vsh.name, gr_clean=30, gr_shale=120)
    again.run(to=vsh)
    assert pipe.host.output(vsh.id).num_rows == 1200
    assert pipe.host.output(sw.id).num_rows == 800, "what the run did not reach is still there"
    assert pipe.peer.run_status()[sw.id]["status"] == "completed"  # type: ignore[index, call-overload]
    again.remove(phi)
    again.run(to=vsh)
    with pytest.raises(NotFound, match="Run the pipeline first"):
        pipe.host.output(phi.id)
