"""What ROW, FILTER and SELECT operators give: DataFusion expressions over columns."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mudrock_jupyter.engine.blame import faulty
from mudrock_jupyter.engine.bound import BoundCall, BoundNode, Read
from mudrock_jupyter.engine.returned import (
    as_arrays,
    as_expression,
    as_expressions,
    by_output,
)
from mudrock_jupyter.operators.binding import arguments_of
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.operators.expression import (
    Expr,
    Operand,
    as_flag,
    as_number,
    column,
    finite,
    lift,
)
from mudrock_jupyter.spec.errors import OperatorFailed

if TYPE_CHECKING:
    import datafusion

__all__ = ["by_output", "call_function", "filter_expression", "referenced", "row_expressions"]


def row_expressions(
    node: BoundNode, physical: Mapping[str, str]
) -> list[tuple[pa.Field, Expr]]:
    """Return the columns a ROW node makes, each with its expression.

    `physical` maps the names the node sees to those of the plan's columns.
    """
    made: list[tuple[pa.Field, Expr]] = []
    for call in node.calls:
        arguments = {name: _read(read, physical) for name, read in call.arguments.items()}
        results = call_function(node, call, arguments)
        made += [(field, _typed(results[name], field.type)) for name, field in call.outputs]
    return made


def filter_expression(node: BoundNode, schema: pa.Schema) -> Expr:
    """Return the condition of a FILTER node, over the names it sees."""
    names = {name: name for name in schema.names}
    (call,) = node.calls
    arguments = {name: _read(read, names) for name, read in call.arguments.items()}
    condition = call_function(node, call, arguments, schema)
    if condition is None:
        raise OperatorFailed(faulty(node.operator, "returned nothing; it should return a "
                                    "condition."))
    return lift(as_expression(node.operator, "the condition", condition))


def call_function(
    node: BoundNode, call: BoundCall, arguments: Mapping[str, Any], *tables: Any
) -> Any:
    """Call an operator's function with its curves, its parameters and what else it asks for.

    What a ROW or WELL operator returned comes checked and by output.
    """
    accepted = arguments_of(node.operator.function)
    values = {name: value for name, value in node.parameters.items() if name in accepted}
    values |= {name: value for name, value in arguments.items() if name in accepted}
    for name in node.operator.inputs:
        if name in accepted and name not in values and accepted[name].default is inspect._empty:
            values[name] = None
    if "mnemonic" in accepted:
        values["mnemonic"] = call.mnemonic
    result = node.operator.function(*tables, **values)
    if node.kind is Kind.ROW:
        return as_expressions(node.operator, result)
    if node.kind is Kind.WELL:
        lengths = [len(values) for values in arguments.values() if isinstance(values, np.ndarray)]
        return as_arrays(node.operator, result, lengths[0]) if lengths else result
    return result


def referenced(expression: Expr, schema: pa.Schema) -> frozenset[str]:
    """Return the columns of the schema that an expression reads."""
    return frozenset(_columns(expression.raw) & set(schema.names))


def own_functions(expression: Expr) -> frozenset[str]:
    """Return the names of the functions in an expression that are not DataFusion's."""
    from datafusion import functions

    return frozenset(name for name in _functions(expression.raw) if not hasattr(functions, name))


def _functions(expression: datafusion.Expr) -> set[str]:
    kind = expression.variant_name()
    if kind in {"Column", "Literal", "ScalarVariable"}:
        return set()
    called = {expression.rex_call_operator()} if kind == "ScalarFunction" else set()
    return called.union(*map(_functions, expression.rex_call_operands()))


def _columns(expression: datafusion.Expr) -> set[str]:
    if expression.variant_name() == "Column":
        return {expression.to_variant().name()}
    if expression.variant_name() in {"Literal", "ScalarVariable"}:
        return set()
    return {name for operand in expression.rex_call_operands() for name in _columns(operand)}


def _read(read: Read, physical: Mapping[str, str]) -> Expr:
    value = column(physical[read.column])
    if read.type == "number":
        value = as_number(value)
    elif read.type == "flag":
        value = as_flag(value)
    return value * read.factor + read.offset if read.converts else value


def _typed(value: Operand, type: pa.DataType) -> Expr:
    if pa.types.is_floating(type):
        return finite(as_number(lift(value)))
    if pa.types.is_boolean(type):
        return as_flag(lift(value))
    return Expr(lift(value).raw.cast(type))
