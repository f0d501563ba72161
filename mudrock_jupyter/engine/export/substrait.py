"""A plan's relational part as Substrait, the plans that query engines hand to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from mudrock_jupyter.engine.compile import Plan
from mudrock_jupyter.engine.context import one_sentence
from mudrock_jupyter.engine.export.relational import Query, Relational, relational
from mudrock_jupyter.engine.export.sql import query_text
from mudrock_jupyter.engine.export.sql_expressions import identifier
from mudrock_jupyter.spec.errors import NotSupported

if TYPE_CHECKING:
    from datafusion import SessionContext
    from datafusion.plan import LogicalPlan


def to_substrait(plan: Plan, node: str | None = None) -> dict[str, bytes]:
    """Return the serialised Substrait plan of each chain of relational nodes, or of `node`'s.

    The keys are the names of the nodes whose rows they make. Files are read as tables that are
    named by their `file:` address, as DataFusion resolves them after `enable_url_table()`; rows
    of a node that runs in Python are read from a table of its name.
    Raises `NotSupported` for a node that cannot be exported, or if none can.
    """
    part = relational(plan, node)
    if not part.queries:
        raise NotSupported(f"No node of the pipeline can be exported. {_outside(part)}".strip())
    return {name: _serialise(query) for name, query in part.queries.items()}


def _serialise(query: Query) -> bytes:
    from datafusion import SessionContext

    context: SessionContext = SessionContext().enable_url_table()
    if query.reads is not None:
        empty = pa.RecordBatch.from_pylist([], schema=query.steps[0].seen)
        context.register_record_batches(identifier(query.reads), [[empty]])
    try:
        frame = context.sql(query_text(query, "datafusion"))
        try:
            return _readable(frame.logical_plan(), context)
        except Exception:  # the optimiser shares what is repeated, and puts steps into each other
            return _readable(frame.optimized_logical_plan(), context)
    except Exception as error:  # DataFusion raises bare exceptions
        deep = "recursion limit" in str(error)
        reason = "it is nested too deeply." if deep else one_sentence(error)
        raise NotSupported(
            f"{query.node.name!r} cannot be exported as Substrait: {reason} "
            "Export a node before it, or use SQL."
        ) from error


def _readable(plan: LogicalPlan, context: SessionContext) -> bytes:
    """Serialise a plan; protobuf is read to 100 levels only, so see whether it can be."""
    from datafusion.substrait import Producer, Serde

    serialised: bytes = Producer.to_substrait_plan(plan, context).encode()
    Serde.deserialize_bytes(serialised)
    return serialised


def _outside(part: Relational) -> str:
    return " ".join(f"{name!r}: {reason}." for name, reason in part.outside.items())
