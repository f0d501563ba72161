"""Writing to the cache behind the run's back: a run never waits for the disk."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from queue import SimpleQueue
from typing import Protocol

import pyarrow as pa

from mudrock_jupyter.engine.turns import is_run_going

log = logging.getLogger("mudrock_jupyter.engine")
_PATIENCE_SECONDS = 10.0
_POLITE_SECONDS, _LOOK_SECONDS = 2.0, 0.02


class Store(Protocol):
    """A cache of tables by content key, such as `CacheStore`."""

    def get(self, key: str) -> pa.Table | None:
        """Return the table of a key, or None."""

    def put(self, key: str, table: pa.Table) -> int:
        """Keep a table; return the bytes written, 0 if it cannot be kept."""


class _Writer:
    """One thread that writes in order; it lives as long as the process."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[tuple[Store, str, pa.Table] | threading.Event] = SimpleQueue()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        self._flushing = 0

    def add(self, store: Store, key: str, table: pa.Table) -> None:
        """Ask for a table to be written."""
        self._waiting.put((store, key, table))
        with self._start:
            if self._thread is None or not self._thread.is_alive():  # the latter after a fork
                self._thread = threading.Thread(target=self._work, name="mudrock-cache",
                                                daemon=True)
                self._thread.start()

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all that was asked for is written; False if that took too long."""
        if self._thread is None or not self._thread.is_alive():
            return True
        reached = threading.Event()
        self._waiting.put(reached)
        self._flushing += 1
        try:
            return reached.wait(timeout)
        finally:
            self._flushing -= 1

    def _let_runs_go_first(self) -> None:
        """Wait for the end of what is running, but not for ever, and not while somebody waits."""
        latest = time.monotonic() + _POLITE_SECONDS
        while is_run_going() and not self._flushing and time.monotonic() < latest:
            time.sleep(_LOOK_SECONDS)

    def _work(self) -> None:
        while True:
            task = self._waiting.get()
            if isinstance(task, threading.Event):
                task.set()
                continue
            store, key, table = task
            self._let_runs_go_first()
            try:
                store.put(key, table)
            except BaseException:  # the cache is a help: without it a run only takes longer
                log.exception("A result could not be written to the cache")
            del task, table


_writer = _Writer()


def write_behind(store: Store, key: str, table: pa.Table) -> None:
    """Have a table written to the cache soon."""
    _writer.add(store, key, table)


def flush(timeout: float | None = None) -> bool:
    """Wait until the cache has all that runs have made; False if that took too long."""
    return _writer.flush(timeout)


@atexit.register
def _flush_at_exit() -> None:
    flush(_PATIENCE_SECONDS)
