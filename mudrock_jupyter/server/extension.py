"""The Jupyter server extension: health, the editor's files, and the guard before the rooms."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from traitlets import Unicode

from mudrock_jupyter.server.health import HealthHandler
from mudrock_jupyter.server.static import FOLDER, StaticHandler

if TYPE_CHECKING:
    from mudrock_jupyter.server.local_log import LocalLog


class MudrockExtension(ExtensionApp):
    """Loaded by `jpserver_extensions`; works without jupyter-collaboration, and says so."""

    name = "mudrock_jupyter"
    app_name = "Mudrock"
    description = "Well-log pipelines as shared documents"

    local_log_path = Unicode(
        config=True,
        help="""Where every edit is written before anything else happens to it: an SQLite file on
        a local disk. Defaults to a file for this root folder in Jupyter's data directory.""",
    )
    _local_log: LocalLog | None = None
    _goodbye: Callable[[], None] | None = None

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
            from mudrock_jupyter.server.connection import say_goodbye
            from mudrock_jupyter.server.guard import guard_rooms
        except ImportError as error:
            self.log.warning("jupyter-collaboration cannot be imported (%s)", error)
            guarded = False
        else:
            assert self.serverapp is not None, "extensions are loaded by a server"
            self.serverapp.web_app.settings["mudrock_local_log"] = self._open_log
            guarded = guard_rooms(self.serverapp.web_app)
            self._goodbye = say_goodbye
        if not guarded:
            self.log.warning(
                "Documents are not shared: jupyter_server_ydoc is not running. Install "
                "jupyter-collaboration and enable its server extension to edit together."
            )
        return guarded

    def _open_log(self) -> LocalLog:
        """Return the rooms' log; begun with the first room, since it belongs to the loop."""
        if self._local_log is None:
            from mudrock_jupyter.server.local_log import LocalLog

            path = Path(self.local_log_path) if self.local_log_path else self._log_of_this_root()
            self._local_log = LocalLog(path)
        return self._local_log

    def _log_of_this_root(self) -> Path:
        assert self.serverapp is not None, "extensions are loaded by a server"
        root = os.path.realpath(self.serverapp.root_dir)
        name = hashlib.sha256(root.encode("utf-8", "surrogateescape")).hexdigest()[:12]
        return Path(jupyter_data_dir()) / "mudrock" / f"rooms-{name}.sqlite"

    async def stop_extension(self) -> None:
        """Let the peers go, and write what waits for the disk."""
        if self._goodbye is not None:
            self._goodbye()
        if self._local_log is not None:
            await asyncio.to_thread(self._local_log.close)
