"""Conditions users write, such as `gr > 50 and zone = 'Hugin'`.

DataFusion's SQL parser reads the text against the table's columns and nothing else; the tree it
gives is then rebuilt from an allow-list, so that no text reaches the engine as it was written.
"""

from __future__ import annotations

import math
import operator as operators
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from mudrock_jupyter.operators.expression import (
    Expr,
    column,
    finite,
    literal,
    log10,
    scalar_function,
    square_root,
)
from mudrock_jupyter.spec.errors import InvalidInput, did_you_mean

if TYPE_CHECKING:
    import datafusion

LONGEST = 1000  # a chain of some ten thousand terms overflows the stack of DataFusion's parser

WORD = re.compile(r"[^\W\d]\w*")

Type = Literal["number", "text", "flag"]


@dataclass(frozen=True)
class Term:
    """A part of a condition: its expression, its type, and its value if it is a constant."""

    expression: Expr
    type: Type
    constant: object = None


def parse_condition(text: str, schema: pa.Schema) -> Expr:
    """Read a condition on the columns of a table.

    Names match in any case where that is not ambiguous. Raises `InvalidInput` for anything but
    columns, constants, comparisons, arithmetic, `and`, `or`, `not`, `between`, `in`, `like`,
    `is null` and a few functions.
    """
    if len(text) > LONGEST:
        raise InvalidInput(
            f"The condition has {len(text):,} characters; at most {LONGEST:,} are read. "
            "Split it over several filters."
        )
    if not text.strip():
        raise InvalidInput("The condition is empty; write for example: GR < 75 and RT > 2")
    names = _spellings(text, schema)
    reader = _Reader(text, schema, names)
    try:
        term = reader.read(_parse(text, schema, names))
    except RecursionError:
        raise reader.refusal("it is nested too deeply") from None
    if term.type != "flag":
        raise reader.refusal(f"it gives a {term.type}, not yes or no; compare it with something")
    return term.expression


def _spellings(text: str, schema: pa.Schema) -> dict[str, str]:
    """Map the words of the text that name one column only, in whatever case, and exact names."""
    lower = Counter(name.lower() for name in schema.names)
    single = {name.lower(): name for name in schema.names if lower[name.lower()] == 1}
    words = {word: single[word.lower()] for word in WORD.findall(text) if word.lower() in single}
    return words | {name: name for name in schema.names}


def _parse(text: str, schema: pa.Schema, names: Mapping[str, str]) -> datafusion.Expr:
    from datafusion import SessionConfig, SessionContext

    config = SessionConfig().set("datafusion.sql_parser.enable_ident_normalization", "false")
    empty = SessionContext(config).from_arrow(schema.empty_table())
    spellings = [column(name).raw.alias(spelling) for spelling, name in names.items()]
    try:
        # Selected once, the columns lose the name of the table, which exists here only.
        return empty.select(*spellings).parse_sql_expr(text)
    except Exception as error:  # DataFusion raises plain Exception
        raise InvalidInput(_parse_failure(text, schema, str(error))) from None


def _parse_failure(text: str, schema: pa.Schema, message: str) -> str:
    unknown = re.search(r'No field named "?([^".\s]+(?:\.[^".\s]+)?)"?\.(?:\s|$)', message)
    if unknown:
        return f"{_quoted(text)}: {_no_column(unknown[1], schema.names)}"
    reason = re.search(r'ParserError\("(.*)"\)|Error during planning: (.{1,200})', message)
    why = f": {reason[1] or reason[2]}" if reason else ""
    return f"{_quoted(text)} cannot be read{why}. Write for example: GR < 75 and RT > 2"


def _no_column(name: str, names: list[str]) -> str:
    same = [each for each in names if each.lower() == name.lower()]
    if same:
        return f'{name!r} may be {" or ".join(same)}; write one in quotes: "{same[0]}".'
    return f"there is no column {name!r}.{did_you_mean(name, names) or _listed(names)}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f" There are {', '.join(names[:20])}{more}."


def _quoted(text: str) -> str:
    short = text if len(text) <= 60 else text[:57] + "..."
    return f"The condition {short!r}"


