"""Declaring an operator: a typed, documented function whose signature is its parameter schema."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from mudrock_jupyter.operators.parameters import CurveName
from mudrock_jupyter.spec.errors import InvalidInput, did_you_mean

ANY = "*"
SAME = "same"
RESERVED = frozenset({"depth", "mnemonic"})
ValueType = Literal["number", "flag", "text"]


class Kind(StrEnum):
    """How an operator works, and so where the engine runs it."""

    SOURCE = "source"
    """Reads wells; has no input port."""
    ROW = "row"
    """Expressions over columns, fused into one DataFusion plan."""
    FILTER = "filter"
    """A condition that keeps rows; fused like ROW."""
    SELECT = "select"
    """Chooses columns; fused like ROW."""
    WELL = "well"
    """A kernel over one well's arrays, in depth order."""
    TABLE = "table"
    """Whole tables in, a table out: joins, summaries."""
    SINK = "sink"
    """Ends a pipeline: shows or writes what reaches it."""


@dataclass(frozen=True)
class Curve:
    """A curve that an operator reads or makes.

    `mnemonic` is the column's name unless the node maps another; `"*"` stands for each curve the
    user picks, and an output's `"*_MA"` for that curve's name with a suffix. `unit` `"same"`
    repeats the unit of the input; `per_depth` names the parameter that says how many times it is
    divided by the unit of depth, as for a derivative.
    """

    mnemonic: str
    unit: str | None = None
    description: str = ""
    optional: bool = False
    type: ValueType = "number"
    per_depth: str | None = None


@dataclass(frozen=True)
class Operator:
    """One operator: what it reads, what it makes, its parameters and its function."""

    id: str
    version: str
    kind: Kind
    family: str
    category: str
    title: str
    function: Callable[..., Any]
    inputs: Mapping[str, Curve]
    outputs: Mapping[str, Curve]
    parameters: type[BaseModel]
    summary: str = ""
    description: str = ""
    formula: str = ""
    source: str = ""
    ports: tuple[str, ...] = ("input",)
    tables: tuple[str, ...] = ()
    check: Callable[[Mapping[str, Any]], str | None] | None = field(default=None, repr=False)

    @property
    def any_curve(self) -> bool:
        """Whether the user picks the curves it works on."""
        return any(curve.mnemonic == ANY for curve in self.inputs.values())

    @property
    def node_type(self) -> Literal["ingestion", "operator", "output"]:
        """The type of a node that runs this operator."""
        if self.kind is Kind.SOURCE:
            return "ingestion"
        return "output" if self.kind is Kind.SINK else "operator"

    @property
    def output_ports(self) -> tuple[str, ...]:
        """The ports other nodes may read from."""
        return () if self.kind is Kind.SINK else ("output",)

    def __call__(self, *arguments: Any, **parameters: Any) -> Any:
        """Call the plain function, as in a test or another operator."""
        return self.function(*arguments, **parameters)


