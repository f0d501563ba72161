"""Sorting a call's keyword arguments into parameters and curve mappings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue
from pydantic_core import PydanticSerializationError, to_jsonable_python

from mudrock_jupyter.operators.binding import check_parameters, with_curves
from mudrock_jupyter.operators.declare import ANY, Curve, Operator
from mudrock_jupyter.spec.errors import InvalidInput, did_you_mean


def split_arguments(
    operator: Operator, arguments: Mapping[str, Any]
) -> tuple[dict[str, JsonValue], dict[str, str]]:
    """Split keyword arguments into parameters as given, and names of curves by input or output.

    An input's or output's name takes the name of a column (`phi="PHID"`); everything else is a
    parameter. Raises `InvalidInput` for an unknown name or a value out of range.
    """
    mappable = _mappable(operator)
    mapping: dict[str, str] = {}
    parameters: dict[str, JsonValue] = {}
    for name, value in arguments.items():
        if name in mappable and name not in operator.parameters.model_fields:
            mapping[name] = _column_name(operator, name, value)
        else:
            parameters[name] = _plain(operator, name, value)
    parameters = with_curves(operator, parameters)
    _refuse_unknown(operator, parameters)
    _, faults = check_parameters(operator, parameters)
    if faults:
        raise InvalidInput(f"{operator.id}: " + " ".join(fault.message for fault in faults))
    return parameters, mapping


def _plain(operator: Operator, name: str, value: object) -> JsonValue:
    if hasattr(value, "columns") and hasattr(value, "to_dict"):  # a pandas table, one row each
        value = value.to_dict("records")
    elif hasattr(value, "columns") and hasattr(value, "to_dicts"):  # polars
        value = value.to_dicts()
    elif hasattr(value, "tolist"):  # numpy, pandas
        value = value.tolist()
    try:
        plain: JsonValue = to_jsonable_python(value)
    except PydanticSerializationError as error:
        raise InvalidInput(
            f"{operator.id}: {name} is of the type {type(value).__name__}. "
            "Pass a number, text, True or False, or a list of them."
        ) from error
    return plain


def _mappable(operator: Operator) -> dict[str, Curve]:
    """Return the inputs and outputs whose column a call may name; picked curves name their own."""
    curves = {**operator.inputs, **operator.outputs}
    return {name: curve for name, curve in curves.items() if ANY not in curve.mnemonic}


def _column_name(operator: Operator, name: str, value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise InvalidInput(
        f"{operator.id}: {name}={value!r} should be the name of a curve, such as "
        f"{name}={_mappable(operator)[name].mnemonic!r}."
    )


def _refuse_unknown(operator: Operator, parameters: Mapping[str, JsonValue]) -> None:
    known = [*operator.parameters.model_fields, *_mappable(operator)]
    unknown = next(
        (name for name in parameters if name not in operator.parameters.model_fields), None
    )
    if unknown is not None:
        listed = f" It takes: {', '.join(known)}." if known else " It takes none."
        raise InvalidInput(
            f"{operator.id} has no parameter {unknown!r}.{did_you_mean(unknown, known) or listed}"
        )
