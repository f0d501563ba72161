"""Where the progress of a run is drawn: a cell's output, or a terminal."""

from __future__ import annotations

import contextvars
import sys
from typing import TYPE_CHECKING, Any

from mudrock_jupyter.progress import Progress, Surface, progress_html, progress_text

if TYPE_CHECKING:
    from rich.table import Table


def surface_here() -> Surface | None:
    """Return where the user of this process looks; None where nobody does, as in a script."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if getattr(shell, "kernel", None) is not None:
        return CellOutput()
    return Terminal() if sys.stderr.isatty() else None


class CellOutput:
    """One output of the cell that is running, which changes in place and ends as one line."""

    def __init__(self) -> None:
        # It is drawn from another thread, which would not know the cell that it belongs to.
        self._context = contextvars.copy_context()
        self._handle: Any = None

    def draw(self, progress: Progress) -> None:
        """Draw the progress in place."""
        self._put(progress_text(progress), progress_html(progress))

    def end(self, progress: Progress) -> None:
        """Leave one line of text."""
        words = progress.last_words()
        self._put(words, f"<span style='opacity:.65'>{words}</span>")

    def _put(self, text: str, html: str) -> None:
        self._context.run(self._show, {"text/plain": text, "text/html": html})

    def _show(self, bundle: dict[str, str]) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(  # type: ignore[no-untyped-call]
                bundle, raw=True, display_id=True
            )
        else:
            self._handle.update(bundle, raw=True)


class Terminal:
    """The last lines of a terminal, on stderr; they are gone at the end."""

    def __init__(self) -> None:
        from rich.live import Live

        from mudrock_jupyter.printing import console

        self._live = Live(console=console(stderr=True), auto_refresh=False, transient=True)

    def draw(self, progress: Progress) -> None:
        """Draw the progress in place."""
        self._live.start()
        self._live.update(_table(progress), refresh=True)

    def end(self, progress: Progress) -> None:
        """Take it away."""
        self._live.stop()


def _table(progress: Progress) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for justify in ("left", "left", "right", "right"):
        table.add_column(justify=justify, no_wrap=True)
    *nodes, whole = progress.lines()
    for line in nodes:
        bar = ProgressBar(total=1, completed=line.share, width=24)
        table.add_row(Text(line.name), bar, line.count, Text(line.rate, style="dim"))
    bar = ProgressBar(total=1, completed=whole.share, width=24)
    table.add_row(Text(whole.name, style="dim"), bar, whole.count, Text(whole.rate, style="dim"))
    return table
