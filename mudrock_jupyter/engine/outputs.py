"""What a node handed on, as Arrow, pandas or polars, or as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from mudrock_jupyter.engine.arrays import join_wells
from mudrock_jupyter.engine.bound import WELL_ID, is_per_well
from mudrock_jupyter.spec.errors import InvalidInput, NotSupported

if TYPE_CHECKING:
    import pandas
    import polars


class NodeOutput:
    """A node's output: well_id, DEPTH and curves, sorted by well and depth.

    Anything that reads Arrow streams takes it as it is: `pl.DataFrame(run[node])`. `tables` may
    open each well's table when it is asked for, such as one that is mapped from a file.

    >>> schema = pa.schema([pa.field("well_id", pa.dictionary(pa.int32(), pa.string())),
    ...                     pa.field("DEPTH", pa.float64()), pa.field("GR", pa.float64())])
    >>> wells = {"b-2": pa.table({"DEPTH": [10.0], "GR": [80.0]}),
    ...          "a-1": pa.table({"DEPTH": [10.0, 10.5], "GR": [20.0, None]})}
    >>> output = NodeOutput("logs", schema, wells)
    >>> output
    NodeOutput('logs': 3 rows, well_id, DEPTH, GR)
    >>> output.to_pandas()["GR"].tolist()
    [20.0, <NA>, 80.0]
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
        """Return the output as an Arrow table, without a copy.

        >>> _example().to_arrow().column("GR").to_pylist()
        [20.0, None, 80.0]
        """
        return self._table

    def to_pandas(self) -> pandas.DataFrame:
        """Return the output as a pandas DataFrame of Arrow columns, without a copy.

        >>> _example().to_pandas()["GR"].dtype
        double[pyarrow]
        """
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

    def to_parquet(self, path: str | Path) -> None:
        """Write the output to one Parquet file, a row group at a time; raises `WriteFailed`.

        The fields' metadata go with it, and the same output gives the same bytes.

        >>> import tempfile, pyarrow.parquet as pq
        >>> path = Path(tempfile.mkdtemp(), "logs.parquet")
        >>> _example().to_parquet(path)
        >>> pq.read_table(path).equals(_example().to_arrow())
        True
        """
        from mudrock_jupyter.operators.parquet_file import write_parquet

        write_parquet(self, Path(path).expanduser())

    def to_csv(self, path: str | Path, *, units: bool = False) -> None:
        """Write the output to one CSV file, a batch at a time; raises `WriteFailed`.

        Missing values are empty; `units` adds a second line with the units.

        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "logs.csv")
        >>> _example().to_csv(path, units=True)
        >>> print(path.read_text())
        well_id,DEPTH,GR
        ,m,gAPI
        "a-1",10,20
        "a-1",10.5,
        "b-2",10,80
        <BLANKLINE>
        """
        from mudrock_jupyter.operators.csv_file import write_csv

        write_csv(self, Path(path).expanduser(), units)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the output in order as record batches, one well after the other.

        Only the well at hand is held, so that it works for outputs larger than memory.

        >>> [(batch["well_id"][0].as_py(), batch.num_rows) for batch in _example().batches()]
        [('a-1', 2), ('b-2', 1)]
        """
        names = sorted(self._tables)
        per_well = is_per_well(self.schema)
        dictionary = pa.array(names, pa.string())
        for position, name in enumerate(names):
            table = self._tables[name]
            if per_well:
                ids = pa.array(np.full(len(table), position, dtype=np.int32))
                wells = pa.DictionaryArray.from_arrays(ids, dictionary)
                columns = [wells if column == WELL_ID else table.column(column)
                           for column in self.schema.names]
                table = pa.table(columns, names=self.schema.names)
            yield from table.cast(self.schema).to_batches()

    def head(self, rows: int = 10) -> pa.Table:
        """Return the first rows as an Arrow table, reading no more than those.

        >>> len(_example().head(2))
        2
        """
        if rows < 0:
            raise InvalidInput(f"head({rows}): the number of rows cannot be negative.")
        first: list[pa.RecordBatch] = []
        for batch in self.batches():
            first.append(batch.slice(0, rows))
            rows -= len(first[-1])
            if not rows:
                break
        return pa.Table.from_batches(first, schema=self.schema)

    def __arrow_c_schema__(self) -> object:
        """Hand the columns to anything that reads Arrow schemas."""
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Hand the output, batch by batch, to anything that reads Arrow streams."""
        reader = pa.RecordBatchReader.from_batches(self.schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return sum(len(table) for table in self._tables.values())

    def __repr__(self) -> str:
        return f"NodeOutput({self.name!r}: {len(self):,} rows, {', '.join(self.columns)})"

    def _repr_html_(self) -> str:
        from mudrock_jupyter.engine.display import output_html

        return output_html(self)


def _example() -> NodeOutput:
    """Return the small output that the examples are about."""
    schema = pa.schema([
        pa.field(WELL_ID, pa.dictionary(pa.int32(), pa.string())),
        pa.field("DEPTH", pa.float64(), metadata={"unit": "m"}),
        pa.field("GR", pa.float64(), metadata={"unit": "gAPI"}),
    ])
    return NodeOutput("logs", schema, {
        "a-1": pa.table({"DEPTH": [10.0, 10.5], "GR": [20.0, None]}),
        "b-2": pa.table({"DEPTH": [10.0], "GR": [80.0]}),
    })
