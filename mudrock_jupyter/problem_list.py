"""A list of problems, as a person sees it in a notebook."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from mudrock_jupyter.spec.problems import Problem


class ProblemList(list[Problem]):
    """Problems with the names of their nodes; empty when the pipeline is valid."""

    def __init__(self, problems: Sequence[Problem], names: Mapping[str, str]) -> None:
        super().__init__(problems)
        self._names = dict(names)

    def __repr__(self) -> str:
        if not self:
            return "No problems: the pipeline can run."
        return "\n".join(f"{p.severity:8} {self._where(p)}: {p}" for p in self)

    def _repr_html_(self) -> str:
        if not self:
            return "<span>No problems: the pipeline can run.</span>"
        return f"<table>{''.join(self._row(problem) for problem in self)}</table>"

    def _row(self, problem: Problem) -> str:
        cells = (problem.severity, self._where(problem), problem.message, problem.advice)
        return (
            "<tr>"
            + "".join(f"<td style='text-align:left'>{html.escape(cell)}</td>" for cell in cells)
            + "</tr>"
        )

    def _where(self, problem: Problem) -> str:
        return self._names.get(problem.node or "", problem.edge or "pipeline")
