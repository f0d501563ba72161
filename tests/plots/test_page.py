"""How a log plot sits on a page: as wide as the cell, names inside, on white and on black."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudrock_jupyter.plots import scales, theme, top_marks
from mudrock_jupyter.plots.crossplot import crossplot
from mudrock_jupyter.plots.log_plot import log_plot
from mudrock_jupyter.spec.errors import InvalidInput


def contrast(one: str, other: str) -> float:
    """Return the ratio of WCAG 2.2 between two colours."""

    def luminance(colour: str) -> float:
        part = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
        linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_figure_is_as_wide_as_its_cell(make_well):
    figure = log_plot(make_well(), tops={"Hugin": 2450.0})
    assert figure.layout.width is None
    assert figure.layout.autosize is True
    assert figure.layout.height > 900


def test_with_more_tracks_than_a_cell_holds_headers_stay_legible():
    curves = {f"CURVE_{number}": [1.0, 2.0] for number in range(30)}
    figure = log_plot(pa.table({"DEPTH": [1.0, 2.0], **curves}))
    assert figure.layout.width > 30 * 70


def test_names_of_tops_have_a_column_of_their_own(make_well):
    figure = log_plot(make_well(), tops={"Hugin": 2450.0, "Sleipner": 2500.0})
    edge = figure.layout.xaxis.domain[0]
    names = [note for note in figure.layout.annotations if note.text in ("Hugin", "Sleipner")]
    assert edge > 0
    assert all(note.x == pytest.approx(edge) and note.xanchor == "right" for note in names)
    assert "TOPS" not in [note.text for note in log_plot(make_well()).layout.annotations]


def test_names_of_close_tops_move_apart(make_well):
    figure = log_plot(make_well(), tops={"Balder": 2500.0, "Sele": 2500.5, "Lista": 2501.0})
    names = [note for note in figure.layout.annotations if note.text in ("Balder", "Sele", "Lista")]
    top, base = sorted(figure.layout.yaxis.range)
    places = [(note.y - top) / (base - top) * 900 + note.ay for note in names]
    assert np.diff(places).min() > 12.5


@given(st.lists(st.floats(0, 900), max_size=120))
def test_names_stay_inside_and_apart(wanted: list[float]):
    places = top_marks.spread(np.sort(np.array(wanted)), 900)
    apart = min(13, 900 / max(len(wanted), 1))
    assert np.all(np.diff(places) > apart - 1e-6)
    assert np.all((places > 0) & (places < 900))


def test_the_text_of_the_automatic_theme_reads_on_white_and_on_black(make_well):
    figure = log_plot(make_well())
    assert figure.layout.paper_bgcolor == "rgba(0, 0, 0, 0)"
    for paper in ("#ffffff", "#111111"):
        assert contrast(figure.layout.font.color, paper) > 4
        assert contrast(top_marks.COLOUR, paper) > 4


@pytest.mark.parametrize("curve", [
    "GR", "CGR", "SP", "CALI", "BS", "RT", "RMED", "RSHA", "RXO", "RHOB", "NPHI", "PEF", "DTC",
    "DTS", "VSH", "VCL", "PHIE", "SW", "PERM", "ANYTHING",
])
def test_curves_read_on_white_and_on_black(curve: str):
    colour = scales.series(curve, "", np.array([1.0, 2.0])).colour
    assert min(contrast(colour, "#ffffff"), contrast(colour, "#111111")) > 3.6


@pytest.mark.parametrize(("name", "paper"), [("light", "#ffffff"), ("dark", "#111111")])
def test_a_theme_brings_its_paper(make_well, name: theme.Theme, paper: str):
    well = make_well()
    for figure in (log_plot(well, theme=name), crossplot(well, "GR", "RT", theme=name)):
        assert figure.layout.paper_bgcolor == paper
        assert contrast(figure.layout.font.color, paper) > 7


def test_an_unknown_theme_is_refused(make_well):
    with pytest.raises(InvalidInput, match=r"no theme 'drak'\. Did you mean 'dark'"):
        log_plot(make_well(), theme="drak")
