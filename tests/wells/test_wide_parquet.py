from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mudrock_jupyter.wells.store import WellStore


@pytest.fixture
def store(tmp_path):
    return WellStore(tmp_path / "project")


def import_table(store, tmp_path, columns, units=None, name="wide.parquet"):
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    fields = [field.with_metadata({"unit": (units or {}).get(field.name, "")})
              for field in table.schema]
    path = tmp_path / name
    pq.write_table(table.cast(pa.schema(fields)), path)
    (line,) = store.import_files(path)
    return line


def test_one_well_named_after_its_file(store, tmp_path):
    columns = {"GR": [1, 2, None], "MD": [3.0, 2.0, 1.0], "DT": [90.0, -999.25, float("nan")]}
    line = import_table(store, tmp_path, columns, {"MD": "M", "DT": "US/F"}, "15_9-19.parquet")
    assert (line.status, line.well, line.rows, line.curves) == ("ok", "15_9-19", 3, 3)
    table = store.read("15-9-19")
    assert table.to_pydict() == {"DEPTH": [1.0, 2.0, 3.0], "GR": [None, 2.0, 1.0],
                                 "DTC": [None, None, 90.0]}
    assert table.schema.field("DTC").metadata[b"unit"] == b"us/ft"


def test_many_wells_in_one_file(store, tmp_path):
    columns = {"WELL": ["A", "B", "A"], "DEPTH": [1.0, 1.0, 2.0], "GR": [1.0, 2.0, 3.0]}
    line = import_table(store, tmp_path, columns, {"DEPTH": "ft"})
    assert (line.status, line.well, line.rows, line.curves) == ("ok", "A, B", 3, 2)
    assert store.read("A").column("GR").to_pylist() == [1.0, 3.0]
    assert store.depth_unit == "ft"
    (again,) = store.import_files(tmp_path / "wide.parquet")
    assert "Already imported" in again.message


def test_wells_whose_ids_would_be_the_same_stay_apart(store, tmp_path):
    columns = {"WELL": ["Å-1", "A-1"], "DEPTH": [1.0, 1.0], "GR": [1.0, 2.0]}
    assert import_table(store, tmp_path, columns, {"DEPTH": "m"}).status == "ok"
    assert {well.name: well.well_id for well in store.wells()} == {"Å-1": "a-1", "A-1": "a-1-2"}


def test_an_unknown_unit_of_depth_is_a_warning(store, tmp_path):
    line = import_table(store, tmp_path, {"DEPTH": [1.0], "GR": [1.0]})
    assert line.status == "warning"
    assert "unit of depth of wide is not known" in line.message


def test_text_is_kept_and_lists_are_left_out_by_name(store, tmp_path):
    columns = {"DEPTH": [1.0], "LITH": ["sand"], "NMR": [[1.0, 2.0]]}
    line = import_table(store, tmp_path, columns, {"DEPTH": "m"})
    assert line.status == "warning"
    assert "NMR holds list" in line.message
    assert store.read("wide").to_pydict() == {"DEPTH": [1.0], "LITH": ["sand"]}


@pytest.mark.parametrize(("columns", "words"), [
    ({"GR": [1.0]}, "no depth column"),
    ({"DEPTH": ["a"], "GR": [1.0]}, "holds string, not numbers"),
    ({"DEPTH": [1.0, None], "GR": [1.0, 2.0]}, "missing in 1 rows of well wide"),
    ({"DEPTH": [1.0, 1.0], "GR": [1.0, 2.0]}, "same value twice in well wide"),
    ({"WELL": ["A", None], "DEPTH": [1.0, 1.0]}, "WELL is missing in 1 rows"),
    ({"DEPTH": pa.array([], pa.float64())}, "no rows"),
])
def test_refused(store, tmp_path, columns, words):
    line = import_table(store, tmp_path, columns)
    assert line.status == "failed"
    assert words in line.message
    assert not store.root.exists()


def test_what_is_no_parquet(store, tmp_path):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1 not really")
    (line,) = store.import_files(path)
    assert line.status == "failed"
    assert "not readable Parquet" in line.message


def test_a_files_own_export_comes_back_under_its_name(store, tmp_path):
    import_table(store, tmp_path, {"DEPTH": [1.0], "GR": [1.0]}, {"DEPTH": "m"}, "Ærfugl.parquet")
    other = WellStore(tmp_path / "other")
    (line,) = other.import_files(store.well("Ærfugl").files[0].path)
    assert (line.status, line.well) == ("ok", "Ærfugl")
