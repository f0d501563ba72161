"""Bringing a document back to an earlier version, as one edit that can be undone."""

from __future__ import annotations

from typing import Any

from pycrdt import Doc

from mudrock_jupyter.documents.merging import merge
from mudrock_jupyter.documents.reading import complete, field, fields, read
from mudrock_jupyter.spec.text import Tree

# What ties a document to its branches: no part of what is restored.
LINKS = ("origin", "merges")


def restore(doc: Doc[Any], version: Tree) -> None:
    """Bring the document back to a version, with the fewest changes; ids stay as they are.

    What was said since stays: only comments on nodes that go away go with them.
    """
    merge(doc, restored(read(doc), version))


def restored(current: Tree, version: Tree) -> Tree:
    """Return the document that restoring makes of `current`.

    It stays the same document, of the same project; nodes that come back bring their comments.
    """
    nodes, present = fields(version.get("nodes")), fields(current.get("nodes"))
    said, before = fields(current.get("comments")), fields(version.get("comments"))
    kept = {id: each for id, each in said.items() if _node(each) in {"", *nodes}}
    back = {id: each for id, each in before.items() if _node(each) in set(nodes) - set(present)}
    metadata = {k: v for k, v in fields(version.get("metadata")).items() if k not in LINKS}
    links = {k: v for k, v in fields(current.get("metadata")).items() if k in LINKS}
    return complete(
        {
            **version,
            "id": current.get("id", ""),
            "projectId": current.get("projectId", ""),
            "comments": {**kept, **back},
            "metadata": {**metadata, **links},
        }
    )


def _node(comment: object) -> str:
    node = field(comment, "nodeId")
    return node if isinstance(node, str) else ""
