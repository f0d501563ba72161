"""Which edits of this process are known to be safe: each is counted, and asked about.

The protocol is in docs/decisions/0008-a-local-log-behind-the-rooms.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mudrock_jupyter.documents.durability import Answer

SyncStatus = Literal["connecting", "saved", "saving", "shared", "offline", "error", "closed"]


@dataclass(frozen=True)
class Sync:
    """Whether the edits of this process are saved.

    status   `saved`, `saving`, `offline` or `error`; `shared` where the server has every edit but
             cannot tell when it is on a disk, for want of mudrock-jupyter; `connecting`, `closed`
    pending  how many edits are not known to be saved
    message  why not, and what to do; also what is wrong with the file of a document that is saved
    """

    status: SyncStatus
    pending: int = 0
    message: str = ""

    def __str__(self) -> str:
        changes = "1 change" if self.pending == 1 else f"{self.pending} changes"
        words = f"{self.status}, {changes} pending" if self.pending else self.status
        return f"{words}: {self.message}" if self.message else words


@dataclass
class Ledger:
    """Counts edits, and asks about them: one open question at a time.

    >>> from mudrock_jupyter.documents.durability import Answer
    >>> ledger = Ledger()
    >>> ledger.note_edit(); ledger.connect(); ledger.question(), ledger.question()
    (1, None)
    >>> ledger.note_edit(); ledger.take(Answer(1, "saved")), ledger.pending, ledger.question()
    (True, 1, 2)
    """

    edits: int = 0
    saved: int = 0
    connected: bool = False
    confirmed: bool = False
    """Whether a question of this connection was answered with `saved`."""
    answered: bool = False
    """Whether the server has ever answered: it can tell what is saved."""
    shared: bool = False
    problem: str = ""
    _number: int = 0
    _open: tuple[int, int] | None = None

    @property
    def pending(self) -> int:
        """How many edits are not known to be saved."""
        return self.edits - self.saved

    def note_edit(self) -> None:
        """Count an edit that is sent, or will be once there is a connection."""
        self.edits += 1

    def connect(self) -> None:
        """Note that the server has been sent all that is here."""
        self.connected = True

    def disconnect(self) -> None:
        """Note that the connection is gone, and with it the answers that it owed."""
        self.connected = self.confirmed = self.shared = False
        self.problem, self._open = "", None

    def question(self) -> int | None:
        """Return the number to ask with now; None if there is nothing to ask."""
        if self.connected and self.shared:
            self.saved = self.edits
        if not self.connected or self._open or (self.confirmed and not self.pending):
            return None
        self._number += 1
        self._open = (self._number, self.edits)
        return self._number

    def take(self, answer: Answer) -> bool:
        """Take an answer; True if what was asked about is saved."""
        if self._open is None or answer.number != self._open[0]:
            return False
        self.answered, self.shared = True, False
        self.problem = "" if answer.status == "saved" else answer.message or "It is not saved."
        if answer.status != "saved":
            return False
        self.saved, self._open, self.confirmed = max(self.saved, self._open[1]), None, True
        return True

    def give_up(self, number: int) -> bool:
        """Believe that the server cannot tell, if it never answered; True if it is believed."""
        if self._open is None or self._open[0] != number or self.answered:
            return False
        self.shared, self.saved = True, self.edits
        return True
