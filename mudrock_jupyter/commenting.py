"""What people say about a pipeline: threads on its nodes and on the whole of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

    from mudrock_jupyter.documents.comments import Comment
    from mudrock_jupyter.peers.peer import Peer
    from mudrock_jupyter.pipeline import Node

COLUMNS = [
    "comment",
    "thread",
    "on",
    "author",
    "created_at",
    "text",
    "mentions",
    "resolved",
    "edited_at",
]


class Comments(ABC):
    """What a pipeline's handle does with comments; everybody who has it open sees them at once."""

    @property
    @abstractmethod
    def peer(self) -> Peer:
        """The share of this process in the document."""

    @abstractmethod
    def node(self, name_or_id: Node | str) -> Node:
        """Return the node of that name or id."""

    def comments(self) -> pandas.DataFrame:
        """Return one row per comment: threads by time, each with its replies below it.

        `on` is a node's name, empty for the pipeline as a whole; `resolved` is that of the thread.
        """
        import pandas as pd

        from mudrock_jupyter.spec.salvage import read_tree

        tree = self.peer.tree()
        names = {id: node.name for id, node in read_tree(tree).nodes.items()}
        said = self._comments()
        settled = {comment.id for comment in said if comment.resolved}
        rows = [
            (
                comment.id,
                comment.thread,
                names.get(comment.node, comment.node),
                comment.author,
                comment.created_at,
                comment.text,
                comment.mentions,
                comment.thread in settled,
                comment.edited_at,
            )
            for comment in said
        ]
        frame = pd.DataFrame(rows, columns=COLUMNS)
        for time in ("created_at", "edited_at"):
            frame[time] = pd.to_datetime(frame[time], utc=True)
        return frame.set_index("comment")

    def comment(
        self, text: str, on: Node | str | None = None, *, reply_to: Comment | str | None = None
    ) -> Comment:
        """Say something on a node, or on the pipeline; with `reply_to`, in that comment's thread.

        `@name` mentions somebody. The comment goes with its node, and comes back if that is undone.

        >>> asked = pipe.comment("Is 2.65 right here, @ben?", on="phi")  # doctest: +SKIP
        >>> pipe.comment("Core says 2.68.", reply_to=asked)  # doctest: +SKIP

        Raises `NotFound` for a node or comment that is gone.
        """
        from mudrock_jupyter.documents import comments
        from mudrock_jupyter.engine.records.surroundings import user

        node = self.node(on).id if on is not None else ""
        answered = _id(reply_to) if reply_to is not None else ""
        made = self.peer.call(
            lambda doc: comments.add(doc, text, by=user(), node=node, reply_to=answered)
        )
        return next(comment for comment in self._comments() if comment.id == made)

    def edit_comment(self, comment: Comment | str, text: str) -> None:
        """Change the text of a comment of yours; raises `InvalidInput` for another's."""
        from mudrock_jupyter.documents import comments
        from mudrock_jupyter.engine.records.surroundings import user

        self.peer.call(lambda doc: comments.edit(doc, _id(comment), text, by=user()))

    def resolve_comment(self, comment: Comment | str) -> None:
        """Settle the thread that a comment is in."""
        from mudrock_jupyter.documents import comments
        from mudrock_jupyter.engine.records.surroundings import user

        self.peer.call(lambda doc: comments.resolve(doc, _id(comment), by=user()))

    def reopen_comment(self, comment: Comment | str) -> None:
        """Take up the thread that a comment is in again."""
        from mudrock_jupyter.documents import comments

        self.peer.call(lambda doc: comments.reopen(doc, _id(comment)))

    def remove_comment(self, comment: Comment | str) -> None:
        """Remove a comment; with the one that began a thread, its replies."""
        from mudrock_jupyter.documents import comments

        self.peer.call(lambda doc: comments.remove(doc, _id(comment)))

    def _comments(self) -> list[Comment]:
        from mudrock_jupyter.documents.comments import read_comments
        from mudrock_jupyter.documents.reading import fields

        tree = self.peer.tree()
        return read_comments(tree.get("comments"), fields(tree.get("nodes")))


def _id(comment: Comment | str) -> str:
    return comment if isinstance(comment, str) else comment.id
