"""Running a pipeline from its document: one run at a time, its status where everybody sees it."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import JsonValue

from mudrock_jupyter.documents import graph
from mudrock_jupyter.spec.errors import InvalidInput, InvalidPipeline, MudrockError, NotFound

if TYPE_CHECKING:
    import pyarrow as pa

    from mudrock_jupyter.engine.outputs import NodeOutput
    from mudrock_jupyter.engine.run import Run
    from mudrock_jupyter.engine.status import NodeStatus
    from mudrock_jupyter.peers.peer import Peer
    from mudrock_jupyter.spec.pipeline import PipelineSpec
    from mudrock_jupyter.wells.store import WellStore

log = logging.getLogger("mudrock_jupyter.runs")

PIPELINE = "pipeline"
MOST_FAILURES_SHOWN = 20


@dataclass
class RunTicket:
    """A run that was started: its id, and the flag that stops it."""

    run_id: str = field(default_factory=lambda: secrets.token_hex(6))
    stop: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.perf_counter)
    started_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))


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

    def output(self, node_id: str) -> NodeOutput:
        """Return what a node made when it last ran; raises `NotFound` if it never did."""
        if node_id not in self._outputs:
            raise NotFound("There is no output yet. Run the pipeline first.")
        return self._outputs[node_id]

    def run(self, wells: WellStore | None, to: str | None = None) -> Run:
        """Run the pipeline, or up to one node, and return when it is done.

        Raises `InvalidPipeline` with all of its problems before anything runs. Interrupting the
        cell stops the run.
        """
        return self._execute(self._begin(), wells, to)

    def start(
        self, wells: WellStore | None, to: str | None, finished: Callable[[str, str], None]
    ) -> str:
        """Start a run in a thread of its own and return its id.

        `finished(run id, status)` is called at the end, also when the pipeline is invalid.
        """
        ticket = self._begin()

        def supervise() -> None:
            status = "failed"
            try:
                status = self._execute(ticket, wells, to).status
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

    def _execute(self, ticket: RunTicket, wells: WellStore | None, to: str | None) -> Run:
        from mudrock_jupyter.engine.cache.place import cache_of
        from mudrock_jupyter.engine.compile import compile
        from mudrock_jupyter.engine.execute import execute
        from mudrock_jupyter.engine.records.recorder import Recorder

        status, message = "failed", None
        try:
            with Recorder(self._peer.connection.file, wells, to, ticket.run_id) as recorder:
                spec = self._peer.spec()
                recorder.reads(spec)
                plan = compile(spec, wells, to)
                recorder.follows(plan)
                self._peer.call(lambda doc: graph.clear_run(doc, keep=spec.nodes))
                self._announce(ticket, "running", None)

                def follow(node: NodeStatus) -> None:
                    recorder.hear(node)
                    self._publish(ticket, spec, node)

                cache = cache_of(wells.root) if wells is not None else None
                run = recorder.finished(execute(
                    plan, on_status=follow, stop=ticket.stop, cache=cache,
                    earlier=self._made if cache is not None else None,
                ))
            status = run.status
            self._keep(run, spec)
            return run
        except KeyboardInterrupt:
            status = "stopped"
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
            self._announce_end(ticket, status, message)

    def _keep(self, run: Run, spec: PipelineSpec) -> None:
        """Keep the outputs of this run, and of earlier ones for nodes that it did not reach."""
        earlier = {node: made for node, made in self._outputs.items() if node in spec.nodes}
        for node in run.statuses:
            earlier.pop(node, None)
        self._outputs = earlier | dict(run.outputs)
        # A run to a node keeps what the last full run has made below it.
        self._made = run.made if run.statuses.keys() == spec.nodes.keys() else \
            {**self._made, **run.made}

    def _announce_end(self, ticket: RunTicket, status: str, message: str | None) -> None:
        try:
            self._announce(ticket, status, message)
        except MudrockError as error:  # the document was closed or broken: keep what the run made
            log.warning("The end of run %s could not be told: %s", ticket.run_id, error)

    def _announce(self, ticket: RunTicket, status: str, message: str | None) -> None:
        from mudrock_jupyter.engine.records.surroundings import user

        wall_ms = (time.perf_counter() - ticket.started) * 1000
        self._write(
            PIPELINE,
            {
                "status": status,
                "runId": ticket.run_id,
                "by": user(),
                "startedAt": ticket.started_at,
                "wallMs": round(wall_ms, 1),
                "message": message,
            },
        )

    def _publish(self, ticket: RunTicket, spec: PipelineSpec, status: NodeStatus) -> None:
        failures: list[JsonValue] = [
            {**failure.to_dict()} for failure in status.failures[:MOST_FAILURES_SHOWN]
        ]
        self._write(
            status.node,
            {
                "status": status.status,
                "rows": status.rows,
                "wallMs": round(status.wall_ms, 1),
                "cached": status.cached,
                "message": status.message,
                "failures": failures,
                "failureCount": len(status.failures),
                "wells": status.wells,
                "runId": ticket.run_id,
                "settings": settings_of(spec, status.node),
            },
        )

    def _write(self, key: str, status: dict[str, JsonValue]) -> None:
        self._peer.call(lambda doc: graph.set_run_status(doc, key, status))


_runners: dict[Peer, Runner] = {}


def runner_of(peer: Peer) -> Runner:
    """Return the one that runs a document's pipeline in this process."""
    return _runners.setdefault(peer, Runner(peer))


def release_runner(peer: Peer) -> None:
    """Stop the document's run, and let go of its outputs."""
    runner = _runners.pop(peer, None)
    if runner is not None:
        runner.stop()


def settings_of(spec: PipelineSpec, node_id: str) -> dict[str, JsonValue]:
    """Return all that decides what a node makes, besides the nodes before it.

    It goes with the node's status, so that every editor can tell whether the result is still
    that of the pipeline it shows.
    """
    node = spec.nodes[node_id]
    inputs: dict[str, JsonValue] = {
        port: [edge.source_node_id, edge.source_port]
        for port, edge in spec.inputs_of(node_id).items()
    }
    return {
        "operatorId": node.operator_id,
        "parameters": {**node.parameters},
        "curveMapping": {**node.curve_mapping},
        "inputs": inputs,
    }
