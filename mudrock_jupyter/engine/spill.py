"""Tables moved from memory to files that vanish with them."""

from __future__ import annotations

import mmap
import os
import tempfile
from pathlib import Path

import pyarrow as pa

from mudrock_jupyter.spec.errors import WriteFailed


class Spill:
    """A folder of a run's own for what does not fit in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def moved(self, table: pa.Table) -> pa.Table:
        """Write a table to a file and return it mapped from there.

        The file has no name any more where the system allows that, so that nothing is left of it
        however the process ends. Raises `WriteFailed` when the disk is full.
        """
        if not table.num_rows:
            return table
        handle, name = tempfile.mkstemp(prefix="mudrock-", suffix=".arrow", dir=self._folder)
        try:
            with os.fdopen(handle, "w+b") as file:
                with pa.ipc.new_stream(pa.PythonFile(file, "w"), table.schema) as writer:
                    writer.write_table(table)
                file.flush()
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise WriteFailed(
                f"A result did not fit in memory, and {Path(name).parent} has no room for it: "
                f"{error.strerror}. Free some space, or raise MUDROCK_MEMORY_LIMIT."
            ) from error
        finally:
            _unnamed(name)
        with pa.ipc.open_stream(pa.py_buffer(mapped)) as reader:
            return reader.read_all()


def _unnamed(name: str) -> None:
    try:
        os.unlink(name)
    except PermissionError:  # Windows: it is mapped; the system's clean-up of the folder takes it
        return
