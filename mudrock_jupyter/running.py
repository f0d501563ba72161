"""Running a pipeline from a terminal: a progress bar, and the result as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mudrock_jupyter.spec.errors import InvalidInput

if TYPE_CHECKING:
    from mudrock_jupyter.engine.run import Run
    from mudrock_jupyter.engine.status import NodeStatus
    from mudrock_jupyter.spec.pipeline import PipelineSpec
    from mudrock_jupyter.spec.problems import Problem
    from mudrock_jupyter.wells.store import WellStore


def execute_with_progress(
    path: Path,
    spec: PipelineSpec,
    wells: WellStore,
    to: str | None = None,
    quiet: bool = False,
) -> Run:
    """Compile and execute the pipeline of a file, with a progress bar on a terminal."""
    from mudrock_jupyter.engine.cache.place import cache_of
    from mudrock_jupyter.engine.compile import compile
    from mudrock_jupyter.engine.execute import execute
    from mudrock_jupyter.engine.records.recorder import Recorder
    from mudrock_jupyter.progress import shown

    names = {node.id: node.name for node in spec.nodes.values()}
    with Recorder(path, wells, to) as recorder, shown(names, wanted=not quiet) as progress:
        recorder.reads(spec)
        plan = compile(spec, wells, to)
        recorder.follows(plan)

        def follow(status: NodeStatus) -> None:
            recorder.hear(status)
            progress.hear(status)

        return recorder.finished(
            execute(plan, on_status=follow, cache=cache_of(wells.root)))


def record_refusal(
    path: Path, spec: PipelineSpec, wells: WellStore, problems: list[Problem]
) -> None:
    """Leave a record of a run that did not begin, because the pipeline is invalid."""
    from mudrock_jupyter.engine.records.recorder import Recorder

    with Recorder(path, wells) as recorder:
        recorder.reads(spec)
        recorder.refused(problems)


def write_result(run: Run, spec: PipelineSpec, to: str | None, path: Path) -> str:
    """Write the result of node `to`, or of the only output, by the file's suffix.

    Returns the id of the node written. Raises `InvalidInput` if it is not clear which.
    """
    from mudrock_jupyter.operators.sinks import write_table

    node = to or _only_output(spec)
    write_table(run[node], path)
    return node


def check_result(spec: PipelineSpec, to: str | None, path: Path) -> None:
    """Refuse before the run what `write_result` could not do after it."""
    from mudrock_jupyter.operators.sinks import writer_for

    writer_for(path)
    if to is None:
        _only_output(spec)


def _only_output(spec: PipelineSpec) -> str:
    from mudrock_jupyter.operators import registry
    from mudrock_jupyter.operators.declare import Kind

    found = ((node, registry.find(node.operator_id)) for node in spec.nodes.values())
    outputs = [node for node, operator in found if operator and operator.kind is Kind.SINK]
    if len(outputs) != 1:
        names = ", ".join(sorted(node.name for node in outputs)) or "none"
        raise InvalidInput(
            f"--out needs one node; the outputs are: {names}. Name one with --to NODE."
        )
    return outputs[0].id
