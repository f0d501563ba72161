"""Importing files into a project: one line of the report each, and nothing overwritten."""

from __future__ import annotations

import glob
import hashlib
import logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mudrock_jupyter.spec.errors import InvalidInput, MudrockError, NotSupported
from mudrock_jupyter.wells.catalogue import DEFAULT_SET, Well
from mudrock_jupyter.wells.layout import distinct, set_slug, slug
from mudrock_jupyter.wells.log_file import COMPUTED, DEPTH, field_text, origin
from mudrock_jupyter.wells.reading import Findings, Reading, quote
from mudrock_jupyter.wells.report import FileReport, ImportReport

if TYPE_CHECKING:
    from mudrock_jupyter.wells.store import WellStore

log = logging.getLogger("mudrock_jupyter.wells")

_OTHER_FORMATS = {".dlis": "DLIS", ".lis": "LIS", ".tif": "TIFF", ".csv": "CSV", ".xlsx": "Excel",
                  ".zip": "ZIP", ".las.gz": "compressed"}


def import_files(
    store: WellStore, patterns: str | Path | Iterable[str | Path], set_name: str | None = None
) -> ImportReport:
    """Import every file the patterns name; see `WellStore.import_files`."""
    if isinstance(patterns, str | Path):
        patterns = [patterns]
    files = [path for pattern in patterns for path in _expand(pattern)]
    return ImportReport([_import_file(store, path, set_name) for path in dict.fromkeys(files)])


def _expand(pattern: str | Path) -> list[Path]:
    path = Path(pattern).expanduser()
    if not glob.has_magic(str(path)) or _exists(path):
        return [path]
    matches = sorted(glob.glob(str(path), recursive=True))
    return [Path(match) for match in matches if Path(match).is_file()] or [path]


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long, a folder that may not be entered
        return False


def _import_file(store: WellStore, path: Path, set_name: str | None) -> FileReport:
    findings = Findings()
    try:
        return _imported(store, path, set_name, findings)
    except MudrockError as error:
        return FileReport(str(path), "failed", messages=(error.message, *findings.warnings))
    except OSError as error:
        return FileReport(str(path), "failed", messages=(f"{error.strerror or error}.",))
    except Exception as error:  # a defect of ours must not stop the other files
        log.exception("importing a file failed")
        what = f"The importer failed ({type(error).__name__}: {error}). Please report this."
        return FileReport(str(path), "failed", messages=(what,))


def _imported(
    store: WellStore, path: Path, set_name: str | None, findings: Findings
) -> FileReport:
    content = _bytes(path)
    sha256 = hashlib.sha256(content).hexdigest()
    before = _already_imported(store.wells(), sha256)
    if before:
        return _report(path, before, Findings([f"Already imported as {_places(before)}."]))
    readings = _read(content, path, store.info.null_values, findings)
    if not readings:
        raise InvalidInput("The file has no rows.")
    written: list[_Written] = []
    try:
        for reading in readings:
            written.append(_write(store, reading, path, sha256, set_name, findings))
    except BaseException:  # all of the wells in a file, or none
        for well, name in written:
            store.layout.logs(well.well_id, name).unlink()
        raise
    return _report(path, written, findings)


def _bytes(path: Path) -> bytes:
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


def _read(
    content: bytes, path: Path, null_values: tuple[float, ...], findings: Findings
) -> list[Reading]:
    if content[:4] == b"PAR1" or path.suffix.lower() == ".parquet":
        from mudrock_jupyter.wells.wide_parquet import read_wide_parquet

        return read_wide_parquet(content, path, null_values, findings)
    other = _OTHER_FORMATS.get(path.suffix.lower())
    if other:
        raise NotSupported(f"{other} files cannot be imported yet. Export it as LAS 2.0.")
    from mudrock_jupyter.wells.las import read_las

    return [read_las(content, path, findings, null_values)]


_Written = tuple[Well, str]


def _already_imported(wells: Iterable[Well], sha256: str) -> list[_Written]:
    return [(well, file.set) for well in wells for file in well.files
            if file.footer.get("source_sha256") == sha256]


def _write(
    store: WellStore, reading: Reading, path: Path, sha256: str, set_name: str | None,
    findings: Findings,
) -> _Written:
    well_id = _well_id(store.wells(), reading, findings)
    wanted = set_name or (DEFAULT_SET if not store.sets(well_id) else path.stem)
    free = distinct(set_slug(wanted), {*store.sets(well_id), COMPUTED}, "_")
    if set_name and free != set_slug(set_name):
        findings.warn(f"{well_id} has a set {set_slug(set_name)!r} already: imported as {free!r}.")
    elif free != DEFAULT_SET:
        findings.note(f"Imported as set {free!r} of {well_id}.")
    unit = field_text(reading.table.schema.field(DEPTH), "unit")
    store.create(unit)
    if unit != store.depth_unit:
        findings.warn(f"Depth is in {unit or 'an unknown unit'}, the project's is "
                      f"{store.depth_unit}: kept as it is.")
    nulls = " ".join(f"{value:g}" for value in reading.nulls)
    footer = origin(path.name, sha256, uwi=reading.uwi, null_values=nulls)
    return store.write_logs(reading.name, reading.table, set=free, well_id=well_id,
                            footer=footer), free


def _well_id(wells: list[Well], reading: Reading, findings: Findings) -> str:
    """Find the well a reading belongs to, or make a new id.

    Same name, letter case and punctuation aside, is the same well unless both have a UWI and
    those differ: operators reuse names.
    """
    namesakes = [well for well in wells if _key(well.name) == _key(reading.name)]
    for well in namesakes:
        if not (well.uwi and reading.uwi) or _key(well.uwi) == _key(reading.uwi):
            return well.well_id
    taken = {well.well_id for well in wells}
    if not namesakes:
        return distinct(slug(reading.name), taken)
    well_id = distinct(slug(f"{reading.name} {reading.uwi}"), taken)
    findings.warn(f"Another well is named {reading.name!r}, with UWI {namesakes[0].uwi}; this one "
                  f"({reading.uwi}) is {well_id!r}.")
    return well_id


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name).strip().casefold()


def _report(path: Path, written: list[_Written], findings: Findings) -> FileReport:
    files = [next(file for file in well.files if file.set == name) for well, name in written]
    wells = [well.name for well, _ in written]
    curves = max(len(file.schema.names) for file in files)
    return FileReport(
        file=str(path),
        status="warning" if findings.warnings else "ok",
        well=quote(list(dict.fromkeys(wells)), 4),
        rows=sum(file.rows for file in files),
        curves=curves,
        messages=findings.messages,
    )


def _places(written: list[_Written]) -> str:
    return quote([f"set {name!r} of {well.well_id}" for well, name in written], 4)
