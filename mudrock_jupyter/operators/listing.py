"""The catalogue of operators as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.declare import Curve, Operator

if TYPE_CHECKING:
    import pandas


def catalogue_frame() -> pandas.DataFrame:
    """Return one row for each operator, indexed by id: what it reads, makes and rests on."""
    import pandas as pd

    rows = [_row(operator) for operator in registry.all_operators()]
    return pd.DataFrame(rows).set_index("id")


def _row(operator: Operator) -> dict[str, str]:
    return {
        "id": operator.id,
        "title": operator.title,
        "family": operator.family,
        "kind": operator.kind.value,
        "inputs": _curves(operator.inputs.values()),
        "parameters": ", ".join(_parameters(operator)),
        "outputs": _curves(operator.outputs.values()),
        "summary": operator.summary,
        "formula": operator.formula,
        "source": operator.source,
        "version": operator.version,
    }


def _curves(curves: Iterable[Curve]) -> str:
    return ", ".join(f"{c.mnemonic} [{c.unit}]" if c.unit else c.mnemonic for c in curves)


def _parameters(operator: Operator) -> Iterator[str]:
    for name, field in operator.parameters.model_fields.items():
        yield name if field.is_required() else f"{name}={field.default!r}"
