"""How runs and outputs look, as text and in a notebook."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mudrock_jupyter.engine.bound import unit_of, value_type

if TYPE_CHECKING:
    from mudrock_jupyter.engine.outputs import NodeOutput
    from mudrock_jupyter.engine.run import Run

_ROWS = 10
_FAILURES = 20
_CELL = "padding:2px 12px 2px 0;font-variant-numeric:tabular-nums"
_FAINT = "opacity:.65;font-weight:normal"


def run_text(run: Run) -> str:
    """Draw a run as lines of text."""
    rows = _node_rows(run)
    widths = [max(len(row[n]) for row in rows) for n in range(4)]
    lines = [
        f"{name:<{widths[0]}}  {status:<{widths[1]}}  {count:>{widths[2]}}  {wall:>{widths[3]}}"
        for name, status, count, wall in rows
    ]
    return "\n".join([_headline(run), *lines, *_failure_lines(run)])


def run_html(run: Run) -> str:
    """Draw a run as a table for a notebook."""
    head, *rows = _node_rows(run)
    failures = "".join(f"<div style='{_FAINT}'>{html.escape(line)}</div>"
                       for line in _failure_lines(run))
    return f"<div>{html.escape(_headline(run))}</div>{_table(head, rows, numbers={2, 3})}{failures}"


def output_html(output: NodeOutput) -> str:
    """Draw the first rows of an output as a table for a notebook."""
    units = [unit_of(field) for field in output.schema]
    head = [f"{name} [{unit}]" if unit else name
            for name, unit in zip(output.columns, units, strict=True)]
    first = output.head(_ROWS).to_pylist()
    rows = [[_value(row[name]) for name in output.columns] for row in first]
    numbers = {n for n, field in enumerate(output.schema) if value_type(field.type) == "number"}
    count = f"{len(output):,} rows" + (f", the first {_ROWS} shown" if len(output) > _ROWS else "")
    return (f"{_table(head, rows, numbers)}"
            f"<div style='{_FAINT}'>{html.escape(output.name)} · {count}</div>")


def _headline(run: Run) -> str:
    count = len(run.failures)
    left = f", {count} {'failure' if count == 1 else 'failures'}" if count else ""
    return f"Run {run.status} in {_duration(run.wall_ms)}{left}"


def _node_rows(run: Run) -> list[tuple[str, str, str, str]]:
    rows = [("node", "status", "rows", "time")]
    for node, status in run.statuses.items():
        rows.append((run.names[node], status.status,
                     f"{status.rows:,}" if status.status == "completed" else "–",
                     time_text(run, node)))
    return rows


def time_text(run: Run, node: str) -> str:
    """Return a node's time; nodes that ran as one plan have one time, shown with the last."""
    if run.statuses[node].status not in {"completed", "failed"}:
        return "–"
    together = run.metrics[node].together if node in run.metrics else ()
    return "together" if node in together[:-1] else _duration(run.statuses[node].wall_ms)


def _failure_lines(run: Run) -> list[str]:
    lines = [f"{run.names[f.node]}{f', {f.well}' if f.well else ''}: {f.message}"
             for f in run.failures[:_FAILURES]]
    more = len(run.failures) - _FAILURES
    return [*lines, f"and {more} more"] if more > 0 else lines


def _duration(wall_ms: float) -> str:
    return f"{wall_ms / 1e3:.1f} s" if wall_ms >= 1e3 else f"{wall_ms:.0f} ms"


def _value(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: set[int]) -> str:
    def cells(tag: str, values: Sequence[str], style: str) -> str:
        return "".join(
            f"<{tag} style='{style};text-align:{'right' if n in numbers else 'left'}'>"
            f"{html.escape(value)}</{tag}>" for n, value in enumerate(values))

    body = "".join(f"<tr>{cells('td', row, _CELL)}</tr>" for row in rows)
    return (f"<table><thead><tr>{cells('th', head, f'{_CELL};{_FAINT}')}</tr></thead>"
            f"<tbody>{body}</tbody></table>")
