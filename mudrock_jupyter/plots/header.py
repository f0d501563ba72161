"""The header of a log plot: over each track its curves with line, scale and unit, as on paper.

Heights are in pixels above the tracks, so a header stays as it is when the depth axis is zoomed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mudrock_jupyter.plots.tracks import Kind, Series, Track

_ROW = 37
_NOTE = 12  # a line more, where a curve leaves its scale
_PADDING = 5
FRAME = "rgba(128, 132, 140, 0.85)"

Drawing = dict[str, object]


@dataclass(frozen=True)
class Placed:
    """A track and its left and right edge as fractions of the figure's width.

    `notes` has, by curve, what to say under its scale.
    """

    track: Track
    left: float
    right: float
    notes: Mapping[str, str]

    @property
    def rows(self) -> Iterator[tuple[Series, str, int]]:
        """Each curve, its note, and the pixels below its row; the first curve is the highest."""
        base = self.height - _PADDING
        for number, series in enumerate(self.track.series):
            note = self._note(number)
            base -= _ROW + (_NOTE if note else 0)
            yield series, note, base

    @property
    def height(self) -> int:
        """The height in pixels that the header needs."""
        noted = sum(1 for number in range(len(self.track.series)) if self._note(number))
        return _ROW * max(len(self.track.series), 1) + _NOTE * noted + 2 * _PADDING

    def _note(self, number: int) -> str:
        """Return the note of a curve, under the last of its scales."""
        curve = self.track.series[number].curve
        later = (series.curve for series in self.track.series[number + 1:])
        return "" if curve in later else self.notes.get(curve, "")

    @property
    def middle(self) -> float:
        """Half way between the edges."""
        return (self.left + self.right) / 2


def place(
    tracks: Sequence[Track], notes: Callable[[Track], Mapping[str, str]]
) -> list[Placed]:
    """Return the tracks side by side over the whole width, with the notes for each."""
    total = sum(track.width for track in tracks)
    placed, left = [], 0.0
    for track in tracks:
        right = left + track.width / total
        placed.append(Placed(track, left, min(right, 1.0), notes(track)))
        left = right
    return placed


def frames(placed: Iterable[Placed], pixels: int) -> list[Drawing]:
    """Return the boxes around each track and its header, and a line for each curve."""
    shapes: list[Drawing] = []
    for column in placed:
        edges = {"type": "rect", "xref": "paper", "x0": column.left, "x1": column.right}
        box = {**edges, "line": {"color": FRAME, "width": 1}}
        shapes.append({**box, "yref": "paper", "y0": 0, "y1": 1})
        shapes.append({**box, **_pixels(0, pixels)})
        shapes += [
            _line(column, series, base + (_NOTE if note else 0))
            for series, note, base in column.rows
        ]
    return shapes


def texts(placed: Iterable[Placed], depth_unit: str, pixels: int) -> list[Drawing]:
    """Return the names, scales and units of every curve, and the names of the other tracks."""
    written: list[Drawing] = []
    for column in placed:
        track = column.track
        if track.kind is Kind.CURVES:
            for series, note, base in column.rows:
                written += _scale(column, series, base + (_NOTE if note else 0))
                if note:
                    written.append(_text(note, column.middle, base, series.colour))
        elif track.kind is Kind.DEPTH:
            name = f"<b>{track.title}</b>" + (f"<br>{depth_unit}" if depth_unit else "")
            written.append(_text(name, column.middle, pixels / 2, yanchor="middle"))
        else:
            upright = {"textangle": -90} if track.kind is Kind.FLAG else {}
            written.append(
                _text(f"<b>{track.title}</b>", column.middle, pixels / 2, yanchor="middle")
                | upright
            )
    return written


def _line(column: Placed, series: Series, base: int) -> Drawing:
    inset = (column.right - column.left) * 0.04
    return {
        "type": "line",
        "xref": "paper",
        "x0": column.left + inset,
        "x1": column.right - inset,
        **_pixels(base + 17, base + 17),
        "line": {
            "color": series.colour, "width": 1 if series.backup else 2, "dash": series.dash
        },
    }


def _scale(column: Placed, series: Series, base: int) -> list[Drawing]:
    inset = (column.right - column.left) * 0.04
    colour = series.colour
    return [
        _text(f"<b>{shortened(series.name)}</b>", column.middle, base + 18, colour, size=11),
        _text(f"{series.left:g}", column.left + inset, base, colour, xanchor="left"),
        _text(series.unit, column.middle, base, colour),
        _text(f"{series.right:g}", column.right - inset, base, colour, xanchor="right"),
    ]


def shortened(name: str, most: int = 14) -> str:
    """Cut the middle out of a name that is wider than its track.

    >>> shortened("FORCE_2020_LITHOFACIES_LITHOLOGY")
    'FORCE_2…HOLOGY'
    """
    return name if len(name) <= most else f"{name[:most // 2]}…{name[1 - most // 2:]}"


def _text(
    text: str, x: float, pixels: float, colour: str | None = None, *, size: int = 10,
    xanchor: str = "center", yanchor: str = "bottom",
) -> Drawing:
    font = {"size": size} if colour is None else {"size": size, "color": colour}
    return {
        "text": text, "font": font, "showarrow": False, "borderpad": 0,
        "xref": "paper", "x": x, "xanchor": xanchor,
        "yref": "paper", "y": 1, "yanchor": yanchor, "yshift": pixels,
    }


def _pixels(low: float, high: float) -> Drawing:
    return {"yref": "paper", "ysizemode": "pixel", "yanchor": 1, "y0": low, "y1": high}
