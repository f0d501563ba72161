"""Comments in a Y document: threads on a node or on the pipeline as a whole.

Each comment and each reply is an entry of its own in the root `comments`, so that what two people
say at once never collides. Each function that writes is one transaction, one step of undo.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pycrdt import Doc, Map
from pydantic import JsonValue

from mudrock_jupyter.documents.graph import new_id
from mudrock_jupyter.documents.reading import fields
from mudrock_jupyter.documents.roots import YMap, root
from mudrock_jupyter.documents.values import json_value
from mudrock_jupyter.spec.errors import InvalidInput, NotFound
from mudrock_jupyter.spec.text import Tree

MAXIMUM_LENGTH = 10_000
_MENTION = re.compile(r"(?<![\w@.+-])@(\w(?:[\w.-]*\w)?)")

YDoc = Doc[Any]


@dataclass(frozen=True)
class Comment:
    """One comment or reply, as everybody sees it.

    `node` is the id of the node it is on, empty for the pipeline. `thread` is the id of the
    comment that began the thread, its own if this one did; only that one can be `resolved`.
    """

    id: str
    thread: str
    node: str
    text: str
    author: str
    created_at: datetime | None
    edited_at: datetime | None
    resolved_at: datetime | None
    resolved_by: str

    @property
    def is_reply(self) -> bool:
        """Whether somebody else's comment, or an own one, is answered."""
        return self.thread != self.id

    @property
    def resolved(self) -> bool:
        """Whether the thread that begins here is settled."""
        return self.resolved_at is not None

    @property
    def mentions(self) -> list[str]:
        """The names after an `@` in the text, each once."""
        return mentioned(self.text)


def mentioned(text: str) -> list[str]:
    """Return the names that a text mentions, in order, each once.

    >>> mentioned("@ana, see what @ben.li said (not me@example.org). @ana?")
    ['ana', 'ben.li']
    """
    return list(dict.fromkeys(_MENTION.findall(text)))


def read_comments(comments: JsonValue, nodes: Mapping[str, object]) -> list[Comment]:
    """Return the comments of a document's tree that have a text: threads by time, replies below.

    Any peer may have written them: a wrong value is passed over, a comment on a node that is
    gone is left out, a reply whose thread is gone begins one.
    """
    entries = comments if isinstance(comments, dict) else {}
    plain = {id: fields(entry) for id, entry in entries.items()}
    said = {id: entry for id, entry in plain.items() if _text(entry, "text").strip()}
    heads = {
        id: _text(entry, "nodeId") for id, entry in said.items() if not _text(entry, "threadId")
    }
    found = [
        comment
        for id, entry in said.items()
        if (comment := _comment(id, entry, heads)).node in {"", *nodes}
    ]
    began = {comment.thread: _order(comment) for comment in found if not comment.is_reply}
    return sorted(found, key=lambda c: (began[c.thread], c.is_reply, _order(c)))


def add(
    doc: YDoc, text: str, *, by: str, node: str = "", reply_to: str = "", origin: object = None
) -> str:
    """Say something on a node or on the pipeline, or reply to a thread; return the id.

    Raises `NotFound` for a node or comment that is gone, `InvalidInput` for a text that is none.
    """
    content = _checked_text(text)
    thread = ""
    if reply_to:
        answered = _existing(doc, reply_to)
        thread = _text(answered, "threadId") or reply_to
        node = _text(answered, "nodeId")
    if node and node not in root(doc, "nodes"):
        raise NotFound(f"There is no node {node!r} in this pipeline to comment on.")
    comment_id = new_id()
    entry = {
        "id": comment_id,
        "threadId": thread,
        "nodeId": node,
        "text": content,
        "author": json_value(by, "The author"),
        "createdAt": _now(),
    }
    with doc.transaction(origin):
        root(doc, "comments")[comment_id] = Map(entry)
    return comment_id


