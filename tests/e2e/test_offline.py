"""The server goes and comes back: nothing is lost and nothing is doubled."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from mudrock_jupyter.spec.text import dump, empty
from tests.e2e.lab import LAB_CONFIG, Lab, write_notebook
from tests.servers import JupyterServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.timeout(300)]

CELLS = [
    "import mudrock_jupyter as mr\n"
    "pipe = mr.Project('wells').pipeline('shared.mudrock')\n"
    "logs = pipe.add('well_logs', name='logs')\n"
    "pipe",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    root = tmp_path_factory.mktemp("offline")
    write_notebook(root / "shared.ipynb", CELLS)
    (root / "shared.mudrock").write_text(dump(empty("shared")))
    with JupyterServer.start(root, app="lab", config=LAB_CONFIG) as server:
        yield server


@pytest.fixture(scope="module")
def cell(browser: Browser, server: JupyterServer) -> Iterator[Lab]:
    """The editor in a notebook's cell."""
    lab = Lab.open(browser, server, "shared.ipynb")
    lab.leave_only_the_document()
    lab.wait_for_kernel()
    lab.run_cell(0)
    expect(lab.card("logs")).to_be_visible()
    yield lab
    lab.page.context.close()


@pytest.fixture(scope="module")
def tab(browser: Browser, server: JupyterServer, cell: Lab) -> Iterator[Lab]:
    """The editor in a tab."""
    lab = Lab.open(browser, server, "shared.mudrock")
    lab.leave_only_the_document()
    expect(lab.card("logs")).to_be_visible()
    yield lab
    lab.page.context.close()


def _names(server: JupyterServer) -> list[str]:
    tree = json.loads((server.root / "shared.mudrock").read_text())
    return sorted(node["name"] for node in tree["nodes"].values())


def _expect_saved(lab: Lab, server: JupyterServer, names: list[str]) -> None:
    for _ in range(100):
        if _names(server) == names:
            break
        lab.page.wait_for_timeout(100)
    assert _names(server) == names


def test_edits_made_offline_are_merged_and_saved(
    cell: Lab, tab: Lab, server: JupyterServer
) -> None:
    for lab in (cell, tab):
        expect(lab.editor.locator(".mud-sync")).to_contain_text("Saved")
    cell.set_theme("JupyterLab Dark")
    server.kill()
    for lab in (cell, tab):
        expect(lab.editor.locator(".mud-sync")).to_contain_text("Offline")
    cell.card("logs").click()
    cell.editor.press("Control+d")
    expect(cell.card("logs_2")).to_be_visible()
    expect(cell.editor.locator(".mud-sync")).to_contain_text("1 change pending")
    expect(tab.card("logs_2")).to_have_count(0)
    # What a theme looks like comes from the server, so each window keeps its own.
    cell.snapshot("offline-dark")
    tab.snapshot("offline-light")

    server.restart()
    expect(tab.card("logs_2")).to_be_visible(timeout=30_000)
    for lab in (cell, tab):
        expect(lab.editor.locator(".mud-sync")).to_contain_text("Saved", timeout=30_000)
        expect(lab.editor.locator(".mud-card")).to_have_count(2)
    _expect_saved(cell, server, ["logs", "logs_2"])


def test_live_editing_goes_on_after_the_outage(cell: Lab, tab: Lab, server: JupyterServer) -> None:
    for lab in (cell, tab):
        expect(lab.page.locator(".jp-Dialog", has_text="Reload")).to_have_count(0)
    tab.card("logs_2").click()
    tab.editor.press("Control+d")
    expect(cell.card("logs_2_2")).to_be_visible()
    _expect_saved(cell, server, ["logs", "logs_2", "logs_2_2"])
    cell.editor.focus()
    cell.editor.press("Delete")
    expect(tab.card("logs_2")).to_have_count(0)
    _expect_saved(cell, server, ["logs", "logs_2_2"])
    assert cell.errors == []
    assert tab.errors == []
