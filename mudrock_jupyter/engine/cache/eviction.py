"""Keeping the cache's folder within its limit: what was not used for longest goes first."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from mudrock_jupyter.engine.cache.entry import SUFFIX, UNFINISHED

# A writer touches its file all the time; one that was silent for this long is dead. (One that is
# not loses its entry, no more.)
_ABANDONED_AFTER_NS = 3600 * 10**9


class Found(NamedTuple):
    """A file of the cache."""

    path: str
    size: int
    used_ns: int
    written_ns: int

    @property
    def unfinished(self) -> bool:
        """Whether it is being written, or was when its writer died."""
        return self.path.endswith(UNFINISHED)


def find(folder: Path) -> Iterator[Found]:
    """Yield the files of the cache, in no order; what is not ours is not seen."""
    for shard in _listed(folder):
        if len(shard.name) != 2 or not shard.is_dir(follow_symlinks=False):
            continue
        for file in _listed(shard):
            if file.name.endswith((SUFFIX, UNFINISHED)):
                try:
                    stat = os.stat(file.path)  # the directory's own is stale on Windows
                except OSError:
                    continue  # another process was faster
                yield Found(file.path, stat.st_size, stat.st_atime_ns, stat.st_mtime_ns)


def remove(path: str) -> bool:
    """Remove a file and tell whether it is gone; on Windows one that is mapped stays."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def evict(folder: Path, limit: int) -> int:
    """Remove abandoned files and, above the limit, entries down to 90 % of it.

    Returns the bytes that are left.
    """
    files = sorted(find(folder), key=lambda file: file.used_ns)
    held = sum(file.size for file in files)
    abandoned = time.time_ns() - _ABANDONED_AFTER_NS
    for file in files:
        if file.unfinished and file.written_ns < abandoned and remove(file.path):
            held -= file.size
    if held <= limit:
        return held
    for file in files:
        if held <= limit * 9 // 10:
            break
        if not file.unfinished and remove(file.path):
            held -= file.size
    return held


class Allowance:
    """How much of its limit the folder has used, as far as this process knows.

    The folder is searched after the first entry, after each twentieth of the limit, which is what
    another process can have written meanwhile without being noticed, and when the limit is reached.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._held: int | None = None
        self._added = 0
        self._counting = Lock()
        self._evicting = Lock()

    def spend(self, size: int) -> None:
        """Count an entry that was written, and make room if that was too much."""
        with self._counting:
            self._added += size
            if not self._to_be_searched():
                return
        if not self._evicting.acquire(blocking=False):
            return  # another thread is at it
        try:
            with self._counting:
                seen = self._added
            held = evict(self._folder, self._limit)
            with self._counting:
                self._held = held
                self._added -= seen
        finally:
            self._evicting.release()

    def _to_be_searched(self) -> bool:
        if self._held is None or self._added > self._limit // 20:
            return True
        # Where nothing could be removed, searching after every entry would not help.
        return self._held <= self._limit < self._held + self._added


def _listed(folder: Path | os.DirEntry[str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
