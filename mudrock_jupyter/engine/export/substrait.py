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
    from datafusion.substrait import Producer, Serde

    context: SessionContext = SessionContext().enable_url_table()
    if query.reads is not None:
        empty = pa.RecordBatch.from_pylist([], schema=query.steps[0].seen)
        context.register_record_batches(identifier(query.reads), [[empty]])
    try:
        # The plan as written: the optimiser puts steps into each other, and soon they are nested
        # deeper than readers of protobuf go (100 levels). So it is read back here.
        plan = context.sql(query_text(query, "datafusion")).logical_plan()
        serialised: bytes = Producer.to_substrait_plan(plan, context).encode()
        Serde.deserialize_bytes(serialised)
    except Exception as error:  # DataFusion raises bare exceptions
        deep = "recursion limit" in str(error)
        reason = "it is nested too deeply; export it in parts." if deep else one_sentence(error)
        raise NotSupported(
            f"{query.node.name!r} cannot be exported as Substrait: {reason}"
        ) from error
    return serialised


def _outside(part: Relational) -> str:
    return " ".join(f"{name!r}: {reason}." for name, reason in part.outside.items())
