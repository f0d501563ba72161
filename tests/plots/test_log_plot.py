from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mudrock_jupyter.plots.crossplot import crossplot
from mudrock_jupyter.plots.log_plot import log_plot
from mudrock_jupyter.spec.errors import InvalidInput, NotFound


def traces(figure) -> dict[str, object]:
    return {trace.name: trace for trace in figure.data}


def axis(figure, curve: str):
    return figure.layout[traces(figure)[curve].xaxis.replace("x", "xaxis")]


def header_texts(figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def test_the_tracks_are_those_of_a_printed_composite_log(make_well):
    figure = log_plot(make_well())
    left = {name: axis(figure, name).domain[0] for name in traces(figure) if name in (
        "GR", "CALI", "RT", "RHOB", "NPHI", "DTC", "PHIE", "SW", "PAY", "ZONE")}
    assert left["GR"] == left["CALI"] < left["RT"] < left["RHOB"] == left["NPHI"] < left["DTC"]
    assert left["DTC"] < left["PHIE"] < left["SW"] < left["PAY"] < left["ZONE"]
    ranges = {name: tuple(axis(figure, name).range) for name in left}
    assert ranges["GR"] == (0, 150)
    assert ranges["RT"] == pytest.approx(np.log10([0.2, 2000]))
    assert ranges["RHOB"] == (1.95, 2.95)
    assert ranges["NPHI"] == (0.45, -0.15)
    assert ranges["DTC"] == (140, 40)
    assert ranges["SW"] == (1, 0)
    assert axis(figure, "RT").type == "log"


def test_one_depth_axis_increases_downward(make_well):
    figure = log_plot(make_well())
    bottom, top = figure.layout.yaxis.range
    assert bottom > top
    assert {trace.yaxis for trace in figure.data} == {None}
    assert "yaxis2" not in figure.layout.to_plotly_json()


def test_the_header_lists_curve_scale_and_unit(make_well):
    texts = header_texts(log_plot(make_well(), curves=["CALI", "NPHI"]))
    assert texts == ["<b>CALI</b>", "6", "in", "16", "<b>DEPTH</b><br>m",
                     "<b>NPHI</b>", "0.45", "v/v", "-0.15"]


def test_the_scale_is_in_the_unit_of_the_curve():
    field = pa.field("DEN", pa.float64(), metadata={"unit": "K/M3"})
    depth = pa.field("DEPT", pa.float64(), metadata={"unit": "F"})
    table = pa.table([[1.0, 2.0], [2300.0, 2650.0]], schema=pa.schema([depth, field]))
    figure = log_plot(table)
    assert axis(figure, "DEN").range == (1950, 2950)
    assert traces(figure)["DEN"].x.tolist() == [2300, 2650]
    assert "kg/m3" in header_texts(figure)
    assert "<b>DEPTH</b><br>ft" in header_texts(figure)


def test_a_curve_without_a_convention_has_a_track_and_a_range_no_spike_sets():
    tension = np.linspace(2810, 3180, 1000)
    tension[5] = 1e6
    figure = log_plot(pa.table({"DEPTH": np.arange(1000.0), "GR": tension / 30, "TENS": tension}))
    assert axis(figure, "TENS").range == (2800, 3200)
    assert axis(figure, "TENS").domain[0] > axis(figure, "GR").domain[0]


def test_the_fill_is_yellow_where_density_plots_left_of_neutron(make_well):
    figure = log_plot(make_well())
    gas = traces(figure)["gas crossover"]
    table = make_well()
    depth = table["DEPTH"].to_numpy()
    density, neutron = table["RHOB"].to_numpy(), table["NPHI"].to_numpy()
    crossed = (density - 1.95) / 1.0 < (0.45 - neutron) / 0.6
    drawn = gas.y[~np.isnan(gas.y)]
    assert depth[crossed].min() - 0.2 <= drawn.min()
    assert drawn.max() <= depth[crossed].max() + 0.2
    assert traces(figure)["RHOB"].y.tolist() == traces(figure)["NPHI"].y.tolist()


def test_extremes_and_gaps_are_drawn(make_well):
    figure = log_plot(make_well(20_000))
    assert traces(figure)["GR"].x.max() == 400
    assert np.isnan(traces(figure)["DTC"].x).sum() >= 1
    assert traces(figure)["GR"].x.dtype == np.float32


def test_the_figure_is_small(make_well):
    figure = log_plot(make_well(20_000))
    assert len(figure.to_json()) < 500_000


def test_zones_and_flags_are_intervals(make_well):
    figure = log_plot(make_well(), curves=["PAY", "ZONE"])
    zones, pay = traces(figure)["ZONE"], traces(figure)["PAY"]
    assert list(zones.text) == ["Hugin", "Sleipner"]
    assert zones.base[0] + zones.y[0] == pytest.approx(zones.base[1])
    assert len(pay.base) == 1
    assert pay.base[0] == pytest.approx(2400 + 0.1 * 801, abs=0.2)


def test_any_table_will_do(make_well):
    table = make_well(50)
    for other in (table, table.to_pandas(), pl.from_arrow(table), table.to_reader()):
        assert "GR" in traces(log_plot(other))


def test_descending_depth_and_depth_as_index():
    frame = pd.DataFrame({"GR": [1.0, 2.0, 3.0]}, index=pd.Index([30.0, 20.0, 10.0], name="DEPTH"))
    assert traces(log_plot(frame))["GR"].y.tolist() == [10, 20, 30]


def test_several_wells_need_one_to_be_named(make_well):
    both = pa.concat_tables([make_well(20, "a-1"), make_well(30, "b-2")])
    with pytest.raises(InvalidInput, match=r"2 wells \(a-1, b-2\).*well='a-1'"):
        log_plot(both)
    assert len(traces(log_plot(both, well="b-2"))["CALI"].x) == 30
    with pytest.raises(NotFound, match=r"no well 'b-3'\. Did you mean 'b-2'"):
        log_plot(both, well="b-3")


def test_a_wrong_curve_is_not_found(make_well):
    with pytest.raises(NotFound, match=r"no curve 'PHIEE'\. Did you mean 'PHIE'"):
        log_plot(make_well(20), curves=["PHIEE"])
    with pytest.raises(NotFound, match="no curve 'DEPTH'"):
        log_plot(pa.table({"GR": [1.0]}))


def test_a_depth_window(make_well):
    figure = log_plot(make_well(), depth=(2450, 2460))
    assert traces(figure)["GR"].y.min() == 2450
    with pytest.raises(InvalidInput, match=r"logged from 2400 to 2599\.9"):
        log_plot(make_well(), depth=(1, 2))


@pytest.mark.parametrize("tops", [
    {"Hugin": 2450.0, "Deeper": 9999.0},
    pd.DataFrame({"NAME": ["Hugin", "Deeper"], "DEPTH": [2450.0, 9999.0]}),
])
def test_tops_are_lines_across_with_a_name(make_well, tops: Mapping[str, float] | pd.DataFrame):
    figure = log_plot(make_well(), tops=tops)
    assert "Hugin" in header_texts(figure)
    assert "Deeper" not in header_texts(figure)
    assert [line.y0 for line in figure.layout.shapes if line.y0 == 2450.0] == [2450.0]


def test_plain_gives_each_curve_a_track(make_well):
    figure = log_plot(make_well(), curves=["NPHI", "RHOB"], template="plain")
    assert axis(figure, "NPHI").domain[1] == axis(figure, "RHOB").domain[0]
    assert [trace.name for trace in figure.data] == ["NPHI", "RHOB"]


def test_a_curve_of_nulls_and_one_of_zeros_on_a_log_scale_are_drawn_empty():
    table = pa.table({"DEPTH": [1.0, 2.0], "GR": pa.nulls(2, pa.float64()), "RT": [0.0, -1.0]})
    figure = log_plot(table, curves=["GR", "RT"])
    assert len(traces(figure)["GR"].x) == len(traces(figure)["RT"].x) == 0


def test_neutron_density_has_density_downward(make_well):
    figure = crossplot(make_well(), "NPHI", "RHOB", color="GR")
    assert figure.layout.xaxis.range == (-0.15, 0.45)
    assert figure.layout.yaxis.range == (2.95, 1.95)
    assert (figure.data[0].marker.cmin, figure.data[0].marker.cmax) == (0, 150)


def test_a_pickett_plot_is_logarithmic(make_well):
    figure = crossplot(make_well(), "RT", "PHIE", color="ZONE")
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")
    assert [trace.name for trace in figure.data] == ["Hugin", "Sleipner"]


def test_a_crossplot_says_when_it_draws_a_part(make_well):
    figure = crossplot(make_well(), "GR", "CALI", maximum_points=100)
    assert len(figure.data[0].x) == 100
    assert "100 of 2,000" in figure.layout.title.text
    assert json.loads(figure.to_json()) == json.loads(
        crossplot(make_well(), "GR", "CALI", maximum_points=100).to_json()
    )


def test_a_crossplot_of_names_or_of_nothing_is_refused(make_well):
    with pytest.raises(InvalidInput, match="ZONE holds no numbers"):
        crossplot(make_well(), "ZONE", "GR")
    with pytest.raises(InvalidInput, match="No sample has both"):
        crossplot(pa.table({"A": [1.0, None], "B": [None, 1.0]}), "A", "B")
    with pytest.raises(NotFound, match="Did you mean 'CALI'"):
        crossplot(make_well(), "GR", "CALLI")
