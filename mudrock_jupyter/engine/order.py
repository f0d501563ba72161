"""The order of a graph, and its loops: plain graph theory, with nodes by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

Before = Mapping[str, Collection[str]]
"""The nodes right before each node."""


def in_order(before: Before) -> list[str]:
    """Return the nodes, each after all those before it; what is in or below a loop is left out.

    Nodes equally far down are sorted, so that the order is the same each time. A node is left
    out, too, if one before it is not among the keys.

    >>> in_order({"c": ["b"], "b": ["a"], "a": [], "x": ["y"], "y": ["x"], "z": ["gone"]})
    ['a', 'b', 'c']
    """
    after: dict[str, list[str]] = defaultdict(list)
    waiting: dict[str, int] = {}
    for node, sources in before.items():
        waiting[node] = len(set(sources))
        for source in set(sources):
            after[source].append(node)
    order: list[str] = []
    ready = sorted(node for node, count in waiting.items() if not count)
    while ready:
        order += ready
        freed = []
        for source in ready:
            for node in after[source]:
                waiting[node] -= 1
                if not waiting[node]:
                    freed.append(node)
        ready = sorted(freed)
    return order


def loops(before: Before) -> list[list[str]]:
    """Return a path around each loop, in the direction of the graph, from its first name on.

    >>> loops({"a": ["c"], "b": ["a"], "c": ["b"], "d": ["c"]})
    [['a', 'b', 'c']]
    """
    left = {node: set(sources) & before.keys() for node, sources in before.items()}
    found: list[list[str]] = []
    while True:
        for node in in_order(left):
            del left[node]
        left = {node: sources & left.keys() for node, sources in left.items()}
        if not left:
            return found
        # Every node left is in a loop or below one: walking back from any must come round.
        path: dict[str, None] = {}
        node = min(left)
        while node not in path:
            path[node] = None
            node = min(left[node])
        loop = list(path)[list(path).index(node):][::-1]
        first = loop.index(min(loop))
        found.append(loop[first:] + loop[:first])
        for node in loop:
            del left[node]
        left = {node: sources & left.keys() for node, sources in left.items()}


def reachable(start: str, edges: Mapping[str, Collection[str]]) -> set[str]:
    """Return a node and all that its edges lead to, however far.

    >>> sorted(reachable("a", {"a": ["b"], "b": ["c"], "d": ["a"]}))
    ['a', 'b', 'c']
    """
    seen, front = {start}, [start]
    while front:
        new = set(edges.get(front.pop(), ())) - seen
        seen |= new
        front += new
    return seen
