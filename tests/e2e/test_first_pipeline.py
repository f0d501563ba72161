"""The main job in a real browser: two people and a kernel on one pipeline."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from mudrock_jupyter.demo import demo_project
from tests.e2e.lab import LAB_CONFIG, Lab, write_notebook
from tests.servers import JupyterServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.timeout(300)]

CELLS = [
    "import mudrock_jupyter as mr\n"
    "project = mr.Project('wells')\n"
    "pipe = project.pipeline('porosity.mudrock')\n"
    "logs = pipe.add('well_logs', name='logs')\n"
    "vsh = pipe.add('vsh_larionov_tertiary', logs, name='shale volume')\n"
    "pipe.connection.kind",
    "pipe",
    "[node.name for node in pipe.nodes]",
    "import time\nfor _ in range(60): time.sleep(0.1)",
    "run = pipe.run(progress=False); run.status",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    root = tmp_path_factory.mktemp("lab")
    demo_project(root / "wells", wells=2)
    write_notebook(root / "pipeline.ipynb", CELLS)
    with JupyterServer.start(root, app="lab", config=LAB_CONFIG) as server:
        yield server


@pytest.fixture(scope="module")
def ann(browser: Browser, server: JupyterServer) -> Iterator[Lab]:
    """Ann has the notebook open, with the editor in it."""
    lab = Lab.open(browser, server, "pipeline.ipynb")
    lab.wait_for_kernel()
    lab.run_cell(0)
    assert lab.output_text(0) == "'room'"
    lab.run_cell(1)
    expect(lab.card("shale volume")).to_be_visible()
    yield lab
    lab.page.context.close()


@pytest.fixture(scope="module")
def ben(browser: Browser, server: JupyterServer, ann: Lab) -> Iterator[Lab]:
    """Ben has the same pipeline open in a tab of its own."""
    lab = Lab.open(browser, server, "porosity.mudrock")
    expect(lab.card("shale volume")).to_be_visible()
    yield lab
    lab.page.context.close()


def test_a_node_added_by_one_is_seen_by_the_other_the_kernel_and_the_disk(
    ann: Lab, ben: Lab, server: JupyterServer
) -> None:
    ann.card("shale volume").click()
    ann.editor.press("Control+k")
    ann.page.get_by_role("combobox", name="Search operators").fill("density porosity")
    ann.page.keyboard.press("Enter")
    expect(ann.card("phi_density")).to_be_visible()
    expect(ben.card("phi_density")).to_be_visible()
    ann.run_cell(2)
    assert "'phi_density'" in ann.output_text(2)
    expect.set_options(timeout=10_000)

    def saved() -> str:
        return (server.root / "porosity.mudrock").read_text()

    deadline = time.monotonic() + 20
    while "phi_density" not in saved() and time.monotonic() < deadline:
        ann.page.wait_for_timeout(200)
    assert "phi_density" in saved()
    assert json.loads(saved())["nodes"]


def test_a_change_arrives_while_another_cell_is_busy(ann: Lab, ben: Lab) -> None:
    ann.page.evaluate(
        """() => { const app = window.jupyterapp; const panel = app.shell.currentWidget;
                   panel.content.activeCellIndex = 3; panel.content.deselectAll();
                   app.commands.execute('notebook:run-cell'); }"""
    )
    ben.editor.click(position={"x": 600, "y": 120})
    ben.editor.press("Control+k")
    ben.page.get_by_role("combobox", name="Search operators").fill("moving average")
    ben.page.keyboard.press("Enter")
    expect(ben.card("sig_moving_average")).to_be_visible()
    expect(ann.card("sig_moving_average")).to_be_visible(timeout=4000)
    ben.editor.press("Control+z")
    expect(ann.card("sig_moving_average")).to_have_count(0, timeout=4000)
    ann.wait_for_kernel()


def test_a_run_shows_rows_on_the_nodes_of_everybody_and_opens_the_table(ann: Lab, ben: Lab) -> None:
    ann.editor.get_by_role("button", name="Run").first.click()
    expect(ann.card("phi_density")).to_contain_text("Done")
    expect(ann.card("phi_density")).to_contain_text(re.compile(r"\d+,\d{3}"))
    expect(ben.card("phi_density")).to_contain_text("Done")
    ann.card("phi_density").click()
    grid = ann.editor.get_by_role("grid")
    if not grid.is_visible():
        ann.editor.get_by_role("button", name=re.compile("table", re.I)).first.click()
    expect(grid.get_by_role("columnheader").filter(has_text="PHID")).to_be_visible()
    expect(grid.get_by_role("row").nth(5)).to_contain_text(re.compile(r"\d\.\d"))


def test_undo_in_the_browser_takes_back_only_one_s_own_work(ann: Lab, ben: Lab) -> None:
    ben.editor.focus()
    ben.editor.press("Control+z")
    expect(ann.card("logs")).to_be_visible()
    expect(ann.card("phi_density")).to_be_visible()


def test_another_window_of_one_s_own_is_no_colleague(ann: Lab, ben: Lab) -> None:
    again = ann.beside("porosity.mudrock")
    expect(again.card("shale volume")).to_be_visible()
    again.card("shale volume").click()
    expect(ben.card("shale volume").locator(".mud-card-other")).to_be_visible()
    expect(ann.card("shale volume").locator(".mud-card-other")).to_have_count(0)
    for lab in (ann, ben, again):
        expect(lab.editor.locator(".mud-people li")).to_have_count(1)
    for lab in (ann, ben):
        expect(lab.editor.get_by_role("img", name="Kernel")).to_be_visible()
    assert again.errors == []
    again.page.close()


def test_no_shortcut_leaks_into_the_notebook(ann: Lab) -> None:
    cells = "() => window.jupyterapp.shell.currentWidget.content.widgets.length"
    before = ann.page.evaluate(cells)
    ann.editor.focus()
    for key in ("a", "b", "x", "z", "m", "d", "d", "ArrowDown"):
        ann.editor.press(key)
    assert ann.page.evaluate(cells) == before
    expect(ann.editor).to_be_visible()


def test_nothing_failed_and_nothing_was_asked_of_another_origin(ann: Lab, ben: Lab) -> None:
    assert ann.errors == []
    assert ben.errors == []
    assert ann.elsewhere == []
    assert ben.elsewhere == []


def test_the_saved_notebook_stays_small_and_holds_no_token(ann: Lab, server: JupyterServer) -> None:
    ann.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    ann.page.wait_for_timeout(1500)
    saved = (server.root / "pipeline.ipynb").read_text()
    assert len(saved) < 40_000
    assert server.token not in saved
    assert server.token not in (server.root / "porosity.mudrock").read_text()


def test_screens(ann: Lab, ben: Lab) -> None:
    ann.picture("notebook")
    ben.picture("tab")
