"""The parts of a record that tell of the pipeline and its nodes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from mudrock_jupyter.engine.compile import Plan
from mudrock_jupyter.engine.records.record import NodeRecord, OperatorRecord, PipelineRecord
from mudrock_jupyter.engine.run import NodeMetrics, Run
from mudrock_jupyter.engine.status import NodeStatus
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.declare import Operator
from mudrock_jupyter.operators.digest import implementation_digest
from mudrock_jupyter.spec import text
from mudrock_jupyter.spec.pipeline import NodeSpec, PipelineSpec

# What changes when somebody moves a node or leaves a note, and not what the pipeline computes.
_BESIDE = ("layout", "comments", "metadata", "execution")
_PASSWORD = re.compile(r"(://[^\s/:@]*):[^\s@]*@|(password=)\S+", re.IGNORECASE)
_SECRET = re.compile(r"password|secret|token|api_?key", re.IGNORECASE)
Times = Mapping[str, tuple[float, float]]


def pipeline_record(spec: PipelineSpec, path: str, content: str) -> PipelineRecord:
    """Describe the pipeline that ran."""
    return PipelineRecord(id=spec.id, name=spec.name, path=path, content_sha256=content)


def content_hash(spec: PipelineSpec) -> str:
    """Return the SHA-256 of what a pipeline computes: its JSON, keys sorted and without spaces.

    Layout, comments and dates are left out.
    """
    tree = text.normalise(spec.model_dump(by_alias=True, mode="json", exclude=set(_BESIDE)))
    plain = json.dumps(tree, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def node_records(
    spec: PipelineSpec, plan: Plan | None, statuses: Mapping[str, NodeStatus], run: Run | None,
    times: Times,
) -> tuple[NodeRecord, ...]:
    """Describe each node: those of the plan in its order, or of the pipeline without one."""
    digests: dict[int, OperatorRecord] = {}
    order = plan.order if plan else sorted(spec.nodes)
    records = []
    for node_id in order:
        bound = plan.nodes[node_id] if plan else None
        node = spec.nodes[node_id]
        operator = bound.operator if bound else registry.find(node.operator_id)
        key = id(operator)
        if key not in digests or operator is None:
            digests[key] = _operator(node, operator)
        status = statuses.get(node_id) or NodeStatus(node_id, "queued")
        metrics = run.metrics.get(node_id) if run else None
        records.append(_node(
            node, digests[key], bound.parameters if bound else node.parameters,
            bound.inputs if bound else _inputs(spec, node_id), status,
            metrics or NodeMetrics(rows=status.rows, wells=status.wells), times.get(node_id)))
    return tuple(records)


def _node(
    node: NodeSpec, operator: OperatorRecord, parameters: Mapping[str, Any],
    inputs: tuple[str, ...], status: NodeStatus, metrics: NodeMetrics,
    times: tuple[float, float] | None,
) -> NodeRecord:
    started, ended = times or (None, None)
    wall = metrics.wall_ms or status.wall_ms or ((ended or 0.0) - (started or 0.0))
    return NodeRecord(
        id=node.id, name=node.name, operator=operator, parameters=_told(parameters),
        curve_mapping=node.curve_mapping, inputs=inputs, status=status.status,
        message=status.message, rows_in=metrics.rows_in, rows=metrics.rows,
        wells=metrics.wells, wells_cached=metrics.cached, failures=len(status.failures),
        bytes_scanned=metrics.bytes_scanned, bytes_written=metrics.bytes_written,
        started_ms=None if started is None else round(started, 3),
        ended_ms=None if ended is None else round(ended, 3), wall_ms=round(wall, 3),
        cpu_ms=round(metrics.cpu_ms, 3), together=metrics.together,
    )


def _operator(node: NodeSpec, operator: Operator | None) -> OperatorRecord:
    if operator is None:
        return OperatorRecord(id=node.operator_id)
    return OperatorRecord(id=operator.id, version=operator.version, kind=operator.kind.value,
                          digest=implementation_digest(operator))


def _inputs(spec: PipelineSpec, node_id: str) -> tuple[str, ...]:
    edges = spec.inputs_of(node_id).values()
    return tuple(edge.source_node_id for edge in edges if edge.source_node_id in spec.nodes)


def _told(parameters: Mapping[str, Any]) -> dict[str, JsonValue]:
    """Return parameters as plain JSON, without passwords."""
    plain = to_jsonable_python(dict(parameters), fallback=str, inf_nan_mode="strings")
    return {name: "***" if _SECRET.search(name) and isinstance(value, str) else _masked(value)
            for name, value in plain.items()}


def _masked(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return _PASSWORD.sub(lambda m: f"{m[1]}:***@" if m[1] else f"{m[2]}***", value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    return value
