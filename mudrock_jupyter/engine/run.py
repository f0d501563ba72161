"""What a run leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import pyarrow as pa

from mudrock_jupyter.engine.bound import Failure
from mudrock_jupyter.engine.outputs import NodeOutput
from mudrock_jupyter.engine.status import NodeStatus
from mudrock_jupyter.spec.errors import NotFound, did_you_mean

if TYPE_CHECKING:
    from mudrock_jupyter.engine.records.lineage import Lineage
    from mudrock_jupyter.engine.records.record import RunRecord

__all__ = ["Failure", "NodeMetrics", "NodeStatus", "Run"]


class HasId(Protocol):
    """A handle on a node, such as `pipe.add` returns."""

    @property
    def id(self) -> str:
        """The node's id in the document."""


@dataclass(frozen=True)
class NodeMetrics:
    """What a node took in, gave and cost.

    Nodes that ran `together` in one plan share its times, which are added up over threads.
    `cached` counts the wells whose result was there already, out of `wells`; `bytes_scanned` and
    `groups_read` of `groups_stored` row groups are what a source read of its files.
    """

    rows: int = 0
    wall_ms: float = 0.0
    wells: int = 0
    together: tuple[str, ...] = ()
    rows_in: int = 0
    cpu_ms: float = 0.0
    bytes_scanned: int = 0
    groups_read: int = 0
    groups_stored: int = 0
    bytes_written: int = 0
    cached: int = 0


@dataclass(frozen=True, repr=False)
class Run:
    """A finished run: `run[node]` is a node's output, by handle, id or name.

    `status` is "completed", "failed" or "stopped". A completed run may have `failures`: wells
    that were left out, each with its node and the reason. `made` has what was computed, by
    content key, for the next run; `peak_bytes` is the most that was held in memory of it.
    """

    status: Literal["completed", "failed", "stopped"]
    statuses: Mapping[str, NodeStatus]
    failures: list[Failure]
    metrics: Mapping[str, NodeMetrics]
    wall_ms: float
    names: Mapping[str, str]
    outputs: Mapping[str, NodeOutput] = field(default_factory=dict)
    cpu_ms: float = 0.0
    peak_bytes: int = 0
    made: Mapping[str, pa.Table] = field(default_factory=dict)
    explanation: object = ""
    record: RunRecord | None = None

    def __getitem__(self, node: HasId | str) -> NodeOutput:
        """Return what a node handed on. Raises `NotFound`, saying why there is nothing."""
        key = node if isinstance(node, str) else str(getattr(node, "id", node))
        by_name = {name: node_id for node_id, name in self.names.items()}
        node_id = key if key in self.names else by_name.get(key)
        if node_id is None:
            raise NotFound(f"There is no node {key!r} in this run.{did_you_mean(key, by_name)}")
        if node_id not in self.outputs:
            status = self.statuses[node_id]
            raise NotFound(f"{self.names[node_id]!r} has no output: it is {status.status}. "
                           f"{status.message or ''}".rstrip())
        return self.outputs[node_id]

    def __contains__(self, node: object) -> bool:
        key = node if isinstance(node, str) else getattr(node, "id", None)
        return any(key in (node_id, self.names[node_id]) for node_id in self.outputs)

    def explain(self) -> str:
        """Say how it ran: which nodes went together, at what cost, and DataFusion's plans."""
        return str(self.explanation)

    def lineage(self) -> Lineage:
        """Return where each column comes from: the nodes, the curves and the files.

        >>> run.lineage().of("output", "SW")  # doctest: +SKIP

        Raises `NotFound` for a run that left no record: a plan that was executed by hand.
        """
        if self.record is None:
            raise NotFound("This run left no record. Run the pipeline with pipe.run().")
        return self.record.trace()

    def __repr__(self) -> str:
        from mudrock_jupyter.engine.display import run_text

        return run_text(self)

    def _repr_html_(self) -> str:
        from mudrock_jupyter.engine.display import run_html

        return run_html(self)
