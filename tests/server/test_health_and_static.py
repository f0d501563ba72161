"""The extension's own routes, over HTTP."""

from __future__ import annotations

import http.client
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

import mudrock_jupyter
from mudrock_jupyter.server.static import FOLDER
from tests.servers import JupyterServer

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def script() -> str:
    """The name of a built script."""
    scripts = sorted(path.name for path in FOLDER.glob("*.js"))
    assert scripts, f"{FOLDER} holds no script: run `make build` first"
    return scripts[0]


def test_health_says_version_and_what_is_there(server: JupyterServer) -> None:
    answer = httpx.get(server.url + "mudrock/api/health", headers=server.headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    told = answer.json()
    assert told.pop("session")
    assert told == {
        "status": "ok",
        "version": mudrock_jupyter.__version__,
        "collaboration": True,
        "database": "none",
    }


def test_health_needs_a_login(server: JupyterServer) -> None:
    assert httpx.get(server.url + "mudrock/api/health").status_code == 403
    wrong = {"Authorization": "token wrong"}
    assert httpx.get(server.url + "mudrock/api/health", headers=wrong).status_code == 403


def test_routes_live_under_the_base_url_only(server: JupyterServer) -> None:
    outside = f"http://127.0.0.1:{server.port}/mudrock/api/health"
    assert httpx.get(outside, headers=server.headers).status_code == 404


def test_without_collaboration_the_server_starts_and_says_so(tmp_path: Path) -> None:
    with JupyterServer.start(tmp_path, extensions={"jupyter_server_ydoc": False}) as server:
        answer = httpx.get(server.url + "mudrock/api/health", headers=server.headers)
        assert answer.json()["collaboration"] is False
        assert "Documents are not shared" in server.log


def test_scripts_come_with_type_and_etag(server: JupyterServer, script: str) -> None:
    url = server.url + "mudrock/static/" + script
    first = httpx.get(url, headers=server.headers)
    assert first.status_code == 200
    assert first.content == (FOLDER / script).read_bytes()
    assert first.headers["content-type"] == "text/javascript; charset=utf-8"
    assert first.headers["cache-control"] == "private, no-cache"
    again = httpx.get(url, headers=server.headers | {"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


def test_versioned_scripts_are_kept(server: JupyterServer, script: str) -> None:
    url = f"{server.url}mudrock/static/{script}?v=abc"
    answer = httpx.get(url, headers=server.headers)
    assert "max-age" in answer.headers["cache-control"]


def test_scripts_need_a_login(server: JupyterServer, script: str) -> None:
    assert httpx.get(server.url + "mudrock/static/" + script).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "../__init__.py",
        "..%2f__init__.py",
        "%2e%2e/__init__.py",
        "..%5c__init__.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "a/../../__init__.py",
        "",
        "missing.js",
    ],
)
def test_nothing_else_is_served(server: JupyterServer, path: str) -> None:
    # Straight to the socket: a client library would tidy the path up first.
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    connection.request("GET", f"{address.path}mudrock/static/{path}", headers=server.headers)
    answer = connection.getresponse()
    assert answer.status in {403, 404}
    assert b"import annotations" not in answer.read()
    connection.close()


def test_no_token_is_logged(server: JupyterServer) -> None:
    httpx.get(server.url + "mudrock/api/health", params={"token": server.token})
    assert server.token not in server.log
