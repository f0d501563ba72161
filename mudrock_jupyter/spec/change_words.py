"""What changed between two pipelines, in words; never at a loss, whatever a document holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from mudrock_jupyter.spec.changes import Absent, Change, Difference, Path, Value, entries
from mudrock_jupyter.spec.text import Tree

MOST_NAMED = 3
_LONGEST = 48
_DETAILS = {
    "name": "the pipeline's name",
    "description": "the description",
    "projectId": "the project",
    "metadata.tags": "the tags",
}
_OF_NODE = {
    "operatorId": "operator",
    "nodeType": "type",
    "timeoutSeconds": "timeout",
}
_WITH_DEFAULTS = ("parameters", "curveMapping")


def words(change: Difference, titles: Mapping[str, str] | None = None) -> list[str]:
    """Say what changed, a phrase for each thing, the weightiest first.

    `titles` are those of operators, by id.

    >>> from mudrock_jupyter.spec.changes import difference
    >>> phi = {"name": "phi", "operatorId": "phi_density", "parameters": {"rho_ma": 2.65}}
    >>> other = {**phi, "parameters": {"rho_ma": 2.71}}
    >>> words(difference({"nodes": {"a": phi}}, {"nodes": {"a": other}}))
    ['rho_ma of phi 2.65 -> 2.71']
    """
    said = [
        *_added_nodes(change, titles or {}),
        *_removed_nodes(change),
        *_changed_nodes(change),
        *_connections(change),
        *_details(change),
        *_comments(change),
        *_moved(change),
    ]
    return said or (["other details"] if change else [])


def summary(
    change: Difference, titles: Mapping[str, str] | None = None, most: int = 6
) -> str:
    """Say what changed in one line.

    >>> from mudrock_jupyter.spec.changes import difference
    >>> summary(difference({}, {}))
    'nothing changed'
    """
    said = words(change, titles)
    more = len(said) - most
    if more > 1:
        said = [*said[:most], f"{more} more changes"]
    return "; ".join(said) or "nothing changed"


def subject(path: Path, tree: Tree) -> str:
    """Say what a path leads to, with the names that nodes have in `tree`.

    >>> subject(("nodes", "a", "parameters", "rho_ma"), {"nodes": {"a": {"name": "phi"}}})
    'rho_ma of phi'
    """
    match path:
        case ("nodes", node):
            return name_in(tree, node)
        case ("nodes", node, "parameters", key):
            return f"{_short(key)} of {name_in(tree, node)}"
        case ("nodes", node, "curveMapping", key):
            return f"curve {_short(key)} of {name_in(tree, node)}"
        case ("nodes", node, key):
            return f"{_OF_NODE.get(key, _short(key))} of {name_in(tree, node)}"
        case ("edges", edge, *keys):
            start, end = ends_of(entries(tree, "edges").get(edge))
            of = f"{_short(keys[0])} of " if keys else ""
            return f"{of}the connection {name_in(tree, start)} to {name_in(tree, end)}"
        case ("comments", _, *_):
            return "a comment"
        case ("layout", "positions", node):
            return f"the place of {name_in(tree, node)}"
    label = ".".join(path)
    return _DETAILS.get(label, _short(label))


def value_text(value: Value, missing: str = "none") -> str:
    """Return a value as people read it, short and on one line."""
    if isinstance(value, Absent):
        return missing
    if isinstance(value, str):
        return f"'{_short(value)}'"
    return _short(json.dumps(value, ensure_ascii=False, sort_keys=True))


def ends_of(edge: JsonValue) -> tuple[str, str]:
    """Return the ids of the nodes that a connection leads from and to."""
    entry = edge if isinstance(edge, dict) else {}
    ends = entry.get("sourceNodeId"), entry.get("targetNodeId")
    start, end = (end if isinstance(end, str) and end else "nothing" for end in ends)
    return start, end


def _added_nodes(change: Difference, titles: Mapping[str, str]) -> list[str]:
    added = change.added("nodes")
    names = [_title(entries(change.after, "nodes").get(id), id, titles) for id in added]
    return [f"added {_listed(names, 'node')}"] if names else []


def _removed_nodes(change: Difference) -> list[str]:
    names = [name_in(change.before, id) for id in change.removed("nodes")]
    return [f"removed {_listed(names, 'node')}"] if names else []


def _changed_nodes(change: Difference) -> list[str]:
    said = []
    inside = [c for c in change.changes if c.path[0] == "nodes" and len(c.path) > 2]
    for each in sorted(inside, key=lambda c: (c.path[2] != "name", c.path)):
        if each.path[2] == "name":
            node = each.path[1]
            said.append(f"renamed {name_in(change.before, node)} to {name_in(change.after, node)}")
        else:
            missing = "default" if each.path[2] in _WITH_DEFAULTS else "none"
            said.append(f"{subject(each.path, change.after)} {_from_to(each, missing)}")
    replaced = [c for c in change.under("nodes") if not c.added and not c.removed]
    return said + [f"{name_in(change.after, c.path[1])} was replaced" for c in replaced]


def _connections(change: Difference) -> list[str]:
    gone = set(change.removed("nodes"))
    before, after = entries(change.before, "edges"), entries(change.after, "edges")
    lost = [before[id] for id in change.removed("edges")]
    loose = [ends_of(edge) for edge in lost if not gone & set(ends_of(edge))]
    new = [ends_of(after[id]) for id in change.added("edges")]
    said = [
        f"disconnected {name_in(change.before, start)} from {name_in(change.before, end)}"
        for start, end in loose
    ] + [f"connected {name_in(change.after, start)} to {name_in(change.after, end)}"
         for start, end in new]
    inside = change.under("edges", "*")
    return said + [f"{subject(each.path, change.after)} {_from_to(each)}" for each in inside]


def _details(change: Difference) -> list[str]:
    known = {"nodes", "edges", "comments"}
    said = []
    for each in change.changes:
        placed = each.path[:2] == ("layout", "positions") and len(each.path) > 2
        inside = each.path[0] in known and len(each.path) > 1
        kept_apart = each.path[0] == "metadata" and each.path != ("metadata", "tags")
        if placed or inside or kept_apart or each.path in (("format",), ("id",)):
            continue
        said.append(f"{subject(each.path, change.after)} {_from_to(each)}")
    return said


def _comments(change: Difference) -> list[str]:
    counts = {
        "added": len(change.added("comments")),
        "changed": len(change.changed("comments")),
        "removed": len(change.removed("comments")),
    }
    return [f"{done} {_count(count, 'comment')}" for done, count in counts.items() if count]


def _moved(change: Difference) -> list[str]:
    return [f"moved {_count(len(change.moved), 'node')}"] if change.moved else []


def _listed(names: Sequence[str], noun: str) -> str:
    if len(names) > MOST_NAMED:
        return _count(len(names), noun)
    return ", ".join(sorted(names))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _title(node: JsonValue, id: str, titles: Mapping[str, str]) -> str:
    entry = node if isinstance(node, dict) else {}
    name, operator = entry.get("name"), entry.get("operatorId")
    known = titles.get(operator) if isinstance(operator, str) else None
    label = _short(name) if isinstance(name, str) and name else _short(id)
    if known is None:
        return label
    return known if name == operator else f"{known} ({label})"


def name_in(tree: Tree, id: str) -> str:
    """Return a node's name in a tree, its id where it has none; short, and on one line."""
    entry = entries(tree, "nodes").get(id)
    name = entry.get("name") if isinstance(entry, dict) else None
    return _short(name if isinstance(name, str) and name else id)


def _from_to(change: Change, missing: str = "none") -> str:
    return f"{value_text(change.before, missing)} -> {value_text(change.after, missing)}"


def _short(text: str) -> str:
    """Return a text on one line, cut where it is long."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
