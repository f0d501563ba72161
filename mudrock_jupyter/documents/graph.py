"""Editing the graph in a Y document: each function is one transaction, one step of undo.

Whatever can be wrong is refused before anything is written: a transaction that raises keeps what
it wrote. Inside a transaction with an origin (a peer's `call`), leave `origin` out.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from pycrdt import Doc, Map
from pydantic import JsonValue

from mudrock_jupyter.documents.merging import to_y
from mudrock_jupyter.documents.placement import Position, place
from mudrock_jupyter.documents.reading import field, fields, plain, read, same
from mudrock_jupyter.documents.roots import NODE, RUN, Shape, YMap, root
from mudrock_jupyter.documents.values import json_value
from mudrock_jupyter.spec.errors import InvalidInput, NotFound, did_you_mean
from mudrock_jupyter.spec.pipeline import EdgeType, NodeType, PipelineSpec, unique_name
from mudrock_jupyter.spec.salvage import read_tree
from mudrock_jupyter.spec.text import Tree

YDoc = Doc[Any]


class Default:
    """The type of `DEFAULT`: take the entry out, so that the operator's default holds."""

    def __repr__(self) -> str:
        return "DEFAULT"


DEFAULT = Default()


def new_id() -> str:
    """Return a random id for a node or an edge: 12 hexadecimal digits."""
    return secrets.token_hex(6)


def read_spec(doc: YDoc) -> PipelineSpec:
    """Return the pipeline as plain types; its `faults` tell of nonsense that a peer wrote."""
    return read_tree(read(doc))


def node_ids(doc: YDoc) -> list[str]:
    """Return the ids of the nodes, sorted."""
    return sorted(root(doc, "nodes").keys())


def add_node(
    doc: YDoc,
    operator_id: str,
    *,
    name: str | None = None,
    node_type: NodeType = "operator",
    parameters: Mapping[str, object] | None = None,
    curve_mapping: Mapping[str, str] | None = None,
    version: Mapping[str, object] | None = None,
    inputs: Mapping[str, str | tuple[str, str]] | None = None,
    position: Position | None = None,
    origin: object = None,
) -> str:
    """Add a node, connected to what feeds it, and return its id.

    `inputs` maps the new node's input ports to a node id, or to a node id and its output port.
    Without a `position` the node goes right of its inputs. Its name is made unique.
    """
    label = json_value(name or operator_id, "A node's name")
    if not isinstance(label, str):
        raise InvalidInput(f"{name!r} is no name for a node: a name is text.")
    if position is not None:
        position = _checked_position(position)
    sources = {port: _endpoint(source) for port, source in (inputs or {}).items()}
    for source, _ in sources.values():
        _require_node(doc, source)
    node_id = new_id()
    content = json_value(
        {
            "id": node_id,
            "operatorId": operator_id,
            "nodeType": node_type,
            "version": version or {"strategy": "latest"},
            "parameters": _json_entries(parameters, label),
            "curveMapping": _json_entries(curve_mapping, label),
            "cache": True,
            "timeoutSeconds": None,
            "tags": [],
            "description": "",
        },
        label,
    )
    with doc.transaction(origin):
        standing = positions_of(doc)
        feeding = [standing.get(source, (0.0, 0.0)) for source, _ in sources.values()]
        where = position or place(feeding, standing.values())
        entry = {**fields(content), "name": unique_name(label, _names(doc))}
        root(doc, "nodes")[node_id] = to_y(entry, NODE)
        root(doc, "layout")[node_id] = plain(where)
        for port, (source, source_port) in sources.items():
            _write_edge(doc, source, source_port, node_id, port, "data_flow")
    return node_id


def connect(
    doc: YDoc,
    source: str,
    target: str,
    *,
    source_port: str = "output",
    target_port: str = "input",
    edge_type: EdgeType = "data_flow",
    condition: str | None = None,
    origin: object = None,
) -> str:
    """Connect two ports and return the edge's id.

    An input port takes one edge: the new one replaces what was there. Raises `NotFound` for a
    node that is not there and `InvalidInput` for a cycle.
    """
    refuse_cycle(doc, source, target)
    with doc.transaction(origin):
        for edge_id, edge in _edges(doc).items():
            port = edge.get("targetPort", "input")
            if edge.get("targetNodeId") == target and port == target_port:
                del root(doc, "edges")[edge_id]
        return _write_edge(doc, source, source_port, target, target_port, edge_type, condition)


