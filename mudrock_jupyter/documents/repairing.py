"""Making a merged pipeline whole: each side was, and both together may not be."""

from __future__ import annotations

from pydantic import JsonValue

from mudrock_jupyter.documents.reading import fields
from mudrock_jupyter.spec.change_words import ends_of, name_in, subject
from mudrock_jupyter.spec.changes import entries
from mudrock_jupyter.spec.pipeline import unique_name
from mudrock_jupyter.spec.text import Tree


def made_whole(merged: Tree, mine: Tree, theirs: Tree) -> tuple[Tree, list[str]]:
    """Return the merged tree without what cannot be, and what was done about it, in words.

    What `mine` had wrong by itself stays for its people to repair.
    """
    said: list[str] = []
    nodes, edges = dict(entries(merged, "nodes")), dict(entries(merged, "edges"))
    gone = {*entries(mine, "nodes"), *entries(theirs, "nodes")} - set(nodes)
    new = sorted(set(edges) - set(entries(mine, "edges")))
    for edge in sorted(edges):
        needed = gone & set(ends_of(edges[edge]))
        if needed and (edge in new or needed & set(entries(mine, "nodes"))):
            del edges[edge]
            what = subject(("edges", edge), _all_of(mine, theirs))
            said.append(f"{what}: left out, a node that it needs was removed")
    for edge in new:
        if edge in edges:
            said += _let_in(edge, edges, merged)
    said += _with_own_names(nodes, mine)
    places = fields(entries(merged, "layout").get("positions"))
    layout = {
        **entries(merged, "layout"),
        "positions": {node: place for node, place in places.items() if node not in gone},
    }
    comments = {
        key: entry
        for key, entry in entries(merged, "comments").items()
        if node_of(entry) not in gone
    }
    sections: Tree = {"nodes": nodes, "edges": edges, "layout": layout, "comments": comments}
    return {**merged, **sections}, said


def _let_in(edge: str, edges: Tree, tree: Tree) -> list[str]:
    """Make room for a connection of theirs, or leave it out if it would close a circle."""
    start, end = ends_of(edges[edge])
    if _reaches(edges, end, start, but=edge):
        del edges[edge]
        what = subject(("edges", edge), tree)
        return [f"{what}: left out, it would feed a node with its own output"]
    port = fields(edges[edge]).get("targetPort", "input")
    rivals = [
        other
        for other, content in sorted(edges.items())
        if other != edge
        and ends_of(content)[1] == end
        and fields(content).get("targetPort", "input") == port
    ]
    for other in rivals:
        del edges[other]
    return [
        f"{subject(('edges', other), tree)}: replaced by the other's from {name_in(tree, start)}"
        for other in rivals
    ]


def _with_own_names(nodes: Tree, mine: Tree) -> list[str]:
    """Rename what came with a name that is taken."""
    said = []
    before = entries(mine, "nodes")
    own = {id for id in nodes if id in before and _name(before[id]) == _name(nodes[id])}
    taken = {_name(nodes[id]) for id in own}
    for id in sorted(set(nodes) - own):
        name = _name(nodes[id])
        if name in taken:
            renamed = unique_name(name, {_name(entry) for entry in nodes.values()})
            nodes[id] = {**fields(nodes[id]), "name": renamed}
            said.append(f"{name}: the name is taken; the other's is now {renamed}")
        taken.add(_name(nodes[id]))
    return said


def node_of(comment: JsonValue) -> str:
    """Return the id of the node that a comment is on, empty for the pipeline."""
    node = fields(comment).get("nodeId")
    return node if isinstance(node, str) else ""


def _name(node: JsonValue) -> str:
    name = fields(node).get("name")
    return name if isinstance(name, str) else ""


def _all_of(mine: Tree, theirs: Tree) -> Tree:
    """Return a tree in which what was left out still has names."""
    return {
        "nodes": {**entries(theirs, "nodes"), **entries(mine, "nodes")},
        "edges": {**entries(theirs, "edges"), **entries(mine, "edges")},
    }


def _reaches(edges: Tree, start: str, end: str, but: str) -> bool:
    after: dict[str, set[str]] = {}
    for edge, content in edges.items():
        if edge != but:
            source, target = ends_of(content)
            after.setdefault(source, set()).add(target)
    ahead, seen = [start], {start}
    while ahead:
        node = ahead.pop()
        if node == end:
            return True
        following = after.get(node, set()) - seen
        seen |= following
        ahead += following
    return False
