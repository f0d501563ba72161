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
    """How far a node is: `wells` of `of_wells` are done, `rows` were made.

    `of_wells` is 0 for a node that takes all wells at once.
    `wall_ms` is the time spent on it, added up over threads; nodes that run together share it.
    """

    node: str
    status: State
    rows: int = 0
    wall_ms: float = 0.0
    cached: bool = False
    message: str | None = None
    failures: tuple[Failure, ...] = ()
    wells: int = 0
    of_wells: int = 0


OnStatus = Callable[[NodeStatus], None]


class Progress:
    """The status of every node of a run; tells a listener of changes, from any thread."""

    def __init__(self, nodes: list[str], listener: OnStatus | None) -> None:
        self._listener = listener
        self._lock = threading.RLock()
        self._told = 0.0
        self._untold: set[str] = set()
        self.statuses = {node: NodeStatus(node, "queued") for node in nodes}
        for status in self.statuses.values():
            self._tell(status)

    def update(self, status: NodeStatus) -> None:
        """Set a node's status and tell of it at once."""
        with self._lock:
            self.statuses[status.node] = status
            self._untold.discard(status.node)
            self._tell(status)

    def start(self, node: str, of_wells: int) -> None:
        """Mark a node as running."""
        self.update(replace(self.statuses[node], status="running", of_wells=of_wells))

    def advance(self, node: str, rows: int) -> None:
        """Count a well of a node that is running; told at most every 100 ms."""
        with self._lock:
            status = self.statuses[node]
            if status.status != "running":  # work that was left behind may still count
                return
            self.statuses[node] = replace(status, rows=status.rows + rows, wells=status.wells + 1)
            self._untold.add(node)
            now = time.monotonic()
            if now - self._told >= _INTERVAL:
                self._told = now
                for each in self._untold:
                    self._tell(self.statuses[each])
                self._untold.clear()

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
