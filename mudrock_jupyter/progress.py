"""How far a run is: what a bar in a terminal or a notebook shows."""

from __future__ import annotations

import html
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mudrock_jupyter.engine.status import NodeStatus

_QUIET_SECONDS = 0.5
_INTERVAL_SECONDS = 0.2
_PATIENCE_SECONDS = 0.1
_MOST_LINES = 6
_BAR = 24


@dataclass(frozen=True)
class Line:
    """A node that is running, or all of them: `share` of it is done; `count` says so in words."""

    name: str
    share: float
    count: str
    rate: str

    def text(self) -> str:
        """Draw the line for where there is nothing but text."""
        done = round(self.share * _BAR)
        bar = "█" * done + "░" * (_BAR - done)
        return f"{bar}  {self.count}  {self.rate}  {self.name}".rstrip()


@dataclass
class Progress:
    """The nodes of a run as their statuses come in, from any thread."""

    names: Mapping[str, str]
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._nodes: dict[str, NodeStatus] = {}
        self._since: dict[str, float] = {}

    def hear(self, status: NodeStatus) -> None:
        """Take note of a node's status; for `on_status`."""
        self._since.setdefault(status.node, time.monotonic())
        if status.status == "running" and self._nodes[status.node].status != "running":
            self._since[status.node] = time.monotonic()
        self._nodes[status.node] = status

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return time.monotonic() - self.started

    def lines(self) -> list[Line]:
        """Return a line for each node that is running, and at the end one for the whole."""
        nodes = list(self._nodes.values())
        running = [status for status in nodes if status.status == "running"]
        shown = [self._line(status) for status in running[:_MOST_LINES]]
        ended = sum(status.status not in {"queued", "running"} for status in nodes)
        share = sum(map(_share, nodes)) / max(1, len(nodes))
        more = len(running) - len(shown)
        name = f"and {more} more at work" if more else ""
        whole = Line(name, share, f"{ended} of {len(nodes)} nodes", f"{self.seconds:.1f} s")
        return [*shown, whole]

    def last_words(self) -> str:
        """Say in one line how the run went."""
        states = {status.status for status in self._nodes.values()}
        went = next((state for state in ("stopped", "failed") if state in states), "completed")
        wells = max((status.of_wells for status in self._nodes.values()), default=0)
        over = f" over {wells:,} wells" if wells > 1 else ""
        nodes = f"{len(self._nodes)} node{'' if len(self._nodes) == 1 else 's'}"
        return f"{nodes}{over}: {went} in {self.seconds:.1f} s"

    def _line(self, status: NodeStatus) -> Line:
        seconds = max(time.monotonic() - self._since[status.node], 1e-3)
        count = f"{status.wells:,} of {status.of_wells:,} wells" if status.of_wells else "all wells"
        rate = f"{rate_text(status.rows / seconds)} rows/s" if status.rows else ""
        return Line(self.names.get(status.node, status.node), _share(status), count, rate)


def _share(status: NodeStatus) -> float:
    if status.status == "queued":
        return 0.0
    if status.status != "running":
        return 1.0
    return status.wells / status.of_wells if status.of_wells else 0.0


def rate_text(rate: float) -> str:
    """Write a rate in three figures.

    >>> rate_text(1_234_567), rate_text(45_600), rate_text(12.3)
    ('1.23 M', '45.6 k', '12')
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if rate >= size:
            return f"{rate / size:.3g} {letter}"
    return f"{rate:.0f}"


def progress_text(progress: Progress) -> str:
    """Draw the progress as lines of text."""
    return "\n".join(line.text() for line in progress.lines())


def progress_html(progress: Progress) -> str:
    """Draw the progress for a notebook, in the colours of its theme."""
    cell = "padding:1px 12px 1px 0;white-space:nowrap;font-variant-numeric:tabular-nums"
    rows = "".join(
        f"<tr style='background:none'><td style='{cell};text-align:left'>{_bar(line.share)}</td>"
        f"<td style='{cell};text-align:right'>{html.escape(line.count)}</td>"
        f"<td style='{cell};text-align:right;opacity:.65'>{html.escape(line.rate)}</td>"
        f"<td style='{cell};text-align:left'>{html.escape(line.name)}</td></tr>"
        for line in progress.lines()
    )
    return f"<table role='presentation'><tbody>{rows}</tbody></table>"


def _bar(share: float) -> str:
    percent = round(share * 100)
    return (
        f"<div role='progressbar' aria-valuenow='{percent}' style='width:140px;height:6px;"
        "border-radius:3px;overflow:hidden;background:var(--jp-border-color2,#ccc)'>"
        f"<div style='width:{percent}%;height:100%;"
        "background:var(--jp-brand-color1,#1976d2)'></div></div>"
    )


class Surface(Protocol):
    """Where progress is drawn; called from one thread."""

    def draw(self, progress: Progress) -> None:
        """Draw it for the first time, or in the place of what was drawn."""

    def end(self, progress: Progress) -> None:
        """Take it away, or leave one line; nothing was drawn if the run was short."""


@contextmanager
def shown(
    names: Mapping[str, str], wanted: bool, surface: Surface | None = None
) -> Iterator[Progress]:
    """Draw the progress that the value hears of, from half a second on, until the block ends.

    By default where the caller's user looks: the cell's output, or a terminal; else nowhere.
    """
    from mudrock_jupyter.surfaces import surface_here

    progress = Progress(names)
    where = (surface or surface_here()) if wanted else None
    if where is None:
        yield progress
        return
    ended = threading.Event()
    thread = threading.Thread(
        target=_follow, args=(progress, where, ended), name="mudrock-progress", daemon=True
    )
    thread.start()
    try:
        yield progress
    finally:
        ended.set()
        thread.join(_PATIENCE_SECONDS)


def _follow(progress: Progress, surface: Surface, ended: threading.Event) -> None:
    if ended.wait(_QUIET_SECONDS):
        return
    try:
        surface.draw(progress)
        while not ended.wait(_INTERVAL_SECONDS):
            surface.draw(progress)
    finally:
        surface.end(progress)
