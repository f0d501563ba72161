"""Files that are wrong in one way each: a clear line for each, never wrong data."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mudrock_jupyter.spec.errors import MudrockError
from mudrock_jupyter.wells.las import read_las
from mudrock_jupyter.wells.reading import Findings
from mudrock_jupyter.wells.store import WellStore

HEADER = """~Version
 VERS. 2.0 : CWLS
 WRAP. NO  :
~Well
 STRT.M 1000.0 :
 STOP.M 1001.0 :
 STEP.M    0.5 :
 NULL. -999.25 :
 WELL. 15/9-19 A : Well
~Curves
 DEPT.M :
 GR.GAPI : Gamma ray
 RHOB.G/C3 : Bulk density
"""
ROWS = "1000.0 50.5 2.25\n1000.5 -999.25 2.35\n1001.0 70.5 2.45\n"
GOOD = f"{HEADER}~A\n{ROWS}"


@pytest.fixture
def store(tmp_path):
    return WellStore(tmp_path / "project")


def import_text(store, tmp_path, text, name="file.las", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    (line,) = store.import_files(path)
    return line


def test_a_good_file_has_nothing_to_say_but_its_names(store, tmp_path):
    line = import_text(store, tmp_path, GOOD)
    assert (line.status, line.well, line.rows, line.curves) == ("ok", "15/9-19 A", 3, 3)
    assert line.messages == ("Canonical names: DEPT is DEPTH.",)
    assert store.read("15-9-19-a").to_pydict() == {
        "DEPTH": [1000.0, 1000.5, 1001.0], "GR": [50.5, None, 70.5], "RHOB": [2.25, 2.35, 2.45]}


@pytest.mark.parametrize(("text", "words"), [
    ("", "empty"),
    ("  \n\n", "empty"),
    (bytes(range(256)) * 40, "zero byte"),
    (b"\x89PNG\r\n\x1a\n" + os.urandom(64) + b"\0" + os.urandom(64), "zero byte"),
    ("just a note\n", "not a LAS file"),
    (HEADER, "no ~A section"),
    (HEADER[:120], "no ~A section"),
    (HEADER + "~A\n", "has no rows"),
    (HEADER + "~A\n# only a comment\n\n", "has no rows"),
    (GOOD[:-6], "last line, 17, has 2 of 3 values: the file is truncated"),
    (HEADER + "~A\n1000 1 2\n1000.5 1 2\n1001 1 2 3\n", "Line 17 has 4 values"),
    (HEADER + "~A\n1000 1 2\n1000.5 1\n1001 1 2\n", "Line 16 has 2 values"),
    (HEADER + "~A\n1000 1\n1000.5 1\n", "names 3 curves, but the rows have 2 values (line 15)"),
    (HEADER + "~A\n1000 1 2\nabc 1 2\n1001 1 2\n", "not a number in line 16: 'abc'"),
    (HEADER + "~A\n1000 1 2\nNaN 1 2\n1001 1 2\n", "not a number in line 16: 'nan'"),
    (HEADER + "~A\n1000 1 2\n1000 1 2\n1001 1 2\n", "same value in line 16: 1000.0 after 1000.0"),
    (HEADER + "~A\n1000 1 2\n1001 1 2\n1000.5 1 2\n", "turns round in line 17"),
    (GOOD + "~A\n1002 1 2\n", "2 ~A sections (lines 14 and 18)"),
    (GOOD.replace("2.0 : CWLS", "3.0 : CWLS"), "LAS 3.0"),
    (HEADER.split("~Curves")[0] + f"~A\n{ROWS}", "names no curves"),
    (GOOD.replace("DEPT.M", "TIME.S"), "Only logs indexed by depth"),
    (GOOD.replace("DEPT.M", "GR2.GAPI"), "not a unit of depth"),
    (GOOD.replace("WRAP. NO", "WRAP. YES").replace("1000.0 50.5 2.25", "1000.0\n50.5"), "wrapped"),
])
def test_refused(store, tmp_path, text, words):
    line = import_text(store, tmp_path, text)
    assert line.status == "failed"
    assert words in line.message
    assert (line.rows, line.curves) == (0, 0)
    assert store.wells() == []
    assert not store.root.exists()


@pytest.mark.parametrize(("text", "words"), [
    (GOOD.replace("1001.0 :", "1010.0 :"), "STOP says 1010, the last row (line 17) is at 1001"),
    (GOOD.replace("1000.0 :", "900 :"), "STRT says 900, the first row (line 15) is at 1000"),
    (GOOD.replace("0.5 :", "0.25 :"), "STEP says 0.25, the step is 0.5"),
    (GOOD.replace("1000.5 -999.25", "1000.7 -999.25"), "the step is between 0.3 and 0.7"),
    (GOOD.replace("RHOB.G/C3", "GR.GAPI"), "twice were numbered: GR is GR_2"),
    (GOOD.replace(" RHOB.G/C3", " .G/C3"), "Curves without a mnemonic are called UNKNOWN"),
    (GOOD.replace(" WELL. 15/9-19 A : Well\n", ""), "does not name the well: called 'file'"),
    (GOOD.replace(" VERS. 2.0 : CWLS\n", ""), "does not say its version"),
    (GOOD.replace("STRT.M", "STRT.FT"), "STRT is in FT, DEPT in M"),
    (GOOD.replace("DEPT.M", "DEPT."), "no unit of depth; M was taken from STRT"),
    (GOOD.replace("70.5", "oops"), "GR has 1 values that are no numbers, the first in line 17"),
    (GOOD.replace("1000.5 -999.25", "1000.5-999.25"), "separated in 1 lines, first in line 16"),
    (GOOD.replace("WRAP. NO", "DLM. COMMA"), "separated by SPACE, not by COMMA"),
    (GOOD.replace("DEPT.M", "INDEX.M"), "The index is called 'INDEX': taken as depth"),
])
def test_imported_with_a_warning(store, tmp_path, text, words):
    line = import_text(store, tmp_path, text)
    assert line.status == "warning"
    assert words in line.message
    assert (line.rows, line.curves) == (3, 3)


@pytest.mark.parametrize(("name", "rows"), [
    ("comma", ROWS.replace(" ", ",")), ("comma and blanks", ROWS.replace(" ", " , ")),
    ("tab", ROWS.replace(" ", "\t")), ("semicolon", ROWS.replace(" ", ";")),
    ("decimal comma", ROWS.replace(".", ",")),
    ("semicolon, decimal comma", ROWS.replace(" ", ";").replace(".", ",")),
    ("padded", ROWS.replace(" ", "     ").replace("\n", "  \r\n")),
    ("exponents", "1.0e3 5.05D+01 2.25\n1000.5 -999.2500 2.35\n1001.0 70.5 2.45\n"),
    ("empty field", "1000.0,50.5,2.25\n1000.5,,2.35\n1001.0,70.5,2.45"),
    ("null words", ROWS.replace("-999.25", "(null)")), ("stars", ROWS.replace("-999.25", "****")),
    ("#IND", ROWS.replace("-999.25", "-1.#IND")), ("NaN", ROWS.replace("-999.25", "nan")),
    ("another null", ROWS.replace("-999.25", "-9999")),
    ("comments", ROWS.replace("1000.5", "# a remark\n\n1000.5")),
    ("descending", "".join(reversed(ROWS.splitlines(keepends=True)))),
])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_ways_to_write_the_same_numbers(store, tmp_path, name, rows, encoding):
    line = import_text(store, tmp_path, f"{HEADER}~A\n{rows}", encoding=encoding)
    assert line.status in {"ok", "warning"}
    assert store.read("15-9-19-a").to_pydict() == {
        "DEPTH": [1000.0, 1000.5, 1001.0], "GR": [50.5, None, 70.5], "RHOB": [2.25, 2.35, 2.45]}


@pytest.mark.parametrize(("declared", "mark"), [("COMMA", ","), ("TAB", "\t")])
def test_a_declared_delimiter_keeps_empty_fields_in_place(store, tmp_path, declared, mark):
    header = HEADER.replace("WRAP. NO  :", f"WRAP. NO :\n DLM. {declared} :")
    rows = ROWS.replace("-999.25", "").replace(" ", mark)
    line = import_text(store, tmp_path, f"{header}~A\n{rows}")
    assert line.status == "ok"
    assert store.read("15-9-19-a").column("GR").to_pylist() == [50.5, None, 70.5]


def test_wrapped(store, tmp_path):
    text = GOOD.replace("WRAP. NO", "WRAP. YES").replace(ROWS, ROWS.replace(" ", "\n"))
    assert import_text(store, tmp_path, text).status == "ok"
    assert store.read("15-9-19-a").column("GR").to_pylist() == [50.5, None, 70.5]


def test_a_cut_inside_the_last_number_is_seen(store, tmp_path):
    text = GOOD.replace("1001.0 :", "1003.0 :")[:-3]
    assert "is cut off at depth 1001" in import_text(store, tmp_path, text).message


def test_latin_1_header(store, tmp_path):
    text = GOOD.replace("15/9-19 A", "Ærfugl Sør").encode("latin-1")
    line = import_text(store, tmp_path, text)
    assert line.well == "Ærfugl Sør"
    assert [well.well_id for well in store.wells()] == ["aerfugl-sor"]


def test_a_text_column_stays_text(store, tmp_path):
    text = GOOD.replace("2.25", "SAND").replace("2.35", '"SHALY"').replace("2.45", "-")
    line = import_text(store, tmp_path, text.replace("RHOB.G/C3", "LITH."))
    assert "LITH is kept as text" in line.message
    assert store.read("15-9-19-a").column("LITH").to_pylist() == ["SAND", "SHALY", None]


def test_a_null_value_among_text_is_missing(store, tmp_path):
    text = GOOD.replace("2.25", "SAND").replace("2.35", "-999.2500").replace("2.45", "SILT")
    import_text(store, tmp_path, text.replace("RHOB.G/C3", "LITH."))
    assert store.read("15-9-19-a").column("LITH").to_pylist() == ["SAND", None, "SILT"]


def test_a_missing_null_is_said(store, tmp_path):
    line = import_text(store, tmp_path, GOOD.replace(" NULL. -999.25 :\n", ""))
    assert "does not say which value" in line.message
    assert store.read("15-9-19-a").column("GR").null_count == 1


def test_the_index_is_never_null(store, tmp_path):
    text = GOOD.replace("1000.0 50.5", "-999.25 50.5").replace("1000.5", "-998.75")
    text = text.replace("1001.0 70.5", "-998.25 70.5")
    assert import_text(store, tmp_path, text).status == "warning"
    assert store.read("15-9-19-a").column("DEPTH").to_pylist() == [-999.25, -998.75, -998.25]


def test_a_customary_null_among_values_like_it_is_a_value(store, tmp_path):
    rows = "1000.0 -998.5 2.25\n1000.5 -999 2.35\n1001.0 -999.5 2.45\n"
    line = import_text(store, tmp_path, f"{HEADER.replace('GR.GAPI', 'TVDSS.M')}~A\n{rows}")
    assert "-999 1 times among values like it" in line.message
    assert store.read("15-9-19-a").column("TVDSS").to_pylist() == [-998.5, -999.0, -999.5]


def test_a_bad_file_does_not_stop_the_others(store, tmp_path):
    folder = tmp_path / "north/sea/Ærfugl «1»"
    folder.mkdir(parents=True)
    (folder / "a.las").write_text("")
    (folder / "b.las").write_text(GOOD)
    (folder / "c.dlis").write_text("x")
    report = store.import_files([folder / "*.las", folder / "c.dlis", folder / "none*.las",
                                 folder / "missing.las", folder, "/dev/zero", "x" * 5000])
    assert [line.status for line in report] == ["failed", "ok", *["failed"] * 6]
    words = ["empty", "", "DLIS", "No file matches", "no such file", "folder", "regular file",
             "too long"]
    for line, word in zip(report, words, strict=True):
        assert word in line.message
    assert not report.ok
    assert len(report.failed) == 7


def test_the_same_well_in_several_files(store, tmp_path):
    import_text(store, tmp_path, GOOD)
    again = import_text(store, tmp_path, GOOD, "copy.las")
    assert again.status == "ok"
    assert "Already imported as set 'composite' of 15-9-19-a" in again.message
    other = import_text(store, tmp_path, GOOD.replace("50.5", "51.5"), "Run 1.las")
    assert "set 'run_1' of 15-9-19-a" in other.message
    (well,) = store.wells()
    assert [file.set for file in well.files] == ["composite", "run_1"]
    assert store.read(well.well_id).column("GR")[0].as_py() == 50.5
    assert store.read(well.well_id, set="run_1").column("GR")[0].as_py() == 51.5


def test_a_set_of_that_name_is_not_overwritten(store, tmp_path):
    import_text(store, tmp_path, GOOD)
    path = tmp_path / "new.las"
    path.write_text(GOOD.replace("50.5", "51.5"))
    (line,) = store.import_files(path, set="composite")
    assert line.status == "warning"
    assert "imported as 'composite_2'" in line.message


def test_wells_of_one_name_and_two_identifiers_stay_apart(store, tmp_path):
    for uwi in ("100/01", "100/02"):
        text = GOOD.replace("~Curves", f" UWI. {uwi} :\n~Curves")
        import_text(store, tmp_path, text, f"{uwi[-1]}.las")
    assert [well.well_id for well in store.wells()] == ["15-9-19-a", "15-9-19-a-100-02"]


def test_another_depth_unit_than_the_project_is_kept_with_a_warning(store, tmp_path):
    import_text(store, tmp_path, GOOD)
    text = GOOD.replace("DEPT.M", "DEPT.F").replace("STRT.M", "STRT.F").replace("A : W", "B : W")
    line = import_text(store, tmp_path, text, "feet.las")
    assert "Depth is in ft, the project's is m" in line.message
    assert store.well("15/9-19 B").files[0].depth_unit == "ft"
    assert store.depth_unit == "m"


def test_lasio_says_nothing_by_itself(store, tmp_path, capfd, recwarn, caplog):
    import_text(store, tmp_path, GOOD.replace(" GR.GAPI : Gamma ray", " GR GAPI Gamma ray"))
    assert capfd.readouterr() == ("", "")
    assert len(recwarn) == 0
    assert caplog.records == []


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.binary(max_size=6))
def test_damage_anywhere_is_either_refused_or_read_whole(tmp_path_factory, start, length, junk):
    content = GOOD.encode()
    damaged = content[:start] + junk + content[start + length :]
    findings = Findings()
    path = tmp_path_factory.getbasetemp() / "damaged.las"
    try:
        reading = read_las(damaged, path, findings)
    except MudrockError as error:
        assert str(error)
    else:
        assert reading.table.num_rows >= 1
        depth = reading.table.column("DEPTH").to_pylist()
        assert depth == sorted(set(depth))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.floats(-1e12, 1e12), min_size=2, max_size=2), min_size=1, max_size=30),
       st.sampled_from([" ", ",", "\t", "   "]))
def test_numbers_come_back_bit_for_bit(tmp_path_factory, values, mark):
    rows = "".join(mark.join(map(repr, [1000.0 + n, *row])) + "\n" for n, row in enumerate(values))
    reading = read_las(f"{HEADER}~A\n{rows}".encode(), tmp_path_factory.getbasetemp(), Findings())
    for position, name in enumerate(["GR", "RHOB"]):
        ours = reading.table.column(name).to_pylist()
        nulls = {-999.25, -999.0, -9999.0, -9999.25, -111.111}
        for value, row in zip(ours, values, strict=True):
            assert value == row[position] or (value is None and row[position] in nulls)
