"""What changed between two pipelines, in words; never at a loss, whatever a document holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from mudrock_jupyter.spec.changes import Absent, Change, Difference, Value, entries
from mudrock_jupyter.spec.text import Tree

MOST_NAMED = 3
_LONGEST = 48
_DETAILS = {"name": "the pipeline's name", "projectId": "the project", "metadata.tags": "the tags"}
_OF_NODE = {
    "operatorId": "operator",
    "nodeType": "type",
    "timeoutSeconds": "timeout",
}
_UNSAID = {("format",), ("id",), ("metadata", "updatedAt"), ("metadata", "createdAt")}


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


def _added_nodes(change: Difference, titles: Mapping[str, str]) -> list[str]:
    added = change.added("nodes")
    names = [_title(entries(change.after, "nodes").get(id), id, titles) for id in added]
    return [f"added {_listed(names, 'node')}"] if names else []


def _removed_nodes(change: Difference) -> list[str]:
    names = [_name(change.before, id) for id in change.removed("nodes")]
    return [f"removed {_listed(names, 'node')}"] if names else []


def _changed_nodes(change: Difference) -> list[str]:
    said = []
    inside = [c for c in change.changes if c.path[0] == "nodes" and len(c.path) > 2]
    for each in sorted(inside, key=lambda c: (c.path[2] != "name", c.path)):
        _, node, key, *below = each.path
        name = _name(change.after, node)
        if key == "name":
            said.append(f"renamed {_name(change.before, node)} to {name}")
        elif key == "parameters" and below:
            said.append(f"{_short(below[0])} of {name} {_from_to(each, 'default')}")
        elif key == "curveMapping" and below:
            said.append(f"curve {_short(below[0])} of {name} {_from_to(each, 'default')}")
        else:
            said.append(f"{_OF_NODE.get(key, _short(key))} of {name} {_from_to(each)}")
    replaced = [c for c in change.under("nodes") if not c.added and not c.removed]
    return said + [f"{_name(change.after, c.path[1])} was replaced" for c in replaced]


def _connections(change: Difference) -> list[str]:
    gone = set(change.removed("nodes"))
    before, after = entries(change.before, "edges"), entries(change.after, "edges")
    lost = [before[id] for id in change.removed("edges")]
    loose = [_ends(edge) for edge in lost if not gone & set(_ends(edge))]
    new = [_ends(after[id]) for id in change.added("edges")]
    said = [
        f"disconnected {_name(change.before, start)} from {_name(change.before, end)}"
        for start, end in loose
    ] + [f"connected {_name(change.after, start)} to {_name(change.after, end)}"
         for start, end in new]
    for each in change.under("edges", "*"):
        start, end = _ends(after.get(each.path[1]))
        between = f"{_name(change.after, start)} to {_name(change.after, end)}"
        said.append(f"{_short(each.path[2])} of the connection {between} {_from_to(each)}")
    return said


def _details(change: Difference) -> list[str]:
    known = {"nodes", "edges", "comments"}
    said = []
    for each in change.changes:
        placed = each.path[:2] == ("layout", "positions") and len(each.path) > 2
        if each.path in _UNSAID or placed or (each.path[0] in known and len(each.path) > 1):
            continue
        label = ".".join(each.path)
        said.append(f"{_DETAILS.get(label, _short(label))} {_from_to(each)}")
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


def _name(tree: Tree, id: str) -> str:
    entry = entries(tree, "nodes").get(id)
    name = entry.get("name") if isinstance(entry, dict) else None
    return _short(name if isinstance(name, str) and name else id)


def _ends(edge: JsonValue) -> tuple[str, str]:
    entry = edge if isinstance(edge, dict) else {}
    ends = entry.get("sourceNodeId"), entry.get("targetNodeId")
    start, end = (end if isinstance(end, str) and end else "nothing" for end in ends)
    return start, end


def _from_to(change: Change, missing: str = "none") -> str:
    return f"{_value(change.before, missing)} -> {_value(change.after, missing)}"


def _value(value: Value, missing: str) -> str:
    if isinstance(value, Absent):
        return missing
    if isinstance(value, str):
        return f"'{_short(value)}'"
    return _short(json.dumps(value, ensure_ascii=False, sort_keys=True))


def _short(text: str) -> str:
    """Return a text on one line, cut where it is long."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
