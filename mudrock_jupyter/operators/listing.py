"""The catalogue of operators as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING

from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.declare import Curve, Operator
from mudrock_jupyter.spec.places import defined_in

if TYPE_CHECKING:
    import pandas

_SEARCHED = ("id", "title", "family", "inputs", "outputs", "summary")


def catalogue_frame(search: str = "") -> pandas.DataFrame:
    """Return one row for each operator, indexed by id: what it reads, makes and rests on.

    `search` keeps those whose id, title, family, summary or curves have that text.
    """
    import pandas as pd

    rows = [_row(operator) for operator in registry.all_operators()]
    wanted = search.casefold()
    found = [row for row in rows if any(wanted in row[name].casefold() for name in _SEARCHED)]
    return pd.DataFrame(found, columns=list(rows[0])).set_index("id")


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
        "defined": defined_in(operator.function),
    }


def _curves(curves: Iterable[Curve]) -> str:
    return ", ".join(f"{c.mnemonic} [{c.unit}]" if c.unit else c.mnemonic for c in curves)


def _parameters(operator: Operator) -> Iterator[str]:
    for name, field in operator.parameters.model_fields.items():
        default = field.default.value if isinstance(field.default, Enum) else field.default
        yield name if field.is_required() else f"{name}={default!r}"
