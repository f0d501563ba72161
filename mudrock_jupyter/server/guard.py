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

from jupyter_server.auth.decorator import authorized
from jupyter_server_ydoc.handlers import DocSessionHandler, YDocWebSocketHandler
from tornado import web
from tornado.routing import Rule, RuleRouter

from mudrock_jupyter.server.connection import GuardedRoomHandler
from mudrock_jupyter.server.permission import concerns_us, find_refusal, log_refusal


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
            log_refusal(self, refusal)
            self.set_status(refusal.status)
            self.finish({"message": refusal.message})

    def _requested(self) -> tuple[str, str]:
        """Read format and type; empty where the body has none, which upstream then answers."""
        try:
            body = json.loads(self.request.body)
            return str(body["format"]), str(body["type"])
        except (ValueError, KeyError, TypeError):
            return "", ""


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
