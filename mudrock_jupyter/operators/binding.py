"""Binding a node to columns: what it reads, what it makes, and whether its parameters hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from inspect import Parameter, signature
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic.fields import FieldInfo

from mudrock_jupyter.operators.declare import ANY, SAME, Operator, ValueType
from mudrock_jupyter.operators.parameters import CurveName
from mudrock_jupyter.spec.errors import did_you_mean

_TEXT = {"string_type", "string_too_short"}


CURVES = "curves"
_SCALARS = frozenset({"bool", "float", "int", "str"})  # a union's choices, in pydantic's places


@dataclass(frozen=True)
class Input:
    """A column that a call reads."""

    argument: str
    column: str
    unit: str | None
    optional: bool


@dataclass(frozen=True)
class Output:
    """A column that a call makes.

    `unit` is `None` where it is that of the input, divided `per_depth` times by that of depth.
    """

    column: str
    unit: str | None
    type: ValueType
    description: str
    per_depth: int = 0


@dataclass(frozen=True)
class Call:
    """One call of an operator's function; an operator on picked curves makes one for each."""

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    mnemonic: str | None = None


@dataclass(frozen=True)
class ParameterFault:
    """A parameter that does not fit its schema."""

    parameter: str
    message: str
    missing: bool = False


def with_curves(operator: Operator, parameters: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the parameters with `curve` written as `curves`, where the operator takes them.

    Given both, `curve` stays, to be refused as unknown.
    """
    values = dict(parameters)
    known = operator.parameters.model_fields
    if operator.any_curve and "curve" in values and "curve" not in known and CURVES not in values:
        curve = values.pop("curve")
        values[CURVES] = [curve] if isinstance(curve, str) else curve
    return values


def check_parameters(
    operator: Operator, parameters: Mapping[str, JsonValue]
) -> tuple[dict[str, Any], list[ParameterFault]]:
    """Return the checked parameters with defaults filled in, or what is wrong with them."""
    values = with_curves(operator, parameters)
    switches = _switches_for_numbers(operator, values)
    if switches:
        return {}, switches
    try:
        checked = operator.parameters.model_validate(values)
    except ValidationError as error:
        return {}, _faults(operator, error)
    result = {name: getattr(checked, name) for name in operator.parameters.model_fields}
    complaint = _complaint(operator, result)
    return result, [ParameterFault("", complaint)] if complaint else []


def _complaint(operator: Operator, values: Mapping[str, Any]) -> str | None:
    """Ask the operator's own check; one that raises must not take the other problems away."""
    try:
        return operator.check(values) if operator.check else None
    except Exception as error:  # an operator is anyone's code
        return f"The check of {operator.id} failed: {type(error).__name__}: {error}."


@lru_cache(maxsize=1024)
def arguments_of(function: Callable[..., Any]) -> Mapping[str, Parameter]:
    """Return the arguments of an operator's function by name.

    >>> list(arguments_of(lambda gr, clean=20.0: gr))
    ['gr', 'clean']
    """
    return signature(function).parameters


def bind(
    operator: Operator, parameters: Mapping[str, Any], mapping: Mapping[str, str]
) -> tuple[Call, ...]:
    """List the calls a node makes, with the columns each reads and makes.

    `parameters` are checked ones; `mapping` renames inputs and outputs by argument name. An output
    that is named alike for each of several picked curves, such as `flag`, takes the curve's name
    in front: `GR_flag`.
    """
    picked: dict[str | None, None] = dict.fromkeys(
        parameters[CURVES] if operator.any_curve else [None])
    return tuple(_call(operator, parameters, mapping, each, len(picked) == 1) for each in picked)


def curve_parameters(operator: Operator, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters whose value names a column instead of being a number."""
    return {
        name: parameters[name]
        for name in _curve_names(operator.parameters)
        if isinstance(parameters.get(name), str)
    }


@lru_cache(maxsize=1024)
def _curve_names(parameters: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name, field in parameters.model_fields.items() if _names_a_curve(field))


def _names_a_curve(field: FieldInfo) -> bool:
    """Say whether a parameter is a curve's name, or may be one in place of a number."""
    extra = field.json_schema_extra  # pydantic takes the outermost Annotated apart
    alone = field.annotation is str and isinstance(extra, dict) and extra.get("x-curve") is True
    return alone or CurveName in get_args(field.annotation)


def _call(
    operator: Operator,
    parameters: Mapping[str, Any],
    mapping: Mapping[str, str],
    picked: str | None,
    alone: bool,
) -> Call:
    inputs = tuple(
        Input(
            argument=argument,
            column=picked
            if picked and curve.mnemonic == ANY
            else mapping.get(argument, curve.mnemonic),
            unit=curve.unit,
            optional=curve.optional,
        )
        for argument, curve in operator.inputs.items()
    )
    outputs = tuple(
        Output(
            column=_output_name(mapping.get(argument) or curve.mnemonic, picked, alone),
            unit=None if curve.unit == SAME else curve.unit or "",
            type=curve.type,
            description=curve.description or operator.summary,
            per_depth=parameters[curve.per_depth] if curve.per_depth else 0,
        )
        for argument, curve in operator.outputs.items()
    )
    return Call(inputs, outputs, picked)


def _output_name(pattern: str, picked: str | None, alone: bool) -> str:
    if picked is None:
        return pattern
    if ANY in pattern or alone:
        return pattern.replace(ANY, picked)
    return f"{picked}_{pattern}"


def _switches_for_numbers(
    operator: Operator, values: Mapping[str, JsonValue]
) -> list[ParameterFault]:
    """Refuse true and false for a number: pydantic would take them for 1 and 0."""
    fields = operator.parameters.model_fields
    return [
        ParameterFault(name, f"{name} is {value}; it should be a number.")
        for name, value in values.items()
        if isinstance(value, bool) and name in fields and _is_number(fields[name].annotation)
    ]


def _is_number(annotation: Any) -> bool:
    """Say whether a type takes a number and no switch."""
    choices = [annotation]
    for choice in choices:
        if get_origin(choice) in {Annotated, Union, UnionType}:
            choices += get_args(choice)
    return bool not in choices and (int in choices or float in choices)


def _faults(operator: Operator, error: ValidationError) -> list[ParameterFault]:
    known = list(operator.parameters.model_fields)
    items = error.errors()
    # A number out of bounds is also no curve's name: only the first is worth saying.
    bounded = {item["loc"][:1] for item in items if item["type"] not in _TEXT}
    told = (i for i in items if i["type"] not in _TEXT or i["loc"][:1] not in bounded)
    return [_fault(known, item) for item in told]


def _fault(known: list[str], item: Any) -> ParameterFault:
    name = str(item["loc"][0]) if item["loc"] else ""
    if item["type"] == "extra_forbidden":
        listed = f" It has: {', '.join(known)}." if known else " It has none."
        return ParameterFault(
            name, f"There is no parameter {name!r}.{did_you_mean(name, known) or listed}"
        )
    if item["type"] == "missing" and len(item["loc"]) == 1:
        missing = "No curve is picked; set curves." if name == CURVES else f"{name} has no value."
        return ParameterFault(name, missing, missing=True)
    where = _path(item["loc"])
    if item["type"] == "missing":
        return ParameterFault(name, f"{where} has no value.")
    message = item["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return ParameterFault(name, f"{where} is {item['input']!r}; it should be {message}.")


def _path(place: tuple[int | str, ...]) -> str:
    """Return where a value is inside a parameter: `zones[0].top`."""
    path = str(place[0]) if place else ""
    listed = False
    for part in place[1:]:
        if isinstance(part, int):
            path, listed = f"{path}[{part}]", True
        elif listed and part.isidentifier() and part not in _SCALARS:
            path += f".{part}"
    return path
