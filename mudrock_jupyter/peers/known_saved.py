"""The document as the server is known to have it: the base for what has to go another way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pycrdt import Doc

from mudrock_jupyter.documents.reading import read
from mudrock_jupyter.spec.text import Tree


@dataclass
class _Snapshot:
    update: bytes
    since: list[bytes] = field(default_factory=list)


class KnownSaved:
    """What is saved without doubt, while there are edits of which nobody knows.

    What other peers send meanwhile is in it: the server has that too.
    """

    def __init__(self) -> None:
        self._saved: _Snapshot | None = None
        self._asked: _Snapshot | None = None

    def before_edit(self, doc: Doc[Any]) -> None:
        """Remember the document, everything in it being saved."""
        self._saved = _Snapshot(doc.get_update())

    def before_question(self, doc: Doc[Any]) -> None:
        """Remember the document of which the server is asked."""
        self._asked = _Snapshot(doc.get_update())

    def take_in(self, update: bytes) -> None:
        """Add what came from the server."""
        for snapshot in (self._saved, self._asked):
            if snapshot is not None:
                snapshot.since.append(update)

    def confirm(self) -> None:
        """Take what was asked about for saved."""
        self._saved, self._asked = self._asked, None

    def tree(self) -> Tree | None:
        """Return the saved document; None if nothing was ever edited here."""
        if self._saved is None:
            return None
        doc: Doc[Any] = Doc()
        for update in (self._saved.update, *self._saved.since):
            doc.apply_update(update)
        return read(doc)
