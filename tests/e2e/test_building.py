"""Building a pipeline by hand: connections, parameters and what is said of mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from mudrock_jupyter.demo import demo_project
from mudrock_jupyter.spec.text import dump, empty
from tests.e2e.lab import LAB_CONFIG, Lab, write_notebook
from tests.servers import JupyterServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.timeout(300)]

BUILD = """\
import mudrock_jupyter as mr
pipe = mr.Project('wells').pipeline('building.mudrock')
logs = pipe.add('well_logs', name='gamma only', curves=['GR'])
shale = pipe.add('vsh_larionov_tertiary', logs, name='shale volume')
smooth = pipe.add('sig_moving_average', shale, name='smoothed', curves=['VSH'])
porosity = pipe.add('phi_density', logs, name='porosity')
older = pipe.add('vsh_clavier', name='second opinion')
pipe"""
EDGES = """\
nodes = {node.id: node.name for node in pipe.nodes}
[(nodes[e.source_node_id], nodes[e.target_node_id]) for e in pipe.spec.edges.values()]"""
CELLS = [
    BUILD,
    EDGES,
    "pipe.node('shale volume').parameters",
    "pipe.node('porosity').parameters",
    "run = pipe.run(to='smoothed', progress=False); run.status",
    "pipe.remove('porosity')",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    root = tmp_path_factory.mktemp("building")
    demo_project(root / "wells", wells=2)
    write_notebook(root / "building.ipynb", CELLS)
    with JupyterServer.start(root, app="lab", config=LAB_CONFIG) as server:
        yield server


@pytest.fixture(scope="module")
def lab(browser: Browser, server: JupyterServer) -> Iterator[Lab]:
    lab = Lab.open(browser, server, "building.ipynb")
    lab.leave_only_the_document()
    lab.wait_for_kernel()
    lab.run_cell(0)
    expect(lab.card("porosity")).to_be_visible()
    lab.editor.scroll_into_view_if_needed()
    yield lab
    assert lab.errors == []
    lab.page.context.close()


def test_a_connection_that_cannot_work_turns_red_and_says_why(lab: Lab) -> None:
    before = lab.ask(1)
    lab.draw("smoothed", "shale volume")
    expect(lab.editor.locator(".mud-line-invalid")).to_be_attached()
    expect(lab.editor.locator(".mud-reason")).to_have_text("Input is already connected")
    lab.picture("refused")
    lab.page.mouse.up()
    expect(lab.editor.locator(".mud-reason")).to_have_count(0)
    assert lab.ask(1) == before


def test_a_connection_that_can_work_reaches_the_kernel(lab: Lab) -> None:
    lab.draw("gamma only", "second opinion")
    expect(lab.editor.locator(".mud-line-valid")).to_be_attached()
    lab.page.mouse.up()
    expect(lab.editor.locator(".svelte-flow__edge")).to_have_count(4)
    assert "('gamma only', 'second opinion')" in lab.ask_until(1, "second opinion")


def test_a_node_that_lacks_its_curve_says_so(lab: Lab) -> None:
    expect(lab.card("porosity").locator(".mud-message")).to_contain_text("RHOB")
    lab.editor.get_by_role("button", name=re.compile("problem")).click()
    problems = lab.editor.get_by_role("list", name="Problems")
    expect(problems).to_contain_text("RHOB")
    problems.get_by_role("button").filter(has_text="RHOB").first.click()
    expect(lab.editor.get_by_role("complementary", name="Parameters of porosity")).to_be_visible()
    lab.picture("problem")


def test_a_parameter_reaches_the_kernel_and_the_file(lab: Lab, server: JupyterServer) -> None:
    lab.card("shale volume").click()
    clean = lab.editor.get_by_label("gr_clean", exact=True)
    clean.fill("33.5")
    clean.press("Tab")
    assert "'gr_clean': 33.5" in lab.ask_until(2, "33.5")
    expect(lab.editor.get_by_text("Saved", exact=True)).to_be_visible()
    for _ in range(50):
        saved = (server.root / "building.mudrock").read_text()
        if "33.5" in saved:
            break
        lab.page.wait_for_timeout(100)
    assert '"gr_clean": 33.5' in saved


def test_a_value_out_of_range_is_refused_in_words(lab: Lab) -> None:
    lab.card("porosity").click()
    density = lab.editor.get_by_label("rho_ma", exact=True)
    density.fill("265")
    density.press("Enter")
    panel = lab.editor.get_by_role("complementary", name="Parameters of porosity")
    expect(panel.get_by_role("alert")).to_contain_text("g/cm3")
    assert lab.ask(3) == "{}"
    density.fill("2.71")
    density.press("Enter")
    expect(panel.get_by_role("alert")).to_have_count(0)
    assert "2.71" in lab.ask_until(3, "2.71")


def test_results_are_out_of_date_only_while_they_are(lab: Lab) -> None:
    assert lab.ask(4) == "'completed'"
    expect(lab.card("smoothed")).to_contain_text("Done")
    lab.card("shale volume").click()
    shale = lab.editor.get_by_label("gr_shale", exact=True)
    shale.fill("141")
    shale.press("Tab")
    expect(lab.card("smoothed")).to_contain_text("Out of date")
    expect(lab.card("gamma only")).to_contain_text("Done")
    lab.editor.get_by_role("button", name="Table of the selected node").click()
    lab.card("smoothed").click()
    table = lab.editor.get_by_label("Output table")
    expect(table).to_contain_text("Out of date")
    expect(table.get_by_role("columnheader").nth(2)).to_contain_text("VSH")
    lab.picture("out-of-date")
    lab.editor.get_by_role("button", name="Close the table").click()
    lab.editor.focus()
    lab.editor.press("Control+z")
    expect(lab.card("smoothed")).to_contain_text("Done")


def test_a_refused_run_says_so_until_it_is_mended(lab: Lab) -> None:
    lab.ask(5)
    lab.card("shale volume").click()
    clean = lab.editor.get_by_label("gr_clean", exact=True)
    clean.fill("149.5")
    clean.press("Tab")
    lab.editor.get_by_role("button", name="Run", exact=True).click()
    progress = lab.editor.locator(".mud-progress")
    expect(progress).to_have_text(re.compile(r"Not run: \d problem"))
    expect(lab.editor.locator(".mud-notice")).to_have_count(0)
    lab.picture("refused-run")
    lab.editor.focus()
    lab.editor.press("Control+z")
    expect(progress).to_have_count(0)
    lab.editor.get_by_role("button", name="Run", exact=True).click()
    expect(progress).to_contain_text("Done")


def test_a_node_that_is_not_connected_yet_stays_calm(lab: Lab) -> None:
    lab.editor.press("Escape")
    expect(lab.editor.locator(".mud-card.mud-selected")).to_have_count(0)
    lab.add_operator("moving average")
    added = lab.card("sig_moving_average")
    expect(added.locator(".mud-message-note")).to_have_text("Not connected yet")
    expect(lab.editor.locator(".mud-failing")).to_have_count(0)
    expect(lab.editor.get_by_role("button", name=re.compile("problem"))).to_have_count(0)
    lab.picture("not-connected-yet")
    lab.editor.press("Control+z")
    expect(added).to_have_count(0)


def test_fit_shows_every_card_right_after_opening(lab: Lab) -> None:
    tab = lab.beside("building.mudrock")
    tab.leave_only_the_document()
    expect(tab.card("smoothed")).to_be_visible()
    for pressed in ("true", "false"):
        palette = tab.editor.get_by_role("button", name="Operators")
        if palette.get_attribute("aria-pressed") != pressed:
            palette.click()
        tab.editor.get_by_role("button", name="Fit in view").click()
        tab.page.wait_for_timeout(300)
        pane = tab.editor.locator(".mud-pane").bounding_box()
        assert pane is not None
        for card in tab.editor.locator(".mud-card").all():
            box = card.bounding_box()
            assert box is not None
            assert pane["x"] <= box["x"]
            assert box["x"] + box["width"] <= pane["x"] + pane["width"]
    tab.picture("opened")
    assert tab.errors == []
    tab.page.close()


def test_adding_with_a_connection_is_one_step_of_undo(lab: Lab) -> None:
    edges = lab.editor.locator(".svelte-flow__edge")
    before = edges.count()
    lab.card("smoothed").click()
    lab.add_operator("clip")
    expect(edges).to_have_count(before + 1)
    lab.editor.press("Control+z")
    expect(lab.card("sig_clip")).to_have_count(0)
    expect(edges).to_have_count(before)
    expect(lab.card("smoothed")).to_be_visible()


def test_screens_of_every_width(lab: Lab) -> None:
    for width in (400, 1000, 1900):
        lab.page.set_viewport_size({"width": width, "height": 900})
        lab.card("smoothed").scroll_into_view_if_needed()
        lab.editor.press("f")
        lab.page.wait_for_timeout(300)
        lab.picture(f"width-{width}")


def test_the_screen_of_an_empty_pipeline(browser: Browser, server: JupyterServer) -> None:
    (server.root / "empty.mudrock").write_text(dump(empty("empty")))
    lab = Lab.open(browser, server, "empty.mudrock")
    expect(lab.editor.get_by_role("heading")).to_contain_text("Build a pipeline")
    lab.picture("empty")
