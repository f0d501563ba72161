"""The kernel's side of a document that is a file: its peer keeps it, the pages sync with it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable

from pycrdt import YMessageType, YSyncMessageType, create_update_message

from mudrock_jupyter.documents.durability import answer_durable, durable_request
from mudrock_jupyter.peers.peer import Change, Peer
from mudrock_jupyter.spec.errors import MudrockError, WriteFailed

WRITE_WITHIN = 10.0
TRY_AGAIN_AFTER = 2.0


class DocumentSync:
    """Answers the y-protocol frames of an editor and collects what it has to be told.

    Nothing is sent from here: a cell that sends on a comm makes ipykernel 7 deliver the page's
    messages to that cell's shell, where they wait until it ends. A handler sends `pending()`.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._outbox: deque[bytes] = deque()
        self._asked: dict[int, str] = {}
        self._not_before = 0.0
        self._unobserve = peer.observe(self._on_change)

    def receive(self, frames: Iterable[bytes]) -> list[bytes]:
        """Take an editor's frames and return the frames that answer them.

        An edit that cannot be written is taken all the same: who asks whether it is saved is told.
        Raises `InvalidDocument` for a frame that is none, or a file that holds no pipeline.
        """
        answers: list[bytes] = []
        for frame in frames:
            number = durable_request(frame)
            if number is not None:
                self._asked[number] = ""
                self._not_before = 0.0
            elif frame[:1] == bytes([YMessageType.SYNC]):
                answers += self._answer(frame)
        return answers

    def pending(self) -> list[bytes]:
        """Return the updates since the last call, also the editor's own, and what is saved.

        All pages that show the notebook hear the same comm, so one page's edit reaches the
        others this way; a page that has an update already ignores it.
        """
        frames: list[bytes] = []
        while self._outbox:
            frames.append(self._outbox.popleft())
        return [*frames, *self._tell_who_asked()]

    def close(self) -> None:
        """Stop watching the document."""
        self._unobserve()

    def _answer(self, frame: bytes) -> list[bytes]:
        try:
            answer = self._peer.exchange(frame, source=self)
        except WriteFailed:
            answer = None
        answers = [] if answer is None else [answer]
        if frame[1:2] == bytes([YSyncMessageType.SYNC_STEP1]):
            answers.append(self._peer.greeting())  # and what does the page have?
        return answers

    def _tell_who_asked(self) -> list[bytes]:
        """Answer that all is in the file, or why not; then try again from time to time."""
        if not self._asked or time.monotonic() < self._not_before:
            return []
        problem = self._write()
        self._not_before = time.monotonic() + TRY_AGAIN_AFTER
        asked = self._asked
        self._asked = dict.fromkeys(asked, problem) if problem else {}
        status = "waiting" if problem else "saved"
        return [
            answer_durable(number, status, problem)
            for number, told in asked.items()
            if not problem or problem != told
        ]

    def _write(self) -> str:
        try:
            self._peer.wait_until_saved(WRITE_WITHIN)
        except MudrockError as error:
            return error.message
        return ""

    def _on_change(self, change: Change) -> None:
        self._outbox.append(create_update_message(change.update))
