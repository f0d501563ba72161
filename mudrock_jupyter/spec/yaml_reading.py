"""A pipeline out of YAML."""

from __future__ import annotations

import hashlib

from pydantic import JsonValue, ValidationError
from pydantic.alias_generators import to_camel, to_snake

from mudrock_jupyter.spec.errors import InvalidDocument, did_you_mean
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec
from mudrock_jupyter.spec.problems import Problem
from mudrock_jupyter.spec.text import FORMAT, Tree, migrate, normalise, to_spec
from mudrock_jupyter.spec.yaml_tree import YamlTree, parse_yaml
from mudrock_jupyter.spec.yaml_writing import read_edge_text

_ID_LENGTH = 12


def from_yaml(text: str) -> PipelineSpec:
    """Read a pipeline as `to_yaml` writes it, or as somebody wrote it by hand.

    The same text gives the same ids. A key that looks misspelt is one of the `faults`, as
    `mudrock validate` shows them.
    Raises `InvalidDocument`, which names the line, or `NewerFormat`.

    >>> spec = from_yaml("nodes: {logs: {operator_id: well_logs, node_type: ingestion}}")
    >>> [node.name for node in spec.nodes.values()]
    ['logs']
    """
    parsed = parse_yaml(text)
    if "format" not in parsed.tree and "nodes" not in parsed.tree:
        raise InvalidDocument("It has neither a format nor nodes, so it is not a pipeline.")
    return _Reader(parsed).read()


class _Reader:
    def __init__(self, parsed: YamlTree) -> None:
        self.parsed = parsed
        self.ids: dict[str, str] = {}
        self.faults: list[Problem] = []

    def read(self) -> PipelineSpec:
        tree = {"format": FORMAT, **self._normalised()}
        migrate({"format": tree["format"]})  # refuses what is newer or foreign
        for key, value in self._section(tree, "nodes").items():
            self.ids[key] = self._node_id(key, value)
        tree["nodes"] = {
            self.ids[key]: self._node(key, value)
            for key, value in self._section(tree, "nodes").items()
        }
        tree["edges"] = self._edges(tree.get("edges"))
        tree["layout"] = self._layout(self._section(tree, "layout"))
        tree["comments"] = {
            key: self._comment(value) for key, value in self._section(tree, "comments").items()
        }
        self._note_misspelt(self.parsed.tree, set(PipelineSpec.model_fields))
        try:
            return to_spec(tree).with_faults(self.faults)
        except InvalidDocument as error:
            cause = error.__cause__
            place = cause.errors()[0]["loc"] if isinstance(cause, ValidationError) else ()
            raise self.parsed.error(str(error), *map(str, place)) from error

    def _normalised(self) -> Tree:
        tree: Tree = {}
        for key, value in self.parsed.tree.items():
            try:
                tree[key] = normalise(value, (key,))
            except InvalidDocument as error:
                place = str(error).partition(": ")[0].split(".")
                raise self.parsed.error(str(error), *place) from error
        return tree

    def _section(self, tree: Tree, name: str) -> Tree:
        value = tree.get(name) or {}
        if not isinstance(value, dict):
            raise self.parsed.error(f"{name} is not a mapping.", name)
        return value

    def _node_id(self, key: str, value: JsonValue) -> str:
        given = value.get("id") if isinstance(value, dict) else None
        id = given if isinstance(given, str) else _made_id("node", key)
        if id in self.ids.values():
            raise self.parsed.error(f"Two nodes have the id {id!r}.", "nodes", key)
        return id

    def _node(self, key: str, value: JsonValue) -> JsonValue:
        if not isinstance(value, dict):
            raise self.parsed.error(f"The node {key!r} is not a mapping.", "nodes", key)
        content: Tree = {"name": key, **value, "id": self.ids[key]}
        if not {"operator_id", "operatorId"} & content.keys():
            raise self.parsed.error(f"The node {key!r} has no operator_id.", "nodes", key)
        self._check(NodeSpec, content, "nodes", key)
        self._note_misspelt(content, set(NodeSpec.model_fields), node=self.ids[key])
        return content

    def _edges(self, value: JsonValue) -> Tree:
        if not isinstance(value, dict | list | None):
            raise self.parsed.error("edges is neither a list nor a mapping.", "edges")
        given = value.items() if isinstance(value, dict) else enumerate(value or ())
        edges: Tree = {}
        for key, content in given:
            edge = self._edge(content, str(key))
            ends = (str(edge.get(end, "")) for end in ("source_node_id", "target_node_id"))
            id = key if isinstance(key, str) else _made_id("edge", *ends, str(key))
            edges[id] = {**edge, "id": id}
        return edges

    def _edge(self, value: JsonValue, key: str) -> Tree:
        if isinstance(value, str):
            found = read_edge_text(value, frozenset(self.ids))
            if found is None:
                raise self.parsed.error(self._why_no_edge(value), "edges", key)
            source, target, port = found
            return {
                "source_node_id": self.ids[source],
                "target_node_id": self.ids[target],
                "target_port": port,
            }
        if not isinstance(value, dict):
            raise self.parsed.error("A connection is text or a mapping.", "edges", key)
        self._check(EdgeSpec, {**value, "id": key}, "edges", key)
        ends = {
            end: self.ids.get(node, node)
            for end in ("source_node_id", "target_node_id")
            if isinstance(node := value.get(end), str)
        }
        return {**value, **ends}

    def _why_no_edge(self, text: str) -> str:
        source, arrow, end = (part.strip() for part in text.partition("->"))
        if not arrow:
            return f"{text!r} is no connection; write it as: source -> target"
        unknown = source if source not in self.ids else end
        return (
            f"{text!r} speaks of {unknown!r}, which is no node."
            f"{did_you_mean(unknown, self.ids)}"
        )

    def _layout(self, layout: Tree) -> Tree:
        positions = layout.get("positions")
        if not isinstance(positions, dict):
            return layout
        moved = {self.ids.get(key, key): place for key, place in positions.items()}
        return {**layout, "positions": moved}

    def _comment(self, comment: JsonValue) -> JsonValue:
        if not isinstance(comment, dict) or not isinstance(node := comment.get("nodeId"), str):
            return comment
        return {**comment, "nodeId": self.ids.get(node, node)}

    def _check(self, model: type[NodeSpec | EdgeSpec], content: Tree, *place: str) -> None:
        try:
            model.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            head, *rest = map(str, first["loc"])
            where = (*place, to_snake(head), *rest)
            message = f"{'.'.join(where)} is not as a pipeline has it: {first['msg']}."
            raise self.parsed.error(message, *where) from error

    def _note_misspelt(self, content: Tree, known: set[str], node: str | None = None) -> None:
        free = known - content.keys()
        for key in content.keys() - known - {to_camel(name) for name in known}:
            if near := did_you_mean(key, free):
                where = f"{content['name']!r} has" if node else "The pipeline has"
                self.faults.append(
                    Problem(
                        "unknown_key", f"{where} an unknown key {key!r}.{near}",
                        "Correct or remove it.", node=node,
                    )
                )


def _made_id(*parts: str) -> str:
    """Make an id that is the same whenever the same text is read."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_ID_LENGTH]
