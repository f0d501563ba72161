"""The kernel's side of a document that is a file: it keeps the Y.Doc, the pages are its peers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from pycrdt import (
    Doc,
    TransactionEvent,
    YMessageType,
    YSyncMessageType,
    create_sync_message,
    create_update_message,
    handle_sync_message,
)

Work = Callable[[], list[bytes]]
Runner = Callable[[Work], list[bytes]]
"""Calls a function where the document may be touched: in its own thread, or under its lock."""


def _at_once(work: Work) -> list[bytes]:
    return work()


class DocumentSync:
    """Answers the y-protocol frames of an editor and collects what it has to be told.

    Nothing is sent from here: a cell that sends on a comm makes ipykernel 7 deliver the page's
    messages to that cell's shell, where they wait until it ends. A handler sends `pending()`.
    """

    def __init__(self, doc: Doc, run: Runner = _at_once) -> None:  # type: ignore[type-arg]
        self._doc = doc
        self._run = run
        self._outbox: deque[bytes] = deque()
        self._subscription = doc.observe(self._on_update)

    def receive(self, frames: Iterable[bytes]) -> list[bytes]:
        """Take an editor's frames and return the frames that answer them."""
        syncs = [frame for frame in frames if frame and frame[0] == YMessageType.SYNC]
        return self._run(lambda: [answer for frame in syncs for answer in self._answer(frame)])

    def pending(self) -> list[bytes]:
        """Return the updates since the last call, also the editor's own.

        All pages that show the notebook hear the same comm, so one page's edit reaches the
        others this way; a page that has an update already ignores it.
        """
        frames: list[bytes] = []
        while self._outbox:
            frames.append(self._outbox.popleft())
        return frames

    def close(self) -> None:
        """Stop watching the document."""
        self._doc.unobserve(self._subscription)

    def _answer(self, frame: bytes) -> list[bytes]:
        answer = handle_sync_message(frame[1:], self._doc)
        answers = [] if answer is None else [answer]
        if len(frame) > 1 and frame[1] == YSyncMessageType.SYNC_STEP1:
            answers.append(create_sync_message(self._doc))  # and what does the page have?
        return answers

    def _on_update(self, event: TransactionEvent) -> None:
        self._outbox.append(create_update_message(event.update))
