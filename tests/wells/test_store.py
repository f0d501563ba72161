from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mudrock_jupyter.spec.errors import InvalidInput, NotFound, NotSupported, ReadFailed
from mudrock_jupyter.wells.layout import is_well_id, slug
from mudrock_jupyter.wells.log_file import curve_field, write_log_file
from mudrock_jupyter.wells.store import WellStore


def logs(depth, **curves):
    fields = [curve_field("DEPTH", "M"), *(curve_field(name, "") for name in curves)]
    columns = [pa.array(values, pa.float64()) for values in (depth, *curves.values())]
    return pa.table(columns, schema=pa.schema(fields))


@pytest.fixture
def store(tmp_path):
    return WellStore(tmp_path / "north-sea")


@pytest.fixture
def filled(store):
    store.write_logs("15/9-19 A", logs([1.0, 2.0, 3.0], GR=[10.0, None, 30.0], DTC=[90, 91, 92]))
    return store


def test_nothing_is_written_before_the_first_write(store):
    assert store.wells() == []
    assert store.curves() == []
    assert not store.root.exists()
    assert store.name == "north-sea"


def test_project_file(filled):
    content = json.loads(filled.layout.project_file.read_text())
    assert content["id"] == filled.id
    assert content["name"] == "north-sea"
    assert content["depth_unit"] == "m"
    assert -999.25 in content["null_values"]
    assert WellStore(filled.root).id == filled.id


def test_the_file_on_disk_is_as_designed(filled):
    parquet = pq.ParquetFile(filled.root / "wells/15-9-19-a/logs_composite.parquet")
    column = parquet.metadata.row_group(0).column(1)
    assert column.compression == "LZ4"
    assert not any("DICTIONARY" in encoding for encoding in column.encodings)
    assert column.statistics.null_count == 1
    footer = {k.decode(): v.decode() for k, v in parquet.schema_arrow.metadata.items()}
    assert footer["mudrock:project_id"] == filled.id
    assert footer["mudrock:well_id"] == "15-9-19-a"
    assert footer["mudrock:well_name"] == "15/9-19 A"
    assert {"mudrock:author", "mudrock:written_at", "mudrock:source_file",
            "mudrock:source_sha256"} <= set(footer)
    unit = parquet.schema_arrow.field("DEPTH").metadata
    assert (unit[b"unit"], unit[b"source_unit"]) == (b"m", b"M")


def test_row_groups_are_of_a_size_to_skip(store):
    depth = np.arange(100_000) * 0.1
    store.write_logs("W", logs(depth, GR=depth))
    parquet = pq.ParquetFile(store.root / "wells/w/logs_composite.parquet")
    sizes = [parquet.metadata.row_group(n).num_rows for n in range(parquet.num_row_groups)]
    assert all(8_192 <= size <= 65_536 for size in sizes[:-1])
    assert sum(sizes) == 100_000


def test_read_names_columns_as_asked_and_says_what_is_stored(filled):
    table = filled.read("15/9-19 A", ["DT", "gr"])
    assert table.column_names == ["DEPTH", "DT", "gr"]
    assert table.schema.field("DT").metadata[b"stored_as"] == b"DTC"
    assert table.column("gr").to_pylist() == [10.0, None, 30.0]


@pytest.mark.parametrize(("depth", "expected"), [
    ((2, 3), [2.0, 3.0]), ((None, 2), [1.0, 2.0]), ((1.5, None), [2.0, 3.0]), ((5, 9), []),
    (None, [1.0, 2.0, 3.0]), ((2, 2), [2.0]), ((float("-inf"), float("inf")), [1.0, 2.0, 3.0]),
])
def test_depth_range_is_inclusive(filled, depth, expected):
    assert filled.read("15-9-19-a", ["GR"], depth).column("DEPTH").to_pylist() == expected


