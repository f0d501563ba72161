"""What the command line prints: aligned tables, one line a thing, or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mudrock_jupyter.spec.problems import Problem
from mudrock_jupyter.spec.sizes import size_text

if TYPE_CHECKING:
    import pandas
    from rich.console import Console

    from mudrock_jupyter.engine.cache.store import CacheStatus
    from mudrock_jupyter.engine.run import Run
    from mudrock_jupyter.wells.report import FileReport

STYLES = {
    "ok": "green",
    "completed": "green",
    "warning": "yellow",
    "failed": "red",
    "error": "red",
    "stopped": "yellow",
    "skipped": "dim",
}


def console(stderr: bool = False) -> Console:
    """Return a console that never wraps a path in the middle when its output is piped."""
    from rich.console import Console

    piped = Console(stderr=stderr)
    return piped if piped.is_terminal else Console(stderr=stderr, width=200, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print one JSON document."""
    print(json.dumps(value, ensure_ascii=False, default=str))


def print_frame(frame: pandas.DataFrame, as_json: bool, title: str = "") -> None:
    """Print a table: numbers to the right, one row a line."""
    if frame.index.name:
        frame = frame.reset_index()
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    if as_json:
        print_json(rows)
    else:
        print_rows(
            [str(name) for name in frame.columns], [list(row.values()) for row in rows], title
        )


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """Print rows under column headings."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for position, name in enumerate(columns):
        numeric = any(isinstance(row[position], int | float) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value), style=STYLES.get(str(value), "")) for value in row))
    console().print(table)


def print_file_report(file: FileReport) -> None:
    """Print one line for an imported file: how it went, what came of it, and what to know."""
    from rich.text import Text

    made = f"{file.well}: {file.rows:,} rows, {file.curves} curves. " if file.rows else ""
    line = Text(f"{file.status:8}", style=STYLES[file.status])
    console().print(line + Text(f" {file.file}  {made}{file.message}".rstrip()))


def print_problems(problems: Sequence[Problem], names: dict[str, str]) -> None:
    """Print one line for each problem: how bad, where, what, and what to do."""
    from rich.text import Text

    out = console()
    for problem in problems:
        where = names.get(problem.node or "", problem.edge or "pipeline")
        line = Text(f"{problem.severity:8}", style=STYLES.get(problem.severity, ""))
        out.print(line + Text(f" {where}: {problem.message} {problem.advice}".rstrip()))


def print_run(run: Run, names: dict[str, str]) -> None:
    """Print a run: one line for each node, then what failed."""
    from mudrock_jupyter.engine.display import time_text

    print_rows(
        ["node", "status", "rows", "time", "message"],
        [
            [
                names[node],
                status.status,
                status.rows,
                time_text(run, node),
                status.message or "",
            ]
            for node, status in run.statuses.items()
        ],
    )
    if run.failures:
        print_rows(
            ["left out", "at", "because"],
            [
                [failure.well, names.get(failure.node, failure.node), failure.message]
                for failure in run.failures
            ],
        )


def print_cache(status: CacheStatus, as_json: bool) -> None:
    """Print where a cache is, what it holds and when that was last used."""
    if as_json:
        print_json(status.to_dict())
        return
    used = [status.oldest, status.newest]
    times = [time and f"{time.astimezone():%Y-%m-%d %H:%M}" for time in used]
    limit = size_text(status.limit_bytes) if status.limit_bytes else "off"
    print_rows(
        ["folder", "entries", "size", "limit", "oldest", "newest"],
        [[str(status.folder), status.entries, size_text(status.bytes), limit, *times]],
    )


def print_cleared(removed: CacheStatus, as_json: bool) -> None:
    """Print what was removed from a cache."""
    folder, entries, size = str(removed.folder), removed.entries, removed.bytes
    if as_json:
        print_json({"folder": folder, "entries": entries, "bytes": size})
    else:
        console().print(f"{entries:,} entries, {size_text(size)}, removed from {folder}")


def run_json(run: Run, names: dict[str, str]) -> dict[str, Any]:
    """Return a run as the JSON that scripts rely on."""
    return {
        "status": run.status,
        "wall_ms": round(run.wall_ms, 3),
        "nodes": {
            names[node]: {
                "status": status.status,
                "rows": status.rows,
                "wall_ms": status.wall_ms,
                "cached": status.cached,
            }
            for node, status in run.statuses.items()
        },
        "failures": [
            {**failure.to_dict(), "node": names.get(failure.node, failure.node)}
            for failure in run.failures
        ],
    }


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.6g}"
    if isinstance(value, list | tuple):
        return "; ".join(str(item) for item in value)
    return str(value)
