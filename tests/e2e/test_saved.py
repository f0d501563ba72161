"""What the editors say of the edits is true at each step: two people, one kernel, real servers."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import Browser, Locator, expect

from mudrock_jupyter.spec.text import dump, empty
from tests.e2e.lab import LAB_CONFIG, Lab, write_notebook
from tests.servers import JupyterServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.timeout(400)]

CELLS = [
    "import mudrock_jupyter as mr\n"
    "pipe = mr.Project('wells').pipeline('shared.mudrock')\n"
    "logs = pipe.add('well_logs', name='logs')\n"
    "pipe",
    "str(pipe.sync)",
]
PATIENCE = 40_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    root = tmp_path_factory.mktemp("saved")
    write_notebook(root / "shared.ipynb", CELLS)
    (root / "shared.mudrock").write_text(dump(empty("shared")))
    with JupyterServer.start(root, app="lab", config=LAB_CONFIG) as server:
        yield server


@pytest.fixture(scope="module")
def cell(browser: Browser, server: JupyterServer) -> Iterator[Lab]:
    """One person's editor, in a notebook's cell."""
    lab = Lab.open(browser, server, "shared.ipynb")
    lab.leave_only_the_document()
    lab.wait_for_kernel()
    lab.run_cell(0)
    expect(lab.card("logs")).to_be_visible()
    yield lab
    lab.page.context.close()


@pytest.fixture(scope="module")
def tab(browser: Browser, server: JupyterServer, cell: Lab) -> Iterator[Lab]:
    """Another person's editor, in a tab."""
    lab = Lab.open(browser, server, "shared.mudrock")
    lab.leave_only_the_document()
    expect(lab.card("logs")).to_be_visible()
    yield lab
    lab.page.context.close()


def indicator(lab: Lab) -> Locator:
    return lab.editor.locator(".mud-sync")


def says(lab: Lab, words: str) -> None:
    expect(indicator(lab)).to_have_text(re.compile(rf"^\s*{words}"), timeout=PATIENCE)


def duplicate(lab: Lab) -> None:
    """Duplicate a node, clicked where its copies do not cover it."""
    lab.card("logs").click(position={"x": 8, "y": 8})
    lab.editor.press("Control+d")


@contextmanager
def log_locked(server: JupyterServer) -> Iterator[None]:
    (file,) = server.rooms_log.glob("*.sqlite")
    with closing(sqlite3.connect(file, isolation_level=None)) as log:
        log.execute("BEGIN IMMEDIATE")
        yield
        log.execute("ROLLBACK")


def test_what_is_called_saved_survives_a_kill(cell: Lab, tab: Lab, server: JupyterServer) -> None:
    for lab in (cell, tab):
        says(lab, "Saved$")
    assert "saved" in cell.ask_until(1, "saved")
    cell.set_theme("JupyterLab Dark")
    cell.page.wait_for_timeout(2000)  # until the notebook is saved with its outputs
    duplicate(cell)
    says(cell, "Saved$")
    expect(tab.card("logs_2")).to_be_visible()
    duplicate(tab)
    expect(tab.card("logs_3")).to_be_visible()
    says(tab, "Saved$")
    server.kill()
    for lab in (cell, tab):
        says(lab, "Offline$")

    duplicate(cell)
    says(cell, "Offline, 1 change pending")
    duplicate(cell)
    cell.editor.press("Delete")
    says(cell, "Offline, 3 changes pending")
    duplicate(tab)
    says(tab, "Offline, 1 change pending")
    expect(cell.editor.get_by_role("button", name="Retry")).to_be_visible()
    expect(cell.editor.get_by_role("status").filter(has_text="Offline")).to_have_count(1)
    # What a theme looks like comes from the server, so each window keeps its own.
    cell.snapshot("pending-dark")
    tab.snapshot("pending-light")

    server.restart()
    for lab in (cell, tab):
        says(lab, "Saved$")
        expect(lab.editor.locator(".mud-card")).to_have_count(5, timeout=PATIENCE)
    expect(cell.editor.get_by_role("status").filter(has_text="Saved")).to_have_count(1)


def test_nothing_is_doubled_by_a_second_kill(cell: Lab, tab: Lab, server: JupyterServer) -> None:
    server.kill()
    for lab in (cell, tab):
        says(lab, "Offline")
    server.restart()
    for lab in (cell, tab):
        says(lab, "Saved$")
        expect(lab.editor.locator(".mud-card")).to_have_count(5)


def test_a_log_that_cannot_be_written_is_told_and_retried(
    cell: Lab, tab: Lab, server: JupyterServer
) -> None:
    with log_locked(server):
        duplicate(cell)
        says(cell, "Saving…|Not saved: ")
        says(cell, "Not saved: ")
        duplicate(tab)
        says(tab, "Not saved: ")
        expect(cell.editor.get_by_role("button", name="Retry")).to_be_visible()
        cell.picture("not-saved-cell")
        tab.snapshot("not-saved-tab")
    for lab in (cell, tab):
        says(lab, "Saved$")


def test_a_deleted_file_is_told_though_every_edit_is_safe(
    cell: Lab, tab: Lab, server: JupyterServer
) -> None:
    file = server.root / "shared.mudrock"
    for _ in range(200):  # a save on its way would bring the file back
        text = file.read_text()
        if len(json.loads(text)["nodes"]) == 7:
            break
        cell.page.wait_for_timeout(100)
    cell.page.wait_for_timeout(2000)
    file.unlink()
    for lab in (cell, tab):
        says(lab, "Saved, but not to the file")
        expect(indicator(lab)).to_have_attribute("title", re.compile("deleted or moved"))
    cell.picture("file-deleted-cell")
    file.write_text(text)
    for lab in (cell, tab):
        says(lab, "Saved$")
        assert lab.errors == []


def test_a_server_without_our_extension_is_only_shared(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("plain")
    (root / "plain.mudrock").write_text(dump(empty("plain")))
    without = {"mudrock_jupyter": False}
    with JupyterServer.start(root, app="lab", config=LAB_CONFIG, extensions=without) as server:
        lab = Lab.open(browser, server, "plain.mudrock")
        says(lab, "Shared$")
        lab.page.context.close()


def test_where_the_kernel_keeps_the_file_saved_means_written(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root, elsewhere = tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("elsewhere")
    folder, file = elsewhere / "folder", elsewhere / "folder" / "p.mudrock"
    folder.mkdir()
    opening = (
        "import mudrock_jupyter as mr\n"
        f"pipe = mr.Project('wells').pipeline({str(file)!r})\n"
        "logs = pipe.add('well_logs', name='logs')\n"
        "pipe"
    )
    write_notebook(root / "private.ipynb", [opening, "str(pipe.sync)"])
    with JupyterServer.start(root, app="lab", config=LAB_CONFIG) as server:
        lab = Lab.open(browser, server, "private.ipynb")
        lab.leave_only_the_document()
        lab.wait_for_kernel()
        lab.run_cell(0)
        says(lab, "Saved$")
        duplicate(lab)
        says(lab, "Saved$")
        assert '"logs_2"' in file.read_text()
        away = folder.rename(elsewhere / "away")
        folder.write_text("a file where the folder was")
        duplicate(lab)
        says(lab, "Not saved: p.mudrock could not be written")
        assert "error, 1 change pending" in lab.ask_until(1, "error")
        lab.picture("not-written")
        expect(lab.editor.get_by_role("button", name="Retry")).to_be_visible()
        folder.unlink()
        away.rename(folder)
        says(lab, "Saved$")  # the kernel tries again by itself
        assert '"logs_3"' in file.read_text()
        assert lab.errors == []
        lab.page.context.close()
