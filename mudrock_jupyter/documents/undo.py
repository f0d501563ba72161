"""Undo and redo of one person's own work."""

from __future__ import annotations

from typing import Any

from pycrdt import Doc, UndoManager

from mudrock_jupyter.documents.roots import UNDOABLE, root


class History:
    """The steps that transactions of one origin made in a document.

    Each transaction is a step of its own, over nodes, edges, layout, comments and the pipeline's
    details. Other people's work is never taken back; the run status is not part of it.
    """

    def __init__(self, doc: Doc[Any], origin: object) -> None:
        # pycrdt ends a subscription with its last reference: keep the maps as long as this lives.
        self._scopes = [root(doc, name) for name in UNDOABLE]
        self._manager = UndoManager(scopes=list(self._scopes), capture_timeout_millis=0)
        self._manager.include_origin(origin)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._manager.can_undo()

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return self._manager.can_redo()

    def undo(self) -> bool:
        """Take back the last step; False if there is none."""
        return self._manager.can_undo() and self._manager.undo()

    def redo(self) -> bool:
        """Do the last undone step again; False if there is none."""
        return self._manager.can_redo() and self._manager.redo()

    @property
    def steps(self) -> tuple[int, int]:
        """How many steps can be undone and redone."""
        return len(self._manager.undo_stack), len(self._manager.redo_stack)

    def go_back_to(self, steps: tuple[int, int]) -> None:
        """Take back what was done, undone or redone since `steps` said where we were."""
        before, now = steps[0], self.steps[0]
        for _ in range(abs(now - before)):
            if now > before:
                self.undo()
            else:
                self.redo()
