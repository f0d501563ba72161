"""The difference between two pipelines, as data; `change_words` says it to people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from pydantic import JsonValue

from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.spec.text import Tree, normalise_tree

Path = tuple[str, ...]


class Absent(Enum):
    """The type of `ABSENT`: there was, or is, no such key."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT
Value = JsonValue | Absent


@dataclass(frozen=True)
class Change:
    """One key of a pipeline that differs; `path` leads to it from the top of the file.

    A node or connection that is added or removed is one change, at `("nodes", id)`.
    """

    path: Path
    before: Value
    after: Value

    @property
    def added(self) -> bool:
        """Whether there was no such key before."""
        return self.before is ABSENT

    @property
    def removed(self) -> bool:
        """Whether there is no such key any more."""
        return self.after is ABSENT

    def to_dict(self) -> Tree:
        """Return the change as plain JSON, without `before` or `after` where there is none."""
        plain: Tree = {"path": list(self.path)}
        if not isinstance(self.before, Absent):
            plain["before"] = self.before
        if not isinstance(self.after, Absent):
            plain["after"] = self.after
        return plain


@dataclass(frozen=True)
class Difference:
    """All that differs between two pipelines, sorted by path; false if nothing does."""

    changes: tuple[Change, ...]
    before: Tree = field(repr=False, compare=False)
    after: Tree = field(repr=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def under(self, *path: str) -> list[Change]:
        """Return the changes one key below a path; `"*"` stands for any key.

        >>> spec = {"nodes": {"a": {"parameters": {"m": 2}}}}
        >>> changed = {"nodes": {"a": {"parameters": {"m": 3}}}}
        >>> [change.after for change in difference(spec, changed).under("nodes", "*", "parameters")]
        [3]
        """
        return [
            change
            for change in self.changes
            if len(change.path) == len(path) + 1
            and all(wanted in ("*", key) for wanted, key in zip(path, change.path, strict=False))
        ]

    def added(self, section: str) -> list[str]:
        """Return the ids that are new in `"nodes"`, `"edges"` or `"comments"`."""
        return [change.path[1] for change in self.under(section) if change.added]

    def removed(self, section: str) -> list[str]:
        """Return the ids that are gone from `"nodes"`, `"edges"` or `"comments"`."""
        return [change.path[1] for change in self.under(section) if change.removed]

    def changed(self, section: str) -> list[str]:
        """Return the ids of entries that both have, with other content."""
        inside = {c.path[1] for c in self.changes if c.path[0] == section and len(c.path) > 2}
        replaced = {c.path[1] for c in self.under(section) if not c.added and not c.removed}
        return sorted(inside | replaced)

    @property
    def renamed(self) -> list[str]:
        """The ids of the nodes that have another name."""
        return [change.path[1] for change in self.under("nodes", "*") if change.path[2] == "name"]

    @property
    def moved(self) -> list[str]:
        """The ids of the nodes that both have, at another place."""
        nodes = [entries(self.before, "nodes"), entries(self.after, "nodes")]
        places = self.under("layout", "positions")
        return [c.path[2] for c in places if all(c.path[2] in known for known in nodes)]

    def to_dict(self) -> dict[str, JsonValue]:
        """Return the difference as plain JSON: the ids for a canvas, and every change."""
        sections: dict[str, JsonValue] = {
            section: {
                "added": [*self.added(section)],
                "removed": [*self.removed(section)],
                "changed": [*self.changed(section)],
            }
            for section in ("nodes", "edges", "comments")
        }
        return {
            **sections,
            "renamed": [*self.renamed],
            "moved": [*self.moved],
            "changes": [change.to_dict() for change in self.changes],
        }


def difference(before: PipelineSpec | Tree, after: PipelineSpec | Tree) -> Difference:
    """Compare two pipelines: files' trees, also with nonsense in them, or plain types.

    >>> changes = difference({"nodes": {}}, {"nodes": {"a": {"name": "logs"}}})
    >>> changes.added("nodes")
    ['a']
    >>> bool(difference({"name": "x"}, {"name": "x"}))
    False
    """
    first, second = _tree(before), _tree(after)
    return Difference(tuple(_compare((), first, second)), first, second)


def apply(changes: Iterable[Change], tree: Tree) -> Tree:
    """Return `tree` with the changes made in it; what it was given stays as it is.

    >>> apply(difference({"name": "a"}, {"name": "b"}).changes, {"name": "a"})
    {'name': 'b'}
    """
    result = tree
    for change in changes:
        result = _with(result, change.path, change.after)
    return result


def entries(tree: Tree, section: str) -> Tree:
    """Return a section of a tree, empty if it is none."""
    found = tree.get(section)
    return found if isinstance(found, dict) else {}


def _tree(pipeline: PipelineSpec | Tree) -> Tree:
    if isinstance(pipeline, PipelineSpec):
        return normalise_tree(pipeline.model_dump(by_alias=True, mode="json"))
    return pipeline


def _compare(path: Path, before: Tree, after: Tree) -> Iterator[Change]:
    for key in sorted({*before, *after}):
        here = (*path, key)
        old, new = before.get(key, ABSENT), after.get(key, ABSENT)
        if isinstance(old, dict) and isinstance(new, dict) and _holds_parts(here):
            yield from _compare(here, old, new)
        elif not _same(old, new):
            yield Change(here, old, new)


def _holds_parts(path: Path) -> bool:
    """Tell whether what is under a path is compared key by key; a parameter's value is one."""
    match path:
        case ("nodes" | "edges" | "comments" | "layout" | "metadata" | "execution",):
            return True
        case ("nodes" | "edges" | "comments", _) | ("layout", "positions"):
            return True
        case ("nodes", _, "parameters" | "curveMapping"):
            return True
    return False


def _same(left: Value, right: Value) -> bool:
    """Compare as JSON: unlike `==`, `true` is not 1."""
    if isinstance(left, Absent) or isinstance(right, Absent):
        return left is right
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def _with(tree: Tree, path: Path, value: Value) -> Tree:
    key, *below = path
    if below:
        return {**tree, key: _with(entries(tree, key), tuple(below), value)}
    if isinstance(value, Absent):
        return {name: item for name, item in tree.items() if name != key}
    return {**tree, key: value}
