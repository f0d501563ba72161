"""Bringing a document back to a version as one edit, and what ties it to its branches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pycrdt import Doc
from pydantic import JsonValue

from mudrock_jupyter.documents.merging import merge
from mudrock_jupyter.documents.reading import complete, field, fields, read
from mudrock_jupyter.spec.text import Tree

# What ties a document to its branches, in its metadata; no part of what is restored.
ORIGIN = "origin"
MERGED = "merged:"


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
    metadata = {k: v for k, v in fields(version.get("metadata")).items() if not _is_link(k)}
    links = {k: v for k, v in fields(current.get("metadata")).items() if _is_link(k)}
    return complete(
        {
            **version,
            "id": current.get("id", ""),
            "projectId": current.get("projectId", ""),
            "comments": {**kept, **back},
            "metadata": {**metadata, **links},
        }
    )


def branched(tree: Tree, document_id: str, name: str, version_id: str) -> Tree:
    """Return a copy of a document that remembers which version of which it came from."""
    metadata = {k: v for k, v in fields(tree.get("metadata")).items() if not _is_link(k)}
    origin: Tree = {"documentId": tree.get("id", ""), "version": version_id}
    return {**tree, "id": document_id, "name": name, "metadata": {**metadata, ORIGIN: origin}}


def merged_link(document_id: str) -> str:
    """Return the key of the metadata that holds which version of a document was merged last.

    Each has a key of its own, so that merges of two branches at once do not collide.
    """
    return f"{MERGED}{document_id}"


def common_versions(mine: Tree, theirs: Tree) -> set[str]:
    """Return the ids of versions that both have gone through: those of merges, else the origin."""
    merged: list[JsonValue] = []
    origins: list[JsonValue] = []
    for one, other in ((mine, theirs), (theirs, mine)):
        metadata = fields(one.get("metadata"))
        origin = fields(metadata.get(ORIGIN))
        merged.append(metadata.get(merged_link(str(other.get("id")))))
        if origin.get("documentId") == other.get("id"):
            origins.append(origin.get("version"))
    return _texts(merged) or _texts(origins)


def _texts(values: Iterable[JsonValue]) -> set[str]:
    return {value for value in values if isinstance(value, str)}


def _is_link(key: str) -> bool:
    return key == ORIGIN or key.startswith(MERGED)


def _node(comment: object) -> str:
    node = field(comment, "nodeId")
    return node if isinstance(node, str) else ""
