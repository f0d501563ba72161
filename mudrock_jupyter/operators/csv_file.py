"""Results as one CSV file: the same text on every machine."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from mudrock_jupyter.operators.batches import ArrowStream, reader_of
from mudrock_jupyter.spec.fields import field_text
from mudrock_jupyter.spec.files import replacing


def write_csv(rows: ArrowStream, path: Path, units: bool = False) -> None:
    r"""Write rows as one CSV file, whole or not at all, holding one batch at a time.

    UTF-8, lines end in `\n`, the first line has the names and, with `units`, the second the
    units. Numbers are the shortest text that reads back as the same number, with a point;
    missing values are empty, and an empty text is `""`. Raises `WriteFailed`.
    """
    from pyarrow import csv as arrow_csv

    reader = reader_of(rows)
    schema = reader.schema
    options = arrow_csv.WriteOptions(include_header=False)
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(_line(schema.names))
        if units:
            file.write(_line(field_text(field, "unit") for field in schema))
        with arrow_csv.CSVWriter(file, schema, write_options=options) as writer:
            for batch in reader:
                writer.write_batch(batch)


def _line(values: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode("utf-8")
