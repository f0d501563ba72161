"""Undo and redo of one person's own work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycrdt import Doc, UndoManager

from mudrock_jupyter.documents.reading import field
from mudrock_jupyter.documents.roots import UNDOABLE, root
from mudrock_jupyter.spec.errors import InvalidInput


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
        self._origin = origin
        self._ours = False
        self._theirs: set[str] = set()
        self._nodes, self._edges = root(doc, "nodes"), root(doc, "edges")
        self._nodes.observe_deep(self._note_nodes)
        self._edges.observe(self._note_edges)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._manager.can_undo()

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return self._manager.can_redo()

    def undo(self) -> bool:
        """Take back the last step; False if there is none.

        Raises `InvalidInput` if that would remove a node in which somebody else has worked.
        """
        shared = {node: self._name(node) for node in self._theirs if node in self._nodes}
        done = self._go(self._manager.undo)
        lost = [name for node, name in shared.items() if node not in self._nodes]
        if lost:  # which step this is shows only afterwards: those without effect are passed over
            self._go(self._manager.redo)
            raise InvalidInput(
                f"{lost[0]!r} was changed by somebody else since you added it, so undo leaves it. "
                "Remove it if it has to go."
            )
        return done

    def redo(self) -> bool:
        """Do the last undone step again; False if there is none."""
        return self._go(self._manager.redo)

    @property
    def steps(self) -> tuple[int, int]:
        """How many steps can be undone and redone."""
        return len(self._manager.undo_stack), len(self._manager.redo_stack)

    def go_back_to(self, steps: tuple[int, int]) -> None:
        """Take back what was done, undone or redone since `steps` said where we were."""
        before, now = steps[0], self.steps[0]
        for _ in range(abs(now - before)):
            self._go(self._manager.undo if now > before else self._manager.redo)

    def _go(self, step: Callable[[], bool]) -> bool:
        self._ours = True
        try:
            return step()
        finally:
            self._ours = False

    def _name(self, node: str) -> str:
        name = field(self._nodes[node], "name")
        return name if isinstance(name, str) and name else node

    # pycrdt gives its events no types that say what is in them.
    def _is_theirs(self, event: Any) -> bool:
        return not self._ours and event.transaction.origin != self._origin

    def _note_nodes(self, events: Any) -> None:
        self._theirs |= {str(e.path[0]) for e in events if e.path and self._is_theirs(e)}

    def _note_edges(self, event: Any) -> None:
        if not self._is_theirs(event):
            return
        for change in event.keys.values():
            edge = change.get("newValue")
            ends = (field(edge, "sourceNodeId"), field(edge, "targetNodeId"))
            self._theirs |= {end for end in ends if isinstance(end, str)}
