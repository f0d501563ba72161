"""Sinks: where a pipeline's results go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pyarrow as pa

from mudrock_jupyter.operators.declare import Kind, operator
from mudrock_jupyter.operators.parameters import described

FilePath = Annotated[str, described("The file to write; its folder must exist")]


@operator("output", kind=Kind.SINK, family="output", category="output", title="Output")
def output(table: pa.Table, /) -> None:
    """The pipeline's result, for the notebook: Arrow, pandas or polars."""


@operator(
    "output_parquet", kind=Kind.SINK, family="output", category="output", title="Parquet file"
)
def output_parquet(table: pa.Table, /, path: FilePath) -> None:
    """Write the result to one Parquet file, sorted by well and depth."""
    import pyarrow.parquet as pq

    from mudrock_jupyter.spec.files import replacing

    with replacing(_path(path)) as temporary:
        pq.write_table(table, temporary, compression="lz4", use_dictionary=["well_id"])


@operator("output_csv", kind=Kind.SINK, family="output", category="output", title="CSV file")
def output_csv(table: pa.Table, /, path: FilePath) -> None:
    """Write the result to one CSV file, sorted by well and depth."""
    from pyarrow import csv

    from mudrock_jupyter.spec.files import replacing

    with replacing(_path(path)) as temporary:
        csv.write_csv(table, temporary)


def _path(path: str) -> Path:
    return Path(path).expanduser()
