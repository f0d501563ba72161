"""Whether the server side of mudrock is up, and what it can do."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from mudrock_jupyter import __version__


class HealthHandler(APIHandler):
    """`GET {base}mudrock/api/health`."""

    auth_resource = "contents"

    def initialize(self, collaboration: bool) -> None:
        """Take what the extension found out at its start."""
        self.collaboration = collaboration

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the version and whether documents are shared live.

        `session` changes with each start of the server; unlike upstream's session request, which
        tells it too, this one may be asked often without filling the server's log.
        """
        self.finish(
            {
                "status": "ok",
                "version": __version__,
                "collaboration": self.collaboration,
                "session": self._session(),
                "database": "none",
            }
        )

    def _session(self) -> str:
        if not self.collaboration:
            return ""
        from jupyter_server_ydoc.utils import SERVER_SESSION

        return str(SERVER_SESSION)
