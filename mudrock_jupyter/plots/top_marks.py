"""How tops are drawn: a line across the tracks, and the name in a column of its own.

Names keep clear of each other: where tops are close, a name moves and a leader shows its line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mudrock_jupyter.plots.header import Drawing, Placed, shortened
from mudrock_jupyter.plots.tops import Top
from mudrock_jupyter.plots.tracks import Kind, Track

COLOUR = "#b94c92"
_LINE = 13  # pixels from one name to the next
_LEADER = 9  # pixels between a name and the tracks
_LETTER = 6
_NARROW_FIGURE = 784  # pixels of all tracks


def tops_track(tops: Sequence[Top], beside: Sequence[Track]) -> Track:
    """Return the column for the names of tops, wide enough for the longest in a narrow figure."""
    longest = max(len(shortened(top.name)) for top in tops)
    pixels = _LETTER * longest + 2 * _LEADER
    tracks = sum(track.width for track in beside)
    width = tracks * pixels / (_NARROW_FIGURE - pixels)
    return Track(kind=Kind.TOPS, width=width, title="TOPS")


def lines(tops: Sequence[Top], column: Placed) -> list[Drawing]:
    """Return a line across the tracks for each top."""
    return [
        {
            "type": "line", "xref": "paper", "x0": column.right, "x1": 1,
            "y0": top.depth, "y1": top.depth, "line": {"color": COLOUR, "width": 1.2},
        }
        for top in tops
    ]


def names(
    tops: Sequence[Top], column: Placed, span: tuple[float, float], height: int
) -> list[Drawing]:
    """Return the names of tops in depth order, over `height` pixels from `span[0]` down."""
    shallow, deep = span
    depths = np.array([top.depth for top in tops])
    wanted = (depths - shallow) / (deep - shallow) * height
    shifts = spread(wanted, height) - wanted
    return [_name(top, column.right, float(shift)) for top, shift in zip(tops, shifts, strict=True)]


def spread(wanted: npt.NDArray[np.float64], height: float) -> npt.NDArray[np.float64]:
    """Return places at least a line apart and within `height`, near the increasing `wanted`.

    >>> spread(np.array([100.0, 104.0, 500.0]), 900).tolist()
    [100.0, 113.0, 500.0]
    >>> spread(np.array([890.0, 898.0]), 900).tolist()
    [880.5, 893.5]
    """
    apart = min(_LINE, height / max(len(wanted), 1))
    steps = apart * np.arange(len(wanted))
    lowest = height - apart / 2 - steps[::-1]
    pushed: npt.NDArray[np.float64] = np.maximum.accumulate(wanted - steps) + steps
    placed: npt.NDArray[np.float64] = np.minimum(np.maximum(pushed, apart / 2 + steps), lowest)
    return placed


def _name(top: Top, edge: float, shift: float) -> Drawing:
    """Return a name beside the tracks: an annotation whose arrow, without a head, is the leader."""
    return {
        "text": shortened(top.name), "hovertext": f"{top.name}, {top.depth:g}",
        "font": {"size": 10, "color": COLOUR}, "borderpad": 0,
        "xref": "paper", "x": edge, "yref": "y", "y": top.depth,
        "showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": COLOUR,
        "axref": "pixel", "ax": -_LEADER, "ayref": "pixel", "ay": round(shift, 1),
        "xanchor": "right", "yanchor": "middle",
    }
