"""Which wells a project has, read from the footers of its files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from mudrock_jupyter.spec.errors import NotFound, ReadFailed, did_you_mean
from mudrock_jupyter.spec.fields import field_text
from mudrock_jupyter.wells.layout import Layout, is_well_id, slug
from mudrock_jupyter.wells.log_file import COMPUTED, LogFile, read_log_file

DEFAULT_SET = "composite"


@dataclass(frozen=True)
class Well:
    """A well and its files of curves in order of preference: composite, other sets, computed."""

    well_id: str
    name: str
    files: tuple[LogFile, ...]

    @property
    def uwi(self) -> str:
        """The unique well identifier, empty when no file gave one."""
        return next((file.footer["uwi"] for file in self.files if file.footer.get("uwi")), "")

    @property
    def curves(self) -> tuple[str, ...]:
        """The mnemonics in all files, without depth."""
        return tuple(dict.fromkeys(curve for file in self.files for curve in file.curves))


class Catalogue:
    """The wells of a project.

    Nothing is stored: the files describe themselves, and a footer is read again only when its
    file has changed.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._known: dict[Path, tuple[tuple[int, int, int], LogFile]] = {}
        self._lock = Lock()

    def wells(self) -> list[Well]:
        """Return the wells in the order of their ids."""
        return [self._well(self._layout.wells / well_id) for well_id in self.well_ids()]

    def well_ids(self) -> list[str]:
        """Return the ids of the wells, in order, without opening their files."""
        return [name for name in _names(self._layout.wells)
                if _has_files(self._layout.wells / name)]

    def well(self, key: str) -> Well:
        """Find a well by its id or name; raises `NotFound` with the nearest one."""
        key = str(key)
        if is_well_id(key) and _has_files(self._layout.wells / key):
            return self._well(self._layout.wells / key)
        wells, damaged = self._readable()
        for matches in (
            [well for well in wells if well.name == key],
            [well for well in wells if well.name.casefold() == key.strip().casefold()],
        ):
            if len(matches) == 1:
                return matches[0]
            if matches:
                ids = ", ".join(well.well_id for well in matches)
                raise NotFound(f"{len(matches)} wells are named {key!r}. Use an id: {ids}.")
        if slug(key) in damaged:  # its name is in the footer that cannot be read
            raise damaged[slug(key)]
        raise NotFound(f"There is no well {key!r} in {self._layout.root}." + _advice(key, wells))

    def _readable(self) -> tuple[list[Well], dict[str, ReadFailed]]:
        """Return the wells, and those that cannot be read with the reason."""
        wells, damaged = [], {}
        for well_id in self.well_ids():
            try:
                wells.append(self._well(self._layout.wells / well_id))
            except ReadFailed as error:
                damaged[well_id] = error
        return wells, damaged

    def _well(self, folder: Path) -> Well:
        sets = [self.file(path) for path in _parquet(folder) if path.name.startswith("logs_")]
        sets.sort(key=lambda file: (file.set != DEFAULT_SET, file.set))
        computed = _newest(self.file(path) for path in _parquet(folder / COMPUTED))
        files = (*sets, *computed)
        name = next((f.footer["well_name"] for f in files if f.footer.get("well_name")), "")
        return Well(folder.name, name or folder.name, files)

    def file(self, path: Path) -> LogFile:
        """Describe a file of curves; its footer is read again only when it has changed."""
        status = path.stat()
        state = (status.st_mtime_ns, status.st_size, status.st_ino)
        with self._lock:
            known = self._known.get(path)
        if known is None or known[0] != state:
            known = (state, read_log_file(path))
            with self._lock:
                self._known[path] = known
        return known[1]


def curve_rows(wells: Iterable[Well]) -> list[dict[str, object]]:
    """Return one row per curve: where it is, what it is and how much of it there is."""
    return [
        {
            "well_id": well.well_id,
            "set": file.set,
            "mnemonic": curve,
            "unit": field_text(file.schema.field(curve), "unit"),
            "description": field_text(file.schema.field(curve), "description"),
            "source_mnemonic": field_text(file.schema.field(curve), "source_mnemonic"),
            "source_unit": field_text(file.schema.field(curve), "source_unit"),
            "count": file.counts[curve],
            "top": file.depth_top,
            "base": file.depth_base,
        }
        for well in wells
        for file in well.files
        for curve in file.curves
    ]


def _has_files(folder: Path) -> bool:
    # A write that failed, for want of space perhaps, leaves an empty folder behind.
    return bool(_parquet(folder) or _parquet(folder / COMPUTED))


def _parquet(folder: Path) -> list[Path]:
    return [folder / name for name in _names(folder) if name.endswith(".parquet")]


def _names(folder: Path) -> list[str]:
    """Return what a folder holds, sorted; nothing if it is none. A glob takes ten times as long."""
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _newest(files: Iterable[LogFile]) -> list[LogFile]:
    """Keep the newest file of each computed curve: `<CURVE>_<timestamp>` sorts by time."""
    latest: dict[str, LogFile] = {}
    for file in sorted(files, key=lambda file: file.path.name):
        latest[file.path.stem.rpartition("_")[0]] = file
    return list(latest.values())


def _advice(key: str, wells: Sequence[Well]) -> str:
    if not wells:
        return " The project has no wells yet: import some files."
    near = did_you_mean(key, [name for well in wells for name in (well.name, well.well_id)])
    return near or f" It has {len(wells)} wells, {wells[0].well_id!r} is the first."
