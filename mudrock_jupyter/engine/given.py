"""Tables as people give them: mappings, pandas, polars, anything that speaks Arrow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mudrock_jupyter.engine.bound import DEPTH, value_type
from mudrock_jupyter.spec.errors import InvalidInput


def given_table(data: Any) -> pa.Table:
    """Return data as an Arrow table: numbers float64, missing values null, DEPT named DEPTH.

    Raises `InvalidInput` for what is no table.
    """
    table = _from_mapping(data) if isinstance(data, Mapping) else _from_stream(data)
    names = table.column_names
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"The data has two columns {twice!r}. Rename one.")
    upper = {name.upper(): name for name in names}
    depth = upper.get(DEPTH, upper.get("DEPT"))
    for position, field in enumerate(table.schema):
        name = DEPTH if field.name == depth else field.name
        values = table.column(position)
        if value_type(field.type) == "number":
            values = values.cast(pa.float64())
            values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
        field = pa.field(name, values.type, metadata=field.metadata)
        table = table.set_column(position, field, values)
    return table.replace_schema_metadata(None)


def _from_mapping(data: Mapping[str, Any]) -> pa.Table:
    columns = {}
    for name, values in data.items():
        many = [values] if np.ndim(values) == 0 else values
        try:
            columns[str(name)] = pa.array(many, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise InvalidInput(f"{name} is not a column of numbers or text: {error}.") from error
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {count}" for name, count in lengths.items())
        raise InvalidInput(f"The columns have different lengths: {listed}.")
    return pa.table(columns)


def _from_stream(data: Any) -> pa.Table:
    if not hasattr(data, "__arrow_c_stream__"):
        raise InvalidInput(
            f"A {type(data).__name__} is no table. Give a mapping of columns, or a pandas, polars "
            "or Arrow table."
        )
    if hasattr(data, "reset_index"):  # pandas: the index would come along as a column
        return pa.Table.from_pandas(data, preserve_index=False)
    return pa.table(data)
