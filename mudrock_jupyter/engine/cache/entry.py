"""One entry of the cache: a table in a file that shows whether it is still what was written.

The file is an Arrow IPC file, uncompressed, with a seal in front:

    ARROW1 0 0 | mudrock1 | xxh3-128 of everything after the seal | the key
    the Arrow file, whose footer counts from the start of the whole file

so that anything that reads Arrow files reads it, and no byte of it can change unseen. The `1` is
the version of this layout: an entry of another version is as good as none.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from struct import Struct
from typing import BinaryIO, NamedTuple
from uuid import uuid4

import pyarrow as pa
import xxhash

from mudrock_jupyter.spec.errors import InvalidInput

SUFFIX = ".arrow"
UNFINISHED = ".tmp"

_MAGIC = b"ARROW1\0\0mudrock1"
_SEAL = Struct("16s 16s 32s")  # 64 bytes, which keeps what follows aligned
# What git and backups leave alone: https://bford.info/cachedir/
_MARKS = {
    ".gitignore": b"*\n",
    "CACHEDIR.TAG": b"Signature: 8a477f597d28d172789f06886806bc55\n# A cache of mudrock.\n",
}


class Identity(NamedTuple):
    """What tells one written file from another of the same name."""

    inode: int
    size: int
    modified_ns: int


class Entry(NamedTuple):
    """A table that was read, the file it is mapped from, and when that was used before."""

    table: pa.Table
    identity: Identity
    used_ns: int


def entry_path(folder: Path, key: str) -> str:
    """Return where the entry of a key is: 256 folders keep each of them small."""
    return os.path.join(folder, key[:2], key[2:] + SUFFIX)


def read_entry(path: str, key: str, verified: Identity | None = None) -> Entry:
    """Map an entry into memory, without a copy and without keeping the file open.

    All of its bytes are checked, unless the file is the one that was `verified` before.
    Raises `FileNotFoundError`, other `OSError`s if the file cannot be mapped, and `InvalidInput`
    or pyarrow's errors if it is damaged or not an entry of this key.
    """
    before = os.stat(path)  # finds a missing file 4 times faster than mapping it does
    if before.st_size <= _SEAL.size:
        raise InvalidInput(f"{path} is truncated.")
    # Closing gives the file's descriptor back; the mapping stays until the last array is gone.
    # Python's own mmap would keep a duplicate of the descriptor as long (until 3.13's trackfd).
    with pa.memory_map(path) as file:
        identity = _identity(os.fstat(file.fileno()))
        content = file.read_buffer()
    if identity != verified:
        _verify(content, path, key)
    return Entry(pa.ipc.open_file(content).read_all(), identity, before.st_atime_ns)


def write_entry(path: str, key: str, table: pa.Table) -> Identity:
    """Write an entry, whole or not at all.

    Raises `OSError`, or pyarrow's error for a table that no Arrow file can hold.
    """
    folder, name = os.path.split(path)
    unfinished = os.path.join(folder, f".{name[:16]}.{uuid4().hex}{UNFINISHED}")
    try:
        with _created(unfinished) as file:
            body = _Body(file)
            sink = pa.PythonFile(body, mode="w")
            sink.write(bytes(_SEAL.size))  # through Arrow, so that its footer counts the seal
            body.hash.reset()
            options = pa.ipc.IpcWriteOptions(unify_dictionaries=True)
            with pa.ipc.new_file(sink, table.schema, options=options) as writer:
                writer.write_table(table)
            file.seek(0)
            file.write(_SEAL.pack(_MAGIC, body.hash.digest(), bytes.fromhex(key)))
            file.flush()
            identity = _identity(os.fstat(file.fileno()))
        # No fsync: a crash of the machine may lose entries or leave half of one, which is then
        # found damaged and computed again. Always a new file and never a write in place: who has
        # the old one mapped keeps it, and would die of SIGBUS if it were truncated.
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)
        raise
    return identity


class _Body:
    """The file as Arrow writes it: what passes is hashed while it is still in the processor."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self.hash = xxhash.xxh3_128()
        self._file = file

    def write(self, data: bytes | pa.Buffer) -> None:
        self.hash.update(data)
        self._file.write(data)

    def flush(self) -> None:
        """Leave it to the file."""

    def close(self) -> None:
        """Leave it to the file."""


def _verify(content: pa.Buffer, path: str, key: str) -> None:
    magic, digest, of = _SEAL.unpack(content[: _SEAL.size])
    if magic != _MAGIC:
        raise InvalidInput(f"{path} was written by something else, or by another version.")
    if of != bytes.fromhex(key):
        raise InvalidInput(f"{path} belongs to another key.")
    if xxhash.xxh3_128_digest(content[_SEAL.size :]) != digest:
        raise InvalidInput(f"{path} is damaged.")


def _identity(stat: os.stat_result) -> Identity:
    return Identity(stat.st_ino, stat.st_size, stat.st_mtime_ns)


def _created(path: str) -> BinaryIO:
    """Open a file that is not there yet, making the folders that are not there yet either."""
    try:
        return open(path, "xb")
    except FileNotFoundError:
        _make_folder(Path(path).parent)
        return open(path, "xb")


def _make_folder(folder: Path) -> None:
    new = not folder.parent.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if new:
        for name, mark in _MARKS.items():
            (folder.parent / name).write_bytes(mark)
