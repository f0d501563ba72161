"""An editor host over plain tables: the real protocol and tables, without an engine."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from mudrock_jupyter.peers.peer import Peer
from mudrock_jupyter.spec.errors import InvalidPipeline, NotFound
from mudrock_jupyter.spec.problems import Problem
from mudrock_jupyter.widgets.document_sync import DocumentSync
from mudrock_jupyter.widgets.protocol import Checked, EventListener, JsonObject

LOGS = pa.schema(
    [
        pa.field("DEPTH", pa.float64(), metadata={"unit": "m"}),
        pa.field("GR", pa.float64(), metadata={"unit": "gAPI", "description": "Gamma ray"}),
        pa.field("WELL", pa.string_view()),
    ]
)

HELLO: JsonObject = {
    "version": "1",
    "connection": {"kind": "file", "path": "a.mudrock", "reason": "a test"},
    "project": None,
    "wells": [],
    "curves": [],
}
CARD: JsonObject = {
    "id": "vsh_linear",
    "version": "1.0.0",
    "title": "Shale volume, linear",
    "summary": "Shale volume from gamma ray.",
    "description": "",
    "family": "vshale",
    "category": "subsurface",
    "nodeType": "operator",
    "kind": "row",
    "inputs": [
        {"name": "gr", "mnemonic": "GR", "unit": "gAPI", "description": "", "optional": False}
    ],
    "outputs": [{"name": "vsh", "mnemonic": "VSH", "unit": "v/v"}],
    "ports": {"inputs": ["input"], "outputs": ["output"]},
    "anyCurve": False,
    "parameters": {"type": "object", "properties": {}},
    "formula": "",
    "source": "",
}


class TableHost:
    """Serves one table as the output of the node `logs`."""

    def __init__(self, peer: Peer | None = None) -> None:
        self.peer = peer
        self.table = pa.table(
            {"DEPTH": [1.0, 2.0, 3.0], "GR": [80.0, None, 20.0], "WELL": ["A", "A", "B"]},
            schema=LOGS,
        )
        self.listeners: list[EventListener] = []
        self.stopped = False

    def hello(self) -> JsonObject:
        return HELLO

    def catalogue(self) -> list[JsonObject]:
        return [CARD]

    def check(self) -> Checked:
        return Checked([Problem("missing_curve", "GR is missing.", node="n")], {"logs": LOGS})

    def run(self, to: str | None, again: str | None = None) -> str:
        self.again = again
        if to == "broken":
            problem = Problem("cycle", "A cycle.", "Remove an edge.")
            raise InvalidPipeline("The pipeline has a cycle.", [problem])
        return "r1"

    def stop(self) -> None:
        self.stopped = True

    def output(self, node: str) -> pa.Table:
        if node == "explodes":
            raise ZeroDivisionError("a bug")
        if node != "logs":
            raise NotFound(f"The node {node!r} has not run.")
        return self.table

    def document_sync(self) -> DocumentSync | None:
        return None if self.peer is None else DocumentSync(self.peer)

    def subscribe(self, listener: EventListener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)
