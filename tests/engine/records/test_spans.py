"""OpenTelemetry spans of a run: the tree, the times, and what is never in them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mudrock_jupyter.engine.records.record import RunRecord
from mudrock_jupyter.engine.records.spans import emit_spans
from mudrock_jupyter.spec.pipeline import PipelineSpec
from tests.engine.pipelines import node, pipeline
from tests.engine.records.conftest import Recorded


def spans_of(record: RunRecord | None) -> list[ReadableSpan]:
    """What an exporter is given for a run."""
    assert record is not None
    provider, exporter = TracerProvider(shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    emit_spans(record, provider)
    return list(exporter.get_finished_spans())


def test_a_run_has_segments_and_nodes(recorded: Recorded, chain: PipelineSpec) -> None:
    record = recorded(chain).record
    spans = spans_of(record)
    (root,) = [span for span in spans if span.name == "mudrock.run"]
    segments = [span for span in spans if span.name == "mudrock.segment"]
    nodes = [span for span in spans if span.name == "mudrock.node"]
    assert root.parent is None
    assert root.context is not None
    assert len(nodes) == 7
    assert segments
    above = {span.context.span_id for span in (root, *segments) if span.context}
    assert all(span.parent and span.parent.span_id in above for span in (*segments, *nodes))
    assert {span.context.trace_id for span in spans if span.context} == {root.context.trace_id}
    for span in spans:
        assert root.start_time is not None
        assert root.end_time is not None
        assert span.start_time is not None
        assert span.end_time is not None
        assert root.start_time <= span.start_time <= span.end_time <= root.end_time
    assert record is not None
    told = {each.id: each for each in record.nodes}
    for span in nodes:
        assert span.attributes is not None
        each = told[str(span.attributes["mudrock.node.id"])]
        assert span.attributes["mudrock.rows"] == each.rows
        assert span.attributes["mudrock.wells"] == each.wells
        assert span.attributes["mudrock.node.status"] == "completed"


def test_no_names_paths_or_parameters_are_told(recorded: Recorded, tmp_path: Path) -> None:
    out = tmp_path / "hushhush.csv"
    spec = pipeline([node("a", "well_logs", curves=["GR"]), node("b", "output_csv",
                                                                 path=str(out))])
    spec.nodes["b"].name, spec.name = "hushhush", "hushhush"
    spans = spans_of(recorded(spec).record)
    told = "".join(span.to_json() for span in spans)
    assert "hushhush" not in told
    assert str(tmp_path) not in told


def test_failures_are_errors(recorded: Recorded) -> None:
    spec = pipeline([node("logs", "well_logs"), node("picky", "test_picky", most=-1.0),
                     node("out", "output")])
    spans = spans_of(recorded(spec).record)
    wrong = {span.name for span in spans if not span.status.is_ok and span.status.is_unset is False}
    assert wrong == {"mudrock.run", "mudrock.node"}
    assert len([span for span in spans if span.name == "mudrock.node"]) == 2  # one was skipped


@pytest.mark.parametrize("way", ["not imported", "not installed", "no provider"])
def test_without_an_exporter_it_is_silent_and_costs_nothing(
    recorded: Recorded, chain: PipelineSpec, tmp_path: Path, way: str
) -> None:
    record = recorded(chain).record
    assert record is not None
    (tmp_path / "record.json").write_text(record.model_dump_json())
    code = """
import json, sys, time
from mudrock_jupyter.engine.records.record import RunRecord
from mudrock_jupyter.engine.records.spans import emit_spans
way = sys.argv[1]
if way == "not installed":
    sys.modules["opentelemetry"] = None
if way == "no provider":
    import opentelemetry.trace
record = RunRecord.model_validate_json(open("record.json").read())
emit_spans(record)
times = []
for _ in range(20):
    started = time.perf_counter()
    emit_spans(record)
    times.append(time.perf_counter() - started)
print(json.dumps([min(times), "opentelemetry.sdk" in sys.modules]))
"""
    result = subprocess.run([sys.executable, "-c", code, way], capture_output=True, text=True,
                            check=True, cwd=tmp_path,
                            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])})
    assert result.stderr == ""
    fastest, sdk = json.loads(result.stdout)
    assert fastest < 5e-4
    assert not sdk
