"""The kernel's side of a document that is a file: its peer keeps it, the pages sync with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from pycrdt import YMessageType, YSyncMessageType, create_update_message

from mudrock_jupyter.peers.peer import Change, Peer


class DocumentSync:
    """Answers the y-protocol frames of an editor and collects what it has to be told.

    Nothing is sent from here: a cell that sends on a comm makes ipykernel 7 deliver the page's
    messages to that cell's shell, where they wait until it ends. A handler sends `pending()`.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._outbox: deque[bytes] = deque()
        self._unobserve = peer.observe(self._on_change)

    def receive(self, frames: Iterable[bytes]) -> list[bytes]:
        """Take an editor's frames and return the frames that answer them.

        Raises `InvalidDocument` for a frame that is none, or a file that holds no pipeline.
        """
        return [
            answer
            for frame in frames
            if frame[:1] == bytes([YMessageType.SYNC])
            for answer in self._answer(frame)
        ]

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
        self._unobserve()

    def _answer(self, frame: bytes) -> list[bytes]:
        answer = self._peer.exchange(frame, source=self)
        answers = [] if answer is None else [answer]
        if frame[1:2] == bytes([YSyncMessageType.SYNC_STEP1]):
            answers.append(self._peer.greeting())  # and what does the page have?
        return answers

    def _on_change(self, change: Change) -> None:
        self._outbox.append(create_update_message(change.update))
