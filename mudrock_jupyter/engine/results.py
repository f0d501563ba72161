"""Where a run keeps what its nodes made: in memory, behind a limit on disk, and for later runs."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pyarrow as pa

from mudrock_jupyter.engine.behind import Store, write_behind
from mudrock_jupyter.engine.spill import Spill


class Results:
    """What a run makes, by content key, and what earlier runs have left.

    Up to `limit_bytes` stay in memory; what comes after that is written to a file of its own and
    mapped, which the system may drop from memory at any time.
    """

    def __init__(
        self, limit_bytes: int, cache: Store | None = None,
        earlier: Mapping[str, pa.Table] | None = None,
    ) -> None:
        self._limit, self._cache = limit_bytes, cache
        self._earlier = earlier or {}
        self._resident = 0
        self._lock = threading.Lock()
        self._spill = Spill()
        self.made: dict[str, pa.Table] = {}
        self.peak_bytes = 0

    def find(self, key: str) -> pa.Table | None:
        """Return what this or an earlier run has made under a key."""
        found = self.made.get(key)
        if found is None:
            found = self._earlier.get(key)
        if found is None and self._cache is not None:
            found = self._cache.get(key)
        if found is not None:
            self.made[key] = found
        return found

    def keep(self, table: pa.Table, key: str | None = None) -> pa.Table:
        """Keep a table and return it, perhaps from disk; one with a key also for later runs."""
        kept = self._placed(table)
        if key is not None:
            self.made[key] = kept
            if self._cache is not None:
                write_behind(self._cache, key, kept)
        return kept

    def _placed(self, table: pa.Table) -> pa.Table:
        size = table.nbytes
        with self._lock:
            fits = self._resident + size <= self._limit
            if fits:
                self._resident += size
                self.peak_bytes = max(self.peak_bytes, self._resident)
        return table if fits else self._spill.moved(table)
