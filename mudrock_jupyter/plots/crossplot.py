"""Crossplots: one curve against another, on the axes the field expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mudrock_jupyter.plots import scales
from mudrock_jupyter.plots.header import Drawing
from mudrock_jupyter.plots.theme import GRID, Theme, surroundings
from mudrock_jupyter.plots.well_table import (
    as_arrow,
    column_named,
    field_unit,
    is_number,
    numbers,
    of_well,
)
from mudrock_jupyter.spec import mnemonics
from mudrock_jupyter.spec.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go
    import pyarrow as pa

    from mudrock_jupyter.plots.well_table import ArrowStream

Floats = npt.NDArray[np.float64]

_COLOURS = (
    "#3478d4", "#e0393e", "#2a8f48", "#b0701a", "#8b5cf6", "#2985ab", "#c2559d", "#7a8450",
)
_SYMBOLS = ("circle", "diamond", "square", "cross")
_MOST_GROUPS = len(_COLOURS) * len(_SYMBOLS)


def crossplot(
    table: pa.Table | pd.DataFrame | ArrowStream,
    x: str,
    y: str,
    color: str | None = None,
    *,
    well: str | None = None,
    maximum_points: int = 20_000,
    theme: Theme = "auto",
) -> go.Figure:
    """Draw one curve against another, coloured by a third or by a column of names.

    Curves go on their customary scales, in their own units: neutron porosity to the right and
    density downward, porosity to the right; a Pickett plot, porosity over resistivity, has both
    axes logarithmic. Of more than `maximum_points` samples a fixed random choice is drawn, and
    the figure says so. `theme` is that of `log_plot`.

    Raises `InvalidInput` when a column is no curve or nothing is left to draw, `NotFound` for a
    curve or a well that is not there.

    >>> import pandas as pd
    >>> logs = pd.DataFrame({"NPHI": [0.1, 0.2], "RHOB": [2.5, 2.3], "GR": [30.0, 80.0]})
    >>> figure = crossplot(logs, "NPHI", "RHOB", color="GR")
    >>> figure.layout.yaxis.range
    (2.95, 1.95)
    """
    import plotly.graph_objects as go

    rows = as_arrow(table)
    if well is not None:
        rows = of_well(rows, well)
    across, up = column_named(x, rows), column_named(y, rows)
    colour = column_named(color, rows) if color is not None else None
    pickett = _is_pickett(rows, across, up)
    drawn = _drawable(rows, across, up, logarithmic=(
        _is_logarithmic(rows, across, pickett), _is_logarithmic(rows, up, pickett)
    ))
    chosen = _choice(drawn, maximum_points)
    points = rows.take(chosen)
    layout = surroundings(theme) | {
        "width": 720,
        "height": 640,
        "title": {"text": _title(across, up, len(chosen), len(drawn)), "font": {"size": 15}},
        "xaxis": _axis(rows, across, pickett),
        "yaxis": _axis(rows, up, pickett, downward=mnemonics.canonical(up) == "RHOB"),
        "legend": {"itemsizing": "constant"},
    }
    return go.Figure(_traces(points, across, up, colour), layout)


def _is_pickett(rows: pa.Table, x: str, y: str) -> bool:
    tracks = [
        scale.track if scale else ""
        for scale in (scales.conventional(name, _unit(rows, name)) for name in (x, y))
    ]
    return set(tracks) == {"resistivity", "porosity"}


def _unit(rows: pa.Table, name: str) -> str:
    return field_unit(rows.schema.field(name))


def _is_logarithmic(rows: pa.Table, name: str, pickett: bool) -> bool:
    scale = scales.conventional(name, _unit(rows, name))
    return pickett or (scale is not None and scale.logarithmic)


def _drawable(
    rows: pa.Table, x: str, y: str, logarithmic: tuple[bool, bool]
) -> npt.NDArray[np.intp]:
    """Return the rows where both curves have a value that the axes can show."""
    shown = np.ones(len(rows), dtype=bool)
    for name, on_log in zip((x, y), logarithmic, strict=True):
        if not is_number(rows.schema.field(name).type):
            raise InvalidInput(f"{name} holds no numbers: give a curve for each axis.")
        values = numbers(rows, name)
        shown &= values > 0 if on_log else ~np.isnan(values)
    found = np.flatnonzero(shown)
    if len(found) == 0:
        raise InvalidInput(f"No sample has both {x} and {y}: there is nothing to plot.")
    return found


def _choice(rows: npt.NDArray[np.intp], most: int) -> npt.NDArray[np.intp]:
    if most < 1:
        raise InvalidInput(f"maximum_points is {most}: it has to be at least 1.")
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


def _title(x: str, y: str, shown: int, of: int) -> str:
    part = "" if shown == of else f", {shown:,} of {of:,} samples"
    return f"<b>{y} over {x}</b>{part}"


def _axis(rows: pa.Table, name: str, pickett: bool, downward: bool = False) -> Drawing:
    unit = _unit(rows, name)
    scale = scales.conventional(name, unit)
    low, high = (
        sorted((scale.left, scale.right)) if scale else scales.robust_range(numbers(rows, name))
    )
    axis: Drawing = {
        "title": {"text": f"{name} ({unit})" if unit else name},
        "gridcolor": GRID, "zeroline": False, "showline": True, "mirror": True,
        "linecolor": "rgba(128, 132, 140, 0.85)", "ticks": "outside",
    }
    if _is_logarithmic(rows, name, pickett):
        low = low or high / 50  # a porosity begins at 0: one and a half decades below its end
        low, high = float(np.log10(low)), float(np.log10(high))
        axis |= {"type": "log", "dtick": 1, "minor": {"showgrid": True, "gridcolor": GRID,
                 "dtick": "D1"}}
    return axis | {"range": [high, low] if downward else [low, high]}


def _traces(points: pa.Table, x: str, y: str, colour: str | None) -> list[Drawing]:
    across, up = numbers(points, x), numbers(points, y)
    if colour is None:
        return [_dots(across, up, x, y, {"color": _COLOURS[0]})]
    if is_number(points.schema.field(colour).type):
        return [_dots(across, up, x, y, _colour_scale(points, colour))]
    names = np.array([str(v) for v in points[colour].to_pylist()], dtype=object)
    groups = list(dict.fromkeys(names))
    if len(groups) > _MOST_GROUPS:
        raise InvalidInput(
            f"{colour} has {len(groups)} different names, too many to tell apart by colour "
            f"(at most {_MOST_GROUPS})."
        )
    return [
        _dots(across[names == group], up[names == group], x, y, _look(number)) | {"name": group}
        for number, group in enumerate(groups)
    ]


def _look(number: int) -> Drawing:
    rank, colour = divmod(number, len(_COLOURS))
    return {"color": _COLOURS[colour], "symbol": _SYMBOLS[rank]}


def _colour_scale(points: pa.Table, colour: str) -> Drawing:
    values = numbers(points, colour)
    unit = _unit(points, colour)
    scale = scales.conventional(colour, unit)
    low, high = sorted((scale.left, scale.right)) if scale else scales.robust_range(values)
    title = f"{colour}<br>{unit}" if unit else colour
    if scale is not None and scale.logarithmic:
        values = np.log10(np.where(values > 0, values, np.nan))
        low, high, title = float(np.log10(low)), float(np.log10(high)), f"log {title}"
    return {
        "color": values.astype(np.float32), "cmin": low, "cmax": high, "colorscale": "Viridis",
        "colorbar": {"title": {"text": title}, "thickness": 14, "outlinewidth": 0},
    }


def _dots(across: Floats, up: Floats, x: str, y: str, marker: Drawing) -> Drawing:
    return {
        "type": "scattergl",
        "mode": "markers",
        "x": across.astype(np.float32),
        "y": up.astype(np.float32),
        "marker": {"size": 4, "opacity": 0.6, **marker},
        "hovertemplate": f"{x} %{{x:.4~g}}<br>{y} %{{y:.4~g}}<extra></extra>",
    }
