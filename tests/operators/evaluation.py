"""Running an operator on plain columns, without a pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.binding import (
    bind,
    check_parameters,
    curve_parameters,
    function_parameters,
)
from mudrock_jupyter.operators.declare import Kind, Operator
from mudrock_jupyter.operators.expression import Expr, column
from mudrock_jupyter.spec.errors import InvalidInput

Columns = Mapping[str, Sequence[Any]]


def evaluate(
    id: str, columns: Columns, mapping: Mapping[str, str] | None = None, **parameters: Any
) -> dict[str, list[Any]]:
    """Return the output columns of a ROW or WELL operator."""
    operator = registry.get(id)
    checked, faults = check_parameters(operator, parameters)
    if faults:
        raise InvalidInput("; ".join(fault.message for fault in faults))
    run = _run_row if operator.kind is Kind.ROW else _run_well
    return run(operator, columns, checked, mapping or {})


def _results(operator: Operator, result: Any) -> dict[str, Any]:
    return result if isinstance(result, Mapping) else {next(iter(operator.outputs)): result}


def _arguments(operator: Operator, parameters: dict[str, Any]) -> dict[str, Any]:
    named = curve_parameters(operator, parameters)
    return function_parameters(operator, parameters) | {k: column(v) for k, v in named.items()}


def _wants(operator: Operator, name: str) -> bool:
    import inspect

    return name in inspect.signature(operator.function).parameters


def _run_row(
    operator: Operator, columns: Columns, parameters: dict[str, Any], mapping: Mapping[str, str]
) -> dict[str, list[Any]]:
    from datafusion import SessionContext

    floats = {k: pa.array(v, pa.float64() if _numeric(v) else None) for k, v in columns.items()}
    frame = SessionContext().from_arrow(pa.table(floats))
    chosen = []
    for call in bind(operator, parameters, mapping):
        arguments: dict[str, Any] = {i.argument: column(i.column) for i in call.inputs}
        if _wants(operator, "mnemonic"):
            arguments["mnemonic"] = call.mnemonic
        results = _results(operator, operator(**arguments, **_arguments(operator, parameters)))
        for (_, expression), output in zip(results.items(), call.outputs, strict=True):
            assert isinstance(expression, Expr)
            chosen.append(expression.raw.alias(output.column))
    return frame.select(*chosen).to_pydict()


def _numeric(values: Sequence[Any]) -> bool:
    return not any(isinstance(value, (str, bool)) for value in values)


def _run_well(
    operator: Operator, columns: Columns, parameters: dict[str, Any], mapping: Mapping[str, str]
) -> dict[str, list[Any]]:
    arrays = {k: np.array(v, dtype=np.float64) for k, v in columns.items() if _numeric(v)}
    rows = len(next(iter(columns.values())))
    outputs: dict[str, list[Any]] = {}
    for call in bind(operator, parameters, mapping):
        arguments: dict[str, Any] = {i.argument: arrays[i.column] for i in call.inputs}
        if _wants(operator, "depth"):
            depth = arrays.get("DEPTH", arrays.get("DEPT", np.arange(rows, dtype=np.float64)))
            arguments["depth"] = depth
        if _wants(operator, "mnemonic"):
            arguments["mnemonic"] = call.mnemonic
        for name in operator.tables:
            arguments[name] = columns.get(name)
        result = operator(**arguments, **function_parameters(operator, parameters))
        for (_, values), output in zip(
            _results(operator, result).items(), call.outputs, strict=True
        ):
            text = output.type == "text"
            outputs[output.column] = (
                pa.array(values, pa.string() if text else pa.float64(), from_pandas=True)
            ).to_pylist()
    return outputs
