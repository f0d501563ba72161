"""Which document a path is, and why."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mudrock_jupyter.peers.discovery import connect, find_server
from mudrock_jupyter.spec.errors import InvalidInput, NotConnected
from tests.servers import JupyterServer

SECRET = "0f0f0f-secret"


def announce(
    monkeypatch: pytest.MonkeyPatch, runtime: Path, content: str, pid: str = "4242"
) -> None:
    runtime.mkdir(exist_ok=True)
    (runtime / f"jpserver-{pid}.json").write_text(content)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("JPY_PARENT_PID", pid)


def test_no_server_means_the_file(alone: Path) -> None:
    connection = connect("a.mudrock")
    assert connection.kind == "file"
    assert repr(connection) == (
        f"Kept in the file '{os.path.realpath(alone / 'a.mudrock')}', "
        "because no Jupyter server started this process."
    )


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"url": "http+unix://x", "root_dir": "/", "token": ""}', "{}"]
)
def test_a_strange_server_file_means_no_server(
    alone: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    announce(monkeypatch, alone / "runtime", content)
    assert find_server() is None


def test_a_dead_server_means_the_file(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    announce(
        monkeypatch,
        alone / "runtime",
        f'{{"url": "http://127.0.0.1:9/", "root_dir": "{alone}", "token": "{SECRET}"}}',
    )
    connection = connect("a.mudrock")
    assert connection.kind == "file"
    assert "no longer running" in connection.reason
    assert SECRET not in repr(find_server()) + repr(connection)


@pytest.mark.server
def test_a_file_under_the_servers_root_is_its_room(in_kernel: JupyterServer) -> None:
    (in_kernel.root / "north sea").mkdir()
    os.chdir(in_kernel.root / "north sea")
    connection = connect("por ö.mudrock")
    assert (connection.kind, connection.path) == ("room", "north sea/por ö.mudrock")
    assert in_kernel.token not in repr(connection) + repr(connection.server)


@pytest.mark.server
def test_a_link_is_the_document_it_leads_to(in_kernel: JupyterServer) -> None:
    connect("target.mudrock")
    (in_kernel.root / "alias.mudrock").symlink_to("target.mudrock")
    assert connect("alias.mudrock") == connect("target.mudrock")


@pytest.mark.server
def test_outside_and_hidden_files_are_files(in_kernel: JupyterServer, tmp_path: Path) -> None:
    assert "is outside" in connect(tmp_path / "a.mudrock").reason
    (in_kernel.root / ".hidden").mkdir()
    assert "does not serve it" in connect(".hidden/a.mudrock").reason


@pytest.mark.server
def test_without_collaboration_the_file_is_the_document(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "config" / "jupyter_server_config.d"
    folder.mkdir(parents=True)
    disabled = {"ServerApp": {"jpserver_extensions": {"jupyter_server_ydoc": False}}}
    (folder / "no_collaboration.json").write_text(json.dumps(disabled))
    env = {"JUPYTER_CONFIG_PATH": str(folder.parent)}
    with JupyterServer.start(tmp_path / "root", env=env) as server:
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime_dir))
        monkeypatch.setenv("JPY_PARENT_PID", str(server.pid))
        connection = connect(server.root / "a.mudrock")
    assert connection.kind == "file"
    assert "jupyter-collaboration is not installed" in connection.reason


@pytest.mark.server
def test_a_wrong_token_is_said_and_not_shown(
    in_kernel: JupyterServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    announce(
        monkeypatch,
        tmp_path / "runtime",
        f'{{"url": "{in_kernel.url}", "root_dir": "{in_kernel.root}", "token": "{SECRET}"}}',
    )
    with pytest.raises(NotConnected, match="refused \\(403\\)") as caught:
        connect("a.mudrock")
    assert SECRET not in str(caught.value)


@pytest.mark.server
def test_a_server_that_gives_no_token_leaves_the_file(
    in_kernel: JupyterServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("JUPYTERHUB_API_TOKEN", raising=False)
    info = {"url": in_kernel.url, "root_dir": str(in_kernel.root), "token": ""}
    announce(monkeypatch, tmp_path / "runtime", json.dumps(info))
    assert "asks for a password" in connect("a.mudrock").reason
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", in_kernel.token)
    assert connect("a.mudrock").kind == "room"


def test_a_folder_is_no_pipeline(alone: Path) -> None:
    (alone / "a.mudrock").mkdir()
    with pytest.raises(InvalidInput, match="is a folder"):
        connect("a.mudrock")
