"""What a record says of a run, and that it is there however the run ends."""

from __future__ import annotations

import json
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.records import surroundings
from mudrock_jupyter.engine.records.folder import RunFolder, read_record, record_text
from mudrock_jupyter.engine.records.nodes import content_hash
from mudrock_jupyter.engine.records.record import RunRecord
from mudrock_jupyter.engine.records.recorder import Recorder
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.digest import implementation_digest
from mudrock_jupyter.spec.errors import InvalidPipeline, NewerFormat, NotFound, ReadFailed
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import node, pipeline
from tests.engine.records.conftest import Recorded


def records(wells: WellStore) -> list[RunRecord]:
    """The records on disk, newest first."""
    return [read_record(path) for path in RunFolder(wells.layout.runs).files()]


def test_a_completed_run_is_told_in_full(
    recorded: Recorded, chain: PipelineSpec, wells: WellStore
) -> None:
    run = recorded(chain)
    record = run.record
    assert record is not None
    assert records(wells) == [record]
    assert (record.status, record.by) == ("completed", surroundings.user())
    assert record.started_at < record.ended_at
    assert record.pipeline.content_sha256 == content_hash(chain)
    assert record.project_id == wells.id
    assert set(record.versions) == {
        "mudrock_jupyter", "datafusion", "pyarrow", "numpy", "numba", "python"}
    told = {each.id: each for each in record.nodes}
    assert list(told) == ["logs", "vsh", "keep", "ratio", "mean", "rename", "out"]
    for id, each in told.items():
        metrics = run.metrics[id]
        assert (each.rows, each.rows_in, each.wells) == \
            (metrics.rows, metrics.rows_in, metrics.wells)
        assert each.status == "completed"
        assert each.started_ms is not None
        assert each.ended_ms is not None
        assert 0 <= each.started_ms <= each.ended_ms <= record.wall_ms + 1000
        assert each.operator.digest == implementation_digest(registry.get(each.operator.id))
    assert told["vsh"].parameters == {"clean": 20.0, "shale": 120.0}  # defaults included
    assert told["keep"].rows < told["vsh"].rows


def test_the_inputs_are_the_files_as_they_were(
    recorded: Recorded, chain: PipelineSpec, wells: WellStore
) -> None:
    record = recorded(chain).record
    assert record is not None
    assert [each.well for each in record.inputs] == [f"w{n}" for n in range(5)]
    for each in record.inputs:
        status = (wells.root / each.path).stat()
        assert (each.size, each.mtime_ns) == (status.st_size, status.st_mtime_ns)
        assert each.depth_sha256 == wells.file(wells.root / each.path).footer["depth_sha256"]


def test_the_content_hash_is_that_of_what_is_computed(chain: PipelineSpec) -> None:
    before = content_hash(chain)
    chain.layout.positions["vsh"] = (3.0, 4.0)
    chain.comments["c"] = {"text": "why?"}
    chain.metadata.updated_at = "now"
    assert content_hash(chain) == before
    chain.nodes["vsh"].parameters["clean"] = 21
    assert content_hash(chain) != before


def test_a_failed_well_and_a_failed_node_are_told(recorded: Recorded, wells: WellStore) -> None:
    record = recorded(pipeline([node("logs", "well_logs"),
                                node("picky", "test_picky", most=-1.0),
                                node("out", "output")])).record
    assert record is not None
    assert record.status == "failed"
    assert len(record.failures) == 5
    told = {each.id: each for each in record.nodes}
    assert (told["picky"].status, told["picky"].failures) == ("failed", 5)
    assert "too radioactive" in (told["picky"].message or "")
    assert told["out"].status == "skipped"
    assert told["out"].started_ms is None


def test_an_invalid_pipeline_leaves_its_problems(recorded: Recorded, wells: WellStore) -> None:
    with pytest.raises(InvalidPipeline):
        recorded(pipeline([node("logs", "well_logs"), node("vsh", "no_such_operator")]))
    (record,) = records(wells)
    assert record.status == "invalid"
    assert "unknown_operator" in {problem["code"] for problem in record.problems}
    assert [each.operator.id for each in record.nodes] == ["well_logs", "no_such_operator"]
    with pytest.raises(NotFound, match="has no lineage: it is invalid"):
        record.trace()


def wait_for_the_record() -> None:
    """Wait for the thread that records an interrupted run."""
    for thread in threading.enumerate():
        if thread.name == "mudrock-record":
            thread.join(10)


@pytest.mark.parametrize(("error", "status", "message"), [
    (KeyboardInterrupt(), "interrupted", "Interrupted."),
    (NotFound("No such thing."), "failed", "No such thing."),
    (ZeroDivisionError("secret"), "failed",
     "The run ended in an internal error (ZeroDivisionError)."),
])
def test_a_run_that_ends_in_an_error_leaves_a_record_and_the_error(
    wells: WellStore, chain: PipelineSpec, error: BaseException, status: str, message: str
) -> None:
    with pytest.raises(type(error)), Recorder(Path("x.mudrock"), wells) as recorder:
        recorder.reads(chain)
        recorder.follows(compile(chain, wells))
        raise error
    wait_for_the_record()
    (record,) = records(wells)
    assert (record.status, record.message) == (status, message)
    assert len(record.inputs) == 5


