"""The colours around the curves: on white paper, on a dark screen, or on whatever is behind."""

from __future__ import annotations

from typing import Literal

from mudrock_jupyter.plots.header import Drawing
from mudrock_jupyter.spec.errors import InvalidInput, did_you_mean

Theme = Literal["auto", "light", "dark"]

# Of middle lightness, so that one colour reads on white and on #111.
NEUTRAL = "#787c84"
GRID = "rgba(128, 132, 140, 0.38)"
FINE_GRID = "rgba(128, 132, 140, 0.18)"

_PAPER_AND_TEXT = {
    "auto": ("rgba(0, 0, 0, 0)", NEUTRAL),
    "light": ("#ffffff", "#30343b"),
    "dark": ("#111111", "#d5d8dd"),
}


def surroundings(theme: Theme) -> Drawing:
    """Return the layout of a theme; "auto" is transparent and reads on light and dark.

    Raises `InvalidInput`.

    >>> surroundings("dark")["paper_bgcolor"]
    '#111111'
    """
    if theme not in _PAPER_AND_TEXT:
        raise InvalidInput(
            f"There is no theme {theme!r}.{did_you_mean(theme, _PAPER_AND_TEXT)} "
            'Give "auto", "light" or "dark".'
        )
    paper, text = _PAPER_AND_TEXT[theme]
    return {
        "paper_bgcolor": paper,
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "font": {"color": text},
        "hoverlabel": {
            "bgcolor": "#23272e", "bordercolor": NEUTRAL, "font": {"color": "#f2f3f5"},
        },
        "modebar": {"bgcolor": "rgba(0, 0, 0, 0)", "color": NEUTRAL, "activecolor": "#3b82c4"},
    }
