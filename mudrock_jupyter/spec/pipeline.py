"""What a pipeline is: nodes, edges and their parameters, as plain types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PrivateAttr, StrictBool
from pydantic.alias_generators import to_camel

from mudrock_jupyter.spec.problems import Problem

NodeType = Literal["ingestion", "operator", "output"]
EdgeType = Literal["data_flow", "conditional", "error"]
Seconds = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]


class _Spec(BaseModel):
    # Unknown keys are kept: a document may hold what a newer editor of the same format added.
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow")


class VersionRule(_Spec):
    """Which version of an operator a node wants.

    pinned      exactly `version`
    latest      the newest stable one
    compatible  the newest stable one of the same major version as `version`, and not before it
    channel     the newest of `channel` (stable, rc, beta, alpha, dev) or of a steadier one
    """

    strategy: Literal["pinned", "latest", "compatible", "channel"] = "latest"
    version: str | None = None
    channel: str | None = None


class NodeSpec(_Spec):
    """One node: an operator with its parameters."""

    id: str
    name: str
    node_type: NodeType = "operator"
    operator_id: str
    version: VersionRule = Field(default_factory=VersionRule)
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    curve_mapping: dict[str, str] = Field(default_factory=dict)
    cache: StrictBool = True
    timeout_seconds: Seconds | None = None
    tags: list[str] = Field(default_factory=list)
    description: str = ""


class EdgeSpec(_Spec):
    """One connection, from a node's output port to another's input port.

    A `conditional` one passes on the wells for which its `condition` holds in some row, or that
    have rows at all where it has none; an `error` one passes on a list of the wells that failed.
    """

    id: str
    source_node_id: str
    source_port: str = "output"
    target_node_id: str
    target_port: str = "input"
    edge_type: EdgeType = "data_flow"
    condition: str | None = None


class LayoutSpec(_Spec):
    """Where the nodes stand on the canvas."""

    positions: dict[str, tuple[float, float]] = Field(default_factory=dict)


class MetadataSpec(_Spec):
    """Who made the pipeline, and when."""

    tags: list[str] = Field(default_factory=list)
    created_at: str = ""
    updated_at: str = ""
    created_by: str = ""


class PipelineSpec(_Spec):
    """A whole pipeline, as a `.mudrock` file holds it.

    >>> PipelineSpec(id="p", nodes={}).model_dump(by_alias=True)["projectId"]
    ''
    """

    format: str = "mudrock/1"
    id: str = ""
    name: str = ""
    description: str = ""
    project_id: str = ""
    nodes: dict[str, NodeSpec] = Field(default_factory=dict)
    edges: dict[str, EdgeSpec] = Field(default_factory=dict)
    layout: LayoutSpec = Field(default_factory=LayoutSpec)
    comments: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)
    metadata: MetadataSpec = Field(default_factory=MetadataSpec)
    execution: dict[str, JsonValue] = Field(default_factory=dict)
    _faults: tuple[Problem, ...] = PrivateAttr(default=())

    @property
    def faults(self) -> tuple[Problem, ...]:
        """What was left out of these types because it does not fit them; see `salvage`."""
        return self._faults

    def with_faults(self, faults: Iterable[Problem]) -> Self:
        """Return the pipeline with a note of what was left out of it."""
        noted = self.model_copy()
        noted._faults = tuple(faults)
        return noted

    def inputs_of(self, node_id: str) -> dict[str, EdgeSpec]:
        """Return the edges into a node by target port; of several on one port, the last id wins."""
        incoming = (edge for _, edge in sorted(self.edges.items()))
        return {edge.target_port: edge for edge in incoming if edge.target_node_id == node_id}

    def node_named(self, name_or_id: str) -> NodeSpec | None:
        """Find a node by id, else by name."""
        by_id = self.nodes.get(name_or_id)
        return by_id or next((n for n in self.nodes.values() if n.name == name_or_id), None)


def unique_name(wanted: str, taken: Mapping[str, object] | set[str]) -> str:
    """Return `wanted`, or `wanted_2`, `wanted_3`, ... if it is taken.

    >>> unique_name("vsh_linear", {"vsh_linear"})
    'vsh_linear_2'
    """
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name
