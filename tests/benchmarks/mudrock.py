"""This package, through its public face and straight through the engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.spec.text import dump
from tests.benchmarks.pipelines import do_nothing, last_table, pipeline
from tests.benchmarks.recipe import IDLE_NODES, MIN_POROSITY
from tests.benchmarks.task import Result, Task

if TYPE_CHECKING:
    from mudrock_jupyter.engine.run import Run
    from mudrock_jupyter.pipeline import Pipeline

CACHE_LIMIT = "MUDROCK_CACHE_LIMIT"


def mudrock(task: Task, threads: int) -> Callable[[], Result]:
    """Run the pipeline's document, nothing cached."""
    os.environ[CACHE_LIMIT] = "0"
    pipe = _open(task)
    return lambda: _result(pipe.run(), task)


def mudrock_engine(task: Task, threads: int) -> Callable[[], Result]:
    """Compile and execute without a document, nothing cached."""
    os.environ[CACHE_LIMIT] = "0"
    run = _runner(task.project, pipeline(task.kind, task.depth))
    return lambda: _result(run(), task)


def mudrock_filling(task: Task, threads: int) -> Callable[[], Result]:
    """Run the document with the cache on, and every time on other depths: all is made anew."""
    os.environ.pop(CACHE_LIMIT, None)
    pipe, shifts = _open(task), _steps(1e-5)

    def run() -> Result:
        top, base = task.depth
        _change(pipe, "logs", depth=[top + next(shifts), base])
        return _result(pipe.run(), task)

    return run


def mudrock_edited(task: Task, threads: int) -> Callable[[], Result]:
    """Run the document with the cache on, and every time with another porosity cutoff."""
    os.environ.pop(CACHE_LIMIT, None)
    pipe, shifts = _open(task), _steps(1e-3)
    pipe.run()

    def run() -> Result:
        _change(pipe, "table", phi=MIN_POROSITY + next(shifts))
        return _result(pipe.run(), task)

    return run


def idle_none(task: Task, threads: int) -> Callable[[], Result]:
    """Compile and run a pipeline that only reads."""
    return _idle(task, 0)


def idle_many(task: Task, threads: int) -> Callable[[], Result]:
    """The same with many nodes that do nothing."""
    return _idle(task, IDLE_NODES)


def _idle(task: Task, nodes: int) -> Callable[[], Result]:
    os.environ[CACHE_LIMIT] = "0"
    run = _runner(task.project, do_nothing(nodes))
    return lambda: Result(run()["out"].to_arrow())


def _runner(project: Path, spec: PipelineSpec) -> Callable[[], Run]:
    from mudrock_jupyter.engine.compile import compile
    from mudrock_jupyter.engine.execute import execute
    from mudrock_jupyter.wells.store import WellStore

    store = WellStore(project)
    return lambda: execute(compile(spec, store))


def _open(task: Task) -> Pipeline:
    """Open the pipeline as a script does: its document is the file, there is no server."""
    from mudrock_jupyter.project import Project

    path = Path(mkdtemp(dir=task.project.parent)) / f"{task.kind}.mudrock"
    path.write_text(dump(pipeline(task.kind, task.depth)))
    return Project(task.project).pipeline(path)


def _change(pipe: Pipeline, name: str, **changes: object) -> None:
    """Change some parameters of a node, as a cell does that is run again."""
    node = pipe.node(name)
    kept = {**node.parameters, **node.spec.curve_mapping}
    pipe.add(node.operator_id, name=name, **{**kept, **changes})


def _result(run: Run, task: Task) -> Result:
    assert run.status == "completed", run
    assert not run.failures, run.failures
    return Result(
        run[last_table(task.kind)].to_arrow() if task.wants_table else None,
        run["summary"].to_arrow() if task.has_summary else None,
    )


def _steps(size: float) -> Iterator[float]:
    return (size * n for n in count(1))