def refuse_cycle(doc: YDoc, source: str, target: str) -> None:
    """Raise `InvalidInput` if connecting two nodes makes a cycle, `NotFound` if one is gone."""
    for node in (source, target):
        _require_node(doc, node)
    if _reaches(doc, target, source):
        raise InvalidInput(
            f"Connecting {name_of(doc, source)!r} to {name_of(doc, target)!r} would feed a node "
            "with its own output. Remove one of the connections on the way first."
        )


def remove(
    doc: YDoc, nodes: Iterable[str], edges: Iterable[str] = (), *, origin: object = None
) -> None:
    """Remove nodes with their edges, positions and comments, and single edges."""
    gone, gone_edges = set(nodes), set(edges)
    for node in gone:
        _require_node(doc, node)
    with doc.transaction(origin):
        for edge_id, edge in _edges(doc).items():
            loose = gone & {_text(edge, "sourceNodeId"), _text(edge, "targetNodeId")}
            if loose or edge_id in gone_edges:
                del root(doc, "edges")[edge_id]
        comments = root(doc, "comments")
        for comment_id in sorted(comments.keys()):
            if _text(fields(comments[comment_id]), "nodeId") in gone:
                del comments[comment_id]
        for name in ("nodes", "layout"):
            for node in sorted(gone & set(root(doc, name).keys())):
                del root(doc, name)[node]


def set_parameter(doc: YDoc, node: str, key: str, value: object, *, origin: object = None) -> None:
    """Set one parameter of a node; `DEFAULT` goes back to the operator's default."""
    _set_entry(doc, node, "parameters", key, value, origin)


def set_curve_mapping(
    doc: YDoc, node: str, name: str, column: str | Default, *, origin: object = None
) -> None:
    """Feed an operator's input from a column; `DEFAULT` goes back to the input's mnemonic."""
    _set_entry(doc, node, "curveMapping", name, column, origin)


def rename(doc: YDoc, node: str, wanted: str, *, origin: object = None) -> str:
    """Rename a node and return the name it got: names are unique in the pipeline."""
    _require_node(doc, node)
    label = str(json_value(wanted.strip(), "A node's name"))
    if not label:
        raise InvalidInput(f"{name_of(doc, node)!r} needs a name that is not empty.")
    name = unique_name(label, _names(doc, but=node))
    if name != name_of(doc, node):
        with doc.transaction(origin):
            _node(doc, node)["name"] = name
    return name


def set_position(doc: YDoc, node: str, position: Position, *, origin: object = None) -> None:
    """Move a node to `(x, y)`, in px of the canvas at 100 %."""
    set_positions(doc, {node: position}, origin=origin)


def set_positions(doc: YDoc, positions: Mapping[str, Position], *, origin: object = None) -> None:
    """Move nodes: one step of undo, however many they are."""
    checked = {node: json_value(list(place), "A position") for node, place in positions.items()}
    for node in checked:
        _require_node(doc, node)
    layout = root(doc, "layout")
    with doc.transaction(origin):
        for node, position in checked.items():
            if not same(plain(layout.get(node)), position):
                layout[node] = position


def set_details(
    doc: YDoc,
    *,
    name: str | None = None,
    description: str | None = None,
    project_id: str | None = None,
    origin: object = None,
) -> None:
    """Set the pipeline's own name or description, or the project it belongs to."""
    wanted = {"name": name, "description": description, "projectId": project_id}
    checked = {key: json_value(value, key) for key, value in wanted.items() if value is not None}
    with doc.transaction(origin):
        for key, value in checked.items():
            if root(doc, "pipeline").get(key) != value:
                root(doc, "pipeline")[key] = value


def set_run_status(
    doc: YDoc, key: str, status: Mapping[str, object], *, origin: object = None
) -> None:
    """Show how a node (by id) or the whole run (`"pipeline"`) is doing; never saved or undone."""
    content = json_value(status, "The status")
    with doc.transaction(origin):
        if not same(plain(root(doc, RUN).get(key)), content):
            root(doc, RUN)[key] = content


def run_id(doc: YDoc, key: str = "pipeline") -> str | None:
    """Return the id of the run whose status is shown, for the whole or for a node."""
    shown = plain(root(doc, RUN).get(key))
    found = shown.get("runId") if isinstance(shown, dict) else None
    return found if isinstance(found, str) else None


