"""Sinks: where a pipeline's results go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field

from mudrock_jupyter.operators.batches import ArrowStream, watched
from mudrock_jupyter.operators.csv_file import write_csv
from mudrock_jupyter.operators.declare import Kind, operator
from mudrock_jupyter.operators.parameters import described
from mudrock_jupyter.operators.parquet_file import write_parquet
from mudrock_jupyter.operators.postgres.target import target_of
from mudrock_jupyter.operators.postgres.writing import Mode, write_postgres
from mudrock_jupyter.spec.errors import InvalidInput

FilePath = Annotated[
    str, Field(min_length=1), described("The file to write, relative to where the pipeline runs")]
UnlessStopped = Callable[[], None]


@operator("output", kind=Kind.SINK, family="output", category="output", title="Output")
def output(table: pa.Table, /) -> None:
    """The pipeline's result, for the notebook: Arrow, pandas or polars."""


@operator(
    "output_parquet", kind=Kind.SINK, family="output", category="output", title="Parquet file"
)
def output_parquet(table: ArrowStream, /, path: FilePath, unless_stopped: UnlessStopped) -> None:
    """Write the result to one Parquet file, sorted by well and depth.

    Units, descriptions and origins are in the fields' metadata. The same result gives the same
    bytes.
    """
    write_parquet(watched(table, unless_stopped), Path(path).expanduser())


@operator("output_csv", kind=Kind.SINK, family="output", category="output", title="CSV file")
def output_csv(
    table: ArrowStream, /, path: FilePath, unless_stopped: UnlessStopped,
    units: Annotated[bool, described("A second line with the units")] = False,
) -> None:
    """Write the result to one CSV file, sorted by well and depth; missing values are empty."""
    write_csv(watched(table, unless_stopped), Path(path).expanduser(), units)


def _postgres_names(parameters: Mapping[str, Any]) -> str | None:
    try:
        target_of(parameters["table"])
    except InvalidInput as error:
        return str(error)
    if not parameters["connection"] or parameters["connection"].isidentifier():
        return None
    return ("connection is the name of a connection, of letters, digits and underscores, not its "
            "address: take that out of the pipeline and put it into the environment variable "
            "MUDROCK_DATABASE_URL.")


@operator(
    "output_postgres",
    kind=Kind.SINK,
    family="output",
    category="output",
    title="Postgres table",
    check=_postgres_names,
)
def output_postgres(
    table_of_rows: ArrowStream,
    /,
    unless_stopped: UnlessStopped,
    table: Annotated[
        str, Field(min_length=1), described("The table to write: table or schema.table")
    ],
    mode: Annotated[
        Mode, described("create: a new table; append: add rows; replace: in the old one's place")
    ] = "create",
    connection: Annotated[
        str, described("The name of the connection NAME in MUDROCK_DATABASE_URL_NAME; "
                       "empty: MUDROCK_DATABASE_URL")
    ] = "",
) -> None:
    """Write the result to a table in Postgres, in one transaction.

    The address of the database is never part of a pipeline: it is in the environment variable
    MUDROCK_DATABASE_URL, or MUDROCK_DATABASE_URL_NAME for a connection with a name. Units and
    descriptions become the columns' comments. Replacing keeps the table's indexes, constraints
    and rights; readers see the old table or the new one, never half of it.
    """
    write_postgres(table_of_rows, table, mode, connection, unless_stopped)


def write_table(rows: ArrowStream, path: Path) -> None:
    """Write rows as Parquet or CSV, by the file's suffix, whole or not at all."""
    writer_for(path)(rows, path)


def writer_for(path: Path) -> Callable[[ArrowStream, Path], None]:
    """Return the writer for a file's suffix; raises `InvalidInput` if there is none."""
    writers: dict[str, Callable[[ArrowStream, Path], None]] = {
        ".parquet": write_parquet, ".csv": write_csv,
    }
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise InvalidInput(f"{path}: results are written as .parquet or .csv.")
    return writer