ARITHMETIC: Mapping[str, Callable[[Expr, Expr], Expr]] = {
    "+": operators.add,
    "-": operators.sub,
    "*": operators.mul,
    "/": lambda left, right: finite(left / right),
}
COMPARISONS: Mapping[str, Callable[[Expr, Expr], Expr]] = {
    "=": operators.eq,
    "!=": operators.ne,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
LOGIC: Mapping[str, Callable[[Expr, Expr], Expr]] = {"AND": operators.and_, "OR": operators.or_}
FUNCTIONS: Mapping[str, tuple[int, Callable[..., Expr]]] = {
    "abs": (1, abs),
    "ceil": (1, lambda x: scalar_function("ceil", x)),
    "floor": (1, lambda x: scalar_function("floor", x)),
    "round": (1, lambda x: scalar_function("round", x)),
    "exp": (1, lambda x: finite(scalar_function("exp", x))),
    "ln": (1, lambda x: finite(scalar_function("ln", x))),
    "log10": (1, log10),
    "sqrt": (1, square_root),
    "power": (2, lambda x, y: finite(x**y)),
}


@dataclass(frozen=True)
class _Reader:
    """Rebuilds DataFusion's tree, refusing what is not on the lists above."""

    text: str
    schema: pa.Schema
    names: Mapping[str, str]

    def refusal(self, reason: str) -> InvalidInput:
        return InvalidInput(f"{_quoted(self.text)} cannot be used: {reason}.")

    def read(self, node: datafusion.Expr) -> Term:
        readers: Mapping[str, Callable[[datafusion.Expr], Term]] = {
            "Column": self._column,
            "Literal": self._literal,
            "BinaryExpr": self._binary,
            "Negative": self._negative,
            "Not": self._not,
            "IsNull": self._is_null,
            "IsNotNull": self._is_not_null,
            "Between": self._between,
            "InList": self._in_list,
            "Like": self._like,
            "ScalarFunction": self._function,
        }
        kind = node.variant_name()
        if kind not in readers:
            raise self.refusal(f"{_spoken(kind)} is not allowed in a condition")
        return readers[kind](node)

    def _typed(self, node: datafusion.Expr, type: Type, use: str) -> Expr:
        term = self.read(node)
        if term.type != type:
            raise self.refusal(f"{use} needs a {type}, and {_shown(node)} is a {term.type}")
        return term.expression

    def _column(self, node: datafusion.Expr) -> Term:
        name = self.names[node.to_variant().name()]
        type = _type_of(self.schema.field(name).type)
        if type is None:
            raise self.refusal(f"{name} holds neither numbers, text nor flags")
        return Term(column(name), type)

    def _literal(self, node: datafusion.Expr) -> Term:
        value = node.python_value()
        if isinstance(value, pa.Scalar):
            value = value.as_py()
        if isinstance(value, bool):
            return Term(literal(value), "flag", value)
        if isinstance(value, (int, float)) and math.isfinite(value):
            return Term(literal(value), "number", value)
        if isinstance(value, str):
            return Term(literal(value), "text", value)
        if value is None:
            raise self.refusal("nothing equals NULL; write IS NULL or IS NOT NULL")
        raise self.refusal(f"the constant {_shown(node)} is neither a number, text nor yes or no")

    def _binary(self, node: datafusion.Expr) -> Term:
        sign, sides = node.rex_call_operator(), node.rex_call_operands()
        if sign in LOGIC:
            return Term(LOGIC[sign](*(self._typed(s, "flag", sign) for s in sides)), "flag")
        if sign in ARITHMETIC:
            numbers = (self._typed(side, "number", repr(sign)) for side in sides)
            return Term(ARITHMETIC[sign](*numbers), "number")
        if sign in COMPARISONS:
            left, right = self._alike(*(self.read(side) for side in sides))
            return Term(COMPARISONS[sign](left, right), "flag")
        raise self.refusal(f"the operator {sign} is not allowed in a condition")

    def _alike(self, left: Term, right: Term) -> tuple[Expr, Expr]:
        if left.type == right.type:
            return left.expression, right.expression
        for flag, number in ((left, right), (right, left)):
            if flag.type == "flag" and number.constant in (0, 1):
                return flag.expression, literal(number.constant == 1)
        raise self.refusal(f"a {left.type} cannot be compared with a {right.type}")

    def _negative(self, node: datafusion.Expr) -> Term:
        return Term(-self._typed(node.rex_call_operands()[0], "number", "'-'"), "number")

    def _not(self, node: datafusion.Expr) -> Term:
        return Term(~self._typed(node.rex_call_operands()[0], "flag", "NOT"), "flag")

    def _is_null(self, node: datafusion.Expr) -> Term:
        return Term(self.read(node.rex_call_operands()[0]).expression.is_null(), "flag")

    def _is_not_null(self, node: datafusion.Expr) -> Term:
        return Term(~self.read(node.rex_call_operands()[0]).expression.is_null(), "flag")

    def _between(self, node: datafusion.Expr) -> Term:
        parts: Any = node.to_variant()
        value, low, high = (self.read(each) for each in (parts.expr(), parts.low(), parts.high()))
        inside = operators.ge(*self._alike(value, low)) & operators.le(*self._alike(value, high))
        return Term(~inside if parts.negated() else inside, "flag")

    def _in_list(self, node: datafusion.Expr) -> Term:
        parts: Any = node.to_variant()
        value, condition = self.read(parts.expr()), literal(False)
        for each in parts.list():
            condition = condition | operators.eq(*self._alike(value, self.read(each)))
        return Term(~condition if parts.negated() else condition, "flag")

    def _like(self, node: datafusion.Expr) -> Term:
        parts: Any = node.to_variant()
        pattern = self.read(parts.pattern())
        if not isinstance(pattern.constant, str) or parts.escape_char():
            raise self.refusal("LIKE needs a plain pattern, such as 'Hugin%'")
        flags = "is" if "ilike" in node.rex_call_operator() else "s"
        text = self._typed(parts.expr(), "text", "LIKE")
        matches = scalar_function(
            "regexp_like", text, literal(_regular(pattern.constant)), literal(flags)
        )
        return Term(~matches if parts.negated() else matches, "flag")

    def _function(self, node: datafusion.Expr) -> Term:
        name, operands = node.rex_call_operator(), node.rex_call_operands()
        if name not in FUNCTIONS:
            listed = ", ".join(FUNCTIONS)
            raise self.refusal(f"the function {name} is not allowed; there are {listed}")
        count, make = FUNCTIONS[name]
        if len(operands) != count:
            raise self.refusal(f"{name} takes {count} number{'s' * (count > 1)}")
        return Term(make(*(self._typed(each, "number", name) for each in operands)), "number")


def _type_of(type: pa.DataType) -> Type | None:
    if pa.types.is_dictionary(type):
        type = type.value_type
    if pa.types.is_integer(type) or pa.types.is_floating(type):
        return "number"
    if pa.types.is_boolean(type):
        return "flag"
    text = pa.types.is_string(type) or pa.types.is_large_string(type)
    return "text" if text or pa.types.is_string_view(type) else None


def _regular(pattern: str) -> str:
    """Write a LIKE pattern as a regular expression."""
    special = {"%": ".*", "_": "."}
    escaped = (special.get(c) or (f"\\{c}" if c in r"\.+*?()|[]{}^$#&-~" else c) for c in pattern)
    return f"^{''.join(escaped)}$"


def _shown(node: datafusion.Expr) -> str:
    text = str(node).removeprefix("Expr(").removesuffix(")")
    return text if len(text) <= 60 else text[:57] + "..."


def _spoken(kind: str) -> str:
    """Say what DataFusion's name for a part of a query means."""
    words = {
        "ScalarSubquery": "a query inside",
        "InSubquery": "a query inside",
        "Exists": "a query inside",
        "Cast": "a conversion of types",
        "TryCast": "a conversion of types",
        "AggregateFunction": "a function over several rows",
        "WindowFunction": "a function over several rows",
        "Placeholder": "a placeholder",
        "Alias": "a new name",
        "Case": "CASE",
    }
    return words.get(kind, kind)
