"""Writing files: whole or not at all."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mudrock_jupyter.spec.errors import MudrockError, WriteFailed
from mudrock_jupyter.spec.files import replacing, write_atomically


@pytest.fixture
def file_size_limit() -> Iterator[int]:
    """Make this process unable to write files over 64 kB, as on a full disk."""
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, before[1]))
    yield 65536
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_the_text_arrives(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new" / "a.txt", "Brønn 15/9-19\n")
    assert (tmp_path / "new" / "a.txt").read_text(encoding="utf-8") == "Brønn 15/9-19\n"


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", b"1")
    write_atomically(tmp_path / "a", b"2")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_mode_of_a_file_stays(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"")
    target.chmod(0o640)
    write_atomically(target, b"1")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a", b"1")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_a_failure_in_the_block_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError), replacing(target) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_full_disk_leaves_the_old_file_and_says_so(tmp_path: Path, file_size_limit: int) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with pytest.raises(WriteFailed, match="could not be written") as failure:
        write_atomically(target, b"x" * (file_size_limit + 1))
    assert str(target) in str(failure.value)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WriteFailed, match="file"):
        write_atomically(tmp_path / "file" / "a", b"1")


def test_the_error_is_the_builtin_it_stands_for() -> None:
    assert issubclass(WriteFailed, OSError)
    assert issubclass(WriteFailed, MudrockError)