def operator(
    id: str,
    *,
    family: str,
    category: str = "user",
    version: str = "1.0.0",
    kind: Kind | str = Kind.ROW,
    inputs: Mapping[str, Curve] | None = None,
    outputs: Mapping[str, Curve] | None = None,
    title: str | None = None,
    formula: str = "",
    source: str = "",
    ports: tuple[str, ...] | None = None,
    tables: tuple[str, ...] = (),
    check: Callable[[Mapping[str, Any]], str | None] | None = None,
    register: bool = True,
) -> Callable[[Callable[..., Any]], Operator]:
    """Declare the decorated function as an operator and add it to the palette.

    The arguments named in `inputs` receive curves; every other argument is a parameter, and its
    annotation becomes its schema. What a function receives and returns depends on its kind:

    ROW     expressions in, an expression out, or a mapping of them by output argument;
            a parameter of type `NumberOrCurve` arrives as an expression where it names a curve
    WELL    float64 arrays in (NaN for missing), an array out, or a mapping of them by output
            argument; flags are 0, 1 and NaN, text is an array of `str | None`
    FILTER  the schema (`pa.Schema`) first, positional only; an expression out
    SELECT  the schema first, positional only; a mapping out: new name -> column, in order
    TABLE   the table (`pa.Table`, of all wells) first, positional only; a table out;
            an argument named in `inputs` receives the name of its column

    A WELL function that asks for `depth` gets that array, for `mnemonic` the picked curve's
    name, and for one of `tables` (`"tops"`) the well's Arrow table, or None where it has none.

    Raises `InvalidInput` for a declaration that cannot work.
    """

    def declare(function: Callable[..., Any]) -> Operator:
        declared = _declare(function)
        if register:
            from mudrock_jupyter.operators import registry

            registry.add(declared)
        return declared

    def _declare(function: Callable[..., Any]) -> Operator:
        chosen_kind, curves = _kind(id, kind), _checked(id, inputs)
        summary, _, description = (inspect.getdoc(function) or "").partition("\n")
        reserved = RESERVED if chosen_kind in {Kind.ROW, Kind.WELL} else frozenset()
        handed = {*curves, *tables, *reserved}
        return Operator(
            id=id,
            version=version,
            kind=chosen_kind,
            family=family,
            category=category,
            title=title or id.replace("_", " ").capitalize(),
            function=function,
            inputs=curves,
            outputs=_checked(id, outputs),
            parameters=_parameter_model(id, function, chosen_kind, handed, curves),
            summary=summary,
            description=description.strip(),
            formula=formula,
            source=source,
            ports=ports
            if ports is not None
            else (() if chosen_kind is Kind.SOURCE else ("input",)),
            tables=tables,
            check=check,
        )

    return declare


def _kind(id: str, kind: Kind | str) -> Kind:
    try:
        return Kind(kind)
    except ValueError as error:
        known = [each.value for each in Kind]
        near = did_you_mean(str(kind), known) or f" There are: {', '.join(known)}."
        raise InvalidInput(f"Operator {id!r}: there is no kind {kind!r}.{near}") from error


def _checked(id: str, curves: Mapping[str, Curve] | None) -> dict[str, Curve]:
    given = {} if curves is None else curves
    if isinstance(given, Mapping) and all(isinstance(each, Curve) for each in given.values()):
        return dict(given)
    raise InvalidInput(
        f"Operator {id!r}: inputs and outputs name curves by argument. "
        'Write for example: inputs={"gr": mr.Curve("GR", unit="gAPI")}'
    )


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


Curves = Annotated[
    list[CurveName],
    BeforeValidator(_one_or_many),
    Field(min_length=1, description="The curves to work on"),
]


def _parameter_model(
    id: str,
    function: Callable[..., Any],
    kind: Kind,
    handed: set[str],
    curves: Mapping[str, Curve],
) -> type[BaseModel]:
    """Make the parameter schema from the function's own signature."""
    try:
        hints = get_type_hints(function, include_extras=True)
    except NameError as error:
        raise InvalidInput(f"Operator {id!r}: a type of its arguments is unknown: {error}.") \
            from error
    fields: dict[str, Any] = {}
    if any(curve.mnemonic == ANY for curve in curves.values()):
        fields["curves"] = (Curves, ...)
    names = list(inspect.signature(function).parameters.values())
    takes_tables = kind in {Kind.FILTER, Kind.SELECT, Kind.TABLE, Kind.SINK}
    for parameter in names[_table_arguments(function) if takes_tables else 0 :]:
        if parameter.name in handed:
            continue
        if parameter.name not in hints:
            raise InvalidInput(
                f"Operator {id!r}: the parameter {parameter.name!r} has no type. "
                f"Write for example: {parameter.name}: float = 1.0"
            )
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[parameter.name] = (hints[parameter.name], default)
    missing = set(curves) - {parameter.name for parameter in names}
    if missing and kind in {Kind.ROW, Kind.WELL}:
        raise InvalidInput(
            f"Operator {id!r}: the function takes no argument {sorted(missing)[0]!r}."
        )
    return create_model(id, __config__=ConfigDict(extra="forbid", validate_default=True), **fields)


def _table_arguments(function: Callable[..., Any]) -> int:
    """Count the leading positional-only arguments: the tables a function works on."""
    kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
    return sum(1 for kind in kinds if kind is inspect.Parameter.POSITIONAL_ONLY)
