"""The log plot of one well: tracks over one depth axis, drawn by plotly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mudrock_jupyter.plots import header, top_marks
from mudrock_jupyter.plots.decimate import decimate
from mudrock_jupyter.plots.fills import outlines
from mudrock_jupyter.plots.header import Drawing, Placed
from mudrock_jupyter.plots.intervals import intervals
from mudrock_jupyter.plots.template import Template, choose_tracks
from mudrock_jupyter.plots.theme import FINE_GRID, GRID, Theme, surroundings
from mudrock_jupyter.plots.tops import Top, read_tops
from mudrock_jupyter.plots.tracks import LEFT_EDGE, Fill, Kind, Series, Track
from mudrock_jupyter.plots.well_table import DEPTH, WellTable, column_named, read_well

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go
    import pyarrow as pa

    from mudrock_jupyter.plots.well_table import ArrowStream

_HEIGHT = 900  # pixel rows of the tracks
_ROWS = 1200  # drawn rows: a third more, for taller screens and a first zoom
_MARGIN = 8
_NARROWEST = 72  # pixels that the header of a track needs
_NOTEBOOK_CELL = 944
_FLAG = "#2a8f48"
_ZONES = ("#d9b26f", "#8fae8b", "#a9a3c9", "#d39a8c", "#86b3c1", "#c9c27e", "#b58fa8", "#9aa7b2")


def log_plot(
    table: pa.Table | pd.DataFrame | ArrowStream,
    *,
    well: str | None = None,
    curves: Sequence[str] | None = None,
    depth: tuple[float, float] | None = None,
    tops: object = None,
    template: Template = "auto",
    theme: Theme = "auto",
) -> go.Figure:
    """Draw the curves of one well as a composite log.

    `table` is a pyarrow Table, a pandas or Polars DataFrame or a node's output, with the column
    DEPTH; where it has several wells, `well` says which. `curves` and `depth=(top, base)` choose
    a part. `tops` are `{name: depth}` or a table. `template` is "auto", "plain" (one curve a
    track) or a sequence of `Track`. Scales are the customary ones in the unit of each curve;
    values are never converted. A gamma ray beyond its track comes back in on a backup scale, and
    the header says how much of a curve is off its scale. The figure is as wide as the cell, wider
    than a small screen only where many tracks need it. `theme` "auto" reads on light and dark
    pages; "light" and "dark" bring their own paper. The figure holds the extremes of every pixel
    row, not every sample: narrow `depth` to see more.

    Raises `InvalidInput` for several wells or nothing to draw, `NotFound` for a curve or a well
    that is not there.

    >>> import pandas as pd
    >>> figure = log_plot(pd.DataFrame({"DEPTH": [1000.0, 1000.5], "GR": [30.0, 90.0]}))
    >>> [trace.name for trace in figure.data]
    ['GR']
    """
    samples = read_well(table, well, depth)
    marks = read_tops(tops, samples.well) if tops is not None else ()
    marks = tuple(top for top in marks if _inside(top, samples))
    tracks = choose_tracks(samples, curves, template)
    if marks:
        tracks = (top_marks.tops_track(marks, beside=tracks), *tracks)
    placed = header.place(tracks, lambda track: _off_scale(track, samples))
    drawn = _Drawing(samples)
    for column in placed:
        drawn.track(column)
    return drawn.figure(placed, marks, theme)


def _inside(top: Top, samples: WellTable) -> bool:
    return bool(samples.depth[0] <= top.depth <= samples.depth[-1])


def _off_scale(track: Track, samples: WellTable) -> dict[str, str]:
    """Return, by curve, the words for a share of samples that its track cannot show."""
    shares = {
        series.curve: track.off_scale(
            series.curve, samples.values(column_named(series.curve, samples.table))
        )
        for series in track.series
    }
    return {
        curve: f"{share:.0%} off scale" if share >= 0.005 else "<1% off scale"
        for curve, share in shares.items()
        if share > 0
    }


class _Drawing:
    """The traces and axes of a figure in the making."""

    def __init__(self, samples: WellTable) -> None:
        self._samples = samples
        self._traces: list[Drawing] = []
        self._axes: dict[str, Drawing] = {}

    def track(self, column: Placed) -> None:
        """Add the traces of one track."""
        if column.track.kind is Kind.CURVES:
            self._curves(column)
        elif column.track.kind in (Kind.FLAG, Kind.ZONE):
            self._intervals(column)

    def figure(self, placed: Sequence[Placed], tops: Sequence[Top], theme: Theme) -> go.Figure:
        """Return the figure of all that was added."""
        import plotly.graph_objects as go

        pixels = max(column.height for column in placed)
        layout = surroundings(theme) | _layout(self._samples, placed, pixels)
        layout["yaxis"] = _depth_axis(self._samples, placed)
        shapes = header.frames(placed, pixels)
        written = header.texts(placed, self._samples.unit(DEPTH), pixels)
        if tops:
            shapes += top_marks.lines(tops, placed[0])
            written += top_marks.names(tops, placed[0], _shown(self._samples), _HEIGHT)
        layout |= {"shapes": shapes, "annotations": written}
        return go.Figure(self._traces, layout | self._axes)

    def _axis(self, column: Placed, axis: Drawing, over: str | None = None) -> str:
        number = len(self._axes) + 1
        suffix = "" if number == 1 else str(number)
        self._axes[f"xaxis{suffix}"] = {
            "domain": [column.left, column.right],
            "anchor": "y",
            "fixedrange": True,
            "showticklabels": False,
            "zeroline": False,
            "ticks": "",
            "showgrid": False,
            **axis,
            **({"overlaying": over} if over else {}),
        }
        return f"x{suffix}"

    def _curves(self, column: Placed) -> None:
        track = column.track
        values = {series.name: self._values(series) for series in track.series}
        base: str | None = None
        lines: list[Drawing] = []
        for group in _together(track):
            kept = decimate(self._samples.depth, [values[s.name] for s in group], _ROWS)
            depth = self._samples.depth[kept]
            axes = []
            for series in group:
                axes.append(self._axis(column, _scale(series, grid=base is None), base))
                base = base or axes[0]
                drawn = values[series.name][kept]
                on = _beyond(series, drawn) if series.backup else slice(None)
                lines.append(_line(series, axes[-1], drawn[on], depth[on]))
            positions = {s.name: s.position(values[s.name][kept]) for s in group}
            for fill in track.fills:
                if fill.left in positions or fill.right in positions:
                    self._traces.append(_fill(fill, group[0], axes[0], depth, positions))
        self._traces += lines

    def _values(self, series: Series) -> npt.NDArray[np.float32]:
        column = column_named(series.curve, self._samples.table)
        values = self._samples.values(column)
        return np.where(values > 0, values, np.float32(np.nan)) if series.logarithmic else values

    def _intervals(self, column: Placed) -> None:
        track = column.track
        if track.kind is Kind.FLAG:
            values = self._samples.values(track.column)
            kept = decimate(self._samples.depth, [values], _ROWS)
            on = [track.title if value == 1 else None for value in values[kept]]
            found = intervals(self._samples.depth[kept], on)
            colours = [_FLAG] * len(found)
        else:
            found = intervals(self._samples.depth, self._samples.texts(track.column))
            names = list(dict.fromkeys(interval.value for interval in found))
            colours = [_ZONES[names.index(i.value) % len(_ZONES)] for i in found]
        self._traces.append({
            "type": "bar",
            "name": track.title,
            "xaxis": self._axis(column, {"range": [0, 1]}),
            "x": [0.5] * len(found),
            "width": 1,
            "base": [interval.top for interval in found],
            "y": [interval.base - interval.top for interval in found],
            "marker": {"color": colours, "opacity": 0.75, "line": {"width": 0}},
            "text": [i.value for i in found] if track.kind is Kind.ZONE else None,
            "textposition": "inside",
            "insidetextanchor": "middle",
            "insidetextfont": {"color": "#16191d"},
            "textangle": 0,
            "hoverinfo": "skip",
        })


def _together(track: Track) -> list[list[Series]]:
    """Return the curves in groups that are decimated as one: those with a fill between them."""
    tied = {name for fill in track.fills for name in (fill.left, fill.right)}
    group = [series for series in track.series if series.name in tied]
    single = [[series] for series in track.series if series.name not in tied]
    return [group, *single] if group else single


def _beyond(series: Series, values: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    """Return the samples on a backup scale and their neighbours, where its line meets the edge."""
    inside = np.pad(series.position(values) > 0, 1)
    return np.flatnonzero(inside[:-2] | inside[1:-1] | inside[2:])


def _scale(series: Series, *, grid: bool) -> Drawing:
    left, right = series.axis_range
    axis: Drawing = {"range": [left, right]}
    if series.logarithmic:
        axis["type"] = "log"
    if not grid:
        return axis
    axis |= {"showgrid": True, "gridcolor": GRID, "gridwidth": 1, "layer": "below traces"}
    fine = {"showgrid": True, "gridcolor": FINE_GRID, "gridwidth": 1, "ticks": ""}
    if series.logarithmic:
        return axis | {"dtick": 1, "minor": {**fine, "dtick": "D1"}}
    step = abs(right - left)
    return axis | {
        "tick0": left, "dtick": step / 2, "minor": {**fine, "tick0": left, "dtick": step / 10}
    }


def _line(
    series: Series, axis: str, values: npt.NDArray[np.float32], depth: npt.NDArray[np.float64]
) -> Drawing:
    unit = f" {series.unit}" if series.unit else ""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": series.name,
        "x": values,
        "y": depth.astype(np.float32),
        "xaxis": axis,
        "line": {
            "color": series.colour, "width": 0.8 if series.backup else 1, "dash": series.dash
        },
        "hovertemplate": f"{series.curve} %{{x:.4~g}}{unit}<extra></extra>",
        "hoverinfo": "skip" if series.backup else None,  # the first scale's line says it
    }


def _fill(
    fill: Fill, first: Series, axis: str, depth: npt.NDArray[np.float64],
    positions: dict[str, npt.NDArray[np.float64]],
) -> Drawing:
    def edge(name: str) -> npt.NDArray[np.float64]:
        if name in positions:
            return positions[name]
        return np.full(len(depth), 0.0 if name == LEFT_EDGE else 1.0)

    across, down = outlines(depth, edge(fill.left), edge(fill.right))
    return {
        "type": "scatter",
        "mode": "lines",
        "name": fill.name,
        "x": first.value(across).astype(np.float32),
        "y": down.astype(np.float32),
        "xaxis": axis,
        "fill": "toself",
        "fillcolor": fill.colour,
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def _depth_axis(samples: WellTable, placed: Sequence[Placed]) -> Drawing:
    beside = next((c.right for c in placed if c.track.kind is Kind.DEPTH), 0.0)
    shallow, deep = _shown(samples)
    return {
        "range": [deep, shallow],
        "anchor": "free",
        "position": beside,
        "side": "left",
        "ticks": "outside",  # of the axis at the right edge: inside the depth track
        "ticklen": 7,
        "tickcolor": header.FRAME,
        "tickfont": {"size": 10},
        "tickformat": "~f",
        "hoverformat": ".2f",
        "nticks": 24,
        "zeroline": False,
        "gridcolor": GRID,
        "minor": {"showgrid": True, "gridcolor": FINE_GRID, "ticks": ""},
        "showspikes": True,
        "spikemode": "across",
        "spikesnap": "cursor",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": "#e0393e",
    }


def _shown(samples: WellTable) -> tuple[float, float]:
    """Return the depths at the top and the base of the tracks."""
    top, base = float(samples.depth[0]), float(samples.depth[-1])
    margin = (base - top) * 0.008 or 1.0  # room for the first and the last label
    return top - margin, base + margin


def _layout(samples: WellTable, placed: Sequence[Placed], pixels: int) -> Drawing:
    above = pixels + 44
    return {
        "autosize": True,
        "width": _needed_width(placed),
        "height": _HEIGHT + above + _MARGIN,
        "margin": {"l": _MARGIN, "r": _MARGIN, "t": above, "b": _MARGIN},
        "title": {
            "text": _title(samples), "font": {"size": 16}, "xref": "paper", "x": 0,
            "yref": "container", "y": 1, "yanchor": "top", "pad": {"t": 14},
        },
        "showlegend": False,
        "hovermode": "y unified",
        "hoversubplots": "axis",
        "barmode": "overlay",
        "uniformtext": {"mode": "hide", "minsize": 9},
    }


def _needed_width(placed: Sequence[Placed]) -> int | None:
    """Return the width of a figure with more tracks than a cell can hold, None to fit the cell."""
    tracks = sum(column.track.width for column in placed)
    least = round(tracks * _NARROWEST) + 2 * _MARGIN
    return least if least > _NOTEBOOK_CELL else None


def _title(samples: WellTable) -> str:
    interval = f"{samples.depth[0]:.1f} \u2013 {samples.depth[-1]:.1f} {samples.unit(DEPTH)}"
    span = f'<span style="font-size: 12px">{interval.strip()}</span>'
    return f"<b>{samples.well}</b>   {span}" if samples.well else span

