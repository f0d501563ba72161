"""Reading a function's signature: which arguments receive data, which are parameters."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, NoReturn, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError

from mudrock_jupyter.operators.kinds import ANY, Curve, Kind
from mudrock_jupyter.operators.parameters import CurveName
from mudrock_jupyter.spec.errors import InvalidInput, did_you_mean
from mudrock_jupyter.spec.places import definition, is_ours, plain_function

RESERVED: Mapping[Kind, frozenset[str]] = {
    Kind.ROW: frozenset({"depth", "mnemonic"}),
    Kind.WELL: frozenset({"depth", "mnemonic"}),
    Kind.FILTER: frozenset({"depth"}),
    Kind.TABLE: frozenset({"session"}),
    Kind.SINK: frozenset({"unless_stopped"}),
}
"""Arguments that receive something else than a curve or a parameter, by kind."""
ON_TABLES: Mapping[Kind, str] = {
    Kind.FILTER: "schema: pa.Schema",
    Kind.SELECT: "schema: pa.Schema",
    Kind.TABLE: "table: pa.Table",
    Kind.SINK: "table: pa.Table",
}
"""The kinds whose function works on what reaches it as a whole, and its first argument."""
TAKEN = frozenset({"at", "data", "name", "operator_id"})
"""Names that `pipe.add` and `mr.apply` keep for themselves."""
PICKED = frozenset({"curve", "curves"})
"""Names for the curves that are picked, where an input is any curve."""

Parameter = inspect.Parameter


def refuse(id: object, function: object, says: str, argument: str | None = None) -> NoReturn:
    """Raise `InvalidInput` with the line of the declaration that is wrong."""
    where = definition(function, argument) if callable(function) else ""
    raise InvalidInput(f"Operator {id!r}: {says}" + (f" ({where})" if where else "")) from None


def read_parameters(id: str, function: Callable[..., Any], kind: Kind) -> list[Parameter]:
    """Return a function's arguments; refuses what cannot be called with arguments by name."""
    if not callable(function) or isinstance(function, type):
        what = "a class" if isinstance(function, type) else f"a {type(function).__name__}"
        refuse(id, function, f"@mr.operator decorates a function, not {what}.")
    plain = plain_function(function)
    if inspect.iscoroutinefunction(plain) or inspect.isasyncgenfunction(plain):
        refuse(id, function, "it is an async function, which nobody would await. "
               "Write def in place of async def.")
    if inspect.isgeneratorfunction(plain):
        refuse(id, function, "it yields its results one by one. Return them all at once.")
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        refuse(id, function, "its arguments cannot be read. Call it in a function of your own: "
               "def ...")
    if parameters and parameters[0].name in {"self", "cls"}:
        refuse(id, function, "it is a method that has no object yet. Declare a function outside "
               "the class, or the method of an object.")
    for each in parameters:
        stars = "*" if each.kind is Parameter.VAR_POSITIONAL else "**"
        if each.kind in {Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD}:
            refuse(id, function, f"{stars}{each.name} takes any arguments, so there is no form. "
                   "Write each parameter with its name and type, such as: window: int = 5",
                   each.name)
        if each.kind is Parameter.POSITIONAL_ONLY and kind not in ON_TABLES:
            refuse(id, function, f"{each.name!r} can only be given by position; curves and "
                   "parameters are given by name. Remove the '/'.", each.name)
    return parameters


def without_tables(
    id: str, function: Callable[..., Any], kind: Kind, parameters: list[Parameter],
    handed: Collection[str], ports: tuple[str, ...],
) -> list[Parameter]:
    """Return the arguments after those that receive whole tables: one for each port."""
    if kind not in ON_TABLES:
        return parameters
    only = sum(1 for each in parameters if each.kind is Parameter.POSITIONAL_ONLY)
    first = parameters[:len(ports)]
    by_position = [each for each in first if each.kind is not Parameter.KEYWORD_ONLY
                   and each.name not in handed and each.default is Parameter.empty]
    if len(by_position) < len(ports) or only > len(ports):
        takes = "the columns" if kind in {Kind.FILTER, Kind.SELECT} else \
            "the table" if len(ports) == 1 else f"a table for each of {', '.join(ports)}"
        signature = ON_TABLES[kind] if len(ports) == 1 else \
            ", ".join(f"{port}: pa.Table" for port in ports)
        refuse(id, function, f"a {kind.value} operator takes {takes} first. "
               f"Write: def {_name(function)}({signature}, /, ...)")
    return parameters[len(ports):]


