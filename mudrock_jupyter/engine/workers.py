"""Threads whose work can be left at any moment."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType
from weakref import WeakSet

from mudrock_jupyter.engine.fused_segment import Stopped

_LOOK = 0.02
_PATIENCE_SECONDS = 0.1
_PATIENCE_AT_EXIT_SECONDS = 5.0


@dataclass(eq=False)
class Piece:
    """Work for a thread; afterwards its result or the error it ended with.

    `thread` is the one that is at it, None before and afterwards.
    """

    work: Callable[[], object]
    result: object = None
    error: BaseException | None = None
    thread: threading.Thread | None = None


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
        self._waiting: SimpleQueue[Piece | None] = SimpleQueue()
        self._done: SimpleQueue[Piece] = SimpleQueue()
        self.count = threads or max(2, os.cpu_count() or 2)
        self._threads: list[threading.Thread] = []
        self._abandoned: WeakSet[threading.Thread] = WeakSet()

    def __enter__(self) -> Workers:
        _all.add(self)
        for _ in range(self.count):
            self.add_thread()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Idle threads end at once. One that is still inside a kernel ends after it, by itself.
        _join(self.leave(), _PATIENCE_SECONDS if kind is None else 0.0)

    def add_thread(self) -> None:
        """Start one more thread, in the place of one that is left to itself."""
        thread = threading.Thread(target=self._work, name="mudrock-run", daemon=True)
        self._threads.append(thread)
        thread.start()

    def abandon(self, piece: Piece) -> None:
        """Leave a piece that does not end, with its thread, and go on without them."""
        thread = piece.thread
        if thread is not None:
            self._abandoned.add(thread)
            self._threads.remove(thread)
            self.add_thread()

    def leave(self) -> list[threading.Thread]:
        """Ask the threads to end; return those that are still busy with their last piece."""
        self._left = True
        for _ in self._threads:
            self._waiting.put(None)
        return [thread for thread in self._threads if thread.is_alive()]

    def check(self) -> None:
        """Raise `Stopped` if the run is no longer wanted, or not this thread's part of it."""
        if threading.current_thread() in self._abandoned:
            raise Stopped
        if self._left or (self._asked is not None and self._asked.is_set()):
            raise Stopped

    def start(self, work: Callable[[], object]) -> Piece:
        """Have a piece of work done as soon as a thread is free."""
        piece = Piece(work)
        self._waiting.put(piece)
        return piece

    def next_done(self) -> Piece | None:
        """Return a piece that has ended, or None if none does for a moment."""
        try:
            return self._done.get(timeout=_LOOK)
        except Empty:
            return None

    def _work(self) -> None:
        thread = threading.current_thread()
        while thread not in self._abandoned and (piece := self._waiting.get()) is not None:
            piece.thread = thread
            try:
                self.check()
                piece.result = piece.work()
            except BaseException as error:  # the waiting thread raises it
                piece.error = error
            piece.thread = None
            self._done.put(piece)
            del piece


_all: WeakSet[Workers] = WeakSet()


@atexit.register
def _end_all() -> None:
    # A thread that comes back from DataFusion's Rust while Python shuts down aborts the process:
    # https://github.com/PyO3/pyo3/issues/6084
    _join([thread for workers in list(_all) for thread in workers.leave()],
          _PATIENCE_AT_EXIT_SECONDS)


def _join(threads: Iterable[threading.Thread], patience: float) -> None:
    deadline = time.monotonic() + patience
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
