"""OpenTelemetry spans of a run, made from its record when it is over."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import mudrock_jupyter
from mudrock_jupyter.engine.records.record import NodeRecord, RunRecord

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer, TracerProvider

Attributes = Mapping[str, str | int | float | bool]


def emit_spans(record: RunRecord, provider: TracerProvider | None = None) -> None:
    """Emit `mudrock.run` with its segments and nodes to whoever listens; in silence to nobody.

    The attributes are ids, counts and statuses: never data, names, paths or parameters.
    `provider` is the global one if not given.
    """
    if provider is None and not _may_be_heard():
        return
    from opentelemetry import trace

    tracer = trace.get_tracer("mudrock_jupyter", mudrock_jupyter.__version__, provider)
    began = int(datetime.fromisoformat(record.started_at).timestamp() * 1e9)
    root = tracer.start_span("mudrock.run", start_time=began, attributes=_of_run(record))
    if not root.is_recording():
        return
    if record.status in {"failed", "invalid"}:
        root.set_status(trace.StatusCode.ERROR)
    context = trace.set_span_in_context(root)
    last = began + int(record.wall_ms * 1e6)
    for group in _segments(record):
        start, end = _times(group, began)
        last = max(last, end)
        inside = context
        segment = None
        if len(group) > 1:
            segment = tracer.start_span("mudrock.segment", context, start_time=start,
                                        attributes={"mudrock.nodes": len(group)})
            inside = trace.set_span_in_context(segment, context)
        for node in group:
            _emit_node(tracer, node, inside, began)
        if segment is not None:
            segment.end(end)
    root.end(last)


def _may_be_heard() -> bool:
    # A tracer provider is set up by a program that imports the API, or named in the environment;
    # otherwise there is no reason to spend a first run's time on importing it.
    return "opentelemetry.trace" in sys.modules or "OTEL_PYTHON_TRACER_PROVIDER" in os.environ


def _segments(record: RunRecord) -> list[list[NodeRecord]]:
    groups: dict[tuple[str, ...], list[NodeRecord]] = {}
    for node in record.nodes:
        if node.started_ms is not None:
            groups.setdefault(node.together or (node.id,), []).append(node)
    return list(groups.values())


def _times(group: list[NodeRecord], began: int) -> tuple[int, int]:
    start = min(node.started_ms or 0.0 for node in group)
    end = max(node.ended_ms or start for node in group)
    return began + int(start * 1e6), began + int(end * 1e6)


def _emit_node(tracer: Tracer, node: NodeRecord, context: Context, began: int) -> None:
    from opentelemetry.trace import StatusCode

    start, end = _times([node], began)
    span = tracer.start_span("mudrock.node", context, start_time=start, attributes=_of_node(node))
    if node.status == "failed":
        span.set_status(StatusCode.ERROR)
    span.end(end)


def _of_run(record: RunRecord) -> Attributes:
    return {
        "mudrock.run.id": record.run_id, "mudrock.run.status": record.status,
        "mudrock.pipeline.id": record.pipeline.id, "mudrock.nodes": len(record.nodes),
        "mudrock.files": len(record.inputs), "mudrock.failures": len(record.failures),
        "mudrock.cpu_ms": record.cpu_ms, "mudrock.peak_bytes": record.peak_bytes,
    }


def _of_node(node: NodeRecord) -> Attributes:
    return {
        "mudrock.node.id": node.id, "mudrock.node.status": node.status,
        "mudrock.operator.id": node.operator.id, "mudrock.operator.version": node.operator.version,
        "mudrock.rows": node.rows, "mudrock.rows_in": node.rows_in, "mudrock.wells": node.wells,
        "mudrock.cached": node.wells_cached, "mudrock.failures": node.failures,
        "mudrock.wall_ms": node.wall_ms, "mudrock.cpu_ms": node.cpu_ms,
        "mudrock.bytes_scanned": node.bytes_scanned, "mudrock.bytes_written": node.bytes_written,
    }
