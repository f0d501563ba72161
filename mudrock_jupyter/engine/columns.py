"""Binding a node's inputs to the columns that reach it: names, types and units."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow as pa
from pydantic import BaseModel

from mudrock_jupyter.engine.bound import (
    ARROW_TYPES,
    DEPTH,
    FAILURES,
    HELD,
    WELL_ID,
    BoundCall,
    BoundNode,
    Read,
    computed_field,
    unit_of,
    value_type,
)
from mudrock_jupyter.operators.binding import Call, Input, arguments_of, bind, curve_parameters
from mudrock_jupyter.operators.declare import ANY, Operator, ValueType
from mudrock_jupyter.operators.signature import RESERVED
from mudrock_jupyter.spec import mnemonics, units
from mudrock_jupyter.spec.errors import did_you_mean
from mudrock_jupyter.spec.pipeline import NodeSpec
from mudrock_jupyter.spec.problems import Problem


@dataclass
class Binding:
    """The calls of one node over one upstream schema, and what is wrong with them."""

    node: NodeSpec
    operator: Operator
    parameters: Mapping[str, Any]
    upstream: BoundNode
    calls: list[BoundCall] = field(default_factory=list)
    required: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Where the columns come from, in words."""
        if self.upstream.schema is FAILURES:
            return f"the list of wells that failed at {self.upstream.name!r}"
        return f"what {self.upstream.name!r} makes" if self.upstream.name else "the data"

    def problem(self, code: str, message: str, advice: str = "", warning: bool = False) -> None:
        """Note a problem of this node."""
        self.problems.append(Problem(code, message, advice, node=self.node.id,
                                     severity="warning" if warning else "error"))


def bind_calls(
    node: NodeSpec, operator: Operator, parameters: Mapping[str, Any], upstream: BoundNode
) -> Binding:
    """Find the columns of every call of a node, with the conversions to the operator's units."""
    binding = Binding(node, operator, parameters, upstream)
    _check_mapping(binding)
    for call in bind(operator, parameters, node.curve_mapping):
        arguments = {
            wanted.argument: read
            for wanted in call.inputs if (read := _input(binding, wanted)) is not None
        }
        for name, curve in curve_parameters(operator, parameters).items():
            read = _curve_parameter(binding, name, curve)
            if read is not None:
                arguments[name] = read
        asks = arguments_of(operator.function)
        if "depth" in asks.keys() & RESERVED.get(operator.kind, set()) - operator.inputs.keys():
            arguments |= _depth(binding)
        outputs = tuple(zip(operator.outputs, _outputs(binding, call, arguments), strict=True))
        binding.calls.append(BoundCall(arguments, outputs, call.mnemonic))
    return binding


def _check_mapping(binding: Binding) -> None:
    known = [*binding.operator.inputs, *binding.operator.outputs]
    for name in binding.node.curve_mapping:
        if name not in known:
            binding.problem(
                "unknown_input", f"{binding.node.name!r} maps a curve to {name!r}, which "
                f"{binding.operator.id} does not have.{did_you_mean(name, known)}",
                f"It has {', '.join(known)}." if known else "It has none to map.")


def _input(binding: Binding, wanted: Input) -> Read | None:
    names = binding.upstream.schema.names
    mapped = wanted.argument in binding.node.curve_mapping
    curve = binding.operator.inputs[wanted.argument]
    exact = mapped or curve.mnemonic == ANY
    found = (wanted.column if wanted.column in names else None) if exact else \
        mnemonics.resolve(wanted.column, names)
    if found is None:
        if not wanted.optional or mapped:
            _missing(binding, wanted, exact)
        return None
    if not wanted.optional:
        binding.required.add(found)
    return _checked(binding, found, curve.type, wanted.unit)


def _curve_parameter(binding: Binding, name: str, curve: str) -> Read | None:
    if curve not in binding.upstream.schema.names:
        binding.problem(
            "missing_column", f"{name} of {binding.node.name!r} names the curve {curve!r}, which "
            f"is missing from {binding.origin}."
            + did_you_mean(curve, _curves(binding.upstream.schema)),
            f"Give a number or another curve. There are: {_listed(binding.upstream.schema)}.")
        return None
    binding.required.add(curve)
    return _checked(binding, curve, "number", _parameter_unit(binding.operator.parameters, name))


@lru_cache(maxsize=1024)
def _parameter_unit(parameters: type[BaseModel], name: str) -> str | None:
    schema = parameters.model_json_schema()["properties"].get(name, {})
    places = [schema, *schema.get("anyOf", [])]
    return next((place["x-unit"] for place in places if "x-unit" in place), None)


