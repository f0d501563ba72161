"""Running a pipeline from its document: one run at a time, its status where everybody sees it."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mudrock_jupyter.publishing import Publisher, Status, claim
from mudrock_jupyter.spec.errors import (
    Interrupted,
    InvalidInput,
    InvalidPipeline,
    MudrockError,
    NotFound,
)
from mudrock_jupyter.spec.salvage import read_tree
from mudrock_jupyter.versioning import keep_version

if TYPE_CHECKING:
    import pyarrow as pa

    from mudrock_jupyter.engine.outputs import NodeOutput
    from mudrock_jupyter.engine.run import Run
    from mudrock_jupyter.engine.status import NodeStatus
    from mudrock_jupyter.peers.peer import Peer
    from mudrock_jupyter.spec.pipeline import PipelineSpec
    from mudrock_jupyter.wells.store import WellStore

log = logging.getLogger("mudrock_jupyter.runs")

_PATIENCE_SECONDS = 10.0
_PATIENCE_WHEN_STOPPED_SECONDS = 0.05


@dataclass
class RunTicket:
    """A run that was started: its id, and the flag that stops it."""

    run_id: str = field(default_factory=lambda: secrets.token_hex(6))
    stop: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.perf_counter)
    started_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def described(self, status: str, message: str | None = None) -> Status:
        """Return the status of the whole run as the document has it."""
        from mudrock_jupyter.engine.records.surroundings import user

        return {
            "status": status,
            "runId": self.run_id,
            "by": user(),
            "startedAt": self.started_at,
            "wallMs": round((time.perf_counter() - self.started) * 1000, 1),
            "message": message,
        }


class Runner:
    """Runs the pipeline of one document; what each node made last stays open to inspection.

    There is one for a document, however many handles and editors of this process show it.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._claim = threading.Lock()
        self._current: RunTicket | None = None
        self._outputs: dict[str, NodeOutput] = {}
        self._made: Mapping[str, pa.Table] = {}
        self._made_by_all: Mapping[str, pa.Table] = {}

    def output(self, node_id: str) -> NodeOutput:
        """Return what a node made when it last ran; raises `NotFound` if it never did."""
        if node_id not in self._outputs:
            raise NotFound("There is no output yet. Run the pipeline first.")
        return self._outputs[node_id]

    def run(
        self,
        wells: WellStore | None,
        to: str | None = None,
        again: Collection[str] = (),
        progress: bool = False,
    ) -> Run:
        """Run the pipeline, or up to one node, and return when it is done.

        The nodes `again` and all that depends on them are computed although they are cached.
        Raises `InvalidPipeline` with all of its problems before anything runs. Interrupting the
        cell stops the run and raises `Interrupted`.
        """
        try:
            return self._execute(self._begin(), wells, to, again, progress)
        except KeyboardInterrupt as interrupt:
            # The frames are the engine's: of no use to a reader, and slow to draw.
            raise Interrupted("The run was stopped.") from interrupt

    def start(
        self,
        wells: WellStore | None,
        to: str | None,
        finished: Callable[[str, str], None],
        again: Collection[str] = (),
    ) -> str:
        """Start a run in a thread of its own and return its id.

        `finished(run id, status)` is called at the end, also when the pipeline is invalid.
        """
        ticket = self._begin()

        def supervise() -> None:
            status = "failed"
            try:
                status = self._execute(ticket, wells, to, again).status
            except InvalidPipeline:
                status = "invalid"
            except MudrockError as error:
                log.info("The run %s did not start: %s", ticket.run_id, type(error).__name__)
            except BaseException:
                log.exception("The run %s ended in an internal error", ticket.run_id)
            finally:
                finished(ticket.run_id, status)

        threading.Thread(target=supervise, name=f"mudrock-run-{ticket.run_id}", daemon=True).start()
        return ticket.run_id

    def stop(self) -> None:
        """Ask the current run to stop, and return at once."""
        current = self._current
        if current is not None:
            current.stop.set()

    def _begin(self) -> RunTicket:
        with self._claim:
            if self._current is not None:
                raise InvalidInput(
                    "The pipeline is running already. Stop that run, or wait for it."
                )
            self._current = RunTicket()
            return self._current

    def _execute(
        self,
        ticket: RunTicket,
        wells: WellStore | None,
        to: str | None,
        again: Collection[str] = (),
        progress: bool = False,
    ) -> Run:
        from mudrock_jupyter.engine.cache.place import cache_of
        from mudrock_jupyter.engine.compile import compile
        from mudrock_jupyter.engine.execute import execute
        from mudrock_jupyter.engine.records.recorder import Recorder
        from mudrock_jupyter.progress import shown

        told: Publisher | None = None
        status, message, patience = "failed", None, _PATIENCE_SECONDS
        try:
            with Recorder(self._peer.connection.file, wells, to, ticket.run_id) as recorder:
                tree = self._peer.tree()
                spec = read_tree(tree)
                recorder.reads(spec)
                plan = compile(spec, wells, to)
                recorder.follows(plan)
                told = Publisher(self._peer, ticket.run_id, spec, ticket.described("running"))
                names = {node.id: node.name for node in spec.nodes.values()}
                cache = cache_of(wells.root) if wells is not None else None
                with shown(names, progress) as drawn:

                    def follow(node: NodeStatus) -> None:
                        for hear in (recorder.hear, told.hear, drawn.hear):
                            hear(node)

                    run = recorder.finished(execute(
                        plan, on_status=follow, stop=ticket.stop, cache=cache, again=again,
                        earlier=self._made if cache is not None else None,
                    ))
            status = run.status
            self._keep(run, spec)
            keep_version(self._peer, tree, f"run {ticket.run_id}")
            return run
        except KeyboardInterrupt:
            status, patience = "stopped", _PATIENCE_WHEN_STOPPED_SECONDS
            raise
        except InvalidPipeline as error:
            status, message = "invalid", str(error)
            raise
        except MudrockError as error:
            message = str(error)
            raise
        except BaseException:
            message = "The run ended in an internal error."
            raise
        finally:
            self._current = None
            ended = ticket.described(status, message)
            if told is not None:
                told.end(ended, patience)
            else:
                self._announce(ended)

    def _keep(self, run: Run, spec: PipelineSpec) -> None:
        """Keep the outputs of this run, and of earlier ones for nodes that it did not reach."""
        earlier = {node: made for node, made in self._outputs.items() if node in spec.nodes}
        for node in run.statuses:
            earlier.pop(node, None)
        self._outputs = earlier | dict(run.outputs)
        if run.statuses.keys() == spec.nodes.keys():
            self._made_by_all = run.made
        # A run to a node keeps what the last full run has made below it.
        self._made = {**self._made_by_all, **run.made}

    def _announce(self, status: Status) -> None:
        """Tell of a run that came to its end before it began."""
        try:
            self._peer.call(lambda doc: claim(doc, status))
        except MudrockError as error:  # the document was closed or broken
            log.warning("The end of a run could not be told: %s", error)


_runners: dict[Peer, Runner] = {}


def runner_of(peer: Peer) -> Runner:
    """Return the one that runs a document's pipeline in this process."""
    return _runners.setdefault(peer, Runner(peer))


def release_runner(peer: Peer) -> None:
    """Stop the document's run, and let go of its outputs."""
    runner = _runners.pop(peer, None)
    if runner is not None:
        runner.stop()

