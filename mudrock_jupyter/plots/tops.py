"""Tops to draw across a log plot, from a mapping or a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from mudrock_jupyter.plots.well_table import as_arrow, is_number, listed, of_well, wells_in
from mudrock_jupyter.spec.errors import InvalidInput

_DEPTHS = ("DEPTH", "TOP", "MD", "DEPT")
_NAMES = ("NAME", "TOP", "ZONE", "PICK", "PICKS", "FORMATION", "FORM")


@dataclass(frozen=True)
class Top:
    """Where a formation begins."""

    name: str
    depth: float


def read_tops(tops: object, well: str) -> tuple[Top, ...]:
    """Return tops by depth from `{name: depth}` or from a table with a name and a depth column.

    A table with a column `well_id` is cut to `well`. Raises `InvalidInput`.

    >>> read_tops({"Hugin": 3796.5, "Draupne": 3700}, "15/9-19")
    (Top(name='Draupne', depth=3700.0), Top(name='Hugin', depth=3796.5))
    """
    if isinstance(tops, Mapping):
        pairs = list(tops.items())
    else:
        table = as_arrow(tops)
        if well and well in wells_in(table):
            table = of_well(table, well)
        name, depth = _column(table, _NAMES, number=False), _column(table, _DEPTHS, number=True)
        pairs = list(zip(table[name].to_pylist(), table[depth].to_pylist(), strict=True))
    found = [Top(str(name), float(depth)) for name, depth in pairs if depth is not None]
    return tuple(sorted(found, key=lambda top: top.depth))


def _column(table: pa.Table, names: tuple[str, ...], *, number: bool) -> str:
    fields = {f.name.upper(): f for f in table.schema if is_number(f.type) == number}
    for name in names:
        if name in fields:
            return str(fields[name].name)
    what = "depth" if number else "name"
    raise InvalidInput(
        f"The tops have no column with a {what}: they have {listed(table.column_names)}. "
        "Give a mapping {name: depth}, or a table with the columns NAME and DEPTH."
    )
