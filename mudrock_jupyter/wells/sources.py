"""The files an import is asked for: finding them, and choosing the reader of each."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from mudrock_jupyter.spec.errors import InvalidInput, NotSupported
from mudrock_jupyter.wells.reading import Findings, Reading

_OTHER_FORMATS = {".dlis": "DLIS", ".lis": "LIS", ".tif": "TIFF", ".csv": "CSV", ".xlsx": "Excel",
                  ".zip": "ZIP", ".gz": "GZ"}


def expand(patterns: str | Path | Iterable[str | Path]) -> list[Path]:
    """Return the files the patterns name, each once; what matches nothing stays as it is."""
    if isinstance(patterns, str | Path):
        patterns = [patterns]
    return list(dict.fromkeys(path for pattern in patterns for path in _expand(pattern)))


def _expand(pattern: str | Path) -> list[Path]:
    path = Path(pattern).expanduser()
    if not glob.has_magic(str(path)) or _exists(path):
        return [path]
    matches = sorted(glob.glob(_in_any_case(path), recursive=True))
    return [Path(match) for match in matches if Path(match).is_file()] or [path]


def _in_any_case(pattern: Path) -> str:
    """Let the ending match in any case: loggers write `.LAS` as often as `.las`."""
    ending = pattern.suffix if pattern.suffix[1:].isalpha() else ""
    either = "".join(f"[{letter.lower()}{letter.upper()}]" for letter in ending[1:])
    return str(pattern).removesuffix(ending) + (f".{either}" if either else "")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long, a folder that may not be entered
        return False


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes; raises `InvalidInput` for what is no readable file."""
    if path.is_dir():
        raise InvalidInput(f"This is a folder. Name the files in it: {path}/*.las")
    if not _exists(path):
        what = "No file matches." if glob.has_magic(str(path)) else "There is no such file."
        raise InvalidInput(what)
    if not path.is_file():
        raise InvalidInput("This is not a regular file.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"The file cannot be read: {error.strerror}.") from error


def read_wells(
    content: bytes, path: Path, null_values: tuple[float, ...], findings: Findings
) -> list[Reading]:
    """Read the wells in a file's bytes with the reader for its format."""
    if content[:4] == b"PAR1" or path.suffix.lower() == ".parquet":
        from mudrock_jupyter.wells.wide_parquet import read_wide_parquet

        return read_wide_parquet(content, path, null_values, findings)
    other = _OTHER_FORMATS.get(path.suffix.lower())
    if other:
        raise NotSupported(f"{other} files cannot be imported yet. Export it as LAS 2.0.")
    from mudrock_jupyter.wells.las import read_las

    return [read_las(content, path, findings, null_values)]
