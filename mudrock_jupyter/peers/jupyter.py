"""Asking a Jupyter server: HTTP requests that carry the token in a header and nowhere else."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from mudrock_jupyter.spec.errors import NotConnected

TIMEOUT = 10.0
FORMAT, TYPE = "text", "mudrock"


class Refused(NotConnected):
    """The server answered, and the answer is no."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unreachable(NotConnected):
    """Nothing listens where the server was."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    # urllib would send the token on to wherever the redirect points.
    def redirect_request(self, *_arguments: object, **_options: object) -> None:
        return None


@dataclass(frozen=True)
class Session:
    """A room of the server, as of the server's present life."""

    file_id: str
    session_id: str

    @property
    def room(self) -> str:
        """The room's id."""
        return f"{FORMAT}:{TYPE}:{self.file_id}"


@dataclass(frozen=True)
class JupyterServer:
    """A running Jupyter server: `url` ends with a slash and never holds the token."""

    url: str
    root: Path
    token: str = field(repr=False, default="")

    @property
    def headers(self) -> dict[str, str]:
        """What proves who is asking."""
        return {"Authorization": f"token {self.token}"} if self.token else {}

    def has_file(self, path: str) -> bool:
        """Tell whether the server has a file `path`.

        Ask before joining a room: a connection to a missing file stops live updates in every
        open room of servers that do not guard against it (jupyter_server_ydoc 3.0).
        """
        try:
            model = self._ask("GET", f"api/contents/{quote(path)}?content=0")
        except Refused as refused:
            if refused.status == 404:
                return False
            raise
        return model.get("type") == "file"

    def session(self, path: str) -> Session:
        """Ask for the room of a document; `Refused` with status 404 if there are no rooms."""
        body = {"format": FORMAT, "type": TYPE}
        answer = self._ask("PUT", f"api/collaboration/session/{quote(path)}", body)
        try:
            return Session(file_id=answer["fileId"], session_id=answer["sessionId"])
        except KeyError as error:
            raise NotConnected(
                f"The Jupyter server at {self.url} answered for {path!r} in a way this version "
                "does not know. Install jupyter-collaboration 5 on the server."
            ) from error

    def session_id(self) -> str:
        """Return the id that changes when the server restarts; it says so without a log entry.

        Only servers with this package's extension tell.
        """
        return str(self._ask("GET", "mudrock/api/health").get("session", ""))

    def websocket(self, session: Session) -> str:
        """Return the address of a room.

        A quoted colon would lead to a room of no document, which nobody saves.
        """
        base = self.url.replace("http", "ws", 1)
        query = urlencode({"sessionId": session.session_id})
        return f"{base}api/collaboration/room/{quote(session.room, safe=':')}?{query}"

    def _ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **self.headers},
        )
        # A proxy for the outside world is no way to the server next door.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
        try:
            with opener.open(request, timeout=TIMEOUT) as answer:
                content = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(_refusal(self.url, error), error.code) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            kind = Unreachable if isinstance(reason, ConnectionRefusedError) else NotConnected
            raise kind(
                f"The Jupyter server at {self.url} does not answer: {reason}. "
                "Check that it is running."
            ) from None
        return content if isinstance(content, dict) else {}


def _refusal(url: str, error: urllib.error.HTTPError) -> str:
    try:
        said = json.load(error).get("message") or error.reason
    except (ValueError, AttributeError, OSError):
        said = error.reason
    remedy = {
        401: " The kernel has no valid token: restart it from the running server.",
        403: " Ask for permission to write there, or open a copy.",
        302: " It wants a log-in: start it with a token.",
    }.get(error.code, "")
    return f"The Jupyter server at {url} refused ({error.code}): {said}{remedy}"
