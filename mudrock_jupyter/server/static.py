"""The editor's JavaScript and CSS, served from this origin to people who are logged in."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from jupyter_server.base.handlers import JupyterHandler
from tornado import web

FOLDER = Path(__file__).resolve().parent.parent / "static"

# The machine's own table (mimetypes) may call JavaScript text/plain, which browsers refuse to run.
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}


class StaticHandler(JupyterHandler, web.StaticFileHandler):
    """`GET {base}mudrock/static/<file>`: kept for good with `?v=`, revalidated by ETag without."""

    @web.authenticated
    async def get(self, path: str, include_body: bool = True) -> None:  # type: ignore[override]
        """Send a file of the built JavaScript; 404 for anything else."""
        await web.StaticFileHandler.get(self, path, include_body)

    @web.authenticated
    async def head(self, path: str) -> None:  # type: ignore[override]
        """Send the headers only."""
        await web.StaticFileHandler.get(self, path, include_body=False)

    def get_content_type(self) -> str:
        """Name the type by the file's suffix, the same on every machine."""
        suffix = Path(self.absolute_path or "").suffix.lower()
        return CONTENT_TYPES.get(suffix, "application/octet-stream")

    def set_extra_headers(self, path: str) -> None:
        """Let the browser keep a file only if it asks whether it is still the same one."""
        self.set_header("X-Content-Type-Options", "nosniff")
        if "v" not in self.request.query_arguments:
            self.set_header("Cache-Control", "private, no-cache")

    def get_login_url(self) -> NoReturn:
        """Refuse instead of sending a script tag to the login page."""
        raise web.HTTPError(403, "Log in to the Jupyter server to load the mudrock editor")
