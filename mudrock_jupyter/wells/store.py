"""The wells of one project: import, list and read their curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import pyarrow as pa

from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.spec.fields import field_text
from mudrock_jupyter.wells.catalogue import DEFAULT_SET, Catalogue, Well, curve_rows
from mudrock_jupyter.wells.layout import (
    Layout,
    ProjectInfo,
    is_well_id,
    local_root,
    new_project,
    read_project,
    set_slug,
    slug,
    write_project,
)
from mudrock_jupyter.wells.log_file import DEPTH, LogFile, origin, write_log_file
from mudrock_jupyter.wells.selection import select

if TYPE_CHECKING:
    from mudrock_jupyter.wells.query import Query
    from mudrock_jupyter.wells.report import FileReport, ImportReport

__all__ = ["LogFile", "Well", "WellStore"]

Range = tuple[float | None, float | None]


class WellStore:
    """A project's folder as a store of well logs; nothing is written before the first import.

    Raises `NotSupported` for a URL, `InvalidInput` for a damaged `project.json`.
    """

    def __init__(self, root: str | Path) -> None:
        self.layout = Layout(local_root(root))
        self._info = read_project(self.layout.project_file)
        self._created = self._info is not None
        if self._info is None:
            self._info = new_project(self.layout.root)
        self._catalogue = Catalogue(self.layout)
        self._query: Query | None = None
        self._lock = Lock()

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.layout.root

    @property
    def info(self) -> ProjectInfo:
        """What `project.json` says or, before the first write, will say."""
        assert self._info is not None
        return self._info

    @property
    def id(self) -> str:
        """The project's id."""
        return self.info.id

    @property
    def name(self) -> str:
        """The project's name."""
        return self.info.name

    @property
    def depth_unit(self) -> str:
        """The unit depths are shown in: that of the first import."""
        return self.info.depth_unit

    def wells(self) -> list[Well]:
        """Return the wells in the order of their ids."""
        return self._catalogue.wells()

    def well_ids(self) -> list[str]:
        """Return the ids of the wells, in order, without opening their files."""
        return self._catalogue.well_ids()

    def well(self, well: str) -> Well:
        """Find a well by id or name; raises `NotFound` with the nearest one."""
        return self._catalogue.well(well)

    def file(self, path: Path) -> LogFile:
        """Describe one of the project's files of curves from its footer; raises `ReadFailed`."""
        return self._catalogue.file(path)

    def curves(self, well: str | None = None) -> list[dict[str, object]]:
        """Describe every curve of one well or all, from footers only.

        Keys: well_id, set, mnemonic, unit, description, source_mnemonic, source_unit, count (of
        values that are not null), top, base.
        """
        return curve_rows(self.wells() if well is None else [self.well(well)])

    def read(
        self,
        well: str,
        curves: Sequence[str] | None = None,
        depth: Range | None = None,
        set: str | None = None,
    ) -> pa.Table:
        """Read curves of a well on one depth grid: DEPTH first, sorted, null for missing.

        `curves` are mnemonics or aliases and the columns are named as asked (`DT` finds a stored
        `DTC`; its field metadata says so in `stored_as`). `depth` is an inclusive range (top,
        base) in the file's depth unit, either end may be None. Without `set`, curves come from
        the composite and every other set with the same depths.
        Raises `NotFound` for an unknown well, curve or set, and `InvalidInput` when the curves
        asked for are on different depth grids.
        """
        if isinstance(curves, str):
            curves = [curves]
        found = self.well(well)
        selected = select(found.well_id, found.files, curves, set)
        return self._reader().read(selected, *_range(depth))

    def import_files(
        self,
        patterns: str | Path | Iterable[str | Path],
        set: str | None = None,
        on_file: Callable[[FileReport], None] | None = None,
    ) -> ImportReport:
        """Import LAS and wide Parquet files; one line per file in the report.

        `patterns` are paths or glob patterns. A file that cannot be imported is listed as failed
        and does not stop the others. `set` names the set of curves; without it the first file of
        a well is `composite`, the next ones are named after their files. `on_file` hears of each
        file as it is done.
        """
        from mudrock_jupyter.wells.importing import import_files

        return import_files(self, patterns, set, on_file)

    def create(self, depth_unit: str | None = None) -> None:
        """Write `project.json` unless it is there; `depth_unit` is the project's from then on."""
        with self._lock:
            if self._created:
                return
            existing = read_project(self.layout.project_file)
            if existing is None:
                existing = ProjectInfo(self.id, self.name, depth_unit or self.depth_unit,
                                       self.info.null_values)
                write_project(self.layout.project_file, existing)
            self._info = existing
            self._created = True

    def write_logs(
        self,
        name: str,
        table: pa.Table,
        *,
        set: str = DEFAULT_SET,
        well_id: str | None = None,
        source: str = "",
        footer: Mapping[str, str] | None = None,
        replace: bool = False,
    ) -> Well:
        """Write a table of curves as one set of a well and return the well.

        `table` has DEPTH and curves, with units in the field metadata (`curve_field` makes such
        fields). `well_id` is made from the name unless given; `source` says where the curves
        come from. Raises `InvalidInput` when the set
        exists and `replace` is false, `WriteFailed` when the disk refuses.
        """
        well_id = well_id or slug(name)
        if not is_well_id(well_id):
            raise InvalidInput(f"{well_id!r} cannot be a well id. Use {slug(well_id)!r}.")
        set = set_slug(set)
        path = self.layout.logs(well_id, set)
        if path.exists() and not replace:
            raise InvalidInput(
                f"Well {well_id} has a set {set!r} already. Name another set, or say replace=True."
            )
        self.create(field_text(table.schema.field(DEPTH), "unit")
                    if DEPTH in table.column_names else None)
        entries = {"project_id": self.id, "well_id": well_id, "well_name": name, "set": set}
        write_log_file(path, table, {**(footer or origin(source)), **entries})
        return self.well(well_id)

    def write_tops(self, well: str, table: pa.Table) -> None:
        """Write a well's tops, a table of TOP (names) and DEPTH, in place of those it has."""
        from mudrock_jupyter.wells.tops import write_tops

        found = self.well(well)
        unit = found.files[0].depth_unit if found.files else self.depth_unit
        path = self.layout.tops(found.well_id)
        write_tops(path, table, unit, {"well_id": found.well_id, "project_id": self.id})

    def tops(self, well: str) -> pa.Table:
        """Return a well's tops by depth, in columns TOP and DEPTH; no rows if it has none."""
        from mudrock_jupyter.wells.tops import read_tops

        return read_tops(self.layout.tops(self.well(well).well_id))

    def sets(self, well_id: str) -> list[str]:
        """Return the names of the sets a well has; none for a well that is not there."""
        paths = (self.layout.wells / well_id).glob("logs_*.parquet")
        return sorted(path.stem.removeprefix("logs_") for path in paths)

    def _reader(self) -> Query:
        from mudrock_jupyter.wells.query import Query

        with self._lock:
            if self._query is None:
                self._query = Query()
            return self._query


def _range(depth: Range | None) -> Range:
    if depth is None:
        return None, None
    try:
        top, base = (None if limit is None else float(limit) for limit in depth)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{depth!r} is no depth range. Give depth=(top, base).") from error
    if any(limit is not None and math.isnan(limit) for limit in (top, base)):
        raise InvalidInput("A depth range needs numbers: depth=(top, base).")
    if top is not None and base is not None and top > base:
        raise InvalidInput(f"The depth range ({top:g}, {base:g}) is upside down: top comes first.")
    return top, base
