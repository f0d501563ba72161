"""Sinks: where a pipeline's results go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pyarrow as pa
from pydantic import Field

from mudrock_jupyter.operators.declare import Kind, operator
from mudrock_jupyter.operators.parameters import described
from mudrock_jupyter.spec.errors import InvalidInput

FilePath = Annotated[
    str, Field(min_length=1), described("The file to write, relative to where the pipeline runs")]


@operator("output", kind=Kind.SINK, family="output", category="output", title="Output")
def output(table: pa.Table, /) -> None:
    """The pipeline's result, for the notebook: Arrow, pandas or polars."""


@operator(
    "output_parquet", kind=Kind.SINK, family="output", category="output", title="Parquet file"
)
def output_parquet(table: pa.Table, /, path: FilePath) -> None:
    """Write the result to one Parquet file, sorted by well and depth."""
    write_parquet(table, Path(path).expanduser())


@operator("output_csv", kind=Kind.SINK, family="output", category="output", title="CSV file")
def output_csv(table: pa.Table, /, path: FilePath) -> None:
    """Write the result to one CSV file, sorted by well and depth."""
    write_csv(table, Path(path).expanduser())


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet or CSV, by the file's suffix, whole or not at all."""
    writer_for(path)(table, path)


def writer_for(path: Path) -> Callable[[pa.Table, Path], None]:
    """Return the writer for a file's suffix; raises `InvalidInput` if there is none."""
    writer = {".parquet": write_parquet, ".csv": write_csv}.get(path.suffix.lower())
    if writer is None:
        raise InvalidInput(f"{path}: results are written as .parquet or .csv.")
    return writer


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table as one Parquet file."""
    import pyarrow.parquet as pq

    from mudrock_jupyter.spec.files import replacing

    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="lz4", use_dictionary=["well_id"])


def write_csv(table: pa.Table, path: Path) -> None:
    """Write a table as one CSV file with a header line."""
    from pyarrow import csv

    from mudrock_jupyter.spec.files import replacing

    with replacing(path) as temporary:
        csv.write_csv(table, temporary)
