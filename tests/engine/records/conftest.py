"""A run of a pipeline of every kind of node, with its record."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.records.recorder import Recorder
from mudrock_jupyter.engine.run import Run
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import node, pipeline

Recorded = Callable[..., Run]


@pytest.fixture
def recorded(wells: WellStore, tmp_path: Path) -> Recorded:
    """Run a pipeline on five wells, and record it."""

    def run(spec: PipelineSpec, stop: threading.Event | None = None) -> Run:
        with Recorder(tmp_path / "own.mudrock", wells) as recorder:
            recorder.reads(spec)
            plan = compile(spec, wells)
            recorder.follows(plan)
            return recorder.finished(execute(plan, on_status=recorder.hear, stop=stop))

    return run


@pytest.fixture
def chain() -> PipelineSpec:
    """Source, rows, a filter, a kernel, a renaming and an output."""
    return pipeline([
        node("logs", "well_logs", depth=[1000, 1080]),
        node("vsh", "test_vsh"),
        node("keep", "test_keep", above=0.2),
        node("ratio", "test_ratio", limit="RHOB"),
        node("mean", "test_mean", curves=["RATIO"]),
        node("rename", "arr_rename", map={"RATIO_MEAN": "SMOOTH"}),
        node("out", "output"),
    ])
