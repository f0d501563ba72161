"""One editor's conversation with its host: requests in, replies and events out."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from pydantic import BaseModel, JsonValue, ValidationError

from mudrock_jupyter.spec.errors import InvalidPipeline, MudrockError, NotSupported, did_you_mean
from mudrock_jupyter.widgets import tables
from mudrock_jupyter.widgets.protocol import (
    EditorHost,
    JsonObject,
    NoParams,
    OpenParams,
    PageParams,
    RunParams,
    Send,
    TableParams,
)

log = logging.getLogger("mudrock_jupyter.widgets")

Answer = tuple[JsonObject, list[bytes]]
Method = tuple[type[BaseModel], Callable[..., Answer]]


class Conversation:
    """Answers one editor. Sends only while it handles a message; see `DocumentSync` for why."""

    def __init__(self, host: EditorHost, send: Send) -> None:
        self._host = host
        self._send = send
        self._tables = tables.OutputTables()
        self._document = host.document_sync()
        self._events: deque[JsonObject] = deque()
        self._handling = threading.RLock()
        self._unsubscribe = host.subscribe(self._on_event)
        self._methods: dict[str, Method] = {
            "hello": (NoParams, self._hello),
            "catalogue": (NoParams, self._catalogue),
            "check": (NoParams, self._check),
            "run": (RunParams, self._run),
            "stop": (NoParams, self._stop),
            "open": (OpenParams, self._open),
            "page": (PageParams, self._page),
            "statistics": (TableParams, self._statistics),
        }

    def handle(self, content: object, buffers: Sequence[bytes | memoryview] = ()) -> None:
        """Answer one message of the editor. Whatever it holds, this does not raise."""
        if not isinstance(content, Mapping):
            return
        with self._handling:
            if content.get("y"):
                self._synchronise([bytes(buffer) for buffer in buffers])
            elif "method" in content:
                self._reply(content)
            self._flush(pong=bool(content.get("ping")) and not content.get("y"))

    def close(self) -> None:
        """Stop listening to the host."""
        self._unsubscribe()
        if self._document is not None:
            self._document.close()

    def _on_event(self, name: str, data: JsonObject) -> None:
        if name == "catalogue":  # a cell may declare many operators: only the last one counts
            earlier = [event for event in self._events if event["event"] == name]
            for event in earlier:
                self._events.remove(event)
        self._events.append({"event": name, "data": data})

    def _flush(self, pong: bool) -> None:
        while self._events:
            self._send(self._events.popleft(), [])
        if pong:
            self._send({"ping": True}, [])

    def _synchronise(self, frames: list[bytes]) -> None:
        """Answer the frames, always with a message: the page waits for it before it asks again."""
        if self._document is None:
            self._send({"y": True, "error": "This document is shared through its server."}, [])
            return
        try:
            answers = self._document.receive(frames)
            self._send({"y": True}, [*answers, *self._document.pending()])
        except Exception as error:
            self._send({"y": True, "error": explain(error, "edit")["message"]}, [])

    def _reply(self, request: Mapping[str, JsonValue]) -> None:
        envelope: JsonObject = {"id": request.get("id")}
        try:
            result, buffers = self._call(str(request["method"]), request.get("params") or {})
            self._send({**envelope, "result": result}, buffers)
        except Exception as error:
            self._send({**envelope, "error": explain(error, str(request["method"]))}, [])

    def _call(self, method: str, params: JsonValue) -> Answer:
        if method not in self._methods:
            raise NotSupported(
                f"This kernel does not know {method!r}.{did_you_mean(method, self._methods)} "
                "Restart the kernel and reload the page, so that both have the same version."
            )
        model, function = self._methods[method]
        given = model.model_validate(params)
        return function(*(getattr(given, name) for name in model.model_fields))

    def _hello(self) -> Answer:
        return self._host.hello(), []

    def _catalogue(self) -> Answer:
        return {"operators": [*self._host.catalogue()]}, []

    def _check(self) -> Answer:
        checked = self._host.check()
        problems: list[JsonValue] = [{**problem.to_dict()} for problem in checked.problems]
        schemas = {node: tables.columns(schema) for node, schema in checked.schemas.items()}
        return {"problems": problems, "schemas": {**schemas}}, []

    def _run(self, to: str | None, again: str | None) -> Answer:
        return {"runId": self._host.run(to, again)}, []

    def _stop(self) -> Answer:
        self._host.stop()
        return {}, []

    def _open(self, node: str, sort: tables.Sort | None, filter: str | None) -> Answer:
        table = self._host.output(node)
        token = self._tables.open(table, sort, filter)
        return {
            "table": token,
            "rows": len(self._tables.view(token)),
            "totalRows": table.num_rows,
            "columns": tables.columns(table.schema),
        }, []

    def _page(self, table: str, offset: int, limit: int) -> Answer:
        page = self._tables.view(table).page(offset, limit)
        return {"offset": offset, "rows": page.num_rows}, [tables.to_ipc(page)]

    def _statistics(self, table: str) -> Answer:
        return {"columns": self._tables.view(table).statistics()}, []


def explain(error: Exception, method: str) -> JsonObject:
    """Return the message and advice of an error reply; what is not the user's to mend is logged."""
    if isinstance(error, MudrockError):
        problems = error.problems if isinstance(error, InvalidPipeline) else ()
        return {"message": str(error), "advice": problems[0].advice if problems else ""}
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return {
            "message": f"{method}: {place} is wrong: {first['msg']}",
            "advice": "",
        }
    log.error("The editor's request %r failed", method, exc_info=error)
    return {
        "message": f"Something went wrong inside mudrock ({type(error).__name__}: {error}).",
        "advice": "The kernel's log has the details. Please report it.",
    }
