"""The rows that reach an output: record batches, in order of well and depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import pyarrow as pa


class ArrowStream(Protocol):
    """Any table that hands itself over as an Arrow stream: a node's output, pyarrow, polars."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the stream."""


def reader_of(rows: ArrowStream) -> pa.RecordBatchReader:
    """Return rows as a reader of record batches.

    A reader is returned as it is, so that what its source raises arrives unchanged.
    """
    if isinstance(rows, pa.RecordBatchReader):
        return rows
    return pa.RecordBatchReader.from_stream(rows)


def watched(rows: ArrowStream, unless_stopped: Callable[[], None]) -> pa.RecordBatchReader:
    """Return rows as a reader that calls `unless_stopped` before each batch."""
    reader = reader_of(rows)

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            unless_stopped()
            yield batch

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


def in_groups(reader: pa.RecordBatchReader, rows: int) -> Iterator[pa.Table]:
    """Yield tables of exactly `rows` rows, and the rest, wherever the batches begin and end.

    Each table has one chunk and dictionaries of its own, so that the same rows make the same
    bytes however they were computed.

    >>> reader = pa.table({"GR": [1.0, 2.0, 3.0]}).to_reader(max_chunksize=1)
    >>> [table.num_rows for table in in_groups(reader, 2)]
    [2, 1]
    """
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in reader:
        while batch.num_rows:
            taken = batch.slice(0, rows - count)
            held.append(taken)
            count += taken.num_rows
            batch = batch.slice(taken.num_rows)
            if count == rows:
                yield _one_chunk(held)
                held, count = [], 0
    if held:
        yield _one_chunk(held)


def _one_chunk(batches: list[pa.RecordBatch]) -> pa.Table:
    table = pa.Table.from_batches(batches)
    for position, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            values = table.column(position).cast(field.type.value_type).combine_chunks()
            encoded = values.dictionary_encode().cast(field.type)
            table = table.set_column(position, field, encoded)
    return table.combine_chunks()
