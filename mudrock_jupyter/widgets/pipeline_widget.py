"""The editor in a notebook: a thin anywidget that fetches the real editor by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import anywidget
import traitlets

from mudrock_jupyter.spec.errors import MudrockError
from mudrock_jupyter.widgets import bundle
from mudrock_jupyter.widgets.conversation import Conversation
from mudrock_jupyter.widgets.protocol import EditorHost, JsonObject

Transport = Literal["room", "comm"]


class PipelineWidget(anywidget.AnyWidget):
    """Shows one pipeline. Its state says where the document is, and never how to get in.

    `transport` is `room` where the browser joins the Jupyter server's room `room_path` by
    itself, and `comm` where the document is a file and the kernel keeps it.
    """

    _esm = Path(__file__).with_name("loader.js")

    path = traitlets.Unicode("").tag(sync=True)
    transport = traitlets.Enum(["room", "comm"], "comm").tag(sync=True)
    room_path = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Int(560).tag(sync=True)
    version = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        host: EditorHost,
        *,
        path: str,
        transport: Transport,
        room_path: str = "",
        height: int = 560,
        summary: str = "",
    ) -> None:
        super().__init__(
            path=path,
            transport=transport,
            room_path=room_path,
            height=height,
            version=bundle.version(),
        )
        self._summary = summary or f"Pipeline {path}"
        self._conversation = Conversation(host, self._send_message)
        self.on_msg(self._on_message)

    def close(self) -> None:
        """Take the editor away."""
        self._conversation.close()
        super().close()

    def _repr_mimebundle_(
        self, **kwargs: dict[str, object]
    ) -> tuple[dict[str, object], dict[str, object]] | None:
        """Represent it as a reference to the live widget, and one line for where there is none."""
        shown = super()._repr_mimebundle_(**kwargs)
        if shown is None:
            return None
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        return {**data, "text/plain": self._summary}, metadata

    def _send_message(self, content: JsonObject, buffers: list[bytes]) -> None:
        self.send(content, buffers)

    def _on_message(self, _: object, content: object, buffers: list[memoryview]) -> None:
        if isinstance(content, dict) and content.get("bundle"):
            self._send_bundle()
        else:
            self._conversation.handle(content, buffers)

    def _send_bundle(self) -> None:
        """Hand the editor to a page that could not fetch it from a Jupyter server."""
        try:
            self.send({"bundle": True}, [bundle.read()])
        except MudrockError as error:
            self.send({"bundle": True, "error": str(error)})
