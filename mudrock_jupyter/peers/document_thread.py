"""A thread that owns a Y document: everything that touches it runs there, one thing at a time."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from mudrock_jupyter.spec.errors import InvalidInput, NotConnected

Result = TypeVar("Result")
log = logging.getLogger("mudrock_jupyter.peers")


class DocumentThread:
    """A daemon thread with an event loop of its own, alive while the main thread is busy."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Callable[[], Result], timeout: float = 60.0) -> Result:
        """Run `work` in the thread and return its result, or raise what it raised."""
        if threading.current_thread() is self._thread:
            return work()
        future: Future[Result] = Future()
        try:
            self.loop.call_soon_threadsafe(_fulfil, future, work)
        except RuntimeError as error:
            raise NotConnected("This document is closed: open it again.") from error
        try:
            return future.result(timeout)
        except TimeoutError as error:
            if future.done():
                raise
            raise NotConnected(
                f"The document was busy for {timeout:.0f} seconds; the edit may still happen."
            ) from error

    def start(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Start a coroutine that supervises itself."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def stop(self) -> None:
        """End the loop and wait for the thread; a second call does nothing."""
        if self.loop.is_closed() or threading.current_thread() is self._thread:
            return
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            pending = asyncio.all_tasks(self.loop)
            for task in pending:
                task.cancel()
            self.loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        finally:
            self.loop.close()


def _fulfil(future: Future[Result], work: Callable[[], Result]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except Exception as error:
        future.set_exception(error)
    except BaseException as error:  # pycrdt's PanicException is no Exception
        log.exception("The document library panicked")
        future.set_exception(
            InvalidInput(f"The document cannot hold this: {type(error).__name__}: {error}")
        )
