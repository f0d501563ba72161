"""One server for the tests that only ask, and what its clients need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import JupyterServer

# The bearer of this token may read but not write.
READER = "reader-token"
READ_ONLY_PERSON = f"""
from jupyter_server.auth import Authorizer, IdentityProvider, User

class People(IdentityProvider):
    def get_user(self, handler):
        if handler.request.headers.get("Authorization") == "token {READER}":
            handler._token_authenticated = True
            return User("reader")
        return super().get_user(handler)

class WritersWrite(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return action == "read" or user.username != "reader"

c.ServerApp.identity_provider_class = People
c.ServerApp.authorizer_class = WritersWrite
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """A server under a prefix, as on JupyterHub, with one person who may only read."""
    root = tmp_path_factory.mktemp("root")
    with JupyterServer.start(root, base_url="/user/x/", config=READ_ONLY_PERSON) as server:
        yield server


@pytest.fixture
def document(server: JupyterServer, request: pytest.FixtureRequest) -> str:
    """The name of a pipeline of the test's own, in the server's root."""
    return new_document(server.root, request.node.name)


def new_document(root: Path, name: str) -> str:
    """Write a small pipeline and return its file's name."""
    path = root / f"{name}.mudrock"
    path.write_text('{"format": "mudrock/1", "id": "0f", "name": "", "nodes": {}, "edges": {}}\n')
    return path.name
