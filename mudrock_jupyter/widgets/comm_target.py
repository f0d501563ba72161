"""How a JupyterLab tab reaches this kernel: it opens a comm with the path of its document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.widgets.conversation import Conversation, explain
from mudrock_jupyter.widgets.protocol import EditorHost, JsonObject

if TYPE_CHECKING:
    from comm.base_comm import BaseComm

TARGET = "mudrock.editor"
HostOf = Callable[[str], EditorHost]
Message = Mapping[str, object]


def register(host_of: HostOf) -> None:
    """Answer the tabs that open the comm target `mudrock.editor` from now on.

    `host_of` gets the document's path, relative to the root of the Jupyter server; a
    `MudrockError` it raises is what the tab answers each request with.
    """
    from comm import get_comm_manager

    get_comm_manager().register_target(TARGET, lambda comm, message: _open(comm, message, host_of))


def _open(comm: BaseComm, message: Message, host_of: HostOf) -> None:
    def send(content: JsonObject, buffers: list[bytes]) -> None:
        comm.send(data=content, buffers=buffers)

    try:
        conversation = Conversation(host_of(_path(message)), send)
    except Exception as error:
        _refuse(comm, explain(error, "open"))
        return
    comm.on_msg(lambda heard: conversation.handle(_data(heard), heard.get("buffers") or ()))
    comm.on_close(lambda _: conversation.close())


def _refuse(comm: BaseComm, reason: JsonObject) -> None:
    """Answer each request of the tab with the reason why there is no host."""

    def answer(heard: Message) -> None:
        data = _data(heard)
        if "id" in data:
            comm.send(data={"id": data["id"], "error": reason})
        elif data.get("ping"):
            comm.send(data={"ping": True})

    comm.on_msg(answer)


def _path(message: Message) -> str:
    path = _data(message).get("path")
    if not isinstance(path, str) or not path:
        raise InvalidInput("The tab did not say which document it shows. Reload the page.")
    return path


def _data(message: Message) -> Mapping[str, object]:
    content = message.get("content")
    data = content.get("data") if isinstance(content, Mapping) else None
    return data if isinstance(data, Mapping) else {}
