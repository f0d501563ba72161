"""Who may open which document, asked of the server's identity, contents and files."""

from __future__ import annotations

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import ensure_async

from mudrock_jupyter.server import files, rooms
from mudrock_jupyter.server.rooms import Refusal


def concerns_us(handler: JupyterHandler, path: str, kind: str) -> bool:
    """Tell whether a request is about a pipeline document, under any name, or a room of ours."""
    return kind == rooms.TYPE or any(
        rooms.is_document(name) for name in (path, files.real_name(handler.contents_manager, path))
    )


async def find_refusal(handler: JupyterHandler, path: str, form: str, kind: str) -> Refusal | None:
    """Find out why the caller may not open `path` in a room of this format and type, if so."""
    user, contents = handler.current_user, handler.contents_manager
    if not await ensure_async(handler.authorizer.is_authorized(handler, user, "write", "contents")):
        return rooms.refuse_reader(path)
    if (target := files.real_name(contents, path)) != path:
        return rooms.refuse_alias(path, target)
    if refusal := rooms.refuse_type(path, form, kind):
        return refusal
    if not await files.exists(contents, path):
        return rooms.refuse_missing(path)
    if not await files.is_writable(contents, path):
        return rooms.refuse_unwritable(path)
    return None


def log_refusal(handler: JupyterHandler, refusal: Refusal) -> None:
    """Leave a line in the server's log."""
    handler.log.warning("mudrock: refused a room (%d): %s", refusal.status, refusal.message)
