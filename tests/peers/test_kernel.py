"""A real kernel, started by a real server, with nobody's browser open."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from jupyter_client.blocking import BlockingKernelClient

from mudrock_jupyter.documents import graph
from mudrock_jupyter.peers.room_peer import RoomPeer
from tests.peers.conftest import until
from tests.servers import JupyterServer

pytestmark = pytest.mark.server

OPEN = """
from mudrock_jupyter.documents import graph
from mudrock_jupyter.peers.peer import open_peer
peer = open_peer("kernel.mudrock")
print(peer.connection.kind, peer.call(lambda doc: graph.add_node(doc, "well_logs")))
"""
BUSY = """
import time
end = time.monotonic() + 1.5
while time.monotonic() < end:
    pass
print(sorted(node.name for node in peer.spec().nodes.values()))
"""


@pytest.fixture
def kernel(server: JupyterServer) -> Iterator[Callable[[str], str]]:
    """A function that runs a cell and returns what it printed."""
    with httpx.Client(base_url=server.url, headers=server.headers, timeout=30) as rest:
        kernel_id = rest.post("api/kernels", json={"path": ""}).raise_for_status().json()["id"]
        client = BlockingKernelClient(
            connection_file=str(server.runtime_dir / f"kernel-{kernel_id}.json")
        )
        client.load_connection_file()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=30)

            def run(code: str) -> str:
                printed: list[str] = []

                def show(message: dict) -> None:
                    content = message["content"]
                    printed.append(content.get("text") or "\n".join(content.get("traceback", [])))

                client.execute_interactive(code, timeout=30, output_hook=show)
                return "".join(printed)

            yield run
        finally:
            client.stop_channels()
            rest.delete(f"api/kernels/{kernel_id}").raise_for_status()


def test_a_cell_edits_the_room_and_hears_while_it_is_busy(
    kernel: Callable[[str], str],
    join: Callable[[str], RoomPeer],
) -> None:
    kind, node = kernel(OPEN).split()
    assert kind == "room"
    peer = join("kernel.mudrock")
    assert set(peer.spec().nodes) == {node}

    edit = threading.Timer(0.5, lambda: peer.call(lambda doc: graph.add_node(doc, "vsh_linear")))
    edit.start()
    start = time.monotonic()
    assert kernel(BUSY).strip() == "['vsh_linear', 'well_logs']"
    assert time.monotonic() - start < 10
    edit.join()
    assert kernel("print(peer.undo(), peer.undo())").strip() == "True False"
    until(lambda: [n.name for n in peer.spec().nodes.values()] == ["vsh_linear"])
