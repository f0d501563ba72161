"""Who may not write, may look: editing is off, and that is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from mudrock_jupyter.demo import build_demo_pipeline, demo_project
from tests.e2e.lab import LAB_CONFIG, Lab, write_notebook
from tests.servers import JupyterServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.timeout(300)]

CELLS = [
    "import mudrock_jupyter as mr\npipe = mr.Project('wells').pipeline('kept.mudrock')\npipe",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    root = tmp_path_factory.mktemp("read-only")
    pipeline = demo_project(root / "wells", wells=2).pipeline(root / "kept.mudrock")
    build_demo_pipeline(pipeline)
    pipeline.close()
    (root / "kept.mudrock").chmod(0o444)
    write_notebook(root / "kept.ipynb", CELLS)
    with JupyterServer.start(root, app="lab", config=LAB_CONFIG, unprivileged=True) as server:
        yield server


def _expect_read_only(lab: Lab) -> None:
    expect(lab.card("shale volume")).to_be_visible()
    expect(lab.editor.locator(".mud-badge")).to_have_text("Read-only")
    expect(lab.editor.get_by_role("button", name="Operators")).to_be_disabled()
    lab.card("shale volume").click()
    expect(lab.editor.get_by_label("Name of the node")).to_be_disabled()
    lab.editor.focus()
    lab.editor.press("Delete")
    expect(lab.card("shale volume")).to_be_visible()


def test_a_read_only_file_in_a_tab(browser: Browser, server: JupyterServer) -> None:
    lab = Lab.open(browser, server, "kept.mudrock")
    lab.leave_only_the_document()
    _expect_read_only(lab)
    lab.picture("read-only")


def test_a_read_only_file_in_a_cell(browser: Browser, server: JupyterServer) -> None:
    lab = Lab.open(browser, server, "kept.ipynb")
    lab.leave_only_the_document()
    lab.wait_for_kernel()
    lab.run_cell(0)
    _expect_read_only(lab)
