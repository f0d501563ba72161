"""Tables moved from memory to files that vanish with them."""

from __future__ import annotations

import os
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from weakref import finalize

import pyarrow as pa

from mudrock_jupyter.spec.errors import WriteFailed

_DESCRIPTORS = "/proc/self/fd/"
_SEGMENT = 256 * 2**20
_PAGE = 4096  # of the disk: tables begin on one, so that no two share a page


class NoRoom(WriteFailed):
    """The disk has no room for what does not fit in memory: the run cannot go on."""


def spill_folder() -> Path:
    """Return where results go that do not fit in memory: `TMPDIR`, or else the disk's.

    On Linux `/tmp` is often a part of memory, which `/var/tmp` never is.
    """
    chosen = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    for folder in [*chosen, "/var/tmp"]:
        if folder and os.path.isdir(folder) and os.access(folder, os.W_OK):
            return Path(folder)
    return Path(tempfile.gettempdir())


class Spill:
    """A run's own files for what does not fit in memory.

    A file takes many tables, so that thousands of them need few of the mappings a process may
    have, and one descriptor. It lives as long as one of its tables, without a name where the
    system allows that, so that nothing is left of it however the process ends.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._segment: _Segment | None = None

    def moved(self, table: pa.Table) -> pa.Table:
        """Write a table to disk and return it mapped from there.

        Raises `NoRoom` when the disk is full.
        """
        if not table.num_rows:
            return table
        size = _size(table)
        with self._lock:
            try:
                if self._segment is None or self._segment.left < size:
                    self._segment = None  # gives its descriptor back before the next is taken
                    self._segment = _Segment(self._folder or spill_folder(), max(size, _SEGMENT))
                written = self._segment.write(table, size)
            except OSError as error:
                self._segment = None
                raise NoRoom(
                    f"A result did not fit in memory, and {self._folder or spill_folder()} has no "
                    f"room for it: {error.strerror or error}. Free some space, set TMPDIR to a "
                    "folder on another disk, or raise MUDROCK_MEMORY_LIMIT."
                ) from error
        return pa.ipc.open_stream(written).read_all()


class _Segment:
    """One file, mapped whole before anything is in it."""

    def __init__(self, folder: Path, size: int) -> None:
        handle, name = _created(folder)
        self._file = _File(handle)
        finalize(self, os.close, handle)
        try:
            os.truncate(handle, size)  # takes no space before it is written
            # Closing gives the descriptor back; the mapping stays until the last table is gone.
            # Python's own mmap would keep a duplicate of it as long (until 3.13's trackfd).
            with pa.memory_map(name) as mapped:
                self._content = mapped.read_buffer()
        finally:
            _unnamed(name)
        self._end = 0

    @property
    def left(self) -> int:
        """How many bytes there is still room for."""
        room: int = self._content.size - self._end
        return room

    def write(self, table: pa.Table, size: int) -> pa.Buffer:
        """Write a table of a known size, and return what of the mapping has it."""
        start = self._end
        self._file.at = start
        # Written to the file and not to the mapping, where a full disk would kill the process.
        with _stream(pa.PythonFile(self._file, "w"), table.schema) as writer:
            writer.write_table(table)
        self._end = min(-(-(start + size) // _PAGE) * _PAGE, self._content.size)
        return self._content.slice(start, size)


class _File:
    """An open file as Arrow wants it, written from wherever a table begins."""

    closed = False

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.at = 0

    def write(self, data: pa.Buffer) -> None:
        os.lseek(self._handle, self.at, os.SEEK_SET)
        left = memoryview(data)
        while left:
            written = os.write(self._handle, left)
            left = left[written:]
            self.at += written

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Leave it open for the next table."""


def _size(table: pa.Table) -> int:
    counted = pa.MockOutputStream()
    with _stream(counted, table.schema) as writer:
        writer.write_table(table)
    size: int = counted.size()
    return size


def _stream(sink: pa.NativeFile, schema: pa.Schema) -> pa.RecordBatchStreamWriter:
    # Without threads each table is written in one order, and columns are not copied ahead.
    return pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(use_threads=False))


def _created(folder: Path) -> tuple[int, str]:
    """Open a new file and return its descriptor and a path to it."""
    with suppress(OSError, AttributeError):  # Linux, on most file systems: it never has a name
        handle = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        return handle, f"{_DESCRIPTORS}{handle}"
    return tempfile.mkstemp(prefix="mudrock-", suffix=".arrow", dir=folder)


def _unnamed(name: str) -> None:
    # On Windows what is mapped keeps its name; the system's clean-up of the folder takes it.
    with suppress(PermissionError):
        if not name.startswith(_DESCRIPTORS):
            os.unlink(name)
