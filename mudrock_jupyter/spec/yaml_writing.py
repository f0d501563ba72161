"""A pipeline as YAML: nodes by name, connections as `source -> target.port`."""

from __future__ import annotations

from pydantic import JsonValue

from mudrock_jupyter.spec.order import reading_order
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec, unique_name
from mudrock_jupyter.spec.text import Tree, normalise_tree
from mudrock_jupyter.spec.yaml_tree import Block, dump_yaml

ARROW = " -> "


def to_yaml(spec: PipelineSpec, *, ids: bool = False) -> str:
    """Write a pipeline as YAML, without what has its default value.

    `ids` keeps those of the pipeline, its nodes and its connections; otherwise they are made from
    the names when it is read.

    >>> from mudrock_jupyter.spec.pipeline import NodeSpec, PipelineSpec
    >>> node = NodeSpec(id="a1", name="vsh", operator_id="vsh_linear", parameters={"gr_clean": 20})
    >>> print(to_yaml(PipelineSpec(nodes={"a1": node})))
    format: mudrock/1
    nodes:
      vsh:
        operator_id: vsh_linear
        parameters:
          gr_clean: 20
    <BLANKLINE>
    """
    keys = _keys(spec)
    tree = spec.model_dump(mode="json", exclude_defaults=True)
    nodes = {
        keys[id]: _node(spec.nodes[id], keys[id], {"id": id} if ids else {})
        for id in reading_order(spec)
    }
    edges = {id: _edge(spec.edges[id], keys) for id in _edge_order(spec, list(keys))}
    sections: Tree = {
        "nodes": {**nodes},
        "edges": {**edges} if ids else list(edges.values()),
        "layout": _layout(tree.get("layout", {}), keys),
        "comments": {id: _comment(each, keys) for id, each in sorted(spec.comments.items())},
    }
    head: Tree = {"format": spec.format, **({"id": spec.id} if ids and spec.id else {})}
    rest = {key: value for key, value in tree.items() if key not in {"format", "id", *sections}}
    titles = [key for key in ("name", "description", "project_id") if key in rest]
    leading: Tree = {key: rest.pop(key) for key in titles}
    written = {key: value for key, value in sections.items() if value}
    whole = normalise_tree({**head, **leading, **written, **rest})
    if isinstance(listed := whole.get("edges"), list):
        whole["edges"] = Block(listed)
    return _faults(spec) + dump_yaml(whole)


def edge_text(source: str, target: str, port: str) -> str:
    """Write a connection in short."""
    return f"{source}{ARROW}{target}" + (f".{port}" if port != "input" else "")


def read_edge_text(text: str, nodes: frozenset[str]) -> tuple[str, str, str] | None:
    """Read a short connection between the nodes; None if it is none.

    >>> read_edge_text("a -> join.left", frozenset({"a", "join"}))
    ('a', 'join', 'left')
    """
    source, arrow, end = (part.strip(" ") for part in text.partition(ARROW.strip()))
    if not arrow or source not in nodes:
        return None
    if end in nodes:
        return source, end, "input"
    target, dot, port = end.rpartition(".")
    return (source, target, port) if dot and port and target in nodes else None


def _keys(spec: PipelineSpec) -> dict[str, str]:
    """Choose a key for each node: its name, unless that would be taken for something else."""
    taken = _foreign_ids(spec)
    keys: dict[str, str] = {}
    for id in reading_order(spec):
        keys[id] = unique_name(spec.nodes[id].name, taken)
        taken.add(keys[id])
    return keys


def _foreign_ids(spec: PipelineSpec) -> set[str]:
    """Return the ids that are spoken of though there is no such node."""
    ids = {end for e in spec.edges.values() for end in (e.source_node_id, e.target_node_id)}
    ids |= spec.layout.positions.keys()
    ids |= {str(each.get("nodeId")) for each in spec.comments.values()}
    return ids - spec.nodes.keys()


def _edge_order(spec: PipelineSpec, order: list[str]) -> list[str]:
    """Return the edges' ids in the order of the nodes they lead to and come from."""
    place = {id: n for n, id in enumerate(order)}

    def key(id: str) -> tuple[int, str, int, str]:
        edge = spec.edges[id]
        target, source = place.get(edge.target_node_id, -1), place.get(edge.source_node_id, -1)
        return target, edge.target_port, source, id

    return sorted(spec.edges, key=key)


def _node(node: NodeSpec, key: str, id: Tree) -> Tree:
    content = node.model_dump(mode="json", exclude_defaults=True)
    del content["id"], content["name"]
    for section in ("parameters", "curve_mapping"):  # a shared document keeps no order of them
        if section in content:
            content[section] = dict(sorted(content[section].items()))
    return {**id, **({"name": node.name} if node.name != key else {}), **content}


def _edge(edge: EdgeSpec, keys: dict[str, str]) -> JsonValue:
    source = keys.get(edge.source_node_id, edge.source_node_id)
    target = keys.get(edge.target_node_id, edge.target_node_id)
    content: Tree = edge.model_dump(mode="json", exclude_defaults=True)
    ends = {"source_node_id": source, "target_node_id": target}
    short = edge_text(source, target, edge.target_port)
    told = read_edge_text(short, frozenset(keys.values())) == (source, target, edge.target_port)
    if told and not content.keys() - {"id", "target_port", *ends}:
        return short
    return {**ends, **{key: value for key, value in content.items() if key not in {"id", *ends}}}


def _layout(layout: Tree, keys: dict[str, str]) -> Tree:
    positions = layout.get("positions")
    if not isinstance(positions, dict):
        return layout
    order = [id for id in keys if id in positions] + sorted(positions.keys() - keys.keys())
    return {**layout, "positions": {keys.get(id, id): positions[id] for id in order}}


def _comment(comment: Tree, keys: dict[str, str]) -> Tree:
    node = comment.get("nodeId")
    return {**comment, "nodeId": keys[node]} if isinstance(node, str) and node in keys else comment


def _faults(spec: PipelineSpec) -> str:
    """Say as comments what a document holds that is no part of a pipeline."""
    texts = (" ".join(fault.message.split()) for fault in spec.faults)
    lines = ("".join(c if c.isprintable() else " " for c in text) for text in texts)
    return "".join(f"# Left out: {line}\n" for line in lines)
