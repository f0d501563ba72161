"""Running an operator on plain columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from mudrock_jupyter.engine.apply import apply


def evaluate(id: str, columns: Mapping[str, Sequence[Any]], **arguments: Any) -> dict[str, Any]:
    """Return the output columns of an operator as lists; columns without text are numbers."""
    text = (str, bool)
    arrays = {
        name: pa.array(values, None if any(isinstance(v, text) for v in values) else pa.float64())
        for name, values in columns.items()
    }
    return apply(id, pa.table(arrays), **arguments).to_pydict()
