"""No value is invisible without a sign: it is on a backup scale, or the header counts it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from mudrock_jupyter.plots.log_plot import log_plot
from mudrock_jupyter.plots.tracks import Series, Track


def source_rock(hot: float = 185.0) -> pa.Table:
    gamma = np.full(100, 60.0)
    gamma[40:60] = hot
    field = pa.field("GR", pa.float64(), metadata={"unit": "gAPI"})
    depth = pa.field("DEPTH", pa.float64(), metadata={"unit": "m"})
    return pa.table([np.arange(100.0), gamma], schema=pa.schema([depth, field]))


def texts(figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def test_a_hot_shale_wraps_onto_a_backup_scale():
    figure = log_plot(source_rock())
    backup = next(trace for trace in figure.data if trace.name == "GR backup")
    first = next(trace for trace in figure.data if trace.name == "GR")
    scale = figure.layout[backup.xaxis.replace("x", "xaxis")]
    assert scale.range == (150, 300)
    assert figure.layout[first.xaxis.replace("x", "xaxis")].range == (0, 150)
    assert backup.line.color == first.line.color
    assert backup.line.width < first.line.width
    assert backup.line.dash != first.line.dash
    assert backup.y.tolist()[0] == 39  # from outside, so that the line begins at the edge
    assert backup.x.max() == 185
    assert texts(figure)[:8] == [
        "<b>GR</b>", "0", "gAPI", "150", "<b>GR backup</b>", "150", "gAPI", "300"]
    assert not any("off scale" in text for text in texts(figure))


def test_the_backup_is_filled_from_the_left_on_its_own_scale():
    figure = log_plot(source_rock())
    fill = next(trace for trace in figure.data if trace.name == "beyond the first scale")
    assert figure.layout[fill.xaxis.replace("x", "xaxis")].range == (150, 300)
    assert np.nanmax(fill.x) == 185
    assert np.nanmin(fill.x) == 150


def test_a_gamma_ray_inside_its_track_has_no_backup():
    assert "<b>GR backup</b>" not in texts(log_plot(source_rock(hot=150.0)))


def test_beyond_the_backup_is_announced():
    assert "20% off scale" in texts(log_plot(source_rock(hot=900.0)))


@pytest.mark.parametrize(("values", "note"), [
    (np.r_[np.full(97, 0.2), np.full(3, 0.7)], "3% off scale"),
    (np.r_[np.full(999, 0.2), 0.7], "<1% off scale"),
    (np.r_[np.full(9, 0.2), np.full(81, np.nan), 0.7], "10% off scale"),
    (np.full(100, np.float32(-0.15)), None),
])
def test_the_header_says_the_share_that_is_off_scale(values: np.ndarray, note: str | None):
    figure = log_plot(pa.table({"DEPTH": np.arange(float(len(values))), "NPHI": values}))
    assert [text for text in texts(figure) if "off scale" in text] == ([note] if note else [])


def test_what_a_logarithmic_scale_cannot_show_counts_too():
    figure = log_plot(pa.table({"DEPTH": np.arange(4.0), "RT": [0.0, -1.0, 2.0, 5000.0]}))
    assert "75% off scale" in texts(figure)


def test_a_track_of_ones_own_is_announced_too():
    track = Track((Series("GR", 0, 100, "green"),))
    assert "20% off scale" in texts(log_plot(source_rock(), template=[track]))