def parameter_model(
    id: str, function: Callable[..., Any], kind: Kind, arguments: list[Parameter],
    inputs: Mapping[str, Curve], tables: tuple[str, ...],
) -> type[BaseModel]:
    """Make the parameters' schema from the arguments that receive no data."""
    reserved = RESERVED.get(kind, frozenset())
    named = {each.name: each for each in arguments}
    for name in [*inputs, *tables]:
        if name not in named:
            near = did_you_mean(name, named)
            refuse(id, function, f"the function takes no argument {name!r}.{near} Each input "
                   "and extra table goes to the argument of its name.")
    own = {name: each for name, each in named.items()
           if name not in {*inputs, *tables} and name not in reserved}
    for name in reserved & named.keys():
        if name not in inputs and named[name].default is not Parameter.empty:
            refuse(id, function, f"{name!r} receives {_RECEIVES[name]}, so it has no default. "
                   "Name a parameter of yours otherwise.", name)
    picks = any(curve.mnemonic == ANY for curve in inputs.values())
    for name in own.keys() & (TAKEN | PICKED if picks else TAKEN):
        refuse(id, function, f"a parameter cannot be called {name!r}: pipe.add and mr.apply "
               "use that name themselves. Choose another.", name)
    fields: dict[str, Any] = {"curves": (Curves, ...)} if picks else {}
    for name, hint in _types(id, function, own).items():
        default = own[name].default
        fields[name] = (hint, ... if default is Parameter.empty else default)
    return _checked_model(id, function, fields)


_RECEIVES = {"depth": "the depths", "mnemonic": "the picked curve's name",
             "session": "a session of DataFusion",
             "unless_stopped": "a function that raises when the run was stopped"}


def _types(
    id: str, function: Callable[..., Any], own: Mapping[str, Parameter]
) -> dict[str, Any]:
    """Resolve the types of the parameters, and only theirs: what others name need not exist."""
    for name, each in own.items():
        if each.annotation is Parameter.empty:
            refuse(id, function, f"the parameter {name!r} has no type. "
                   f"Write for example: {name}: float = 1.0", name)
        if name.startswith("_"):
            refuse(id, function, f"the parameter {name!r} begins with _, which no form shows. "
                   "Choose another name.", name)
    plain = plain_function(function)
    found: dict[str, Any] = {}
    for name, each in own.items():
        def carrier() -> None: ...
        carrier.__annotations__ = {name: each.annotation}
        try:
            known = plain.__globals__ if plain is not None else {}
            found |= get_type_hints(carrier, globalns=known, include_extras=True)
        except Exception as error:  # an annotation is any expression
            refuse(id, function, f"the type of {name!r} is unknown: {error}.", name)
    return found


def _checked_model(
    id: str, function: Callable[..., Any], fields: dict[str, Any]
) -> type[BaseModel]:
    def made(some: dict[str, Any]) -> type[BaseModel]:
        config = ConfigDict(extra="forbid", validate_default=True, protected_namespaces=())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a parameter may be called copy, or schema
            return create_model(id, __config__=config, **some)

    for name, (hint, default) in fields.items():
        try:
            model = made({name: (hint, default)})
            if not is_ours(function):
                model.model_json_schema()
                _check_default(id, function, model, name, hint, default)
        except InvalidInput:
            raise
        except (PydanticUserError, NameError, TypeError, ValueError) as error:
            reason = str(error).splitlines()[0].rstrip(".")
            refuse(id, function, f"{name!r} cannot be a parameter: {reason}. Parameters are "
                   "numbers, text, bool, Literal, Enum, lists and models of them.", name)
    return made(fields)


def _check_default(
    id: str, function: Callable[..., Any], model: type[BaseModel], name: str, hint: Any,
    default: Any,
) -> None:
    if default is ...:
        return
    if isinstance(default, bool) and hint in {float, int}:
        refuse(id, function, f"the default of {name!r} is {default}; it should be a number.", name)
    try:
        model.model_validate({})
    except ValidationError as error:
        should = error.errors()[0]["msg"].removeprefix("Input should be ")
        refuse(id, function, f"the default of {name!r} is {default!r}; it should be "
               f"{should.removeprefix('Value error, ')}.", name)


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


Curves = Annotated[
    list[CurveName],
    BeforeValidator(_one_or_many),
    Field(min_length=1, description="The curves to work on"),
]


def _name(function: Callable[..., Any]) -> str:
    name = getattr(plain_function(function), "__name__", "")
    return name if name.isidentifier() else "f"
