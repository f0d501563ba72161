"""The guard before jupyter_server_ydoc's routes: who may open which room.

jupyter_server_ydoc (3.0) opens any file as any type, to anyone who may read, and a connection to a
missing file stops live updates in every open room. The guard takes the place of its two handlers,
by subclassing them where they are routed, so that arguments, paths and order stay theirs.
Requests that concern no pipeline document pass through, with two exceptions that protect ours:
nobody makes a room before logging in, and a room of a missing file is never started.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import unquote

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import ensure_async
from jupyter_server_ydoc.handlers import FORK_ROOMS, DocSessionHandler, YDocWebSocketHandler
from jupyter_server_ydoc.utils import room_id_from_encoded_path
from tornado import web
from tornado.routing import Rule, RuleRouter

from mudrock_jupyter.server import files, rooms
from mudrock_jupyter.server.rooms import Refusal, Room

# What jupyter_server_ydoc closes with when a file is gone; JupyterLab shows its message for it.
CLOSE_MISSING = 4404


class MissingFile(Exception):
    """Somebody wants a room of a file that is not there, and the file is no pipeline document."""


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
    if (target := files.real_name(contents, path)) != path.strip("/"):
        return rooms.refuse_alias(path, target)
    if refusal := rooms.refuse_type(path, form, kind):
        return refusal
    if not await files.exists(contents, path):
        return rooms.refuse_missing(path)
    if not await files.is_writable(contents, path):
        return rooms.refuse_unwritable(path)
    return None


def _log(handler: JupyterHandler, refusal: Refusal) -> None:
    handler.log.warning("mudrock: refused a room (%d): %s", refusal.status, refusal.message)


class GuardedSessionHandler(DocSessionHandler):  # type: ignore[misc]  # upstream is untyped
    """`PUT {base}api/collaboration/session/<path>`, for documents that may be opened."""

    @web.authenticated
    @authorized
    async def put(self, path: str) -> None:
        """Refuse with `{"message": ...}` (400, 403, 404 or 409), or hand on to upstream."""
        form, kind = self._requested()
        refusal = None
        if concerns_us(self, path, kind):
            refusal = await find_refusal(self, path, form, kind)
        if refusal is None:
            await super().put(path)
        else:
            _log(self, refusal)
            self.set_status(refusal.status)
            self.finish({"message": refusal.message})

    def _requested(self) -> tuple[str, str]:
        """Read format and type; empty where the body has none, which upstream then answers."""
        try:
            body = json.loads(self.request.body)
            return str(body["format"]), str(body["type"])
        except (ValueError, KeyError, TypeError):
            return "", ""


class AfterLogin(JupyterHandler):
    """A step between upstream's log-in check and its making of the room.

    It stands behind YDocWebSocketHandler in the method resolution order, so that
    `YDocWebSocketHandler.prepare` calls it first and never reaches the room if it raises.
    """

    async def prepare(self) -> None:  # type: ignore[override]  # theirs has a private argument
        """Refuse strangers here: upstream would make the room before it refuses them."""
        await super().prepare(_redirect_to_login=False)
        if self.current_user is None:
            raise web.HTTPError(403)
        await self.admit()

    async def admit(self) -> None:
        """Return, or raise to stop."""
        raise NotImplementedError


class GuardedRoomHandler(YDocWebSocketHandler, AfterLogin):  # type: ignore[misc]
    """`{base}api/collaboration/room/<room id>`, for callers who may write the document."""

    concerns_us = False
    file_is_missing = False

    async def prepare(self) -> None:  # type: ignore[override]
        """Make the room, if there is a file for it and the caller may write it."""
        try:
            await super().prepare()
        except MissingFile:
            self.file_is_missing = True

    async def admit(self) -> None:
        """Refuse with an HTTP status, before the upgrade to a websocket."""
        room_id = room_id_from_encoded_path(self.request.path)
        room = Room.parse(unquote(FORK_ROOMS.get(room_id, {}).get("root_roomid", room_id)))
        if room is None:
            return
        path = self.settings["file_id_manager"].get_path(room.file_id)
        self.concerns_us = concerns_us(self, path or "", room.type)
        if not self.concerns_us:
            await self._spare_other_rooms(room_id, path)
            return
        if "%" in room_id:
            refusal: Refusal | None = rooms.refuse_quoted(room_id)
        elif path is None:
            refusal = rooms.refuse_missing(path)
        else:
            refusal = await find_refusal(self, path, room.format, room.type)
        if refusal:
            _log(self, refusal)
            raise web.HTTPError(refusal.status)

    async def _spare_other_rooms(self, room_id: str, path: str | None) -> None:
        """Start no room on a missing file: its end would cancel live updates in all the others."""
        if path is None or self._websocket_server.room_exists(room_id):
            return
        if not await files.exists(self.contents_manager, path):
            raise MissingFile

    async def open(self, room_id: str) -> None:
        """Join the room, or say what jupyter_server_ydoc says of a missing file."""
        if self.file_is_missing:
            self.close(CLOSE_MISSING, "File not found.")
        else:
            await super().open(room_id)

    def check_origin(self, origin: str = "") -> bool:
        """Keep other sites out of our rooms, as out of kernels; upstream lets every origin in."""
        return not self.concerns_us or JupyterHandler.check_origin(self, origin)


GUARDS = {DocSessionHandler: GuardedSessionHandler, YDocWebSocketHandler: GuardedRoomHandler}


def guard_rooms(application: web.Application) -> bool:
    """Guard the routes of jupyter_server_ydoc; False if it has none, True if both are guarded.

    Raises RuntimeError when only one is there: a half-guarded room is worse than none.
    """
    guarded = set()
    for rule in _rules(application.default_router):
        if rule.target in GUARDS:
            guarded.add(rule.target)
            rule.target = GUARDS[rule.target]
    if guarded and guarded != set(GUARDS):
        raise RuntimeError(
            "This version of jupyter_server_ydoc routes its rooms in a way mudrock cannot guard. "
            "Install jupyter-collaboration 5."
        )
    return bool(guarded)


def _rules(router: RuleRouter) -> Iterator[Rule]:
    for rule in router.rules:
        if isinstance(rule.target, RuleRouter):
            yield from _rules(rule.target)
        else:
            yield rule