def test_a_stopped_run_leaves_a_record(
    recorded: Recorded, chain: PipelineSpec, wells: WellStore
) -> None:
    stop = threading.Event()
    stop.set()
    run = recorded(chain, stop)
    assert run.status == "stopped"
    assert [each.status for each in records(wells)] == ["stopped"]


def test_passwords_are_not_kept(recorded: Recorded, wells: WellStore, tmp_path: Path) -> None:
    spec = pipeline([node("logs", "well_logs"), node("out", "output_csv", path="x")])
    spec.nodes["out"].parameters["path"] = "postgres://me:hunter2@host/db?password=hunter3"
    with pytest.raises(KeyboardInterrupt), Recorder(tmp_path / "x.mudrock", wells) as recorder:
        recorder.reads(spec)
        raise KeyboardInterrupt
    wait_for_the_record()
    (path,) = RunFolder(wells.layout.runs).files()
    assert "hunter" not in path.read_text()
    assert "postgres://me:***@host/db" in path.read_text()


@pytest.mark.parametrize("fault", ["file in the way", "no permission"])
def test_a_record_that_cannot_be_written_is_one_warning(
    recorded: Recorded, chain: PipelineSpec, wells: WellStore,
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, fault: str,
) -> None:
    if fault == "file in the way":
        wells.layout.runs.write_text("")
    elif os.geteuid() == 0:  # root may write anywhere: refuse as a read-only disk does
        def refuse(*arguments: object, **options: object) -> None:
            raise OSError(30, "Read-only file system")
        monkeypatch.setattr("mudrock_jupyter.spec.files.tempfile.mkstemp", refuse)
    else:
        wells.root.chmod(0o555)
    with caplog.at_level(logging.WARNING, "mudrock_jupyter.records"):
        run = recorded(chain)
    wells.root.chmod(0o755)
    assert run.status == "completed"
    assert run.record is not None
    warnings = [each for each in caplog.records if each.name == "mudrock_jupyter.records"]
    assert len(warnings) == 1
    assert run.record.run_id in warnings[0].getMessage()


def test_a_fault_in_the_record_does_not_harm_the_run(
    recorded: Recorded, chain: PipelineSpec, wells: WellStore, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("mudrock_jupyter.engine.records.recorder.traces", broken)
    run = recorded(chain)
    assert run.record is not None
    assert run.record.lineage == {}
    monkeypatch.setattr("mudrock_jupyter.engine.records.recorder.node_records", broken)
    assert recorded(chain).record is None
    assert "The record lacks" in caplog.text


def test_the_file_is_json_with_sorted_keys(
    recorded: Recorded, chain: PipelineSpec, wells: WellStore
) -> None:
    record = recorded(chain).record
    assert record is not None
    (path,) = RunFolder(wells.layout.runs).files()
    text = path.read_text()
    assert text == record_text(record)
    content = json.loads(text)
    assert content["format"] == "mudrock-run/1"
    assert list(content) == sorted(content)
    assert path.name.endswith(f"Z-{record.run_id}.json")


def test_damaged_and_newer_records_are_listed_with_the_rest(
    recorded: Recorded, chain: PipelineSpec, wells: WellStore
) -> None:
    good = recorded(chain).record
    assert good is not None
    folder = RunFolder(wells.layout.runs)
    faults = {
        "aaaa": "", "bbbb": "{", "cccc": "[]", "dddd": '{"format": "mudrock-run/1"}',
        "eeee": '{"format": "mudrock-run/2"}', "ffff": "\xff",
    }
    for number, (id, text) in enumerate(faults.items()):
        name = f"20200101T00000000{number}Z-{id}.json"
        (folder.path / name).write_bytes(text.encode("latin-1"))
    (folder.path / "notes.txt").write_text("mine")
    rows = folder.rows()
    assert [row["run_id"] for row in rows] == [good.run_id, *reversed(faults)]
    assert [row["status"] for row in rows] == [
        "completed", "damaged", "newer", *["damaged"] * 4]
    assert all(row["message"] for row in rows[1:])
    assert folder.read(good.run_id[:6]) == good
    for id in faults:
        with pytest.raises(NewerFormat if id == "eeee" else ReadFailed, match=id):
            folder.read(id)
    with pytest.raises(NotFound, match="There is no record"):
        folder.read("0000")
    with pytest.raises(NotFound):
        folder.read("")


def test_runs_at_the_same_time_never_share_a_file(
    chain: PipelineSpec, wells: WellStore
) -> None:
    def run(_: int) -> None:
        with Recorder(Path("x.mudrock"), wells) as recorder:
            recorder.reads(chain)
            recorder.refused([])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(40)))
    assert len({record.run_id for record in records(wells)}) == 40
