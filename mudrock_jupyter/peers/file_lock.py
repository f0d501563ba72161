"""One process at a time: reading a file, changing it and writing it back is one step."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Keep other processes of this machine out of `file` that ask here as well.

    The lock is on the folder: the file itself is replaced with each write, and a file for the lock
    would be left behind. Where there are no such locks (Windows, some network disks) nobody waits.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    try:
        folder = os.open(file.parent, os.O_RDONLY)
    except OSError:  # gone, or closed to us: the edit itself says so
        yield
        return
    try:
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_UN)  # a forked child may have the folder open as well
        os.close(folder)
