"""Sources: where a pipeline gets its wells from."""

from __future__ import annotations

from typing import Annotated

from mudrock_jupyter.operators.declare import Kind, operator
from mudrock_jupyter.operators.parameters import CurveName, described

WellNames = Annotated[list[str] | None, described("The wells to read; all of the project if empty")]
DepthRange = Annotated[
    tuple[float, float] | None, described("Top and base depth, in the project's depth unit")
]


@operator(
    "well_logs",
    kind=Kind.SOURCE,
    family="wells",
    category="wells",
    title="Well logs",
)
def well_logs(
    wells: WellNames = None,
    curves: Annotated[
        list[CurveName] | None, described("The curves to read; all of them if empty")
    ] = None,
    depth: DepthRange = None,
    set: Annotated[str | None, described("The log set; each well's first if empty")] = None,
) -> None:
    """Logs of the project's wells, one row per depth sample.

    Only the curves and depths that the pipeline needs are read from disk.
    """
