"""Judging what an operator's function returned, before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa

from mudrock_jupyter.engine.blame import faulty
from mudrock_jupyter.operators.declare import Operator
from mudrock_jupyter.operators.expression import Expr
from mudrock_jupyter.spec.errors import OperatorFailed, did_you_mean

_NUMBERS, _TEXT = "fiub", "OUT"


def by_output(operator: Operator, result: Any) -> Mapping[str, Any]:
    """Return an operator's result by output argument.

    Raises `OperatorFailed` unless there is one value for each output, and no other.
    """
    names = list(operator.outputs)
    listed = ", ".join(names) or "a result"
    if result is None:
        raise OperatorFailed(faulty(operator, f"returned nothing; it should return {listed}."))
    if isinstance(result, Mapping):
        results = dict(result)
    elif isinstance(result, tuple) and len(result) == len(names):
        results = dict(zip(names, result, strict=True))
    elif len(names) == 1 and not isinstance(result, tuple):
        results = {names[0]: result}
    else:
        raise OperatorFailed(faulty(operator, f"should return its outputs by name: {listed}."))
    for name in names:
        if name not in results:
            near = next(iter(results.keys() - set(names)), None)
            instead = "" if near is None else f" It returned {near!r} in place of it."
            raise OperatorFailed(
                faulty(operator, f"did not return its output {name!r}.{instead}"))
        if results[name] is None:
            raise OperatorFailed(faulty(operator, f"returned nothing for its output {name!r}."))
    for name in results:
        if name not in names:
            raise OperatorFailed(faulty(operator, f"returned {name!r}, which is none of its "
                                        f"outputs.{did_you_mean(str(name), names)}"))
    return results


def as_arrays(operator: Operator, result: Any, rows: int) -> dict[str, Any]:
    """Return what a WELL operator made: an array with a value for each sample, by output.

    What numpy masks is missing.
    """
    made: dict[str, Any] = {}
    for name, values in by_output(operator, result).items():
        if isinstance(values, pa.Array | pa.ChunkedArray):
            made[name] = values
            shape: tuple[int, ...] = (len(values),)
        else:
            array = _array(operator, name, values)
            made[name], shape = array, array.shape
        if shape == ():
            raise OperatorFailed(faulty(operator, f"returned one value for {name!r} in place of "
                                        f"an array of {rows}."))
        if shape != (rows,):
            has = f"{shape[0]} values" if len(shape) == 1 else f"the shape {shape}"
            raise OperatorFailed(faulty(operator, f"returned {name!r} with {has} for {rows} "
                                        "samples; it should have one for each."))
    return made


def as_expressions(operator: Operator, result: Any) -> dict[str, Any]:
    """Return what a ROW operator made: an expression or a constant, by output."""
    return {name: as_expression(operator, name, value, operator.outputs[name].type == "text")
            for name, value in by_output(operator, result).items()}


def as_expression(operator: Operator, name: str, value: Any, text: bool = False) -> Any:
    """Return one of the things that may stand for a column."""
    import datafusion

    if isinstance(value, datafusion.Expr):
        return Expr(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str) and not text:
        raise OperatorFailed(faulty(
            operator, f"returned the text {value!r} in place of numbers for {name!r}."))
    if not isinstance(value, Expr | float | int | str):
        advice = ' Declare it with kind="well" to work on arrays.' \
            if isinstance(value, np.ndarray | list) else ""
        raise OperatorFailed(faulty(operator, f"returned {_a(value)} for {name!r}; it should "
                                    f"return an expression.{advice}"))
    return value


def as_selection(operator: Operator, result: Any, schema: pa.Schema) -> dict[str, str]:
    """Return what a SELECT operator chose: new name -> column; a list keeps the names."""
    if isinstance(result, list | tuple):
        result = {name: name for name in result}
    if not isinstance(result, Mapping):
        what = "nothing" if result is None else _a(result)
        raise OperatorFailed(faulty(operator, f"returned {what}; it should return a mapping of "
                                    "new names to columns, or a list of columns."))
    for old in result.values():
        if old not in schema.names:
            raise OperatorFailed(faulty(operator, f"chose the column {old!r}, which is not there."
                                        f"{did_you_mean(str(old), schema.names)}"))
    return dict(result)


def as_table(operator: Operator, result: Any) -> pa.Table:
    """Return what a TABLE operator made, as Arrow; pandas and polars frames are taken too."""
    if isinstance(result, pa.Table):
        return result
    if not hasattr(result, "__arrow_c_stream__"):
        what = "nothing" if result is None else _a(result)
        raise OperatorFailed(faulty(operator, f"returned {what}; it should return a table: Arrow, "
                                    "pandas or polars."))
    if hasattr(result, "reset_index"):  # pandas: a plain index would come along as a column
        named = any(name is not None for name in result.index.names)
        return pa.Table.from_pandas(result.reset_index() if named else result,
                                    preserve_index=False).replace_schema_metadata(None)
    return pa.table(result)


def _array(operator: Operator, name: str, values: Any) -> np.ndarray[Any, Any]:
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        array = np.asarray(values)
    except ValueError as error:  # lists of different lengths
        raise OperatorFailed(
            faulty(operator, f"returned {_a(values)} for {name!r}, which is no array.")
        ) from error
    wanted = _TEXT if operator.outputs[name].type == "text" else _NUMBERS
    if array.dtype.kind == "O" and wanted == _NUMBERS:
        with suppress(TypeError, ValueError):
            array = array.astype(np.float64)  # None is NaN
    if array.dtype.kind not in wanted:
        words = "text" if wanted == _TEXT else "numbers"
        has = "text" if array.dtype.kind in _TEXT else f"values of the type {array.dtype}"
        raise OperatorFailed(faulty(operator, f"returned {has} in place of {words} for {name!r}."))
    return array.astype(object) if wanted == _TEXT else array


def _a(value: object) -> str:
    name = type(value).__name__
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"
