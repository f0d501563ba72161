"""Lineage as PROV-O, in its JSON form (https://www.w3.org/submissions/prov-json/).

Files and columns are entities, the run and its nodes activities, the person and this package
agents; the pipeline is the plan that the run followed.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from mudrock_jupyter.engine.records.lineage import KEYS, Column, Lineage
from mudrock_jupyter.engine.records.record import InputRecord, NodeRecord

_TERMS = "urn:mudrock:terms:"
Attributes = dict[str, JsonValue]


def prov_json(lineage: Lineage) -> dict[str, JsonValue]:
    """Write a lineage as a PROV-JSON document; identifiers are those of its run."""
    return _Document(lineage).content()


class _Document:
    def __init__(self, lineage: Lineage) -> None:
        self.lineage, self.record = lineage, lineage.record
        self.parts: dict[str, dict[str, JsonValue]] = {}
        self.ids: dict[Column, str] = {}
        self.files = {file: f"run:file-{n}" for n, file in enumerate(self.record.inputs)}

    def content(self) -> dict[str, JsonValue]:
        self._who_and_what()
        nodes = self._nodes()
        for file in dict.fromkeys(self._files()):
            self._put("entity", self.files[file], _file(file))
        for column in self.lineage.all_columns:
            self._column(column)
        for node_id in nodes:
            self._node(self.lineage.nodes[node_id])
        for column in self.lineage.columns:
            self._influences(column)
        self._outputs()
        prefix: dict[str, JsonValue] = {
            "mudrock": _TERMS, "run": f"urn:mudrock:run:{self.record.run_id}:"}
        return {"prefix": prefix, **{name: part for name, part in self.parts.items() if part}}

    def _put(self, part: str, id: str, attributes: Attributes) -> None:
        self.parts.setdefault(part, {})[id] = attributes

    def _relate(self, relation: str, **ends: str) -> None:
        """Add a relation; its blank name says its number."""
        number = len(self.parts.setdefault(relation, {}))
        plain: Attributes = {f"prov:{role}": id for role, id in ends.items()}
        self._put(relation, f"_:{relation}{number}", plain)

    def _who_and_what(self) -> None:
        record = self.record
        self._put("agent", "run:user", {"prov:type": _name("prov:Person"), "prov:label": record.by})
        self._put("agent", "run:software", {
            "prov:type": _name("prov:SoftwareAgent"), "prov:label": "mudrock_jupyter",
            **{f"mudrock:version-{name}": version for name, version in record.versions.items()}})
        self._relate("actedOnBehalfOf", delegate="run:software", responsible="run:user")
        self._put("entity", "run:pipeline", {
            "prov:type": _name("prov:Plan"), "prov:label": record.pipeline.name,
            "mudrock:pipeline": record.pipeline.id, "mudrock:path": record.pipeline.path,
            "mudrock:sha256": record.pipeline.content_sha256})
        self._put("activity", "run:run", {
            "prov:startTime": record.started_at, "prov:endTime": record.ended_at,
            "prov:type": _name("mudrock:Run"), "mudrock:status": record.status})
        self._relate("wasAssociatedWith", activity="run:run", agent="run:user",
                     plan="run:pipeline")

    def _nodes(self) -> list[str]:
        """Return the nodes on the way, in their order, the last ones included."""
        wanted = {column.node for column in (*self.lineage.all_columns, *self.lineage.targets)}
        wanted |= set(self.lineage.influences)
        return [node.id for node in self.record.nodes if node.id in wanted]

    def _files(self) -> Iterable[InputRecord]:
        return (file for column in self.lineage.all_columns
                for file in self.lineage.files_of(column))

    def _column(self, column: Column) -> None:
        id, node = f"run:column-{len(self.ids)}", self.lineage.nodes[column.node]
        self.ids[column] = id
        kind = "mudrock:Curve" if self.lineage.is_source(column) else "mudrock:Column"
        self._put("entity", id, {"prov:type": _name(kind), "prov:label": column.name,
                                 "mudrock:node": node.name})
        activity = f"run:node-{column.node}"
        self._relate("wasGeneratedBy", entity=id, activity=activity)
        for file in dict.fromkeys(self.lineage.files_of(column)):
            self._relate("wasDerivedFrom", generatedEntity=id, usedEntity=self.files[file],
                         activity=activity)
        for origin in self.lineage.origins(column):
            self._relate("wasDerivedFrom", generatedEntity=id, usedEntity=self.ids[origin],
                         activity=activity)

    def _node(self, node: NodeRecord) -> None:
        id, operator = f"run:node-{node.id}", node.operator
        self._put("activity", id, {
            "prov:type": _name("mudrock:Node"), "prov:label": node.name,
            "mudrock:operator": operator.id, "mudrock:version": operator.version,
            "mudrock:digest": operator.digest, "mudrock:rows": node.rows})
        self._relate("wasAssociatedWith", activity=id, agent="run:software")
        self._relate("wasInformedBy", informed=id, informant="run:run")
        for entity in self._used_by(node.id):
            self._relate("used", activity=id, entity=entity)

    def _used_by(self, node: str) -> list[str]:
        made = [column for column in self.ids if column.node == node]
        columns = [origin for column in made for origin in self.lineage.origins(column)]
        columns += self.lineage.influences.get(node, ())
        if node in {target.node for target in self.lineage.targets}:
            columns += [found for target in self.lineage.targets
                        if (found := self.lineage.made(target)).node != node]
        files = [self.files[file] for column in made for file in self.lineage.files_of(column)]
        return list(dict.fromkeys([*files, *(self.ids[column] for column in columns)]))

    def _influences(self, column: Column) -> None:
        """Say which columns decided what rows there are, without being in the values."""
        if column not in map(self.lineage.made, self.lineage.targets):
            return
        deciding = {each for columns in self.lineage.influences.values() for each in columns}
        for each in sorted(deciding - {column}):
            self._relate("wasInfluencedBy", influencee=self.ids[column],
                         influencer=self.ids[each])

    def _outputs(self) -> None:
        """Add the files that the last nodes wrote."""
        for node_id in dict.fromkeys(target.node for target in self.lineage.targets):
            node = self.lineage.nodes[node_id]
            path = node.parameters.get("path")
            if node.operator.kind != "sink" or not isinstance(path, str):
                continue
            id, activity = f"run:output-{node_id}", f"run:node-{node_id}"
            self._put("entity", id, {"prov:type": _name("mudrock:File"), "prov:label": path})
            self._relate("wasGeneratedBy", entity=id, activity=activity)
            columns = [self.lineage.made(t) for t in self.lineage.targets if t.node == node_id]
            for column in (c for c in columns if c.name not in KEYS):
                self._relate("wasDerivedFrom", generatedEntity=id, usedEntity=self.ids[column],
                             activity=activity)


def _file(file: InputRecord) -> Attributes:
    told: Attributes = {"prov:type": _name("mudrock:File"), "prov:label": file.path,
                        "mudrock:well": file.well, "mudrock:size": file.size,
                        "mudrock:modified-ns": str(file.mtime_ns)}
    optional = {"mudrock:source": file.source_file, "mudrock:source-sha256": file.source_sha256,
                "mudrock:depth-sha256": file.depth_sha256}
    return told | {name: value for name, value in optional.items() if value}


def _name(name: str) -> JsonValue:
    return {"$": name, "type": "prov:QUALIFIED_NAME"}
