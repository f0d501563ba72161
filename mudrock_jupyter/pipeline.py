"""A pipeline: the shared document, the engine that runs it and the editor that shows it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mudrock_jupyter.branches import Branches
from mudrock_jupyter.commenting import Comments
from mudrock_jupyter.documents import graph
from mudrock_jupyter.exports import Exports
from mudrock_jupyter.peers.ledger import Sync
from mudrock_jupyter.ports import check_gate, check_inputs, check_ports
from mudrock_jupyter.problem_list import ProblemList
from mudrock_jupyter.runs import release_runner, runner_of
from mudrock_jupyter.spec.errors import (
    MudrockError,
    NotConnected,
    NotFound,
    did_you_mean,
)
from mudrock_jupyter.spec.pipeline import EdgeType, NodeSpec, PipelineSpec
from mudrock_jupyter.versioning import Versions
from mudrock_jupyter.warming import warm_soon

if TYPE_CHECKING:
    from mudrock_jupyter.editor_host import PipelineHost
    from mudrock_jupyter.engine.run import Run
    from mudrock_jupyter.peers.discovery import Connection
    from mudrock_jupyter.peers.peer import Peer
    from mudrock_jupyter.project import Project
    from mudrock_jupyter.wells.store import WellStore
    from mudrock_jupyter.widgets.pipeline_widget import PipelineWidget


@dataclass(frozen=True)
class Node:
    """A node of a pipeline, as Python code holds it; the document has its current state."""

    id: str
    name: str
    operator_id: str
    pipeline: Pipeline = field(repr=False, compare=False)

    @property
    def spec(self) -> NodeSpec:
        """The node as it is in the document now; raises `NotFound` if it was removed."""
        return self.pipeline.spec.nodes[self.pipeline.node(self.id).id]

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that were set, as they are now."""
        return dict(self.spec.parameters)


NodeLike = Node | str


