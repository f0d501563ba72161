"""The order in which people read a pipeline: what feeds a node comes before it."""

from __future__ import annotations

from mudrock_jupyter.spec.pipeline import PipelineSpec


def reading_order(spec: PipelineSpec) -> list[str]:
    """Return the node ids, sources first and branches by name; nodes in a circle come last.

    >>> from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec
    >>> nodes = {id: NodeSpec(id=id, name=id, operator_id="x") for id in "ab"}
    >>> edge = EdgeSpec(id="e", source_node_id="b", target_node_id="a")
    >>> reading_order(PipelineSpec(nodes=nodes, edges={"e": edge}))
    ['b', 'a']
    """
    waiting: dict[str, set[str]] = {id: set() for id in spec.nodes}
    for edge in spec.edges.values():
        if edge.target_node_id in waiting and edge.source_node_id in waiting:
            waiting[edge.target_node_id].add(edge.source_node_id)
    order: list[str] = []
    while waiting:
        ready = [id for id, before in waiting.items() if not before & waiting.keys()]
        batch = sorted(ready or waiting, key=lambda id: (spec.nodes[id].name, id))
        order += batch
        for id in batch:
            del waiting[id]
    return order
