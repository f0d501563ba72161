"""Bringing two pipelines that have gone apart together again, with words for what collides.

What only one side changed is taken over. Where both changed the same value, theirs wins; what one
side removed stays where the other has changed it or connected something to it. Whatever comes out
is whole: no connection without its nodes, one for each input, no cycle, no name twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pycrdt import Doc

from mudrock_jupyter.documents.merging import merge
from mudrock_jupyter.documents.reading import complete, fields, read
from mudrock_jupyter.documents.repairing import made_whole, node_of
from mudrock_jupyter.documents.restoring import merged_link
from mudrock_jupyter.spec.change_words import ends_of, subject, value_text
from mudrock_jupyter.spec.changes import (
    ABSENT,
    Change,
    Difference,
    Path,
    Value,
    apply,
    difference,
    entries,
)
from mudrock_jupyter.spec.text import Tree

# What is a document's own, whatever it is merged with.
_OWN = ("format", "id", "name", "projectId")


@dataclass(frozen=True)
class Merged:
    """What a merge makes, and what collided, in words that say which side won."""

    tree: Tree
    conflicts: tuple[str, ...]


def three_way(base: Tree, mine: Tree, theirs: Tree) -> Merged:
    """Apply to `mine` what changed from `base` to `theirs`.

    >>> base = {"nodes": {"a": {"name": "phi", "parameters": {"m": 2}}}}
    >>> theirs = {"nodes": {"a": {"name": "phi", "parameters": {"m": 3}}}}
    >>> merged = three_way(base, {**base, "description": "mine"}, theirs)
    >>> merged.tree["nodes"]["a"]["parameters"], merged.tree["description"], merged.conflicts
    ({'m': 3}, 'mine', ())
    """
    base, mine, theirs = complete(base), complete(mine), complete(theirs)
    here, there = difference(base, mine), difference(base, theirs)
    returning = {node for node in here.removed("nodes") if _is_touched(there, node)}
    staying = {node for node in there.removed("nodes") if _is_touched(here, node)}
    taken: list[Change] = []
    conflicts = [_node_says(node, base, "removed here, changed in the other")
                 for node in sorted(returning)]
    conflicts += [_node_says(node, base, "changed here, removed in the other")
                  for node in sorted(staying)]
    for change in there.changes:
        if _is_shared(change.path) and not _hangs_on(change.path, base, returning | staying):
            taken += _taken(change, here, theirs, conflicts)
    taken += [change for node in sorted(returning) for change in _brought(node, theirs)]
    whole, repairs = made_whole(apply(taken, mine), mine, theirs)
    return Merged(whole, tuple(dict.fromkeys([*conflicts, *repairs])))


def merge_into(
    doc: Doc[Any], base: Tree, theirs: Tree, version_id: str
) -> tuple[Tree, Merged]:
    """Merge `theirs`, which is kept as a version, into a document; return what it was before."""
    before = read(doc)
    merged = three_way(base, before, theirs)
    link = merged_link(str(theirs.get("id")))
    metadata = {**fields(merged.tree.get("metadata")), link: version_id}
    tree: Tree = {**merged.tree, "metadata": metadata}
    merge(doc, tree)
    return before, merged


def _taken(
    change: Change, here: Difference, theirs: Tree, conflicts: list[str]
) -> Iterator[Change]:
    """Yield what to take over for one of their changes, and note what it collides with."""
    rivals = [other for other in here.changes if _meet(other.path, change.path)]
    if change in rivals:
        return  # both did the same
    above = next((o for o in rivals if len(o.path) < len(change.path)), None)
    if above is not None:  # what it was in was removed or replaced here
        conflicts.append(_collision(above, theirs, mine_wins=False))
        yield Change(above.path, above.after, _at(theirs, above.path))
    elif rivals and change.removed:
        conflicts.append(_collision(change, here.after, mine_wins=True))
    else:
        if rivals and change.path[0] != "layout":
            conflicts.append(_both_set(change, here.after, theirs))
        yield change


def _is_shared(path: Path) -> bool:
    return path[0] not in _OWN and (path[0] != "metadata" or path == ("metadata", "tags"))


def _is_touched(change: Difference, node: str) -> bool:
    """Tell whether one side changed a node, or connected something to it."""
    changed = any(c.path[:2] == ("nodes", node) and not c.removed for c in change.changes)
    edges = entries(change.after, "edges")
    new = {c.path[1] for c in change.changes if c.path[0] == "edges" and not c.removed}
    return changed or any(node in ends_of(edges.get(edge)) for edge in new)


def _hangs_on(path: Path, base: Tree, nodes: set[str]) -> bool:
    """Tell whether a path leads to one of `nodes`, or to what would go and come with it."""
    match path:
        case ("nodes", node, *_) | ("layout", "positions", node):
            return node in nodes
        case ("edges", edge, *_):
            return bool(nodes & set(ends_of(entries(base, "edges").get(edge))))
        case ("comments", comment, *_):
            return node_of(entries(base, "comments").get(comment)) in nodes
    return False


def _brought(node: str, theirs: Tree) -> Iterator[Change]:
    """Yield what brings a node back as they have it, with its connections, place and comments."""
    for path in _belongings(node, theirs):
        value = _at(theirs, path)
        if value is not ABSENT:
            yield Change(path, ABSENT, value)


def _belongings(node: str, tree: Tree) -> Iterator[Path]:
    yield ("nodes", node)
    yield ("layout", "positions", node)
    for edge, content in entries(tree, "edges").items():
        if node in ends_of(content):
            yield ("edges", edge)
    for comment, content in entries(tree, "comments").items():
        if node_of(content) == node:
            yield ("comments", comment)


def _meet(left: Path, right: Path) -> bool:
    shorter = min(len(left), len(right))
    return left[:shorter] == right[:shorter]


def _at(tree: Tree, path: Path) -> Value:
    value: Value = tree
    for key in path:
        value = value.get(key, ABSENT) if isinstance(value, dict) else ABSENT
    return value


def _node_says(node: str, base: Tree, what: str) -> str:
    return f"{subject(('nodes', node), base)}: {what}; it stays"


def _collision(change: Change, tree: Tree, mine_wins: bool) -> str:
    sides = ("changed here, removed in the other" if mine_wins
             else "removed here, changed in the other")
    return f"{subject(change.path, tree)}: {sides}; it stays"


def _both_set(change: Change, mine: Tree, theirs: Tree) -> str:
    here, there = value_text(_at(mine, change.path)), value_text(change.after)
    return f"{subject(change.path, theirs)}: {here} here, {there} in the other; took the other's"
