"""Who may open which room, tried from the network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import websockets
from pycrdt import Map, Text

from tests.server.conftest import READER, new_document
from tests.server.peers import arrives, joined, put_session, room_url
from tests.servers import JupyterServer

pytestmark = pytest.mark.server

AS_READER = {"Authorization": f"token {READER}"}


async def session_of(server: JupyterServer, path: str, kind: str = "mudrock") -> tuple[str, str]:
    """The room and session id a client gets for a file."""
    answer = await put_session(server, path, kind)
    assert answer.status_code in {200, 201}, answer.text
    return f"text:{kind}:{answer.json()['fileId']}", answer.json()["sessionId"]


async def status_of(url: str, headers: dict[str, str] | None = None, origin: str = "") -> int:
    """The HTTP status a websocket handshake is refused with; 101 if it is accepted."""
    extra = dict(headers or {}) | ({"Origin": origin} if origin else {})
    try:
        async with websockets.connect(url, additional_headers=extra):
            return 101
    except websockets.InvalidStatus as error:
        return error.response.status_code


async def test_two_peers_share_a_document(server: JupyterServer, document: str) -> None:
    room, session = await session_of(server, document)
    async with joined(server, room, session) as a, joined(server, room, session) as b:
        a.get("nodes", type=Map)["n1"] = Map({"id": "n1"})
        assert await arrives(b, "nodes", "n1")


@pytest.mark.parametrize(
    ("form", "kind"),
    [("text", "file"), ("json", "notebook"), ("base64", "file"), ("json", "mudrock")],
)
async def test_a_pipeline_opens_as_a_pipeline_only(
    server: JupyterServer, document: str, form: str, kind: str
) -> None:
    answer = await put_session(server, document, kind, form)
    assert answer.status_code == 409
    assert document in answer.json()["message"]
    assert "pipeline editor" in answer.json()["message"]

    room, session = await session_of(server, document)
    file_id = room.rpartition(":")[2]
    other = room_url(server, f"{form}:{kind}:{file_id}", session)
    assert await status_of(other, server.headers) == 409


@pytest.mark.parametrize(
    "quoted", ["text%3Amudrock%3A{}", "text%3amudrock:{}", "text:%6dudrock:{}"]
)
async def test_a_quoted_room_id_is_no_way_around(
    server: JupyterServer, document: str, quoted: str
) -> None:
    room, session = await session_of(server, document)
    url = room_url(server, quoted.format(room.rpartition(":")[2]), session)
    assert await status_of(url, server.headers) == 400
    assert await status_of(url, AS_READER) == 400
    assert await status_of(url) == 403


@pytest.mark.parametrize(("link", "kind"), [("alias.txt", "file"), ("alias.mudrock", "mudrock")])
async def test_a_pipeline_has_one_room_whatever_its_links_are_called(
    server: JupyterServer, document: str, link: str, kind: str
) -> None:
    alias = server.root / f"{document}-{link}"
    alias.write_text("{}")
    room, session = await session_of(server, alias.name, kind)
    alias.unlink()
    alias.symlink_to(server.root / document)
    answer = await put_session(server, alias.name, kind)
    assert answer.status_code == 409
    assert await status_of(room_url(server, room, session), server.headers) == 409


async def test_a_pipeline_in_a_linked_folder_opens(server: JupyterServer, tmp_path: Path) -> None:
    name = new_document(tmp_path, "far")
    (server.root / "mounted").symlink_to(tmp_path)
    room, session = await session_of(server, f"mounted/{name}")
    assert await status_of(room_url(server, room, session), server.headers) == 101


async def test_other_files_do_not_open_as_pipelines(server: JupyterServer) -> None:
    (server.root / "notes.txt").write_text("keep me")
    answer = await put_session(server, "notes.txt", "mudrock")
    assert answer.status_code == 400
    room, session = await session_of(server, "notes.txt", "file")
    url = room_url(server, room.replace("text:file", "text:mudrock"), session)
    assert await status_of(url, server.headers) == 400


async def test_a_missing_pipeline_is_refused(server: JupyterServer) -> None:
    answer = await put_session(server, "missing.mudrock")
    assert answer.status_code == 404
    assert "'missing.mudrock' does not exist" in answer.json()["message"]
    url = room_url(server, "text:mudrock:00000000-0000-0000-0000-000000000000")
    assert await status_of(url, server.headers) == 404


async def test_a_refusal_names_the_file_as_it_is_called(server: JupyterServer) -> None:
    answer = await put_session(server, "Brønn 50% ferdig.mudrock")
    assert answer.status_code == 404
    assert "'Brønn 50% ferdig.mudrock'" in answer.json()["message"]


async def test_a_deleted_pipeline_is_refused(server: JupyterServer, document: str) -> None:
    room, session = await session_of(server, document)
    (server.root / document).unlink()
    assert await status_of(room_url(server, room, session), server.headers) == 404


@pytest.mark.parametrize("kind", ["mudrock", "file"])
async def test_rooms_go_on_while_others_ask_for_missing_files(
    server: JupyterServer, document: str, kind: str
) -> None:
    room, session = await session_of(server, document)
    gone = server.root / ("gone.mudrock" if kind == "mudrock" else "gone.txt")
    gone.write_text("{}")
    gone_room, _ = await session_of(server, gone.name, kind)
    gone.unlink()
    async with joined(server, room, session) as a, joined(server, room, session) as b:
        url = room_url(server, gone_room, session)
        if kind == "mudrock":
            assert await status_of(url, server.headers) == 404
        else:
            async with websockets.connect(url, additional_headers=server.headers) as other:
                with pytest.raises(websockets.ConnectionClosed) as closed:
                    await asyncio.wait_for(other.recv(), 10)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4404
        await asyncio.sleep(0.3)
        a.get("nodes", type=Map)["after"] = Map({"id": "after"})
        assert await arrives(b, "nodes", "after")


@pytest.mark.parametrize("session", ["valid", "invalid", ""])
async def test_a_reader_cannot_join(server: JupyterServer, document: str, session: str) -> None:
    room, valid = await session_of(server, document)
    url = room_url(server, room, valid if session == "valid" else session)
    assert await status_of(url, AS_READER) == 403
    assert await status_of(url, server.headers) == 101


async def test_a_reader_gets_no_session(server: JupyterServer, document: str) -> None:
    assert (await put_session(server, document, headers=AS_READER)).status_code == 403


async def test_a_reader_cannot_join_a_fork(server: JupyterServer, document: str) -> None:
    room, session = await session_of(server, document)
    async with joined(server, room, session), httpx.AsyncClient(headers=server.headers) as client:
        answer = await client.put(f"{server.url}api/collaboration/fork/{room}", json={})
        fork = answer.json()["fork_roomid"]
        assert await status_of(room_url(server, fork), AS_READER) == 403


async def test_nobody_joins_without_a_login(server: JupyterServer, document: str) -> None:
    room, session = await session_of(server, document)
    assert (await put_session(server, document, headers={})).status_code == 403
    assert await status_of(room_url(server, room, session)) == 403
    assert f"Creating FileLoader for: {document}" not in server.log, "a stranger made a room"


async def test_other_sites_cannot_join_with_a_cookie(server: JupyterServer, document: str) -> None:
    room, session = await session_of(server, document)
    async with httpx.AsyncClient() as client:
        await client.get(server.url + "api", params={"token": server.token})
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
    url = room_url(server, room, session)
    assert await status_of(url, cookie, origin=f"http://127.0.0.1:{server.port}") == 101
    assert await status_of(url, cookie, origin="https://elsewhere.example") == 403


async def test_other_documents_are_as_before(server: JupyterServer) -> None:
    (server.root / "plain.txt").write_text("hello")
    room, session = await session_of(server, "plain.txt", "file")
    async with joined(server, room, session) as doc:
        assert str(doc.get("source", type=Text)) == "hello"
    assert await status_of(room_url(server, room, session), AS_READER) == 101
    url = room_url(server, "JupyterLab:globalAwareness")
    assert await status_of(url, AS_READER) == 101


@pytest.fixture(scope="module")
def bound_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """A server that file modes bind."""
    with JupyterServer.start(tmp_path_factory.mktemp("bound"), unprivileged=True) as server:
        yield server


async def test_a_read_only_file_is_refused(bound_server: JupyterServer) -> None:
    name = new_document(bound_server.root, "locked")
    room, session = await session_of(bound_server, name)
    (bound_server.root / name).chmod(0o444)
    answer = await put_session(bound_server, name)
    assert answer.status_code == 403
    assert "read-only" in answer.json()["message"]
    assert await status_of(room_url(bound_server, room, session), bound_server.headers) == 403


async def test_a_read_only_folder_is_refused(bound_server: JupyterServer) -> None:
    folder = bound_server.root / "locked"
    folder.mkdir()
    name = f"locked/{new_document(folder, 'inside')}"
    room, session = await session_of(bound_server, name)
    folder.chmod(0o555)
    try:
        assert (await put_session(bound_server, name)).status_code == 403
        url = room_url(bound_server, room, session)
        assert await status_of(url, bound_server.headers) == 403
    finally:
        folder.chmod(0o755)
