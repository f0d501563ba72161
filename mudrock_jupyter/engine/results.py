"""Where a run keeps what its nodes made: in memory, behind a limit on disk, and for later runs."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import count
from weakref import finalize

import pyarrow as pa

from mudrock_jupyter.engine.behind import Store, write_behind
from mudrock_jupyter.engine.spill import Spill

_PART = 64 * 2**20
_numbers = count()


class Memory:
    """How many bytes of tables are held in memory, until the last who holds one lets it go."""

    def __init__(self) -> None:
        self._held = 0
        self._freed: deque[int] = deque()  # a finalizer may run inside `take`, in its own thread
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """The bytes of the tables that are still there."""
        with self._lock:
            while self._freed:
                self._held -= self._freed.popleft()
            return self._held

    def take(self, table: pa.Table, size: int, limit: int) -> bool:
        """Count a table until it is gone, unless that makes more than the limit."""
        if self.held + size > limit:
            return False
        with self._lock:
            self._held += size
        finalize(table, self._freed.append, size).atexit = False
        return True


_memory = Memory()
"""Of all runs in this process: one that somebody still holds leaves less to the next."""


class Results:
    """What a run makes, by content key, and what earlier runs have left.

    Up to `limit_bytes` stay in memory; what comes after that is written to a file and mapped,
    which the system may drop from memory at any time.
    """

    def __init__(
        self, limit_bytes: int, cache: Store | None = None,
        earlier: Mapping[str, pa.Table] | None = None, memory: Memory = _memory,
    ) -> None:
        self.limit_bytes, self._cache, self._memory = limit_bytes, cache, memory
        self._earlier = earlier or {}
        self._spill = Spill()
        self._lock = threading.Lock()
        self._own_bytes = 0
        self.made: dict[str, pa.Table] = {}

    @property
    def peak_bytes(self) -> int:
        """The most that was held in memory of what this run made: all that stayed there."""
        return self._own_bytes

    @property
    def left(self) -> int:
        """How many bytes may still be held in memory."""
        return max(0, self.limit_bytes - self._memory.held)

    def find(self, key: str, only_now: bool = False) -> pa.Table | None:
        """Return what this or, unless `only_now`, an earlier run has made under a key."""
        found = self.made.get(key)
        if found is not None or only_now:
            return found
        found = self._earlier.get(key)
        if found is None and self._cache is not None:
            found = self._cache.get(key)
        if found is not None:
            self.made[key] = found
        return found

    def keep(self, table: pa.Table, key: str | None = None) -> pa.Table:
        """Keep a table and return it, perhaps from disk; one with a key also for later runs.

        Raises `NoRoom` when neither memory nor the disk has room.
        """
        if not self._fits(table):
            kept = self._from_cache(table, key)
            if kept is not None:
                return kept
            table = self._spill.moved(table)
        if key is None:
            # Nobody looks for it; others hold columns of it only, and it counts as long as they.
            self.made[f"without key {next(_numbers)}"] = table
        else:
            self.remember(key, table)
        return table

    def remember(self, key: str, table: pa.Table) -> None:
        """Have a table that is kept already found under a key, by later runs too."""
        self.made[key] = table
        if self._cache is not None:
            write_behind(self._cache, key, table)

    def gather(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> pa.Table:
        """Keep batches as they come, so that there are never many in memory, as one table."""
        parts: list[pa.Table] = []
        waiting: list[pa.RecordBatch] = []
        size = 0
        for batch in batches:
            waiting.append(batch)
            size += batch.nbytes
            if size >= _PART:
                parts.append(self.keep(pa.Table.from_batches(waiting, schema)))
                waiting, size = [], 0
        if waiting:
            parts.append(self.keep(pa.Table.from_batches(waiting, schema)))
        return pa.concat_tables(parts) if parts else schema.empty_table()

    def _fits(self, table: pa.Table) -> bool:
        size = table.get_total_buffer_size()  # what a slice is part of cannot be freed either
        if not self._memory.take(table, size, self.limit_bytes):
            return False
        with self._lock:
            self._own_bytes += size
        return True

    def _from_cache(self, table: pa.Table, key: str | None) -> pa.Table | None:
        """Write a table to the cache at once and map it from there: no need to write it twice."""
        if key is None or self._cache is None or not self._cache.put(key, table):
            return None
        return self.find(key)
