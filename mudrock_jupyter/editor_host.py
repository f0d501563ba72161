"""What stands behind an editor: one pipeline, its project and the engine."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

import mudrock_jupyter
from mudrock_jupyter.spec.errors import InvalidDocument
from mudrock_jupyter.spec.problems import Problem

if TYPE_CHECKING:
    import pyarrow

    from mudrock_jupyter.operators.registry import Card
    from mudrock_jupyter.pipeline import Pipeline
    from mudrock_jupyter.widgets.document_sync import DocumentSync
    from mudrock_jupyter.widgets.protocol import Checked, EventListener, JsonObject


class PipelineHost:
    """Answers the editors of one pipeline; implements `widgets.protocol.EditorHost`."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._listeners: set[EventListener] = set()
        self._listening = threading.Lock()

    def hello(self) -> JsonObject:
        """Describe the document, the project and its wells."""
        project, connection = self._pipeline.project, self._pipeline.connection
        known = project is not None and project.exists
        return {
            "version": mudrock_jupyter.__version__,
            "connection": {
                "kind": connection.kind,
                "path": connection.path,
                "reason": connection.reason,
                "writable": _is_writable(connection.file),
            },
            "project": {"name": project.name, "path": str(project.path)} if project else None,
            "wells": _wells(self._pipeline) if known else [],
            "curves": _curves(self._pipeline) if known else [],
        }

    def catalogue(self) -> list[JsonObject]:
        """Return the card of each operator."""
        from mudrock_jupyter.operators import registry

        return [_plain(card) for card in registry.catalogue()]

    def check(self) -> Checked:
        """Validate the pipeline as it is now; a document that cannot be read is a problem too."""
        from mudrock_jupyter.engine.check import analyse
        from mudrock_jupyter.widgets.protocol import Checked

        try:
            spec = self._pipeline.spec
        except InvalidDocument as error:
            return Checked([Problem("invalid_document", str(error), "Undo the last change.")])
        analysis = analyse(spec, self._pipeline.wells)
        return Checked(analysis.problems, {id: node.schema for id, node in analysis.nodes.items()})

    def run(self, to: str | None, again: str | None = None) -> str:
        """Start a run and return its id; the event `finished` follows."""
        nodes = [] if again is None else [again]
        return self._pipeline.runner.start(self._pipeline.wells, to, self._finished, nodes)

    def stop(self) -> None:
        """Stop the run, if there is one."""
        self._pipeline.runner.stop()

    def output(self, node: str) -> pyarrow.Table:
        """Return what a node made when it last ran."""
        return self._pipeline.runner.output(node).to_arrow()

    def document_sync(self) -> DocumentSync | None:
        """Return a new sync for one editor where the document is a file."""
        from mudrock_jupyter.widgets.document_sync import DocumentSync

        if self._pipeline.connection.kind == "room":
            return None
        return DocumentSync(self._pipeline.peer)

    def subscribe(self, listener: EventListener) -> Callable[[], None]:
        """Call `listener` for each event until the returned function is called."""
        from mudrock_jupyter.operators import changes

        def catalogue_changed() -> None:
            listener("catalogue", {"operators": [*self.catalogue()]})

        with self._listening:
            self._listeners.add(listener)
        no_changes = changes.subscribe(catalogue_changed)

        def unsubscribe() -> None:
            no_changes()
            with self._listening:
                self._listeners.discard(listener)

        return unsubscribe

    def _finished(self, run_id: str, status: str) -> None:
        self._tell("finished", {"runId": run_id, "status": status})

    def _tell(self, event: str, data: JsonObject) -> None:
        with self._listening:
            listeners = list(self._listeners)
        for listener in listeners:
            listener(event, data)


def _is_writable(file: Path) -> bool:
    places = [file.parent, file] if file.exists() else [file.parent]
    return all(os.access(place, os.W_OK) for place in places)


def _plain(card: Card) -> JsonObject:
    plain: JsonObject = json.loads(json.dumps(card))
    return plain


def _wells(pipeline: Pipeline) -> list[JsonValue]:
    wells = pipeline.wells
    return [
        {
            "wellId": well.well_id,
            "name": well.name,
            "top": min((file.depth_top for file in well.files), default=None),
            "base": max((file.depth_base for file in well.files), default=None),
            "unit": well.files[0].depth_unit if well.files else "",
        }
        for well in (wells.wells() if wells else [])
    ]


def _curves(pipeline: Pipeline) -> list[JsonValue]:
    """Count the wells that have each curve; its unit is that of the first well."""
    units: dict[str, str] = {}
    counts: dict[str, set[str]] = {}
    for row in pipeline.wells.curves() if pipeline.wells else []:
        mnemonic = str(row["mnemonic"])
        units.setdefault(mnemonic, str(row["unit"] or ""))
        counts.setdefault(mnemonic, set()).add(str(row["well_id"]))
    return [
        {"mnemonic": mnemonic, "unit": units[mnemonic], "wells": len(wells)}
        for mnemonic, wells in sorted(counts.items())
    ]
