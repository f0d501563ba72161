"""What a node handed on, as Arrow, pandas or polars."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from mudrock_jupyter.engine.arrays import join_wells
from mudrock_jupyter.spec.errors import NotSupported

if TYPE_CHECKING:
    import pandas
    import polars


class NodeOutput:
    """A node's output: well_id, DEPTH and curves, sorted by well and depth.

    Anything that reads Arrow streams takes it as it is: `pl.DataFrame(run[node])`.
    """

    def __init__(self, name: str, schema: pa.Schema, tables: Mapping[str, pa.Table]) -> None:
        self.name = name
        self.schema: pa.Schema = schema
        """The columns with their types; units and origins are in the fields' metadata."""
        self._tables = tables

    @cached_property
    def _table(self) -> pa.Table:
        return join_wells(self.schema, self._tables)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.schema.names)

    @property
    def wells(self) -> list[str]:
        """The wells that reached this node."""
        return sorted(well for well in self._tables if well)

    def to_arrow(self) -> pa.Table:
        """Return the output as an Arrow table, without a copy."""
        return self._table

    def to_pandas(self) -> pandas.DataFrame:
        """Return the output as a pandas DataFrame of Arrow columns, without a copy."""
        import pandas as pd

        frame: pandas.DataFrame = self._table.to_pandas(types_mapper=pd.ArrowDtype)
        return frame

    def to_polars(self) -> polars.DataFrame:
        """Return the output as a polars DataFrame. Raises `NotSupported` without polars."""
        try:
            import polars as pl
        except ImportError as error:
            raise NotSupported(
                'polars is not installed. Install it with: pip install "mudrock-jupyter[polars]"'
            ) from error
        frame = pl.from_arrow(self._table)
        assert isinstance(frame, pl.DataFrame)
        return frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Hand the output to anything that reads Arrow streams."""
        return self._table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return sum(len(table) for table in self._tables.values())

    def __repr__(self) -> str:
        return f"NodeOutput({self.name!r}: {len(self):,} rows, {', '.join(self.columns)})"

    def _repr_html_(self) -> str:
        from mudrock_jupyter.engine.display import output_html

        return output_html(self)