class Pipeline(Exports, Versions, Branches, Comments):
    """A pipeline that several people edit, and that runs on a project's wells.

    Made by `Project.pipeline`. Every change goes into the shared document at once; in a notebook
    the pipeline shows itself as the editor.
    """

    def __init__(self, peer: Peer, project: Project | None) -> None:
        self._peer = peer
        self._closed = False
        peer.before_close(release_runner)
        self.project = project
        self.runner = runner_of(peer)
        self._host: PipelineHost | None = None
        self._widget: PipelineWidget | None = None

    @classmethod
    def open(cls, path: Path, project: Project | None) -> Pipeline:
        """Open or create the document at `path`."""
        from mudrock_jupyter.peers.peer import open_peer

        pipeline = cls(open_peer(path), project)
        if project is not None and project.exists:
            pipeline._belong_to(project.id)
        with suppress(MudrockError):  # of a document that cannot be read, others tell
            warm_soon(pipeline.spec)
        return pipeline

    @property
    def peer(self) -> Peer:
        """The process's share in the document; raises `NotConnected` once closed."""
        if self._closed:
            raise NotConnected(f"{self.path.name} is closed. Open it again to go on.")
        return self._peer

    @property
    def connection(self) -> Connection:
        """Where the document lives, and why."""
        return self._peer.connection

    @property
    def sync(self) -> Sync:
        """Whether this kernel's edits are saved, how many are not, and why.

        >>> pipe.sync  # doctest: +SKIP
        Sync(status='offline', pending=2, message='The Jupyter server does not answer: ...')
        """
        return Sync("closed") if self._closed else self._peer.sync

    def wait_until_saved(self, timeout: float = 10.0) -> None:
        """Return when every edit of this kernel is on the disk; `timeout` is in seconds.

        A server without mudrock-jupyter cannot tell; there, return when it has every edit.
        Raises `NotConnected` or `WriteFailed` with the reason if it is not in time. A process that
        ends waits by itself, for a few seconds.

        >>> pipe.wait_until_saved()  # doctest: +SKIP
        """
        self.peer.wait_until_saved(timeout)

    @property
    def path(self) -> Path:
        """The `.mudrock` file."""
        return self.connection.file

    @property
    def spec(self) -> PipelineSpec:
        """The pipeline as it is now, as plain types."""
        return self.peer.spec()

    @property
    def wells(self) -> WellStore | None:
        """The wells it runs on, if it belongs to a project."""
        return self.project.store if self.project is not None else None

    @property
    def nodes(self) -> list[Node]:
        """The nodes, by name."""
        nodes = sorted(self.spec.nodes.values(), key=lambda node: (node.name, node.id))
        return [Node(node.id, node.name, node.operator_id, self) for node in nodes]

    def node(self, name_or_id: NodeLike) -> Node:
        """Return the node of that name or id; raises `NotFound` with the nearest name."""
        wanted = name_or_id.id if isinstance(name_or_id, Node) else name_or_id
        found = self.spec.node_named(wanted)
        if found is None:
            names = [node.name for node in self.spec.nodes.values()]
            if isinstance(name_or_id, Node) and name_or_id.pipeline.peer is not self.peer:
                raise NotFound(
                    f"{name_or_id.name!r} belongs to {name_or_id.pipeline.path.name}, "
                    f"not to {self.path.name}."
                )
            label = name_or_id.name if isinstance(name_or_id, Node) else name_or_id
            raise NotFound(f"The pipeline has no node {label!r}.{did_you_mean(label, names)}")
        return Node(found.id, found.name, found.operator_id, self)

    def add(
        self,
        operator_id: str,
        *inputs: NodeLike,
        name: str | None = None,
        at: tuple[float, float] | None = None,
        **arguments: Any,
    ) -> Node:
        """Add a node, connected to `inputs`, and return it.

        Arguments are the operator's parameters; an input's or output's name takes the name of a
        curve (`phi="PHID"`). With the `name` of a node that exists and runs the same operator,
        that node is brought to what the call says, so that a cell can run again.
        Raises `NotFound` for an unknown operator or node, `InvalidInput` for an argument.

        >>> logs = pipe.add("well_logs", curves=["GR"])  # doctest: +SKIP
        >>> vsh = pipe.add("vsh_linear", logs, gr_clean=20, gr_shale=120)  # doctest: +SKIP
        """
        from mudrock_jupyter.documents.upsert import put_node
        from mudrock_jupyter.operators import registry
        from mudrock_jupyter.operators.arguments import split_arguments

        operator = registry.get(operator_id)
        parameters, mapping = split_arguments(operator, arguments)
        sources = [self.node(node) for node in inputs]
        check_inputs(operator, sources)
        node_id = self.peer.call(
            lambda doc: put_node(
                doc,
                operator.id,
                name=name,
                node_type=operator.node_type,
                parameters=parameters,
                curve_mapping=mapping,
                inputs=dict(zip(operator.ports, (node.id for node in sources), strict=False)),
                position=at,
            )
        )
        return self.node(node_id)

    def connect(
        self,
        source: NodeLike,
        target: NodeLike,
        *,
        source_port: str = "output",
        target_port: str = "input",
        edge_type: EdgeType = "data_flow",
        condition: str | None = None,
    ) -> None:
        """Connect a node's output to another's input.

        A `"conditional"` connection passes on the wells for which `condition` holds in some row
        (all that have rows, without one); an `"error"` connection passes on a table of the wells
        that failed: well_id, node and message.
        Raises `InvalidInput` for a connection that cannot work, and says why.

        >>> pipe.connect(vsh, clean, edge_type="conditional",
        ...              condition="VSH < 0.3")  # doctest: +SKIP
        """
        start, end = self.node(source), self.node(target)
        check_ports(self.spec, start, end, source_port, target_port)
        check_gate(edge_type, condition)
        self.peer.call(
            lambda doc: graph.connect(
                doc,
                start.id,
                end.id,
                source_port=source_port,
                target_port=target_port,
                edge_type=edge_type,
                condition=condition,
            )
        )

    def disconnect(self, source: NodeLike, target: NodeLike) -> None:
        """Remove the connections from one node to another.

        Raises `NotFound` if there is none.
        """
        start, end = self.node(source), self.node(target)
        edges = [
            edge.id
            for edge in self.spec.edges.values()
            if (edge.source_node_id, edge.target_node_id) == (start.id, end.id)
        ]
        if not edges:
            raise NotFound(f"{start.name!r} is not connected to {end.name!r}.")
        self.peer.call(lambda doc: graph.remove(doc, [], edges))

    def remove(self, *nodes: NodeLike) -> None:
        """Remove nodes with their connections and comments, in one step.

        A connection's id removes that alone, also one whose nodes are gone.
        """
        edges = {each for each in nodes if isinstance(each, str) and each in self.spec.edges}
        ids = [self.node(node).id for node in nodes if node not in edges]
        self.peer.call(lambda doc: graph.remove(doc, ids, edges))

    def undo(self) -> bool:
        """Take back this kernel's last change, never somebody else's; False if there is none.

        Raises `InvalidInput` if that would remove a node in which somebody else has worked.
        """
        return self.peer.undo()

    def redo(self) -> bool:
        """Do again what `undo` took back; False if there is nothing."""
        return self.peer.redo()

    def validate(self) -> ProblemList:
        """Return all that is wrong with the pipeline; an empty list if nothing is."""
        from mudrock_jupyter.engine.validate import validate

        spec = self.spec
        return ProblemList(validate(spec, self.wells), {n.id: n.name for n in spec.nodes.values()})

    def run(
        self,
        to: NodeLike | None = None,
        *,
        again: NodeLike | Sequence[NodeLike] = (),
        progress: bool = True,
    ) -> Run:
        """Run the pipeline, or only what `to` needs, and return the run with every output.

        What earlier runs have made is not computed anew, but for the nodes `again` and all that
        depends on them. A run that takes longer than half a second shows its `progress` in the
        cell's output or the terminal.
        Raises `InvalidPipeline` before anything runs if something is wrong with it.
        Interrupting the cell stops it.

        >>> run = pipe.run(again="despike")  # doctest: +SKIP
        """
        nodes = [again] if isinstance(again, Node | str) else again
        return self.runner.run(
            self.wells,
            self.node(to).id if to is not None else None,
            [self.node(node).id for node in nodes],
            progress,
        )

    @property
    def host(self) -> PipelineHost:
        """What answers the pipeline's editors."""
        from mudrock_jupyter.editor_host import PipelineHost

        if self._host is None:
            self._host = PipelineHost(self)
        return self._host

    @property
    def widget(self) -> PipelineWidget:
        """The editor, as a widget."""
        from mudrock_jupyter.widgets.pipeline_widget import PipelineWidget

        if self._widget is None:
            shared = self.connection.kind == "room"
            self._widget = PipelineWidget(
                self.host,
                path=self.connection.file.name,
                transport="room" if shared else "comm",
                room_path=self.connection.path if shared else "",
                summary=repr(self),
            )
        return self._widget

    def close(self) -> None:
        """Leave the document; other handles of it in this process stay open.

        Raises `NotConnected` or `WriteFailed` if it is not known that all of it was saved.
        """
        if not self._closed:
            self._closed = True
            self._peer.let_go()

    @property
    def closed(self) -> bool:
        """Whether this handle was closed."""
        return self._closed or self._peer.status.state == "closed"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget._repr_mimebundle_(**options)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"

    def __repr__(self) -> str:
        try:
            spec = self.spec
        except MudrockError as error:
            return f"Pipeline({str(self.path)!r}): {error}"
        count = len(spec.nodes)
        nodes = "1 node" if count == 1 else f"{count} nodes"
        return f"Pipeline({str(self.path)!r}): {nodes}. {self.connection}"

    def _belong_to(self, project_id: str) -> None:
        if not self.spec.project_id:
            self.peer.call(
                lambda doc: graph.set_details(doc, project_id=project_id), undoable=False
            )
