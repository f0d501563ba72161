"""Importing files into a project: one line of the report each, and nothing overwritten."""

from __future__ import annotations

import hashlib
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mudrock_jupyter.spec.errors import MudrockError
from mudrock_jupyter.spec.fields import field_text
from mudrock_jupyter.wells.catalogue import DEFAULT_SET, Well
from mudrock_jupyter.wells.layout import distinct, set_slug, slug
from mudrock_jupyter.wells.log_file import COMPUTED, DEPTH, LogFile, origin
from mudrock_jupyter.wells.reading import Findings, Reading, quote
from mudrock_jupyter.wells.report import FileReport, ImportReport
from mudrock_jupyter.wells.sources import expand, read_bytes, read_wells

if TYPE_CHECKING:
    from mudrock_jupyter.wells.store import WellStore

WARNINGS = "import_warnings"  # of a file, told again when it is imported again
log = logging.getLogger("mudrock_jupyter.wells")

_Written = tuple[Well, LogFile]


def import_files(
    store: WellStore,
    patterns: str | Path | Iterable[str | Path],
    set_name: str | None = None,
    on_file: Callable[[FileReport], None] | None = None,
) -> ImportReport:
    """Import every file the patterns name; see `WellStore.import_files`."""
    importer = Importer(store, set_name)
    reports: list[FileReport] = []
    for path in expand(patterns):
        reports.append(importer.import_file(path))
        if on_file is not None:
            on_file(reports[-1])
    return ImportReport(reports)


class Importer:
    """One import: knows the project's wells and sources, and keeps up with what it adds."""

    def __init__(self, store: WellStore, set_name: str | None = None) -> None:
        self._store = store
        self._set_name = set_name
        self._look()

    def import_file(self, path: Path) -> FileReport:
        """Import one file; what is wrong with it is in the report, never raised."""
        findings = Findings()
        try:
            return self._import(path, findings)
        except MudrockError as error:
            return FileReport(str(path), "failed", messages=(error.message, *findings.warnings))
        except OSError as error:
            return FileReport(str(path), "failed", messages=(f"{error.strerror or error}.",))
        except Exception as error:  # a defect of ours must not stop the other files
            log.exception("importing a file failed")
            what = f"The importer failed ({type(error).__name__}: {error}). Please report this."
            return FileReport(str(path), "failed", messages=(what,))

    def _look(self) -> None:
        self._wells: dict[str, Well] = {}
        self._namesakes: dict[str, list[str]] = defaultdict(list)
        self._sources: dict[str, list[_Written]] = defaultdict(list)
        for well in self._store.wells():
            self._know(well)
            for file in well.files:
                self._sources[file.footer.get("source_sha256", "")].append((well, file))
        self._sources.pop("", None)

    def _import(self, path: Path, findings: Findings) -> FileReport:
        content = read_bytes(path)
        sha256 = hashlib.sha256(content).hexdigest()
        before = self._sources.get(sha256)
        if before:
            places = quote([f"set {file.set!r} of {well.well_id}" for well, file in before], 4)
            told = [file.footer.get(WARNINGS, "") for _, file in before]
            warned = dict.fromkeys(line for text in told for line in text.splitlines())
            return _report(path, before, Findings([f"Already imported as {places}."], [*warned]))
        readings = read_wells(content, path, self._store.info.null_values, findings)
        written: list[_Written] = []
        try:
            for reading in readings:
                written.append(self._write(reading, path, sha256, findings))
                self._know(written[-1][0])
        except BaseException:  # all of the wells in a file, or none
            for _, file in written:
                file.path.unlink()
            self._look()
            raise
        self._sources[sha256] = written
        return _report(path, written, findings)

    def _write(
        self, reading: Reading, path: Path, sha256: str, findings: Findings
    ) -> _Written:
        well_id = self._well_id(reading, findings)
        name = self._free_set(well_id, path, findings)
        unit = field_text(reading.table.schema.field(DEPTH), "unit")
        self._store.create(unit)
        if unit != self._store.depth_unit:
            findings.warn(f"Depth is in {unit or 'an unknown unit'}, the project's is "
                          f"{self._store.depth_unit}: kept as it is.")
        empty = [column for column in reading.table.column_names
                 if reading.table[column].null_count == reading.table.num_rows]
        if empty:
            findings.note(f"Without any value: {quote(empty)}.")
        nulls = " ".join(f"{value:g}" for value in reading.nulls)
        footer = origin(path.name, sha256, uwi=reading.uwi, null_values=nulls)
        footer |= {WARNINGS: "\n".join(findings.warnings)} if findings.warnings else {}
        well = self._store.write_logs(
            reading.name, reading.table, set=name, well_id=well_id, footer=footer
        )
        return well, next(file for file in well.files if file.set == name)

    def _free_set(self, well_id: str, path: Path, findings: Findings) -> str:
        taken = self._store.sets(well_id)
        wanted = set_slug(self._set_name or (path.stem if taken else DEFAULT_SET))
        free = distinct(wanted, {*taken, COMPUTED}, "_")
        if self._set_name and free != wanted:
            findings.warn(f"{well_id} has a set {wanted!r} already: imported as {free!r}.")
        elif free != DEFAULT_SET:
            findings.note(f"Imported as set {free!r} of {well_id}.")
        return free

    def _well_id(self, reading: Reading, findings: Findings) -> str:
        """Find the well a reading belongs to, or make a new id.

        Same name, letter case and punctuation aside, is the same well unless both have a UWI and
        those differ: operators reuse names.
        """
        namesakes = [self._wells[well_id] for well_id in self._namesakes[_key(reading.name)]]
        for well in namesakes:
            if not (well.uwi and reading.uwi) or _key(well.uwi) == _key(reading.uwi):
                return well.well_id
        if not namesakes:
            return distinct(slug(reading.name), self._wells)
        well_id = distinct(slug(f"{reading.name} {reading.uwi}"), self._wells)
        findings.warn(f"Another well is named {reading.name!r}, with UWI {namesakes[0].uwi}; this "
                      f"one ({reading.uwi}) is {well_id!r}.")
        return well_id

    def _know(self, well: Well) -> None:
        if well.well_id not in self._wells:
            self._namesakes[_key(well.name)].append(well.well_id)
        self._wells[well.well_id] = well


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name).strip().casefold() or name


def _report(path: Path, written: list[_Written], findings: Findings) -> FileReport:
    names = list(dict.fromkeys(well.name for well, _ in written))
    return FileReport(
        file=str(path),
        status="warning" if findings.warnings else "ok",
        well=quote(names, 4),
        rows=sum(file.rows for _, file in written),
        curves=max(len(file.schema.names) for _, file in written),
        messages=findings.messages,
    )
