"""JupyterLab in a real Chromium, as the end-to-end tests drive it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import nbformat
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.browsers import CHROMIUM_ARGUMENTS, chromium_path
from tests.servers import JupyterServer

PATIENCE = 15_000
LAB_S_OWN_WORDS = "Server Connection Error"
SCREENS = Path("test-results") / "screens"
# So that the tests can drive Lab by its commands.
LAB_CONFIG = "c.LabApp.expose_app_in_browser = True"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()


@dataclass
class Lab:
    """One person's browser window on one Jupyter server."""

    server: JupyterServer
    page: Page
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, browser: Browser, server: JupyterServer, path: str, **context: object) -> Lab:
        """Open a file in JupyterLab, in a browser context of its own."""
        person = browser.new_context(viewport={"width": 1440, "height": 900}, **context)  # type: ignore[arg-type]
        person.set_default_timeout(PATIENCE)
        return cls._visit(person, server, path)

    def beside(self, path: str) -> Lab:
        """Open a file in another window of the same person."""
        return self._visit(self.page.context, self.server, path)

    @classmethod
    def _visit(cls, person: BrowserContext, server: JupyterServer, path: str) -> Lab:
        page = person.new_page()
        lab = cls(server, page)
        dialog = page.locator(".jp-Dialog", has_text=LAB_S_OWN_WORDS)
        # Lab says so itself, over everything; what matters here is what the editor says.
        page.add_locator_handler(dialog, lambda shown: shown.get_by_role("button").first.click())
        page.on("pageerror", lambda error: lab.errors.append(str(error)))
        page.on("request", lambda request: lab._note(request.url))
        # In Lab's default workspace a second person would get the first one's tabs as well.
        workspace = secrets.token_hex(4)
        page.goto(f"{server.url}lab/workspaces/{workspace}/tree/{path}?token={server.token}")
        page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget != null")
        return lab

    def _note(self, url: str) -> None:
        local = (self.server.url, self.server.url.replace("http", "ws", 1), "data:", "blob:")
        if not url.startswith(local):
            self.elsewhere.append(url)

    def wait_for_kernel(self) -> None:
        """Wait until the notebook has a kernel that is idle."""
        self.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'"
        )

    def run_cell(self, index: int) -> None:
        """Run one cell of the notebook."""
        self.page.evaluate(
            """async (index) => {
                 const app = window.jupyterapp;
                 const panel = app.shell.currentWidget;
                 panel.content.activeCellIndex = index;
                 panel.content.deselectAll();
                 await app.commands.execute('notebook:run-cell');
               }""",
            index,
        )

    def output_text(self, index: int) -> str:
        """Return what a cell printed or raised."""
        text: str = self.page.evaluate(
            """(index) => window.jupyterapp.shell.currentWidget.content.widgets[index]
                 .model.outputs.toJSON()
                 .map(o => o.text ?? o.evalue ?? o.data?.['text/plain'] ?? '').join('\\n')""",
            index,
        )
        return text

    @property
    def editor(self) -> Locator:
        """The pipeline editor on the page."""
        return self.page.get_by_role("application", name="Pipeline editor")

    def card(self, name: str) -> Locator:
        """The card of the node of that name."""
        return self.editor.locator(".mud-card").filter(
            has=self.page.locator(".mud-card-names").get_by_text(name, exact=True)
        )

    def port(self, name: str, side: Literal["input", "output"]) -> Locator:
        """The first input or output port of the node of that name."""
        kind = "target" if side == "input" else "source"
        return self.card(name).locator(f".svelte-flow__handle.{kind}").first

    def draw(self, source: str, target: str) -> None:
        """Draw an edge from one node's output to another's input, and hold it there."""
        self.editor.scroll_into_view_if_needed()
        start = self.port(source, "output").bounding_box()
        end = self.port(target, "input").bounding_box()
        assert start is not None
        assert end is not None
        mouse = self.page.mouse
        mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
        mouse.down()
        mouse.move(end["x"] + 40, end["y"] + 60, steps=5)
        mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=5)

    def add_operator(self, search: str) -> None:
        """Search an operator and add the first one found."""
        self.editor.focus()
        self.editor.press("Control+k")
        self.page.get_by_role("combobox", name="Search operators").fill(search)
        self.page.keyboard.press("Enter")

    def ask(self, index: int) -> str:
        """Run a cell and return what it printed."""
        self.run_cell(index)
        return self.output_text(index)

    def ask_until(self, index: int, words: str) -> str:
        """Run a cell until it prints the words, for what is still on its way; return the last."""
        for _ in range(20):
            if words in self.ask(index):
                break
            self.page.wait_for_timeout(100)
        return self.output_text(index)

    def picture(self, name: str) -> None:
        """Keep a picture of each theme for people to look at."""
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            self.set_theme(theme)
            self.snapshot(f"{name}-{theme.split()[-1].lower()}")

    def snapshot(self, name: str) -> None:
        """Keep a picture of the page as it is."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        file = SCREENS / f"{name}.png"
        self.page.screenshot(path=file)
        assert file.stat().st_size > 10_000

    def leave_only_the_document(self) -> None:
        """Put the sidebars away."""
        self.page.evaluate(
            "() => { const { shell } = window.jupyterapp;"
            " shell.collapseLeft(); shell.collapseRight(); }"
        )

    def set_theme(self, name: str) -> None:
        """Switch JupyterLab's theme, such as `JupyterLab Dark`."""
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
            name,
        )
        self.page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light",
            arg=str("Dark" not in name).lower(),
        )
        expect(self.page.locator(".jp-ThemeSplash, #jupyterlab-splash")).to_have_count(0)


def write_notebook(path: Path, cells: list[str]) -> None:
    """Write a notebook of code cells."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    notebook.cells = [
        nbformat.v4.new_code_cell(cell, id=f"cell-{n}") for n, cell in enumerate(cells)
    ]
    nbformat.write(notebook, path)
