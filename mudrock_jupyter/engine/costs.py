"""What the nodes of a run cost, and which of them take longer than they may."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Cost:
    """The costs of a node so far; times are added up over threads, but for `elapsed`."""

    wall: float = 0.0
    elapsed: float = 0.0
    cpu: float = 0.0
    rows_in: int = 0
    bytes_scanned: int = 0
    groups_read: int = 0
    groups_stored: int = 0
    bytes_written: int = 0
    cached: int = 0


class Costs:
    """The costs of all nodes of a run, counted from several threads.

    `limits` are the seconds for which threads may be at a node, one or several at once; `below`
    is what comes after each of these nodes.
    """

    def __init__(
        self, limits: Mapping[str, float] | None = None,
        below: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self._limits, self._below = limits or {}, below or {}
        self._lock = threading.Lock()
        self._busy: dict[threading.Thread, tuple[str, ...]] = {}
        self._since: dict[str, tuple[int, float]] = {}
        self._nodes: dict[str, Cost] = {}
        self.late: frozenset[str] = frozenset()
        """The nodes that have taken too long."""
        self.given_up: frozenset[str] = frozenset()
        """Those, and all that come after them."""

    def __getitem__(self, node: str) -> Cost:
        return self._nodes.setdefault(node, Cost())

    @contextmanager
    def of(self, nodes: Sequence[str]) -> Iterator[None]:
        """Count the time inside for nodes that are worked on together."""
        thread, wall, cpu = threading.current_thread(), time.perf_counter(), time.thread_time()
        with self._lock:
            self._busy[thread] = tuple(nodes)
            for node in nodes:
                threads, since = self._since.get(node, (0, wall))
                self._since[node] = (threads + 1, since)
        try:
            yield
        finally:
            now, cpu = time.perf_counter(), time.thread_time() - cpu
            with self._lock:
                del self._busy[thread]
                for node in nodes:
                    cost = self[node]
                    cost.wall += now - wall
                    cost.cpu += cpu
                    self._leave(node, cost, now)

    def add(
        self, node: str, *, rows_in: int = 0, written: int = 0, cached: int = 0
    ) -> None:
        """Count what went into a node, or what it did not need to compute."""
        with self._lock:
            cost = self[node]
            cost.rows_in += rows_in
            cost.bytes_written += written
            cost.cached += cached

    def scanned(self, node: str, bytes: int, groups: int, of_groups: int) -> None:
        """Count what was read of files."""
        with self._lock:
            cost = self[node]
            cost.bytes_scanned += bytes
            cost.groups_read += groups
            cost.groups_stored += of_groups

    def _leave(self, node: str, cost: Cost, now: float) -> None:
        threads, since = self._since.pop(node)
        if threads > 1:
            self._since[node] = (threads - 1, since)
        else:
            cost.elapsed += now - since

    def look(self) -> dict[threading.Thread, float]:
        """Find the nodes that are late; return the threads still at one, and for how long."""
        if not self._limits:
            return {}
        now = time.perf_counter()
        with self._lock:
            spent = {node: self[node].elapsed + now - self._since.get(node, (0, now))[1]
                     for node in self._limits}
            late = {node for node, limit in self._limits.items() if spent[node] > limit}
            self.late |= late
            self.given_up |= late.union(*(self._below[node] for node in late))
            return {
                thread: max(spent[node] - self._limits[node] for node in nodes if node in late)
                for thread, nodes in self._busy.items() if late & set(nodes)
            }
