"""The table of one well a plot is drawn from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mudrock_jupyter.spec import mnemonics, units
from mudrock_jupyter.spec.errors import InvalidInput, NotFound, did_you_mean

WELL = "well_id"
DEPTH = "DEPTH"


class ArrowStream(Protocol):
    """Anything that hands out its rows as an Arrow stream: a node's output, a Polars frame."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the PyCapsule of an ArrowArrayStream."""


@dataclass(frozen=True)
class WellTable:
    """One well's samples, sorted by depth: shallow first."""

    well: str
    table: pa.Table
    depth: npt.NDArray[np.float64]

    @property
    def curves(self) -> list[str]:
        """The columns besides the well and the depth, in the table's order."""
        return [name for name in self.table.column_names if name not in (WELL, DEPTH)]

    def unit(self, column: str) -> str:
        """Return the unit of a column from its field metadata, an empty text when it has none."""
        return field_unit(self.table.schema.field(column))

    def is_number(self, column: str) -> bool:
        """Say whether a column can be drawn as a curve."""
        return is_number(self.table.schema.field(column).type)

    def values(self, column: str) -> npt.NDArray[np.float32]:
        """Return a curve as float32; null, NaN and infinite are NaN."""
        return numbers(self.table, column).astype(np.float32)

    def texts(self, column: str) -> list[str | None]:
        """Return a column as texts, None where it is null."""
        return [None if v is None else str(v) for v in self.table[column].to_pylist()]


def field_unit(field: pa.Field) -> str:
    """Return the unit in an Arrow field's metadata, in its canonical spelling when it has one."""
    written: bytes = (field.metadata or {}).get(b"unit", b"")
    unit = written.decode(errors="replace")
    known = units.canonical(unit, like=mnemonics.canonical_unit(field.name))
    return unit if known is None else known


def is_number(kind: pa.DataType) -> bool:
    """Say whether values of an Arrow type can be put on a scale."""
    types = pa.types
    return any(
        of(kind) for of in (types.is_floating, types.is_integer, types.is_decimal, types.is_boolean)
    )


def numbers(table: pa.Table, column: str) -> npt.NDArray[np.float64]:
    """Return a column as float64; null, NaN and infinite are NaN."""
    values = np.array(pc.cast(table[column], pa.float64()).to_numpy(), dtype=np.float64)
    values[~np.isfinite(values)] = np.nan
    return values


def as_arrow(table: object) -> pa.Table:
    """Return an Arrow table, a pandas DataFrame or anything with an Arrow stream as a pa.Table.

    Raises `InvalidInput` for anything else.
    """
    try:
        return _without_views(table if isinstance(table, pa.Table) else pa.table(table))
    except (TypeError, ValueError, pa.ArrowInvalid) as error:
        raise InvalidInput(
            f"A {type(table).__name__} cannot be plotted: {error}. Give a pyarrow Table, a pandas "
            "or Polars DataFrame, or a node's output."
        ) from error


def _without_views(table: pa.Table) -> pa.Table:
    """Return the table with string views, as Polars and DataFusion give, as strings.

    Arrow cannot take rows of views: https://github.com/apache/arrow/issues/43010
    """
    fields = [
        field.with_type(pa.string()) if pa.types.is_string_view(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields, metadata=table.schema.metadata))


def column_named(name: str, table: pa.Table) -> str:
    """Return the column that `name` asks for, under any of its mnemonics.

    Raises `NotFound`.
    """
    found = mnemonics.resolve(name, table.column_names)
    if found is None:
        raise NotFound(
            f"The table has no curve {name!r}.{did_you_mean(name, table.column_names)} "
            f"It has {listed(table.column_names)}."
        )
    return found


def listed(names: Iterable[str], most: int = 12) -> str:
    """Return names as a phrase, the first ones when there are many.

    >>> listed(["GR", "RT", "SP"], most=2)
    'GR, RT and 1 more'
    """
    names = list(names)
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def wells_in(table: pa.Table) -> list[str]:
    """Return the wells of a table, none when it has no column of wells."""
    if WELL not in table.column_names:
        return []
    return [str(well) for well in pc.unique(table[WELL]).drop_null().to_pylist()]


def of_well(table: pa.Table, well: str) -> pa.Table:
    """Return the rows of one well. Raises `NotFound`."""
    wells = wells_in(table)
    if well not in wells:
        raise NotFound(
            f"The table has no well {well!r}.{did_you_mean(well, wells)} "
            f"It has {listed(wells) if wells else 'no column well_id'}."
        )
    return table.filter(pc.equal(pc.cast(table[WELL], pa.string()), well))


def read_well(
    source: object, well: str | None = None, depth: tuple[float, float] | None = None
) -> WellTable:
    """Return the samples of one well, between two depths when `depth` is given.

    Raises `InvalidInput` when there are several wells or nothing to draw, `NotFound` when the
    well or the depth is missing.
    """
    table = as_arrow(source)
    wells = wells_in(table)
    if well is not None:
        table = of_well(table, well)
    elif len(wells) > 1:
        raise InvalidInput(
            f"The table has {len(wells)} wells ({listed(wells, 6)}) and a log plot shows one: "
            f"say which, for example well={wells[0]!r}."
        )
    name = well or (wells[0] if wells else "")
    table = table.rename_columns(
        [DEPTH if column == column_named(DEPTH, table) else column for column in table.column_names]
    )
    return _by_depth(name, table, depth)


def _by_depth(well: str, table: pa.Table, window: tuple[float, float] | None) -> WellTable:
    depth = numbers(table, DEPTH)
    order = np.argsort(depth, kind="stable")  # nulls last
    order = order[: np.count_nonzero(~np.isnan(depth))]
    of = f" of well {well}" if well else ""
    if len(order) == 0:
        raise InvalidInput(f"The table{of} has no sample with a depth: there is nothing to plot.")
    if window is not None:
        top, base = sorted(window)
        inside = order[(depth[order] >= top) & (depth[order] <= base)]
        if len(inside) == 0:
            raise InvalidInput(
                f"No sample{of} is between {top:g} and {base:g}: "
                f"it is logged from {depth[order[0]]:g} to {depth[order[-1]]:g}."
            )
        order = inside
    return WellTable(well, table.take(pa.array(order)), depth[order])
