"""Telling others how a run goes, often enough and never too often."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from mudrock_jupyter.engine.bound import Failure

State = Literal["queued", "running", "completed", "failed", "skipped", "stopped"]

log = logging.getLogger("mudrock_jupyter.engine")
_INTERVAL = 0.1


@dataclass(frozen=True)
class NodeStatus:
    """How far a node is. Nodes fused into one segment share its `wall_ms`."""

    node: str
    status: State
    rows: int = 0
    wall_ms: float = 0.0
    cached: bool = False
    message: str | None = None
    failures: tuple[Failure, ...] = ()
    wells: int = 0


OnStatus = Callable[[NodeStatus], None]


class Progress:
    """The status of every node of a run; tells a listener of changes, from any thread."""

    def __init__(self, nodes: list[str], listener: OnStatus | None) -> None:
        self._listener = listener
        self._lock = threading.RLock()
        self._told = 0.0
        self.statuses = {node: NodeStatus(node, "queued") for node in nodes}
        for status in self.statuses.values():
            self._tell(status)

    def update(self, status: NodeStatus) -> None:
        """Set a node's status and tell of it at once."""
        with self._lock:
            self.statuses[status.node] = status
            self._tell(status)

    def start(self, nodes: list[str]) -> None:
        """Mark nodes as running."""
        for node in nodes:
            self.update(replace(self.statuses[node], status="running"))

    def advance(self, nodes: list[str], rows: int) -> None:
        """Count rows of nodes that are running; told at most every 100 ms."""
        with self._lock:
            now = time.monotonic()
            tell = now - self._told >= _INTERVAL
            if tell:
                self._told = now
            for node in nodes:
                status = self.statuses[node]
                if status.status != "running":  # work that was left behind may still count
                    continue
                self.statuses[node] = replace(status, rows=status.rows + rows)
                if tell:
                    self._tell(self.statuses[node])

    def stop(self) -> None:
        """Mark what has not ended as stopped."""
        for status in list(self.statuses.values()):
            if status.status in {"queued", "running"}:
                self.update(replace(status, status="stopped", rows=0, message="Stopped."))

    def _tell(self, status: NodeStatus) -> None:
        if self._listener is None:
            return
        try:
            self._listener(status)
        except Exception:  # a listener must never break the run it listens to
            log.exception("A listener to the run's progress failed")