def _depth(binding: Binding) -> dict[str, Read]:
    if DEPTH in binding.upstream.schema.names:
        return {"depth": Read(DEPTH)}
    binding.problem("missing_column", f"DEPTH is missing from {binding.origin}; "
                    f"{binding.node.name!r} needs it.", "Give it samples with their depths.")
    return {}


def _checked(binding: Binding, name: str, wanted: ValueType, unit: str | None) -> Read:
    found = binding.upstream.schema.field(name)
    kind = value_type(found.type)
    alike = {kind, wanted} == {"number", "flag"} and not unit
    if kind != wanted and not alike:
        binding.problem("wrong_type", f"{name} holds {HELD[kind]}; {binding.node.name!r} works "
                        f"on {HELD[wanted]}.", "Map another curve.")
        return Read(name, wanted)
    have = unit_of(found)
    if not unit or kind != "number":
        return Read(name, wanted)
    if units.canonical(have, like=unit) in {None, ""} and have != unit:
        how = f"is in {have!r}, a unit unknown here" if have else "has no unit"
        binding.problem("unknown_unit", f"{name} {how}; {binding.node.name!r} takes it as {unit}.",
                        "Check that it is.", warning=True)
        return Read(name, wanted)
    if not units.compatible(have, unit):
        binding.problem("incompatible_unit", f"{name} is in {have}; {binding.node.name!r} needs "
                        f"{unit}.", _alternative(binding, name, unit))
        return Read(name, wanted)
    return Read(name, wanted, *units.conversion(have, unit), unit)


def _missing(binding: Binding, wanted: Input, exact: bool) -> None:
    schema, origin = binding.upstream.schema, binding.origin
    if exact:
        binding.problem(
            "missing_column", f"{wanted.column} is missing from {origin}."
            + did_you_mean(wanted.column, _curves(schema)), f"There are: {_listed(schema)}.")
        return
    binding.problem(
        "missing_column", f"{wanted.column} is missing from {origin}.",
        _suggestion(binding, wanted.argument, wanted.column, wanted.unit)
        or f"Read or make it first. There are: {_listed(schema)}.")


def _alternative(binding: Binding, name: str, unit: str) -> str:
    argument = next((key for key, curve in binding.operator.inputs.items()
                     if binding.node.curve_mapping.get(key, curve.mnemonic) == name), None)
    if argument is None:
        return "Choose another curve."
    return _suggestion(binding, argument, name, unit) or "Map another curve."


def _suggestion(binding: Binding, argument: str, name: str, unit: str | None) -> str:
    """Name the column nearest in spelling among those of a fitting unit, or the only one."""
    wanted = binding.operator.inputs[argument].type
    fitting = [
        curve for curve in _curves(binding.upstream.schema) if curve != name
        and value_type((column := binding.upstream.schema.field(curve)).type) == wanted
        and (not unit or units.compatible(unit_of(column), unit))
    ]
    near = difflib.get_close_matches(name, fitting, n=1, cutoff=0.5)
    best = near or (fitting if unit and len(fitting) == 1 else [])
    return f"Map another curve: {argument}={best[0]!r}." if best else ""


def _outputs(binding: Binding, call: Call, arguments: Mapping[str, Read]) -> list[pa.Field]:
    fields = []
    for output in call.outputs:
        unit = _same_unit(binding, call, arguments) if output.unit is None else output.unit
        unit = _per_depth(binding, unit, output.per_depth)
        fields.append(computed_field(output.column, ARROW_TYPES[output.type], unit,
                                     output.description, binding.operator, binding.parameters))
        if output.column in {WELL_ID, DEPTH}:
            binding.problem("replaces_column", f"{binding.node.name!r} would replace "
                            f"{output.column}.", "Give its output another name.")
        elif output.column in binding.upstream.schema.names:
            binding.problem("replaces_column", f"{binding.node.name!r} replaces the curve "
                            f"{output.column}.", "Give its output another name to keep both.",
                            warning=True)
    return fields


def _same_unit(binding: Binding, call: Call, arguments: Mapping[str, Read]) -> str:
    for wanted in call.inputs:
        if wanted.argument in arguments:
            column = arguments[wanted.argument].column
            return wanted.unit or unit_of(binding.upstream.schema.field(column))
    return ""


def _per_depth(binding: Binding, unit: str, times: int) -> str:
    """Divide a unit by that of depth, so many times."""
    if not times or DEPTH not in binding.upstream.schema.names:
        return unit
    depth = unit_of(binding.upstream.schema.field(DEPTH)) or "depth"
    return f"{unit or '1'}/{depth}" + (f"^{times}" if times > 1 else "")


def _curves(schema: pa.Schema) -> list[str]:
    return [name for name in schema.names if name not in {WELL_ID, DEPTH}]


def _listed(schema: pa.Schema, most: int = 20) -> str:
    names = _curves(schema)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) or "none") + more
