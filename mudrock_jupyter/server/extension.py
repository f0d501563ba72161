"""The Jupyter server extension: health, the editor's files, and the guard before the rooms."""

from __future__ import annotations

from jupyter_server.extension.application import ExtensionApp

from mudrock_jupyter.server.health import HealthHandler
from mudrock_jupyter.server.static import FOLDER, StaticHandler


class MudrockExtension(ExtensionApp):
    """Loaded by `jpserver_extensions`; works without jupyter-collaboration, and says so."""

    name = "mudrock_jupyter"
    app_name = "Mudrock"
    description = "Well-log pipelines as shared documents"

    def initialize_handlers(self) -> None:
        """Guard the rooms that exist, then add our own routes."""
        collaboration = self._guard_rooms()
        self.handlers.extend(
            [
                (r"/mudrock/api/health", HealthHandler, {"collaboration": collaboration}),
                (r"/mudrock/static/(.*)", StaticHandler, {"path": str(FOLDER)}),
            ]
        )

    def _guard_rooms(self) -> bool:
        """Put the guard before jupyter_server_ydoc's routes; False if it serves none."""
        try:
            from mudrock_jupyter.server.guard import guard_rooms
        except ImportError as error:
            self.log.warning("jupyter-collaboration cannot be imported (%s)", error)
            guarded = False
        else:
            assert self.serverapp is not None, "extensions are loaded by a server"
            guarded = guard_rooms(self.serverapp.web_app)
        if not guarded:
            self.log.warning(
                "Documents are not shared: jupyter_server_ydoc is not running. Install "
                "jupyter-collaboration and enable its server extension to edit together."
            )
        return guarded
