"""Output tables, paged: sorted and filtered here, so that only the rows in sight travel."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue

from mudrock_jupyter.spec.errors import InvalidInput, NotFound, did_you_mean
from mudrock_jupyter.spec.fields import field_text
from mudrock_jupyter.widgets.filter_text import parse_filter, select

Direction = Literal["ascending", "descending"]
Sort = tuple[str, Direction]
Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_ROWS_A_PAGE = 65_536
MOST_OPEN_TABLES = 8
BINS = 24
MOST_DECADES = 2


@dataclass(frozen=True)
class TableView:
    """A table in some order: `rows` are row numbers of `table`, all of them in order if `None`."""

    table: pa.Table
    rows: pa.Array | None = None

    def __len__(self) -> int:
        return int(self.table.num_rows if self.rows is None else len(self.rows))

    def page(self, offset: int, limit: int) -> pa.Table:
        """Return up to `limit` rows from `offset` on; empty beyond the end.

        Cuts the table, or takes by row number: well under a millisecond at 10 M rows.
        """
        limit = min(limit, MOST_ROWS_A_PAGE)
        if self.rows is None:
            return self.table.slice(offset, limit)
        return self.table.take(self.rows.slice(offset, limit))

    def statistics(self) -> dict[str, JsonValue]:
        """Return per column: nulls, minimum, maximum, mean and a histogram of `BINS` counts.

        The bins are equal in the values, or in their logarithm (`logarithmic`) where all are
        positive and span more than `MOST_DECADES`, as resistivity does.
        """
        table = self.table if self.rows is None else self.table.take(self.rows)
        return {field.name: _statistics(table.column(field.name)) for field in table.schema}


class OutputTables:
    """The tables one editor has open, the last `MOST_OPEN_TABLES` of them.

    Sorting is the slow part (seconds at 10 M rows), so each order is found once per table.
    """

    def __init__(self) -> None:
        self._views: OrderedDict[str, TableView] = OrderedDict()
        self._orders: OrderedDict[tuple[int, Sort], _Order] = OrderedDict()

    def open(self, table: pa.Table, sort: Sort | None = None, filter: str | None = None) -> str:
        """Open a table and return its token.

        Raises `InvalidInput` for a filter that cannot be read or a column that is not there.
        """
        token = secrets.token_hex(6)
        self._views[token] = self._arrange(table, sort, (filter or "").strip())
        _keep(self._views, MOST_OPEN_TABLES)
        return token

    def view(self, token: str) -> TableView:
        """Return an open table; raises `NotFound` if it was closed in favour of others."""
        if token not in self._views:
            raise NotFound("The table was closed. Select the node again to open it.")
        self._views.move_to_end(token)
        return self._views[token]

    def _arrange(self, table: pa.Table, sort: Sort | None, text: str) -> TableView:
        if sort is None and not text:
            return TableView(table)
        mask = select(table, parse_filter(text)) if text else None
        if sort is None:
            return TableView(_contiguous(table), pc.indices_nonzero(_one(mask)))
        order = self._order(table, sort)
        rows = order.rows if mask is None else order.rows.filter(_one(mask).take(order.rows))
        return TableView(order.contiguous, rows)

    def _order(self, table: pa.Table, sort: Sort) -> _Order:
        column, direction = sort
        if column not in table.column_names:
            raise InvalidInput(
                f"There is no column {column!r}.{did_you_mean(column, table.column_names)}"
            )
        order = self._orders.get((id(table), sort))
        if order is None:
            contiguous = _contiguous(table)
            rows = pc.sort_indices(contiguous, sort_keys=[(column, direction)])  # nulls come last
            order = _Order(table, contiguous, rows)
            self._orders[id(table), sort] = order
            _keep(self._orders, MOST_OPEN_TABLES)
        return order


@dataclass(frozen=True)
class _Order:
    table: pa.Table
    """Held so that no other table can get its id."""
    contiguous: pa.Table
    rows: pa.Array


def columns(schema: pa.Schema) -> list[JsonValue]:
    """Describe a schema for a table's header: name, unit, type and description."""
    return [
        {
            "name": field.name,
            "unit": field_text(field, "unit"),
            "type": str(field.type),
            "description": field_text(field, "description"),
        }
        for field in schema
    ]


def to_ipc(page: pa.Table) -> bytes:
    """Write a page as an uncompressed Arrow IPC stream that Arrow for JavaScript reads."""
    page = _cast(page, _portable).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, page.schema) as stream:
        stream.write_table(page)
    return bytes(sink.getvalue())


def _keep(items: OrderedDict[Key, Value], most: int) -> None:
    while len(items) > most:
        items.popitem(last=False)


def _one(chunks: pa.ChunkedArray) -> pa.Array:
    array = chunks.combine_chunks()
    return pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array


def _contiguous(table: pa.Table) -> pa.Table:
    """Make rows quick to take: from many chunks it is 300 times slower, from views impossible."""
    return _cast(table, _without_views).combine_chunks()


def _cast(table: pa.Table, to: Callable[[pa.DataType], pa.DataType]) -> pa.Table:
    return table.cast(pa.schema([field.with_type(to(field.type)) for field in table.schema]))


def _without_views(type_: pa.DataType) -> pa.DataType:
    if pa.types.is_string_view(type_):
        return pa.large_string()
    return pa.large_binary() if pa.types.is_binary_view(type_) else type_


def _portable(type_: pa.DataType) -> pa.DataType:
    """Arrow for JavaScript 21 reads no view and no large types; DataFusion makes them."""
    if pa.types.is_string_view(type_) or pa.types.is_large_string(type_):
        return pa.string()
    if pa.types.is_binary_view(type_) or pa.types.is_large_binary(type_):
        return pa.binary()
    return _portable(type_.value_type) if pa.types.is_dictionary(type_) else type_


def _statistics(column: pa.ChunkedArray) -> JsonValue:
    summary: dict[str, JsonValue] = {
        "nulls": column.null_count,
        "minimum": None,
        "maximum": None,
        "mean": None,
        "logarithmic": False,
        "histogram": [],
    }
    number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    if number:
        values = pc.drop_null(column).to_numpy()
        values = values[np.isfinite(values)]
        if len(values):
            low, high = float(values.min()), float(values.max())
            summary |= {"minimum": low, "maximum": high, "mean": float(values.mean())}
            logarithmic = low > 0 and bool(np.log10(high) - np.log10(low) > MOST_DECADES)
            if logarithmic:
                values, low, high = np.log10(values), float(np.log10(low)), float(np.log10(high))
            summary["logarithmic"] = logarithmic
            summary["histogram"] = _histogram(values, low, high)
    elif _is_text(column.type) and column.null_count < len(column):
        ends = pc.min_max(column).as_py()
        summary |= {"minimum": ends["min"], "maximum": ends["max"]}
    return summary


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def _histogram(values: np.ndarray, low: float, high: float) -> list[JsonValue]:
    """Count into equal bins; an exact count that is several times faster than `np.histogram`."""
    width = (high / BINS - low / BINS) or 1.0
    with np.errstate(over="ignore"):  # of the widest ranges only the last bin overflows
        bins = np.minimum((values - low) / width, BINS - 1).astype(np.int64)
    return [int(count) for count in np.bincount(bins, minlength=BINS)]
