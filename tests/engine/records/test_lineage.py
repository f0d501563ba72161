"""Lineage: exact for columns, and as text, drawing and PROV-O."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mudrock_jupyter.engine.records.folder import RunFolder
from mudrock_jupyter.engine.records.lineage import Column
from mudrock_jupyter.spec.errors import NotFound
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import edge, node, pipeline
from tests.engine.records.conftest import Recorded


def test_a_column_goes_back_to_curves_and_files(recorded: Recorded, chain: PipelineSpec) -> None:
    run = recorded(chain)
    of = run.lineage().of("out", "SMOOTH")
    assert of.columns == (
        Column("logs", "DEPTH"), Column("logs", "RT"), Column("logs", "GR"),
        Column("vsh", "VSH"), Column("ratio", "RATIO"), Column("mean", "RATIO_MEAN"),
        Column("rename", "SMOOTH"),
    )  # fmt: skip
    assert of.curves == ["GR", "RT"]  # not RHOB, which only HIGH reads
    assert of.files == [f"wells/w{n}/logs_composite.parquet" for n in range(5)]
    assert run.lineage().of("out", "HIGH").curves == ["GR", "RHOB", "RT"]
    assert run.lineage().of("out", "RHOB").columns == (Column("logs", "RHOB"),)


def test_filters_influence_rows_and_are_no_source(
    recorded: Recorded, chain: PipelineSpec
) -> None:
    of = recorded(chain).lineage().of("out", "RHOB")
    assert of.curves == ["RHOB"]
    assert of.influences == {"logs": (Column("logs", "DEPTH"),),
                             "keep": (Column("vsh", "VSH"),)}
    assert recorded(chain).lineage().of("vsh", "VSH").influences.keys() == {"logs"}


def test_a_condition_on_a_connection_influences_the_wells(recorded: Recorded) -> None:
    nodes = [node("logs", "well_logs"), node("vsh", "test_vsh"), node("out", "output")]
    spec = pipeline(nodes, [edge("logs", "vsh"), edge(
        "vsh", "out", edge_type="conditional", condition="VSH < 0.9 and RT > 0")])
    of = recorded(spec).lineage().of("out", "RHOB")
    assert of.influences == {"out": (Column("logs", "RT"), Column("vsh", "VSH"))}


def test_a_list_of_failures_has_a_lineage_too(recorded: Recorded) -> None:
    nodes = [node("logs", "well_logs"), node("picky", "test_picky", most=139.0),
             node("out", "output"), node("lost", "output")]
    spec = pipeline(nodes, [edge("logs", "picky"), edge("picky", "out"),
                            edge("picky", "lost", edge_type="error")])
    run = recorded(spec)
    assert "message" in str(run.lineage())
    assert run.lineage().of("lost", "message").curves == []
    assert run.lineage().to_svg()
    assert run.lineage().to_prov()


def test_a_replaced_column_goes_back_to_the_one_it_replaced(recorded: Recorded) -> None:
    spec = pipeline([node("logs", "well_logs"), node("vsh", "test_vsh"),
                     node("again", "test_mean", {"mean": "VSH"}, curves=["VSH"]),
                     node("out", "output")])
    of = recorded(spec).lineage().of("out", "VSH")
    assert Column("vsh", "VSH") in of.columns
    assert of.made(of.targets[0]) == Column("again", "VSH")


def test_tables_are_told_by_what_they_declare(recorded: Recorded) -> None:
    nodes = [node("logs", "well_logs"), node("vsh", "test_vsh"), node("count", "test_count"),
             node("part", "arr_depth_window", base=1050), node("stack", "test_stack"),
             node("out", "output"), node("both", "output")]
    spec = pipeline(nodes, [edge("logs", "vsh"), edge("vsh", "count"), edge("count", "out"),
                            edge("logs", "part"), edge("logs", "stack", "left"),
                            edge("part", "stack", "right"), edge("stack", "both")])
    found = recorded(spec).lineage()
    assert found.of("out", "GR_mean").curves == ["GR"]
    assert found.of("out", "GR_mean").record.lineage["count"].exact is False
    assert found.of("out", "well_id").columns == (
        Column("logs", "well_id"), Column("count", "well_id"))
    assert found.of("both", "RT").curves == ["GR", "RHOB", "RT"]  # opaque: any column


def test_a_source_says_what_a_curve_is_called_in_which_files(
    recorded: Recorded, wells: WellStore
) -> None:
    from tests.engine.pipelines import add_well, samples

    other = samples(7)
    gamma = other.pop("GR")
    add_well(wells, "w7", {**other, "GRC": gamma})
    spec = pipeline([node("logs", "well_logs", curves=["GR"]), node("out", "output")])
    of = recorded(spec).lineage().of("out", "GR")
    stored = of.stored_as(Column("logs", "GR"))
    assert {name: len(files) for name, files in stored.items()} == {"GR": 5, "GRC": 1}
    assert "GRC" in str(of)
    assert "stored as GRC" in of.to_svg()


def test_nodes_and_columns_that_are_not_there_have_a_nearest_name(
    recorded: Recorded, chain: PipelineSpec
) -> None:
    found = recorded(chain).lineage()
    with pytest.raises(NotFound, match="Did you mean 'ratio'"):
        found.of("ratoi", "RATIO")
    with pytest.raises(NotFound, match="Did you mean 'SMOOTH'"):
        found.of("out", "SMOTH")


def test_it_is_the_same_from_the_file(
    recorded: Recorded, chain: PipelineSpec, wells: WellStore
) -> None:
    run = recorded(chain)
    assert run.record is not None
    again = RunFolder(wells.layout.runs).read(run.record.run_id).trace()
    assert str(again) == str(run.lineage())
    assert again.to_prov() == run.lineage().to_prov()


def test_the_text_tells_the_chain(recorded: Recorded, chain: PipelineSpec) -> None:
    assert str(recorded(chain).lineage().of("out", "SMOOTH")).splitlines() == [
        "SMOOTH, made by rename from RATIO_MEAN",
        "  RATIO_MEAN, made by mean from DEPTH, RATIO",
        "    DEPTH, read by logs from 5 files",
        "    RATIO, made by ratio from RT, VSH",
        "      RT, read by logs from 5 files",
        "      VSH, made by vsh from GR",
        "        GR, read by logs from 5 files",
        "rows chosen by logs: DEPTH",
        "rows chosen by keep: VSH",
    ]


SVG = "{http://www.w3.org/2000/svg}"


def boxes(svg: str) -> dict[str, tuple[float, float, float, float]]:
    """The boxes of a drawing by their text."""
    found = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        shape, text = group.find(f"{SVG}rect"), group.find(f"{SVG}text")
        assert shape is not None
        assert text is not None
        x, y, w, h = (float(shape.attrib[name]) for name in ("x", "y", "width", "height"))
        found[str(text.text)] = (x, y, x + w, y + h)
    return found


def test_the_drawing_goes_from_left_to_right(recorded: Recorded, chain: PipelineSpec) -> None:
    svg = recorded(chain).lineage().of("out", "SMOOTH").to_svg()
    found = boxes(svg)
    way = ["5 files", "GR", "vsh", "VSH", "ratio", "RATIO", "mean", "RATIO_MEAN", "rename",
           "SMOOTH"]
    assert all(found[a][2] < found[b][0] for a, b in pairwise(way))
    places = list(found.values())
    for number, (x1, y1, x2, y2) in enumerate(places):
        for u1, v1, u2, v2 in places[:number]:
            assert x2 <= u1 or u2 <= x1 or y2 <= v1 or v2 <= y1  # none on another
    assert "stroke-dasharray" in svg  # the filter's influence
    assert "<script" not in svg


def test_names_in_the_drawing_are_text(recorded: Recorded) -> None:
    spec = pipeline([node("logs", "well_logs"), node("vsh", "test_vsh", {"vsh": "<b>'&\""}),
                     node("out", "output")])
    spec.nodes["vsh"].name = "<script>alert(1)</script>"
    html = recorded(spec).lineage()._repr_html_()
    assert "<script" not in html
    assert "<b>" not in html
    ET.fromstring(html)


def test_a_long_chain_is_drawn_and_told(recorded: Recorded) -> None:
    names = [f"n{n}" for n in range(150)]
    spec = pipeline([node("logs", "well_logs"),
                     *(node(name, "test_mean", {"mean": "GR"}, curves=["GR"]) for name in names),
                     node("out", "output")])
    of = recorded(spec).lineage().of("out", "GR")
    assert len(of.columns) == 152
    assert len(str(of).splitlines()) == 150 + 150 + 1
    assert len(boxes(of.to_svg())) > 150


def test_prov_is_read_by_the_prov_package(recorded: Recorded, chain: PipelineSpec) -> None:
    from prov.model import ProvDerivation, ProvDocument, ProvEntity, ProvGeneration, ProvInfluence

    of = recorded(chain).lineage().of("out", "SMOOTH")
    text = json.dumps(of.to_prov())
    document = ProvDocument.deserialize(content=text, format="json")
    again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
    assert again == document
    labels = {str(e.identifier): str(next(iter(e.get_attribute("prov:label"))))
              for e in document.get_records(ProvEntity)}
    derived = {(labels[str(r.args[0])], labels[str(r.args[1])])
               for r in document.get_records(ProvDerivation)}
    assert ("SMOOTH", "RATIO_MEAN") in derived
    assert ("VSH", "GR") in derived
    assert ("GR", "wells/w0/logs_composite.parquet") in derived
    assert ("SMOOTH", "RHOB") not in derived
    assert {labels[str(r.args[1])] for r in document.get_records(ProvInfluence)
            if type(r).__name__ == "ProvInfluence"} == {"VSH", "DEPTH"}
    assert len(list(document.get_records(ProvGeneration))) == len(of.all_columns)
    assert set(of.to_prov()) >= {
        "prefix", "entity", "activity", "agent", "wasGeneratedBy", "used", "wasDerivedFrom",
        "wasAssociatedWith"}


def test_prov_names_the_file_that_was_written(recorded: Recorded, tmp_path: Any) -> None:
    spec = pipeline([node("logs", "well_logs", curves=["GR"]),
                     node("out", "output_csv", path=str(tmp_path / "out.csv"))])
    entities = recorded(spec).lineage().to_prov()["entity"]
    assert isinstance(entities, dict)
    assert str(tmp_path / "out.csv") in json.dumps(entities["run:output-out"])


@settings(max_examples=15, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["mean", "rename"])),
                max_size=7))
def test_lineage_is_what_the_shape_of_the_pipeline_says(
    recorded: Recorded, steps: list[tuple[int, str]]
) -> None:
    """Each step hangs on an earlier one; a step makes a column of one column of that."""
    nodes, edges = [node("s", "well_logs", curves=["GR"])], []
    curve, source = {"s": "GR"}, {"s": {Column("s", "GR")}}
    for number, (at, kind) in enumerate(steps):
        above = nodes[at % len(nodes)].id
        id, made = f"n{number}", f"C{number}"
        if kind == "rename":
            nodes.append(node(id, "arr_rename", map={curve[above]: made}))
            extra = set[Column]()
        else:
            nodes.append(node(id, "test_mean", {"mean": made}, curves=[curve[above]]))
            extra = {Column("s", "DEPTH")}
        edges.append(edge(above, id))
        curve[id], source[id] = made, source[above] | extra | {Column(id, made)}
    ends = [each.id for each in nodes]
    for id in ends:
        nodes.append(node(f"out_{id}", "output"))
        edges.append(edge(id, f"out_{id}"))
    found = recorded(pipeline(nodes, edges)).lineage()
    for id in ends:
        assert set(found.of(f"out_{id}", curve[id]).columns) == source[id]
    assert ET.fromstring(found.to_svg()) is not None