def test_only_depth(filled):
    assert filled.read("15-9-19-a", ["DEPTH"]).column_names == ["DEPTH"]
    assert filled.read("15-9-19-a", []).column_names == ["DEPTH"]
    assert filled.read("15-9-19-a", ["MD", "GR"]).column_names == ["DEPTH", "GR"]


def test_one_curve_under_two_names(filled):
    table = filled.read("15-9-19-a", ["DT", "DTC", "DT"])
    assert table.column_names == ["DEPTH", "DT", "DTC"]
    with pytest.raises(InvalidInput, match="asked for twice"):
        filled.read("15-9-19-a", ["GR", "gr"])


@pytest.mark.parametrize(("call", "words"), [
    (lambda s: s.read("15/9-19 B"), "Did you mean '15/9-19 A'"),
    (lambda s: s.well("../15-9-19-a"), "There is no well"),
    (lambda s: s.well(""), "There is no well"),
    (lambda s: s.well("x" * 5000), "There is no well"),
    (lambda s: s.read("15-9-19-a", ["GRR_X"]), "has no curve 'GRR_X'"),
    (lambda s: s.read("15-9-19-a", ["DTCC"]), "Did you mean 'DTC'"),
    (lambda s: s.read("15-9-19-a", set="composit"), "Did you mean 'composite'"),
])
def test_what_is_not_there_is_named(filled, call, words):
    with pytest.raises(NotFound, match=words):
        call(filled)


def test_a_depth_range_upside_down(filled):
    with pytest.raises(InvalidInput, match="upside down"):
        filled.read("15-9-19-a", depth=(3, 1))
    with pytest.raises(InvalidInput, match="needs numbers"):
        filled.read("15-9-19-a", depth=(float("nan"), 1))


def test_sets_on_the_same_depths_are_joined(filled):
    filled.write_logs("15/9-19 A", logs([1.0, 2.0, 3.0], T2=[1, 2, 3]), set="nmr")
    filled.write_logs("15/9-19 A", logs([1.0, 2.5], NEW=[1, 2]), set="run2")
    assert filled.read("15-9-19-a").column_names == ["DEPTH", "GR", "DTC", "T2"]
    assert filled.read("15-9-19-a", ["T2", "GR"]).column("T2").to_pylist() == [1.0, 2.0, 3.0]
    assert filled.read("15-9-19-a", ["NEW"]).num_rows == 2
    with pytest.raises(InvalidInput, match=r"different depths .*GR in composite; NEW in run2"):
        filled.read("15-9-19-a", ["GR", "NEW"])


def test_a_set_is_not_replaced_unless_told(filled):
    with pytest.raises(InvalidInput, match="replace=True"):
        filled.write_logs("15/9-19 A", logs([1.0], GR=[1.0]))
    filled.write_logs("15/9-19 A", logs([1.0], GR=[1.0]), replace=True)
    assert filled.read("15-9-19-a").num_rows == 1


def test_the_newest_computed_curve_is_read_with_the_logs(filled):
    for day, value in ((1, 0.1), (2, 0.2)):
        path = filled.layout.computed("15-9-19-a", "VSH", datetime(2026, 1, day, tzinfo=UTC))
        write_log_file(path, logs([1.0, 2.0, 3.0], VSH=[value] * 3), {"operator": "vsh_linear"})
    assert filled.read("15-9-19-a", ["VSH", "GR"]).column("VSH").to_pylist() == [0.2] * 3
    (row,) = (row for row in filled.curves("15-9-19-a") if row["mnemonic"] == "VSH")
    assert row["set"] == "computed"


def test_curves_are_described_from_footers(filled):
    row = filled.curves("15/9-19 A")[0]
    assert row == {"well_id": "15-9-19-a", "set": "composite", "mnemonic": "GR", "unit": "",
                   "description": "", "source_mnemonic": "GR", "source_unit": "", "count": 2,
                   "top": 1.0, "base": 3.0}


