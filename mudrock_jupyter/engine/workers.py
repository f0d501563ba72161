"""A pool of threads whose work can be left at any moment."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import TypeVar

from mudrock_jupyter.engine.fused_segment import Stopped

T = TypeVar("T")
_LOOK = 0.05


class Workers:
    """Threads for one run.

    The calling thread only ever waits, and shortly: a Ctrl-C reaches it at once, also while
    DataFusion or a kernel is busy. Work that is left behind ends at its next batch.
    """

    def __init__(self, stop: threading.Event | None, threads: int | None = None) -> None:
        self._asked = stop
        self._halt = threading.Event()
        self._pool = ThreadPoolExecutor(
            threads or max(2, os.cpu_count() or 2), thread_name_prefix="mudrock-run"
        )

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._halt.set()
        self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def check(self) -> None:
        """Raise `Stopped` if the run is no longer wanted."""
        if self._halt.is_set() or (self._asked is not None and self._asked.is_set()):
            raise Stopped

    def call(self, work: Callable[[], T]) -> T:
        """Do one piece of work in a thread and wait for it."""
        return next(self.each([work]))

    def each(self, pieces: Sequence[Callable[[], T]]) -> Iterator[T]:
        """Do all pieces in the threads and yield the results as they come."""
        pending: set[Future[T]] = {self._pool.submit(self._checked, piece) for piece in pieces}
        while pending:
            done, pending = wait(pending, timeout=_LOOK, return_when=FIRST_COMPLETED)
            self.check()
            for future in done:
                yield future.result()

    def _checked(self, piece: Callable[[], T]) -> T:
        self.check()
        return piece()
