"""Turning a pipeline into a plan: bound nodes, exact schemas, segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from mudrock_jupyter.engine.bound import BoundNode, WellSource
from mudrock_jupyter.engine.check import analyse
from mudrock_jupyter.engine.segments import Segment, cut
from mudrock_jupyter.engine.structure import upstream
from mudrock_jupyter.spec.errors import InvalidPipeline
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.spec.problems import Problem, errors


@dataclass(frozen=True)
class Plan:
    """A pipeline ready to run: `execute` runs it, any number of times.

    `order` has the node ids, sources first; `schemas` what each hands on: well_id, DEPTH and the
    curves with unit and origin in their metadata. `warnings` say what will be left out.
    `lasting` says whose results may be kept for later runs, `timeouts` how many seconds nodes may
    take.
    """

    nodes: Mapping[str, BoundNode]
    segments: tuple[Segment, ...]
    warnings: tuple[Problem, ...] = ()
    wells: WellSource | None = field(default=None, repr=False)
    lasting: Mapping[str, bool] = field(default_factory=dict)
    timeouts: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def below(self) -> dict[str, frozenset[str]]:
        """What comes after each node, near and far."""
        found: dict[str, frozenset[str]] = {}
        for node_id in reversed(self.order):
            readers = [node.id for node in self.nodes.values() if node_id in node.inputs]
            found[node_id] = frozenset(readers).union(*(found[reader] for reader in readers))
        return found

    @cached_property
    def together(self) -> dict[str, tuple[str, ...]]:
        """The nodes that run in one segment with each node."""
        return {node: segment.nodes for segment in self.segments for node in segment.nodes}

    @property
    def order(self) -> tuple[str, ...]:
        """The node ids, sources first."""
        return tuple(self.nodes)

    @property
    def schemas(self) -> dict[str, pa.Schema]:
        """What each node hands on, by node id."""
        return {node.id: node.schema for node in self.nodes.values()}


def compile(spec: PipelineSpec, wells: WellSource | None, to: str | None = None) -> Plan:
    """Compile a pipeline, or only what the node `to` (id or name) needs.

    Nothing is read but the footers of the wells' files.
    Raises `InvalidPipeline` with all problems if it cannot run.
    """
    if to is not None:
        spec = upstream(spec, to)
    analysis = analyse(spec, wells)
    faults = errors(analysis.problems)
    if faults:
        count = f"{len(faults)} problems" if len(faults) > 1 else "a problem"
        listed = "".join(f"\n- {_where(spec, problem)}: {problem}" for problem in faults)
        raise InvalidPipeline(f"The pipeline has {count} and cannot run:{listed}",
                              analysis.problems)
    timeouts = {node: limit for node in analysis.nodes
                if (limit := spec.nodes[node].timeout_seconds) is not None}
    return Plan(
        analysis.nodes, cut(analysis.nodes, timeouts), analysis.problems, wells,
        lasting=_lasting(spec, analysis.nodes), timeouts=timeouts,
    )


def _lasting(spec: PipelineSpec, nodes: Mapping[str, BoundNode]) -> dict[str, bool]:
    """Say whose results may be kept: theirs who may be cached, with all above them."""
    found: dict[str, bool] = {}
    for node in nodes.values():
        found[node.id] = spec.nodes[node.id].cache and all(found[each] for each in node.inputs)
    return found


def _where(spec: PipelineSpec, problem: Problem) -> str:
    node = spec.nodes.get(problem.node or "")
    return node.name if node else "pipeline"