def test_another_store_sees_new_files_at_once(filled):
    other = WellStore(filled.root)
    assert len(other.wells()) == 1
    filled.write_logs("New", logs([1.0], GR=[1.0]))
    filled.write_logs("15/9-19 A", logs([1.0], XX=[1.0]), replace=True)
    assert [well.well_id for well in other.wells()] == ["15-9-19-a", "new"]
    assert other.well("15-9-19-a").curves == ("XX",)


def test_tops(filled):
    assert filled.tops("15-9-19-a").num_rows == 0
    filled.write_tops("15/9-19 A", pa.table({"TOP": ["Hugin", "Draupne"], "DEPTH": [3, 2]}))
    assert filled.tops("15-9-19-a").to_pydict() == {"TOP": ["Draupne", "Hugin"],
                                                    "DEPTH": [2.0, 3.0]}
    assert filled.tops("15-9-19-a").schema.field("DEPTH").metadata[b"unit"] == b"m"
    with pytest.raises(InvalidInput, match="TOP is missing"):
        filled.write_tops("15-9-19-a", pa.table({"DEPTH": [1.0]}))


@pytest.mark.parametrize(("table", "words"), [
    (logs([1.0, 1.0], GR=[1, 2]), "same value twice"),
    (logs([1.0, None], GR=[1, 2]), "missing values"),
    (logs([], GR=[]), "at least one row"),
    (pa.table({"GR": [1.0]}), "needs a DEPTH column"),
])
def test_tables_that_are_no_logs(store, table, words):
    with pytest.raises(InvalidInput, match=words):
        store.write_logs("W", table)
    assert store.wells() == []


def test_a_damaged_file_is_named(filled):
    path = filled.root / "wells/15-9-19-a/logs_run1.parquet"
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(ReadFailed, match=r"logs_run1.parquet is damaged"):
        filled.wells()


@pytest.mark.parametrize(("text", "words"), [
    ("{", "line 1, is not JSON"), ("[]", "no project id"), ('{"id": 1}', "no project id"),
    ('{"id": "a", "format": "mudrock-project/9"}', "Update mudrock-jupyter"),
    ('{"id": "a", "null_values": ["x"]}', "list of numbers"),
])
def test_a_damaged_project_file_is_named(tmp_path, text, words):
    (tmp_path / "project.json").write_text(text)
    with pytest.raises(InvalidInput, match=words):
        WellStore(tmp_path)


def test_roots_that_are_no_folders(tmp_path):
    with pytest.raises(NotSupported, match="Use a local folder"):
        WellStore("s3://bucket/north-sea")
    (tmp_path / "file").write_text("")
    with pytest.raises(ReadFailed, match="is a file: no project can be there"):
        WellStore(tmp_path / "file")


def test_a_folder_named_like_a_pattern_reads_its_own_file(tmp_path):
    for name, value in (("p1", 1.0), ("p[1]", 2.0), ("p*", 3.0), ("p'; --", 4.0)):
        WellStore(tmp_path / name).write_logs("W", logs([1.0], GR=[value]))
    for name, value in (("p1", 1.0), ("p[1]", 2.0), ("p*", 3.0), ("p'; --", 4.0)):
        assert WellStore(tmp_path / name).read("w").to_pydict() == {"DEPTH": [1.0], "GR": [value]}


@given(st.text(max_size=120))
def test_a_slug_is_a_safe_name_for_a_folder(name):
    assert is_well_id(slug(name))
    assert slug(slug(name)) == slug(name)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e5, 1e5), st.none() | st.floats(allow_infinity=False)),
                min_size=1, max_size=60, unique_by=lambda row: row[0] + 0.0))
def test_what_is_written_is_read_back_sorted_with_null_for_nan(tmp_path_factory, rows):
    store = WellStore(tmp_path_factory.mktemp("project"))
    store.write_logs("W", logs([d for d, _ in rows], GR=[v for _, v in rows]))
    expected = [(d, None if v is None or v != v else v)
                for d, v in sorted(rows, key=lambda row: row[0])]
    table = store.read("w")
    assert list(zip(*(c.to_pylist() for c in table.columns), strict=True)) == expected
