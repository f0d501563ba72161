"""Saying everything that is wrong with a pipeline, at once."""

from __future__ import annotations

from mudrock_jupyter.engine.bound import WellSource
from mudrock_jupyter.engine.check import analyse
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.spec.problems import Problem


def validate(spec: PipelineSpec, wells: WellSource | None) -> list[Problem]:
    """Return all problems of a pipeline; nothing is read but the footers of the wells' files.

    Without errors among them the pipeline can run; warnings say what it will leave out.
    """
    return list(analyse(spec, wells).problems)
