"""Threads whose work can be left at any moment."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, TypeVar
from weakref import WeakSet

from mudrock_jupyter.engine.fused_segment import Stopped

T = TypeVar("T")
_LOOK = 0.05
_PATIENCE_SECONDS = 5.0
_Outcomes = SimpleQueue[tuple[Any, BaseException | None]]


class Workers:
    """Threads for one run.

    The calling thread only ever waits, and shortly: a Ctrl-C reaches it at once, also while
    DataFusion or a kernel is busy. Work that is left behind ends at its next batch.
    """

    # SimpleQueue is C code; a Ctrl-C inside the conditions of `Future` and `Event`, which are
    # Python, can leave their lock released twice ("RuntimeError: release unlocked lock").

    def __init__(self, stop: threading.Event | None, threads: int | None = None) -> None:
        self._asked = stop
        self._left = False
        self._tasks: SimpleQueue[tuple[Callable[[], Any], _Outcomes] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"mudrock-run-{n}", daemon=True)
            for n in range(threads or max(2, os.cpu_count() or 2))
        ]

    def __enter__(self) -> Workers:
        _all.add(self)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()
        if kind is None:
            for thread in self._threads:
                thread.join()

    def leave(self) -> list[threading.Thread]:
        """Ask the threads to end; return those that are still busy with their last piece."""
        self._left = True
        for _ in self._threads:
            self._tasks.put(None)
        return [thread for thread in self._threads if thread.is_alive()]

    def check(self) -> None:
        """Raise `Stopped` if the run is no longer wanted."""
        if self._left or (self._asked is not None and self._asked.is_set()):
            raise Stopped

    def call(self, work: Callable[[], T]) -> T:
        """Do one piece of work in a thread and wait for it."""
        return next(self.each([work]))

    def each(self, pieces: Sequence[Callable[[], T]]) -> Iterator[T]:
        """Do all pieces in the threads and yield the results as they come."""
        outcomes: _Outcomes = SimpleQueue()
        for piece in pieces:
            self._tasks.put((piece, outcomes))
        waiting = len(pieces)
        while waiting:
            self.check()
            try:
                result, error = outcomes.get(timeout=_LOOK)
            except Empty:
                continue
            if error is not None:
                raise error
            waiting -= 1
            yield result

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            piece, outcomes = task
            try:
                self.check()
                outcomes.put((piece(), None))
            except BaseException as error:  # the waiting thread raises it
                outcomes.put((None, error))


_all: WeakSet[Workers] = WeakSet()


@atexit.register
def _end_all() -> None:
    # A thread that comes back from DataFusion's Rust while Python shuts down aborts the process:
    # https://github.com/PyO3/pyo3/issues/6084
    deadline = time.monotonic() + _PATIENCE_SECONDS
    for thread in [thread for workers in list(_all) for thread in workers.leave()]:
        thread.join(max(0.0, deadline - time.monotonic()))
