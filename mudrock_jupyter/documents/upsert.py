"""Bringing a named node to what a notebook cell says, so that the cell can run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pycrdt import Doc

from mudrock_jupyter.documents import graph
from mudrock_jupyter.documents.placement import Position
from mudrock_jupyter.documents.reading import fields
from mudrock_jupyter.documents.roots import root
from mudrock_jupyter.documents.values import json_value
from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.spec.pipeline import NodeType


def put_node(
    doc: Doc[Any],
    operator_id: str,
    *,
    name: str | None,
    node_type: NodeType,
    parameters: Mapping[str, object],
    curve_mapping: Mapping[str, str],
    inputs: Mapping[str, str],
    position: Position | None,
) -> str:
    """Add a node, or bring the one of that name to these parameters and inputs; return its id.

    Raises `InvalidInput`, before anything is written, if the name belongs to a node of another
    operator, a value is none that a document can hold, or an input would make a cycle.
    """
    node = _named(doc, name) if name else None
    if node is None:
        return graph.add_node(
            doc,
            operator_id,
            name=name,
            node_type=node_type,
            parameters=parameters,
            curve_mapping=curve_mapping,
            inputs=inputs,
            position=position,
        )
    present = fields(root(doc, "nodes")[node])
    if present.get("operatorId") != operator_id:
        raise InvalidInput(
            f"{name!r} is the name of a {present.get('operatorId')} node. Choose another name "
            f"for this {operator_id} node, or remove the other one first."
        )
    checked = {key: json_value(value, f"{name}.{key}") for key, value in parameters.items()}
    missing = {
        port: source
        for port, source in inputs.items()
        if not _is_connected(doc, source, node, port)
    }
    for source in missing.values():
        graph.refuse_cycle(doc, source, node)
    for key in {*fields(present.get("parameters")), *checked}:
        graph.set_parameter(doc, node, key, checked.get(key, graph.DEFAULT))
    for key in {*fields(present.get("curveMapping")), *curve_mapping}:
        graph.set_curve_mapping(doc, node, key, curve_mapping.get(key, graph.DEFAULT))
    for port, source in missing.items():
        graph.connect(doc, source, node, target_port=port)
    if position is not None:
        graph.set_position(doc, node, position)
    return node


def _named(doc: Doc[Any], name: str) -> str | None:
    return next((id for id in graph.node_ids(doc) if graph.name_of(doc, id) == name), None)


def _is_connected(doc: Doc[Any], source: str, target: str, port: str) -> bool:
    edges = fields(root(doc, "edges")).values()
    wanted = (source, target, port)
    return any(
        (edge.get("sourceNodeId"), edge.get("targetNodeId"), edge.get("targetPort")) == wanted
        for edge in map(fields, edges)
    )