def edit(doc: YDoc, comment: str, text: str, *, by: str, origin: object = None) -> None:
    """Change the text of an own comment. Raises `InvalidInput` for another's."""
    content = _checked_text(text)
    entry = _existing(doc, comment)
    author = _text(entry, "author")
    if author != by:
        raise InvalidInput(f"The comment is {author or 'somebody else'}'s: reply to it instead.")
    if content != entry.get("text"):
        with doc.transaction(origin):
            _map(doc, comment).update({"text": content, "editedAt": _now()})


def resolve(doc: YDoc, comment: str, *, by: str, origin: object = None) -> None:
    """Settle the thread that a comment is in; anybody may."""
    thread, entry = _thread(doc, comment)
    if _time(entry.get("resolvedAt")) is None:
        who = json_value(by, "The name")
        with doc.transaction(origin):
            _map(doc, thread).update({"resolvedAt": _now(), "resolvedBy": who})


def reopen(doc: YDoc, comment: str, *, origin: object = None) -> None:
    """Take up the thread that a comment is in again."""
    thread, entry = _thread(doc, comment)
    gone = [key for key in ("resolvedAt", "resolvedBy") if key in entry]
    if gone:
        with doc.transaction(origin):
            for key in gone:
                del _map(doc, thread)[key]


def remove(doc: YDoc, comment: str, *, origin: object = None) -> None:
    """Remove a comment; with the one that began a thread, its replies."""
    _existing(doc, comment)
    comments = root(doc, "comments")
    with doc.transaction(origin):
        for each in sorted(comments.keys()):
            if each == comment or _text(fields(comments[each]), "threadId") == comment:
                del comments[each]


def _comment(id: str, entry: Tree, heads: Mapping[str, str]) -> Comment:
    named = _text(entry, "threadId")
    thread = named if named and named in heads else id
    return Comment(
        id=id,
        thread=thread,
        node=heads.get(thread, _text(entry, "nodeId")),
        text=_text(entry, "text")[:MAXIMUM_LENGTH],
        author=_text(entry, "author"),
        created_at=_time(entry.get("createdAt")),
        edited_at=_time(entry.get("editedAt")),
        resolved_at=_time(entry.get("resolvedAt")),
        resolved_by=_text(entry, "resolvedBy"),
    )


def _order(comment: Comment) -> tuple[float, str]:
    return comment.created_at.timestamp() if comment.created_at else 0.0, comment.id


def _existing(doc: YDoc, comment: str) -> Tree:
    comments = root(doc, "comments")
    if comment not in comments:
        raise NotFound(f"There is no comment {comment!r}. pipe.comments() lists them.")
    return fields(comments[comment])


def _thread(doc: YDoc, comment: str) -> tuple[str, Tree]:
    """Return the beginning of the thread that a comment is in; itself if that is gone."""
    entry = _existing(doc, comment)
    thread = _text(entry, "threadId")
    if thread and thread in root(doc, "comments"):
        return thread, _existing(doc, thread)
    return comment, entry


def _map(doc: YDoc, comment: str) -> YMap:
    """Return a comment's map; a plain object that a peer wrote becomes one."""
    comments = root(doc, "comments")
    if not isinstance(comments[comment], Map):
        comments[comment] = Map(fields(comments[comment]))
    found: YMap = comments[comment]
    return found


def _checked_text(text: str) -> str:
    content = json_value(text, "A comment")
    if not isinstance(content, str) or not content.strip():
        raise InvalidInput("A comment needs a text.")
    if len(content) > MAXIMUM_LENGTH:
        raise InvalidInput(
            f"The comment has {len(content):,} characters; {MAXIMUM_LENGTH:,} are the most."
        )
    return content.strip()


def _text(entry: Tree, key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _time(value: JsonValue) -> datetime | None:
    """Return a time somebody wrote; one without a zone is UTC."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        return time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC) if time else None
    except (ValueError, OverflowError):
        return None
