"""Every real LAS file at hand, in one import, against a second plain reading of each."""

from __future__ import annotations

import logging
from pathlib import Path

import lasio
import numpy as np
import pytest

from mudrock_jupyter.wells.store import WellStore

# What cannot be imported, and the words that say why. All other files must come in.
REFUSED = {
    "0-d_Array_2_(MS).las": "LAS 3", "Curve-Param_Error_11_(SS).las": "LAS 3",
    "Curve-Param_Error_13_(SS).LAS": "LAS 3", "Curve-Param_Error_15_(SS).LAS": "LAS 3",
    "Curve-Param_Error_1_(MS).LAS": "LAS 3", "Curve-Param_Error_2_(MS).LAS": "LAS 3",
    "Curve-Param_Error_4_(MS).LAS": "LAS 3", "Curve-Param_Error_6_(SS).LAS": "LAS 3",
    "Curve-Param_Error_8_(SS).las": "LAS 3", "Curve-Param_Unknown_1(SS).las": "LAS 3",
    "Good_File_(SS).las": "LAS 3", "Reshape_Error_2_(SS).las": "LAS 3",
    "las-30a-revised-2010.las": "LAS 3", "sample_3.0_tab_dlm.las": "LAS 3", "E1.las": "LAS 3",
    "E4.las": "LAS 3", "las_3_cwls.las": "LAS 3", "P-129_striplog_from_cuttings.las": "LAS 3",
    "barebones2.las": "names no curves", "data_characters_numeric.las": "index is TIME",
    "sample_2.0_based.las": "index is ETIM", "issue83.las": "names 6 curves, but the rows have 4",
    "not_a_las_file.las": "not a LAS file", "x.las": "empty",
}


@pytest.fixture(scope="module")
def paths(shared_data):
    found = sorted(p for p in shared_data.glob("las_*/*") if p.suffix.lower() == ".las")
    assert len(found) >= 125
    return found


@pytest.fixture(scope="module")
def imported(paths, tmp_path_factory):
    store = WellStore(tmp_path_factory.mktemp("project") / "all")
    return store, store.import_files(paths)


@pytest.fixture(scope="module")
def sources(imported):
    """The stored file of each source, by path."""
    store, report = imported
    by_name = {f.footer["source_file"]: (w, f) for w in store.wells() for f in w.files}
    return [(Path(line.file), line, *by_name[Path(line.file).name]) for line in report
            if line.status != "failed"]


def test_one_line_per_file_and_only_the_refused_fail(imported, paths):
    _, report = imported
    assert [line.file for line in report] == [str(path) for path in paths]
    failed = {Path(line.file).name: line.message for line in report.failed}
    assert set(failed) == set(REFUSED)
    for name, reason in REFUSED.items():
        assert reason in failed[name]


def test_rows_columns_and_depths_are_those_of_a_plain_reading(sources, plain_las):
    assert len(sources) == 125 - len(REFUSED)
    for path, line, _, file in sources:
        plain = plain_las(path)
        columns = plain.curves
        assert {len(row) for row in plain.rows} == {columns}, path
        assert (line.rows, line.curves) == (len(plain.rows), columns), path
        assert (file.rows, len(file.schema.names)) == (len(plain.rows), columns), path
        assert (file.depth_top, file.depth_base) == (min(plain.depths), max(plain.depths)), path


def test_values_are_those_of_a_plain_reading(sources, imported, plain_las):
    store, _ = imported
    for path, _, well, file in sources:
        plain = plain_las(path)
        stored = store.read(well.well_id, set=file.set)
        order = np.argsort(plain.depths)
        for position, name in enumerate(file.schema.names):
            column = stored.column(name)
            if str(column.type) == "string":
                continue
            ours, truth = column.to_numpy(), plain.column(position)[order]
            if position == 0:
                truth = np.array(plain.depths)[order]
            removed = np.isnan(ours) & ~np.isnan(truth)
            assert set(truth[removed]) <= {-999.25, -999.0, -9999.0, -9999.25, -111.111}, path
            np.testing.assert_array_equal(ours[~removed], truth[~removed], err_msg=f"{path} {name}")


def test_values_are_those_of_lasio_where_lasio_reads_the_file(sources, imported, caplog):
    store, _ = imported
    compared = 0
    caplog.set_level(logging.CRITICAL)
    for path, _, well, file in sources:
        try:
            las = lasio.read(str(path))
        except KeyError:  # UTF-16 without a mark
            continue
        stored = store.read(well.well_id, set=file.set)
        shape = (file.rows, len(file.schema.names))
        if las.data.dtype.kind != "f" or las.data.shape != shape:
            continue
        order = np.argsort(las.data[:, 0])
        for position, name in enumerate(file.schema.names):
            ours, theirs = stored.column(name), las.data[order, position]
            if str(ours.type) == "string":
                continue
            ours = ours.to_numpy()
            both = ~np.isnan(ours) & ~np.isnan(theirs)
            np.testing.assert_array_equal(ours[both], theirs[both], err_msg=f"{path} {name}")
            assert not (np.isnan(theirs) & ~np.isnan(ours)).any() or position == 0
        compared += 1
    assert compared >= 90


def test_golden_imports(shared_golden, shared_data, tmp_path):
    cases = [case for case in shared_golden if case["operator"] == "io_las_import"]
    assert len(cases) >= 4
    for case in cases:
        store = WellStore(tmp_path / case["id"])
        path = shared_data / case["inputs"]["file"].removeprefix("data/public/")
        (line,) = store.import_files(path)
        expected = case["expected"]
        (well,) = store.wells()
        names = [key.split("_", 1)[1] for key in expected if key.startswith(("mean_", "nonnull_"))]
        table = store.read(well.well_id, names).to_pandas()
        assert line.rows == expected["rows"] == len(table)
        assert line.curves == expected["n_curves"]
        assert table["DEPTH"].iloc[0] == pytest.approx(expected["first_depth"], rel=1e-9)
        assert table["DEPTH"].iloc[-1] == pytest.approx(expected["last_depth"], rel=1e-9)
        for name in names:
            if f"mean_{name}" in expected:
                assert table[name].mean() == pytest.approx(expected[f"mean_{name}"], rel=1e-9)
            if f"nonnull_{name}" in expected:
                assert table[name].notna().sum() == expected[f"nonnull_{name}"]


def test_importing_all_again_changes_nothing(imported, paths):
    store, first = imported
    before = {p: p.stat().st_mtime_ns for p in store.layout.wells.rglob("*.parquet")}
    again = store.import_files(paths)
    assert {p: p.stat().st_mtime_ns for p in store.layout.wells.rglob("*.parquet")} == before
    for old, new in zip(first, again, strict=True):
        if old.status != "failed":
            assert new.status == old.status, "what was wrong with a file is told again"
            assert "Already imported" in new.message
            assert (new.rows, new.curves, new.well) == (old.rows, old.curves, old.well)


def test_every_rename_is_on_record(sources):
    for path, line, _, file in sources:
        for curve in file.schema:
            source = curve.metadata[b"source_mnemonic"].decode()
            if source.upper() != curve.name:
                named = f"{source} is {curve.name}" in line.message or "more" in line.message
                assert named, (path, curve.name)
