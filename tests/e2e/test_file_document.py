"""A document outside the server's root: no room, so the kernel keeps it and tells the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from mudrock_jupyter.demo import demo_project
from tests.e2e.lab import LAB_CONFIG, Lab, write_notebook
from tests.servers import JupyterServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    demo_project(folder / "wells", wells=2)
    return folder


@pytest.fixture(scope="module")
def lab(
    browser: Browser, elsewhere: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("root")
    cells = [
        "import mudrock_jupyter as mr\n"
        f"project = mr.Project({str(elsewhere / 'wells')!r})\n"
        f"pipe = project.pipeline({str(elsewhere / 'private.mudrock')!r})\n"
        "logs = pipe.add('well_logs', name='logs')\n"
        "pipe.connection.kind",
        "pipe",
        "[node.name for node in pipe.nodes]",
        "shale = pipe.add('vsh_linear', 'logs', name='from a cell')",
    ]
    write_notebook(root / "private.ipynb", cells)
    with JupyterServer.start(root, app="lab", config=LAB_CONFIG) as server:
        lab = Lab.open(browser, server, "private.ipynb")
        lab.leave_only_the_document()
        lab.wait_for_kernel()
        assert lab.ask(0) == "'file'"
        lab.run_cell(1)
        expect(lab.card("logs")).to_be_visible()
        yield lab
        assert lab.errors == []
        lab.page.context.close()


def _names(file: Path) -> set[str]:
    return {node["name"] for node in json.loads(file.read_text())["nodes"].values()}


def test_what_the_browser_adds_is_in_the_kernel_and_on_the_disk(lab: Lab, elsewhere: Path) -> None:
    lab.card("logs").click()
    lab.add_operator("density porosity")
    expect(lab.card("Density porosity")).to_be_visible()
    expect(lab.editor.locator(".svelte-flow__edge")).to_have_count(1)
    assert "'phi_density'" in lab.ask_until(2, "phi_density")
    for _ in range(50):
        if "phi_density" in _names(elsewhere / "private.mudrock"):
            break
        lab.page.wait_for_timeout(100)
    assert _names(elsewhere / "private.mudrock") == {"logs", "phi_density"}


def test_what_a_cell_adds_is_in_the_browser(lab: Lab) -> None:
    lab.run_cell(3)
    expect(lab.card("from a cell")).to_be_visible()
    expect(lab.editor.locator(".svelte-flow__edge")).to_have_count(2)


def test_it_runs_and_shows_the_table(lab: Lab) -> None:
    lab.editor.get_by_role("button", name="Run", exact=True).click()
    expect(lab.card("Density porosity")).to_contain_text("Done")
    lab.card("Density porosity").click()
    lab.editor.press("t")
    header = lab.editor.get_by_role("grid").get_by_role("columnheader")
    expect(header.filter(has_text="PHID")).to_be_visible()
    lab.picture("done-with-table")


def test_a_kernel_that_went_is_missed(lab: Lab) -> None:
    lab.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    lab.wait_for_kernel()
    expect(lab.editor.locator(".mud-notice")).to_contain_text("Run the cell again")
    lab.picture("kernel-gone")
