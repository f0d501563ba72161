"""A pipeline as a Graphviz graph."""

from __future__ import annotations

from collections.abc import Mapping

from mudrock_jupyter.spec.order import reading_order
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec

_SHAPES = {"ingestion": "cylinder", "operator": "box", "output": "note"}
_STYLES = {"conditional": "dashed", "error": "dotted"}


def to_dot(spec: PipelineSpec) -> str:
    """Write a pipeline in the language of Graphviz: `dot -Tsvg` draws it.

    >>> print(to_dot(PipelineSpec(name="porosity")))
    digraph "porosity" {
      rankdir=LR;
      node [fontname="sans-serif"];
    }
    <BLANKLINE>
    """
    lines = [f"digraph {_quoted(spec.name or 'pipeline')} {{", "  rankdir=LR;"]
    lines.append('  node [fontname="sans-serif"];')
    names = {id: f"n{number}" for number, id in enumerate(reading_order(spec), start=1)}
    lines += [_node(name, spec.nodes[id]) for id, name in names.items()]
    whole = (edge for _, edge in sorted(spec.edges.items()) if _is_whole(edge, names))
    lines += [_edge(edge, names) for edge in whole]
    return "\n".join([*lines, "}", ""])


def _node(name: str, node: NodeSpec) -> str:
    second = f"\\n{_escaped(node.operator_id)}" if node.operator_id != node.name else ""
    shape = _SHAPES[node.node_type]
    return f'  {name} [label="{_escaped(node.name)}{second}", shape={shape}];'


def _edge(edge: EdgeSpec, names: Mapping[str, str]) -> str:
    attributes = []
    if edge.source_port != "output":
        attributes.append(f"taillabel={_quoted(edge.source_port)}")
    if edge.target_port != "input":
        attributes.append(f"headlabel={_quoted(edge.target_port)}")
    if edge.edge_type in _STYLES:
        attributes.append(f"style={_STYLES[edge.edge_type]}, label={_quoted(edge.edge_type)}")
    listed = f" [{', '.join(attributes)}]" if attributes else ""
    return f"  {names[edge.source_node_id]} -> {names[edge.target_node_id]}{listed};"


def _is_whole(edge: EdgeSpec, names: Mapping[str, str]) -> bool:
    return edge.source_node_id in names and edge.target_node_id in names


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Escape what is special in a quoted text: in a label, a backslash and a letter mean more."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return "".join(each if each.isprintable() else " " for each in plain)
