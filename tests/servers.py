"""A real Jupyter server in a process of its own, for the tests that need one.

    with JupyterServer.start(tmp_path / "root") as server:
        httpx.get(server.url + "mudrock/api/health", headers=server.headers)

It has its own port, token, runtime, data and configuration folders, so that neither the machine's
settings nor another test's server are in its way.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

REPOSITORY = Path(__file__).resolve().parent.parent
LABEXTENSION = REPOSITORY / "mudrock_jupyter" / "labextension"
START_TIMEOUT = 60.0
STOP_TIMEOUT = 15.0


@dataclass
class JupyterServer:
    """A running server: `url` ends with a slash and holds the base URL, never the token."""

    root: Path
    url: str
    port: int
    token: str
    home: Path
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(
        cls,
        root: Path,
        *,
        app: Literal["server", "lab"] = "server",
        base_url: str = "/",
        config: str = "",
        env: Mapping[str, str] | None = None,
        extensions: Mapping[str, bool] | None = None,
        unprivileged: bool = False,
    ) -> Self:
        """Start a server on `root` (created if missing) and wait until it answers.

        config        Python text of a `jupyter_server_config.py` (`c = get_config()` is in scope)
        env           variables added to the server's environment, and so to its kernels'
        extensions    server extensions to enable or disable besides ours
        unprivileged  file modes bind the server even when the tests run as root
        """
        root.mkdir(parents=True, exist_ok=True)
        home = Path(tempfile.mkdtemp(prefix="mudrock-server-"))
        _write_settings(home, config, {"mudrock_jupyter": True} | dict(extensions or {}))
        port, token = _free_port(), secrets.token_hex(16)
        base_url = "/" + base_url.strip("/") + "/" if base_url.strip("/") else "/"
        command = [
            *(_without_override() if unprivileged else []),
            *(sys.executable, "-m", "jupyterlab" if app == "lab" else "jupyter_server"),
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={root}",
            f"--ServerApp.base_url={base_url}",
        ]
        server = cls(
            root=root,
            url=f"http://127.0.0.1:{port}{base_url}",
            port=port,
            token=token,
            home=home,
            command=command,
            environment=_environment(home, token) | dict(env or {}),
        )
        server._launch()
        return server

    @property
    def headers(self) -> dict[str, str]:
        """The headers of an authenticated request."""
        return {"Authorization": f"token {self.token}"}

    @property
    def runtime_dir(self) -> Path:
        """Where the server writes `jpserver-<pid>.json`."""
        return self.home / "runtime"

    @property
    def rooms_log(self) -> Path:
        """The folder of the log behind the rooms."""
        return self.home / "data" / "mudrock"

    def forget_rooms(self) -> None:
        """Delete the log behind the rooms, whether the server runs or not."""
        for file in self.rooms_log.iterdir():
            file.unlink()

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self.process is not None, "the server is not running"
        return self.process.pid

    @property
    def log(self) -> str:
        """Everything the server has written so far."""
        return (self.home / "server.log").read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """Stop the server and its kernels, and delete its folders (not `root`)."""
        self._end(signal.SIGTERM)
        shutil.rmtree(self.home, ignore_errors=True)

    def kill(self) -> None:
        """Kill the server (SIGKILL): nothing is saved. `restart` brings it back."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start the server again, on the same root, port and token; stops it if it is running."""
        self._end(signal.SIGTERM)
        self._launch()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _launch(self) -> None:
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                log_tail = self.log[-4000:]
                self.stop()
                raise RuntimeError(f"The Jupyter server did not start:\n{log_tail}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        request = urllib.request.Request(self.url + "api/status", headers=self.headers)
        try:
            with urllib.request.urlopen(request, timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _end(self, how: signal.Signals) -> None:
        """Signal the server; its whole process group if it outlives the deadline."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_settings(home: Path, config: str, extensions: Mapping[str, bool]) -> None:
    """Enable the extension as the installed configuration fragment does, and show Lab our tab."""
    for name in ("config", "data", "runtime"):
        (home / name).mkdir()
    enabled = {"ServerApp": {"jpserver_extensions": extensions}}
    (home / "config" / "jupyter_server_config.json").write_text(json.dumps(enabled))
    (home / "config" / "jupyter_server_config.py").write_text("c = get_config()\n" + config)
    # JupyterLab's own question about news lies over the editor and is no part of these tests.
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (home / "config" / "labconfig").mkdir()
    (home / "config" / "labconfig" / "page_config.json").write_text(json.dumps(quiet))
    if LABEXTENSION.is_dir():
        (home / "data" / "labextensions").mkdir()
        (home / "data" / "labextensions" / "mudrock-jupyter").symlink_to(LABEXTENSION)


def _environment(home: Path, token: str) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "JPY_", "MUDROCK_DATABASE"))
    }
    return inherited | {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_TOKEN": token,
    }


def _without_override() -> list[str]:
    """The prefix that makes file modes bind root too; nothing for everyone else."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
