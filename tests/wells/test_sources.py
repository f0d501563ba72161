"""Finding the files an import is asked for."""

from __future__ import annotations

from pathlib import Path

from mudrock_jupyter.wells.sources import expand


def test_a_pattern_finds_files_whatever_the_case_of_their_ending(tmp_path: Path) -> None:
    for name in ("a.las", "b.LAS", "c.Las", "d.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in expand(tmp_path / "*.las")] == ["a.las", "b.LAS", "c.Las"]
    assert [path.name for path in expand(tmp_path / "?.LAS")] == ["a.las", "b.LAS", "c.Las"]


def test_a_pattern_without_an_ending_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.las").touch()
    assert expand(tmp_path / "*") == [tmp_path / "a.las"]
    assert expand(tmp_path / "nothing*") == [tmp_path / "nothing*"]
