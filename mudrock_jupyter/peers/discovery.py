"""Which document a path is: a room of the Jupyter server that started this kernel, or the file."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mudrock_jupyter.peers.file_lock import alone
from mudrock_jupyter.peers.jupyter import JupyterServer, Refused, Unreachable
from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.spec.files import write_atomically
from mudrock_jupyter.spec.text import dump, empty

SUFFIX = ".mudrock"


@dataclass(frozen=True)
class Connection:
    """Where a document lives, and why; its text is a sentence.

    `path` is relative to the server's root for a room, absolute for a file.
    """

    kind: Literal["room", "file"]
    path: str
    reason: str
    file: Path
    server: JupyterServer | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        if self.kind == "room":
            return f"Shared live as {self.path!r}, because {self.reason}."
        return f"Kept in the file {self.path!r}, because {self.reason}."

    __repr__ = __str__


def connect(path: str | Path) -> Connection:
    """Find out where the document `path` (relative to the current directory) lives.

    The file is created, empty but valid, if it is missing. Raises `NotConnected` when the server
    is there but refuses or does not answer, `WriteFailed` when the file cannot be created.
    """
    try:
        file = Path(os.path.realpath(os.path.expanduser(path)))
        file.exists()
    except (OSError, ValueError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidInput(f"{str(path)!r:.80} cannot be a file's name: {reason}.") from error
    if file.suffix.lower() != SUFFIX:
        raise InvalidInput(f"{file.name!r} is no pipeline. Did you mean {file.stem + SUFFIX!r}?")
    if file.is_dir():
        raise InvalidInput(f"{file} is a folder; a pipeline is a file.")
    _create_if_missing(file)
    server = find_server()
    if server is None:
        return _as_file(file, "no Jupyter server started this process")
    if not file.is_relative_to(server.root):
        return _as_file(file, f"it is outside {server.root}, the folder of the Jupyter server")
    if not os.access(file, os.W_OK):
        return _as_file(file, "it is read-only")
    return _try_room(file, server)


def find_server() -> JupyterServer | None:
    """Return the Jupyter server that started this kernel, if one did and it runs on this machine.

    A server writes its address into `jpserver-<pid>.json` of the runtime folder, for its owner
    only, and tells its kernels its process id in `JPY_PARENT_PID`.
    """
    pid = os.environ.get("JPY_PARENT_PID", "")
    if not pid.isdecimal():
        return None
    from jupyter_core.paths import jupyter_runtime_dir

    try:
        info = json.loads((Path(jupyter_runtime_dir()) / f"jpserver-{pid}.json").read_text())
        url, root, token = str(info["url"]), str(info["root_dir"]), str(info.get("token") or "")
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not url.startswith(("http://", "https://")):  # a unix socket
        return None
    return JupyterServer(
        url=url if url.endswith("/") else url + "/",
        root=Path(os.path.realpath(root)),
        token=token or os.environ.get("JUPYTERHUB_API_TOKEN", ""),
    )


def _try_room(file: Path, server: JupyterServer) -> Connection:
    path = file.relative_to(server.root).as_posix()
    try:
        if not server.has_file(path):
            return _as_file(file, "the Jupyter server does not serve it (is it hidden?)")
        server.session(path)
    except Unreachable:
        return _as_file(file, f"the Jupyter server at {server.url} is no longer running")
    except Refused as refused:
        if not server.token and refused.status in (302, 401, 403):
            return _as_file(file, "the Jupyter server asks for a password and gives no token")
        if refused.status != 404:
            raise
        return _as_file(file, "jupyter-collaboration is not installed on the Jupyter server")
    reason = f"it is in the folder of the Jupyter server at {server.url}"
    return Connection("room", path, reason, file, server)


def _as_file(file: Path, reason: str) -> Connection:
    return Connection("file", str(file), reason, file)


def _create_if_missing(file: Path) -> None:
    if file.exists():
        return
    with alone(file):  # two that create it would each have a pipeline of its own
        if not file.exists():
            write_atomically(file, dump(empty(file.stem)))
