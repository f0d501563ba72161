"""Declaring an operator: a typed, documented function whose signature is its parameter schema."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Literal, Protocol

from pydantic import BaseModel
from typing_extensions import ParamSpec, TypeVar

from mudrock_jupyter.operators.declaration import (
    check_curves,
    check_kind,
    check_names,
    check_ports,
    check_tables,
)
from mudrock_jupyter.operators.kinds import ANY, SAME, Curve, Kind, ValueType
from mudrock_jupyter.operators.signature import parameter_model, read_parameters, without_tables
from mudrock_jupyter.spec.errors import InvalidInput

__all__ = ["ANY", "SAME", "Curve", "Kind", "Operator", "ValueType", "operator"]

P = ParamSpec("P", default=...)
R = TypeVar("R", default=Any)
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
KindName = Literal["row", "filter", "select", "well", "table", "sink"]


@dataclass(frozen=True, repr=False)
class Operator(Generic[P, R]):
    """One operator: what it reads, what it makes, its parameters and its function."""

    id: str
    version: str
    kind: Kind
    family: str
    category: str
    title: str
    function: Callable[P, R]
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

    def __post_init__(self) -> None:
        # So that `my_operator?` and `my_operator??` show the function's own words and source.
        object.__setattr__(self, "__wrapped__", self.function)
        object.__setattr__(self, "__doc__", inspect.getdoc(self.function))

    @cached_property
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

    def __call__(self, *arguments: P.args, **parameters: P.kwargs) -> R:
        """Call the plain function, as in a test or another operator."""
        return self.function(*arguments, **parameters)

    def __repr__(self) -> str:
        reads = ", ".join(curve.mnemonic for curve in self.inputs.values())
        makes = ", ".join(curve.mnemonic for curve in self.outputs.values())
        arrow = f": {reads} -> {makes}" if makes else ""
        return f"<{self.kind.value} operator {self.id!r} {self.version}{arrow}>"


class Declare(Protocol):
    """What `operator(...)` returns: it makes an operator of a function, with the same types."""

    def __call__(self, function: Callable[Arguments, Result], /) -> Operator[Arguments, Result]:
        """Return the operator."""


def operator(
    id: str,
    *,
    family: str = "own",
    category: str = "user",
    version: str = "1.0.0",
    kind: Kind | KindName = Kind.ROW,
    inputs: Mapping[str, Curve] | None = None,
    outputs: Mapping[str, Curve] | None = None,
    title: str | None = None,
    formula: str = "",
    source: str = "",
    ports: str | tuple[str, ...] | None = None,
    tables: str | tuple[str, ...] = (),
    check: Callable[[Mapping[str, Any]], str | None] | None = None,
    register: bool = True,
) -> Declare:
    """Declare the decorated function as an operator and add it to the palette.

    The arguments named in `inputs` receive curves; every other argument is a parameter, and its
    type and default become its field in the form. The docstring is the card's help. What a
    function receives and returns depends on its kind:

    row     expressions in, an expression out, or a mapping of them by output's name;
            for `+ - * / **`, comparisons, `mr.where` and `mr.clip`
    well    one well's float64 arrays in (NaN for missing), in order of depth; an array out, or a
            mapping of them by output's name; for numpy, scipy and numba. Flags are 0, 1 and NaN,
            text is an array of `str | None`
    filter  the columns (`pa.Schema`) first; a condition out: rows where it holds are kept
    select  the columns (`pa.Schema`) first; a mapping out: new name -> column, in order
    table   a `pa.Table` of all wells first, one for each of `ports`; a table out (Arrow, pandas
            or polars); it is called once without rows, to learn its columns. An argument named
            in `inputs` receives the name of its column, and `session` a session of DataFusion
            that may hold what the run has left of its memory, and sorts and joins on disk
    sink    as table, without a result: it writes or shows what reaches it

    In a row, well or filter operator the argument `depth` receives the depths, and a parameter of
    the type `NumberOrCurve` or `CurveName` (of `mudrock_jupyter.operators.parameters`) the curve
    that it names. With the input `Curve("*")` the function is called for each curve the user
    picks, and `mnemonic` receives its name. In a well operator `tables=("tops",)` hands the
    argument `tops` the well's Arrow table, or None where it has none. `check` gets all parameters
    and returns what is wrong with them together, or None.

    Declaring an id again replaces the operator, as when a cell is edited and run again; a run
    that has begun keeps what it began with.

    Raises `InvalidInput` for a declaration that cannot work, with its line.

    >>> @operator("doc_vsh", inputs={"gr": Curve("GR", unit="gAPI")},
    ...           outputs={"vsh": Curve("VSH", unit="v/v")}, register=False)
    ... def doc_vsh(gr: Any, gr_clean: float = 20.0, gr_shale: float = 120.0) -> Any:
    ...     \"\"\"Shale volume, linear.\"\"\"
    ...     return (gr - gr_clean) / (gr_shale - gr_clean)
    >>> doc_vsh(70.0)
    0.5
    """
    if not isinstance(id, str):
        raise InvalidInput('Write @mr.operator("my_id", ...): an operator needs an id.')

    def declare(function: Callable[Arguments, Result], /) -> Operator[Arguments, Result]:
        declared = _declare(function)
        if register:
            from mudrock_jupyter.operators import registry

            registry.add(declared)
        return declared

    def _declare(function: Callable[Arguments, Result]) -> Operator[Arguments, Result]:
        chosen = check_kind(id, function, kind)
        made = check_curves(id, function, "outputs", outputs)
        read = check_curves(id, function, "inputs", inputs)
        connected = check_ports(id, function, chosen, ports)
        extra = check_tables(id, function, chosen, tables)
        arguments = read_parameters(id, function, chosen)
        handed = {*read, *extra}
        arguments = without_tables(id, function, chosen, arguments, handed, connected)
        parameters = parameter_model(id, function, chosen, arguments, read, extra)
        check_names(id, function, chosen, read, made, parameters.model_fields)
        summary, _, description = (inspect.getdoc(function) or "").partition("\n")
        return Operator(
            id=id,
            version=version,
            kind=chosen,
            family=family,
            category=category,
            title=title or id.replace("_", " ").capitalize(),
            function=function,
            inputs=read,
            outputs=made,
            parameters=parameters,
            summary=summary,
            description=description.strip(),
            formula=formula,
            source=source,
            ports=connected,
            tables=extra,
            check=check,
        )

    return declare
