"""Telling a pipeline's document how a run goes, without the run ever waiting for it."""

from __future__ import annotations

import logging
import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from mudrock_jupyter.documents import graph
from mudrock_jupyter.documents.reading import read_run
from mudrock_jupyter.spec.errors import MudrockError

if TYPE_CHECKING:
    from pycrdt import Doc

    from mudrock_jupyter.engine.status import NodeStatus
    from mudrock_jupyter.peers.peer import Peer
    from mudrock_jupyter.spec.pipeline import PipelineSpec

log = logging.getLogger("mudrock_jupyter.runs")

PIPELINE = "pipeline"
MOST_FAILURES_SHOWN = 20
_INTERVAL = 0.1
_UNFINISHED = ("queued", "running")

Status = dict[str, JsonValue]


class Publisher:
    """Writes the statuses of one run into its document, from a thread of its own.

    What comes within 100 ms goes in one transaction, the last word of each node. The document
    belongs to the run that was started last, in whichever kernel: an earlier one falls silent, so
    that nothing flips back and forth.
    """

    # Queues, for an interrupt may come at any line: see `engine/workers.py`.

    def __init__(self, peer: Peer, run_id: str, spec: PipelineSpec, begun: Status) -> None:
        self._peer, self._run_id, self._spec = peer, run_id, spec
        self._waiting: SimpleQueue[NodeStatus | Status | None] = SimpleQueue()
        self._ended: SimpleQueue[None] = SimpleQueue()
        self._told: dict[str, Status] = {}
        peer.call(lambda doc: claim(doc, begun))
        threading.Thread(target=self._work, name=f"mudrock-status-{run_id}", daemon=True).start()

    def hear(self, status: NodeStatus) -> None:
        """Have the status of a node written soon; for `on_status`, from any thread."""
        self._waiting.put(status)

    def end(self, ended: Status, patience: float) -> None:
        """Have all statuses written and that of the whole run; wait for it a while at most."""
        self._waiting.put(ended)
        self._waiting.put(None)
        try:
            self._ended.get(timeout=patience)
        except Empty:
            log.info("The end of run %s is told later: the document is busy", self._run_id)

    def _work(self) -> None:
        try:
            ended = False
            while not ended:
                batch, ended = self._batch()
                if not self._write(batch, ended):
                    break
                self._told |= batch
        except MudrockError as error:  # the document was closed or broken: the run goes on
            log.warning("The end of run %s could not be told: %s", self._run_id, error)
        except BaseException:
            log.exception("The status of run %s could not be told", self._run_id)
        finally:
            self._ended.put(None)

    def _batch(self) -> tuple[dict[str, Status], bool]:
        """Wait for news; return those of the next 100 ms, and whether they are the last."""
        news = self._waiting.get()
        batch: dict[str, NodeStatus | Status] = {}
        deadline = time.monotonic() + _INTERVAL
        while news is not None:
            batch[PIPELINE if isinstance(news, dict) else news.node] = news
            try:
                news = self._waiting.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                break
        statuses = {key: each if isinstance(each, dict) else self._described(each)
                    for key, each in batch.items()}
        return statuses, news is None

    def _write(self, statuses: dict[str, Status], ended: bool) -> bool:
        """Write statuses in one transaction; False if the document is another run's by now."""

        def write(doc: Doc[Any]) -> bool:
            if graph.run_id(doc) != self._run_id:
                return False
            if ended:  # two kernels that began at once may have written over each other
                lost = [node for node in self._told if graph.run_id(doc, node) != self._run_id]
                statuses.update({node: self._told[node] for node in lost if node not in statuses})
            graph.set_run_statuses(doc, statuses)
            return True

        return self._peer.call(write)

    def _described(self, status: NodeStatus) -> Status:
        described: Status = {
            "status": status.status,
            "rows": status.rows,
            "wallMs": round(status.wall_ms, 1),
            "cached": status.cached,
            "message": _checked(status.message),
            "failures": [{key: _checked(value) for key, value in each.to_dict().items()}
                         for each in status.failures[:MOST_FAILURES_SHOWN]],
            "failureCount": len(status.failures),
            "wells": status.wells,
            "ofWells": status.of_wells,
            "runId": self._run_id,
        }
        if status.status != "running":  # nobody asks before: it would travel ten times a second
            described["settings"] = settings_of(self._spec, status.node)
        return described


def claim(doc: Doc[Any], begun: Status) -> None:
    """Show a run in the place of earlier ones.

    What became of nodes stays, until this run reaches them; nobody would tell the end of those
    that are unfinished.
    """
    shown = read_run(doc)
    ended = [node for node in graph.node_ids(doc) if _status(shown.get(node)) not in _UNFINISHED]
    graph.clear_run(doc, keep=ended)
    graph.set_run_status(doc, PIPELINE, begun)


def _checked(text: str | None) -> str | None:
    """Return text that a document can hold: a file's name may have bytes that are no text."""
    return text and text.encode(errors="replace").decode()


def _status(shown: JsonValue) -> JsonValue:
    return shown.get("status") if isinstance(shown, dict) else None


def settings_of(spec: PipelineSpec, node_id: str) -> Status:
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
