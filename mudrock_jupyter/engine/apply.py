"""One operator on data at hand, without a project or a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol, get_args

import numpy as np
import pyarrow as pa

from mudrock_jupyter.engine.blame import said
from mudrock_jupyter.engine.bound import DEPTH, WELL_ID, BoundNode, value_type
from mudrock_jupyter.engine.check import bind_node
from mudrock_jupyter.engine.context import frame_of, one_sentence
from mudrock_jupyter.engine.fused import fuse, memory_batches, seeded
from mudrock_jupyter.engine.given import given_table
from mudrock_jupyter.engine.kernels import run_kernel
from mudrock_jupyter.engine.tables import call_table
from mudrock_jupyter.engine.views import Result, View, view_of
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.arguments import split_arguments
from mudrock_jupyter.operators.binding import check_parameters
from mudrock_jupyter.operators.declare import Kind, Operator
from mudrock_jupyter.operators.parameters import CurveName
from mudrock_jupyter.spec.errors import InvalidInput, MudrockError, OperatorFailed
from mudrock_jupyter.spec.pipeline import NodeSpec
from mudrock_jupyter.spec.problems import errors

_SEED = "data"


class ArrowStream(Protocol):
    """Any table that hands itself over as an Arrow stream: pandas, polars, pyarrow, DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the stream."""


def apply(
    operator_id: str, data: ArrowStream | Mapping[str, Any], **arguments: Any
) -> pa.Table:
    """Apply one operator to a mapping of columns or a table; return a table of its outputs.

    Keyword arguments are the operator's parameters, names of columns for its inputs
    (`phi="PHID"`) and its extra tables (`tops=`). Columns are in the operator's units unless
    their Arrow metadata say otherwise. `DEPT` stands for `DEPTH`; without either, samples are
    one apart. A column named like a parameter that may be a curve is used for it; an operator
    on any curve takes the only one unless `curve=` or `curves=` names it. A filter returns the
    rows it keeps, an operator on whole tables its table. Missing values are null, in and out.

    Raises `NotFound` for an unknown operator, `InvalidInput` for data or arguments that do not
    fit, `OperatorFailed` when the operator itself fails.

    >>> apply("vsh_linear", {"GR": [20, 70, None]}, gr_clean=20, gr_shale=120)["VSH"].to_pylist()
    [0.0, 0.5, None]
    """
    operator = registry.get(operator_id)
    if operator.kind in {Kind.SOURCE, Kind.SINK}:
        raise InvalidInput(f"{operator_id} reads or writes files; it needs a pipeline.")
    table = given_table(data)
    side = {name: None if (given := arguments.pop(name, None)) is None else given_table(given)
            for name in operator.tables}
    if operator.kind in {Kind.ROW, Kind.WELL} and DEPTH not in table.column_names:
        table = table.append_column(DEPTH, pa.array(np.arange(float(len(table)))))
    if operator.kind is Kind.TABLE and WELL_ID not in table.column_names:
        table = table.append_column(WELL_ID, pa.array([_SEED] * len(table), pa.string()))
    node = _bound(operator, table, arguments)
    try:
        return _RUN[operator.kind](node, table, side)
    except MudrockError:
        raise
    except Exception as error:  # an operator is anyone's code
        what = said(operator, error, one_sentence(error))
        raise OperatorFailed(f"{operator_id} failed: {what}") from error


def _bound(operator: Operator, table: pa.Table, arguments: dict[str, Any]) -> BoundNode:
    defaults = _defaults(operator, table)
    if "curve" in arguments:
        defaults.pop("curves", None)
    parameters, mapping = split_arguments(operator, defaults | arguments)
    checked, _ = check_parameters(operator, parameters)
    source = BoundNode(id=_SEED, name="", operator=operator, inputs=(), parameters={},
                       schema=table.schema, wells=(_SEED,))
    spec = NodeSpec(id=operator.id, name=operator.id, operator_id=operator.id,
                    curve_mapping=mapping)
    node, problems = bind_node(spec, operator, checked, [source])
    faults = errors(problems)
    if node is None or faults:
        raise InvalidInput(" ".join(f"{problem.message} {problem.advice}".strip()
                                    for problem in faults))
    return node


def _defaults(operator: Operator, table: pa.Table) -> dict[str, Any]:
    """Take parameters from the data: columns of their names, and the only curve there is."""
    by_name = {name.casefold(): name for name in table.column_names}
    found: dict[str, Any] = {
        name: by_name[name.casefold()]
        for name, field in operator.parameters.model_fields.items()
        if name.casefold() in by_name and CurveName in get_args(field.annotation)
    }
    numeric = [field.name for field in table.schema
               if field.name not in {WELL_ID, DEPTH} and value_type(field.type) == "number"]
    if operator.any_curve and len(numeric) == 1:
        found["curves"] = numeric
    return found


def _rows(node: BoundNode, table: pa.Table, side: Mapping[str, Any]) -> pa.Table:
    return _fused(node, table).select(_made(node))


def _fused(node: BoundNode, table: pa.Table, side: Mapping[str, Any] | None = None) -> pa.Table:
    above = View({name: f"{name}~0" for name in table.column_names}, table.schema, None, ())
    # Unlike a well's own table, the data may have the wells' ids among its columns.
    view = replace(view_of(node, above, "~1"), schema=node.schema)
    batches = memory_batches(seeded(table, table.schema), table.schema, None)
    frame = fuse(frame_of([batches]), [node], {_SEED: above, node.id: view},
                 {_SEED: table.schema}, {node.id})
    result = Result()
    result.add(frame.to_arrow_table())
    return result.take(view)


def _kernel(node: BoundNode, table: pa.Table, side: dict[str, pa.Table | None]) -> pa.Table:
    """Run a kernel well by well in order of depth; the rows stay in the order given."""
    rows = np.arange(len(table))
    keys = [table.column(name).cast(pa.string()).to_numpy(zero_copy_only=False).astype(str)
            if name == WELL_ID else table.column(name).to_numpy()
            for name in (DEPTH, WELL_ID) if name in table.column_names]
    order = np.lexsort(keys) if keys else rows
    ordered = table.take(pa.array(order))
    starts = [0]
    if WELL_ID in table.column_names and len(table):
        wells = keys[-1][order]
        starts += (np.flatnonzero(wells[1:] != wells[:-1]) + 1).tolist()
    parts = [
        run_kernel(node, ordered.slice(start, end - start), side)
        for start, end in zip(starts, [*starts[1:], len(table)], strict=True)
    ]
    back = np.empty_like(rows)
    back[order] = rows
    return pa.concat_tables(parts).select(_made(node)).take(pa.array(back))


def _table(node: BoundNode, table: pa.Table, side: Mapping[str, Any]) -> pa.Table:
    return call_table(node, [table])


def _made(node: BoundNode) -> list[str]:
    return list(dict.fromkeys(field.name for call in node.calls for _, field in call.outputs))


_RUN = {
    Kind.ROW: _rows,
    Kind.FILTER: _fused,
    Kind.SELECT: _fused,
    Kind.WELL: _kernel,
    Kind.TABLE: _table,
}