def set_run_statuses(
    doc: YDoc, statuses: Mapping[str, JsonValue], *, origin: object = None
) -> None:
    """Show how several nodes are doing; quick, for it does not look whether that is news."""
    with doc.transaction(origin):
        run = root(doc, RUN)
        for key, status in statuses.items():
            run[key] = status


def clear_run(doc: YDoc, keep: Iterable[str] = (), *, origin: object = None) -> None:
    """Forget the status of past runs, but that of the nodes to keep."""
    with doc.transaction(origin):
        run = root(doc, RUN)
        for key in sorted(set(run.keys()) - set(keep)):
            del run[key]


def positions_of(doc: YDoc) -> dict[str, Position]:
    """Return the positions of the nodes that have one."""
    found: dict[str, Position] = {}
    for node, value in fields(root(doc, "layout")).items():
        match value:
            case [int() | float() as x, int() | float() as y]:
                found[node] = (float(x), float(y))
    return found


def name_of(doc: YDoc, node: str) -> str:
    """Return a node's name; its id if it has none."""
    return _name(root(doc, "nodes").get(node), node)


def _names(doc: YDoc, but: str | None = None) -> set[str]:
    with doc.transaction():
        nodes = root(doc, "nodes")
        return {_name(nodes[node], node) for node in nodes.keys() if node != but}  # noqa: SIM118


def _name(value: object, node: str) -> str:
    name = field(value, "name")
    return name if isinstance(name, str) and name else node


def _checked_position(position: Position) -> Position:
    match json_value(position, "A position"):
        case [int() | float() as x, int() | float() as y]:
            return float(x), float(y)
    raise InvalidInput(f"{position!r} is no position. Give (x, y), in px of the canvas.")


def _require_node(doc: YDoc, node: str) -> None:
    if node in root(doc, "nodes"):
        return
    names = _names(doc)
    raise NotFound(f"There is no node {node!r} in this pipeline.{did_you_mean(node, names)}")


def _endpoint(source: str | tuple[str, str]) -> tuple[str, str]:
    return (source, "output") if isinstance(source, str) else source


def _json_entries(entries: Mapping[str, object] | None, label: str) -> dict[str, object]:
    return {key: json_value(item, f"{label}.{key}") for key, item in (entries or {}).items()}


def _edges(doc: YDoc) -> dict[str, Tree]:
    edges = root(doc, "edges")
    return {edge_id: fields(edges[edge_id]) for edge_id in sorted(edges.keys())}


def _text(entry: Tree, key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _reaches(doc: YDoc, start: str, end: str) -> bool:
    ahead, seen = [start], {start}
    edges = _edges(doc).values()
    while ahead:
        node = ahead.pop()
        if node == end:
            return True
        following = {
            _text(edge, "targetNodeId") for edge in edges if edge.get("sourceNodeId") == node
        } - seen
        seen |= following
        ahead += following
    return False


def _write_edge(
    doc: YDoc,
    source: str,
    source_port: str,
    target: str,
    target_port: str,
    edge_type: EdgeType,
    condition: str | None = None,
) -> str:
    edge_id = new_id()
    entry = {
        "id": edge_id,
        "sourceNodeId": source,
        "sourcePort": source_port,
        "targetNodeId": target,
        "targetPort": target_port,
        "edgeType": edge_type,
    }
    if condition is not None:
        entry["condition"] = condition
    root(doc, "edges")[edge_id] = Map(entry)
    return edge_id


def _set_entry(doc: YDoc, node: str, section: str, key: str, value: object, origin: object) -> None:
    _require_node(doc, node)
    current = fields(field(root(doc, "nodes")[node], section))
    if isinstance(value, Default):
        if key in current:
            with doc.transaction(origin):
                del _inner(_node(doc, node), section, NODE)[key]
        return
    checked = json_value(value, f"{name_of(doc, node)}.{key}")
    if key not in current or not same(current[key], checked):
        with doc.transaction(origin):
            _inner(_node(doc, node), section, NODE)[key] = checked


def _node(doc: YDoc, node: str) -> YMap:
    return _inner(root(doc, "nodes"), node, Shape(each=NODE))


def _inner(ymap: YMap, key: str, shape: Shape) -> YMap:
    """Return the map under `key`; a plain object that a peer wrote there becomes one."""
    current = ymap.get(key)
    if not isinstance(current, Map):
        ymap[key] = to_y(fields(current), shape.under(key))
        current = ymap[key]
    return current
