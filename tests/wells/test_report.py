from __future__ import annotations

from mudrock_jupyter.wells.report import FileReport, ImportReport

REPORT = ImportReport([
    FileReport("a.las", "ok", "A", 10, 3, ("Fine.",)),
    FileReport("<b>.las", "failed", messages=("It is <empty>.", "Really.")),
])


def test_to_pandas_has_the_columns_of_the_contract():
    frame = REPORT.to_pandas()
    assert list(frame.columns) == ["file", "status", "well", "rows", "curves", "messages"]
    assert frame["messages"].tolist() == ["Fine.", "It is <empty>. Really."]
    assert list(ImportReport([]).to_pandas().columns) == list(frame.columns)


def test_it_is_a_sequence():
    assert len(REPORT) == 2
    assert REPORT[1].status == "failed"
    assert [line.file for line in REPORT[:1]] == ["a.las"]
    assert REPORT.failed == [REPORT[1]]
    assert not REPORT.ok
    assert not ImportReport([]).ok


def test_text_has_one_line_per_file():
    lines = repr(REPORT).splitlines()
    assert lines[0] == "2 files: 1 ok, 1 failed"
    assert len(lines) == 3
    assert "A: 10 rows, 3 curves. Fine." in lines[1]


def test_html_is_escaped():
    html = REPORT._repr_html_()
    assert "<b>" not in html
    assert "&lt;empty&gt;" in html
