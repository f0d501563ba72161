"""A project: wells on disk, and the pipelines that work on them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mudrock_jupyter.spec.errors import InvalidInput, MudrockError, NotSupported

if TYPE_CHECKING:
    import pandas
    import plotly.graph_objects
    import pyarrow

    from mudrock_jupyter.engine.records.folder import RunFolder
    from mudrock_jupyter.engine.records.record import RunRecord
    from mudrock_jupyter.pipeline import Pipeline
    from mudrock_jupyter.wells.report import ImportReport
    from mudrock_jupyter.wells.store import WellStore

SUFFIX = ".mudrock"
WELL_COLUMNS = ["well_id", "name", "sets", "rows", "curves", "top", "base", "depth_unit"]
RUN_COLUMNS = [
    "run_id",
    "started_at",
    "status",
    "pipeline",
    "by",
    "seconds",
    "nodes",
    "rows",
    "cached",
    "failures",
    "message",
]
CURVE_COLUMNS = [
    "well_id",
    "set",
    "mnemonic",
    "unit",
    "description",
    "source_mnemonic",
    "source_unit",
    "count",
    "top",
    "base",
]


class Project:
    """A folder of wells, with the pipelines that read them.

    The folder is made on the first write. It holds plain Parquet files (docs/project-format.md);
    anything that reads Parquet reads them.

    Raises `NotSupported` for `s3://` addresses, which this version cannot read yet.

    >>> project = Project("north-sea")  # doctest: +SKIP
    >>> project.import_files("las/*.las")  # doctest: +SKIP
    """

    def __init__(self, root: str | Path) -> None:
        if "://" in str(root):
            raise NotSupported(
                f"{root} is not a folder: this version reads projects on a local disk only. "
                "Copy the project here, or mount the bucket as a folder."
            )
        self._root = Path(root).expanduser()
        if self._root.exists() and not self._root.is_dir():
            raise InvalidInput(f"{self._root} is a file; a project is a folder. Name another one.")

    @property
    def path(self) -> Path:
        """The project's folder."""
        return self._root.resolve()

    @cached_property
    def store(self) -> WellStore:
        """The wells on disk, as the engine reads them."""
        from mudrock_jupyter.wells.store import WellStore

        return WellStore(self._root)

    @property
    def exists(self) -> bool:
        """Whether anything was written yet."""
        return (self._root / "project.json").is_file()

    @property
    def name(self) -> str:
        """The project's name."""
        return self.store.name

    @property
    def id(self) -> str:
        """The project's id; empty until something is written."""
        return self.store.id

    def import_files(
        self, files: str | Path | Sequence[str | Path], set: str | None = None
    ) -> ImportReport:
        """Import LAS 1.2, LAS 2.0 and wide Parquet files; patterns such as `las/*.las` are fine.

        `set` names the log set; without it the first file of a well is `composite`, later ones
        `run1`, `run2`, ... A file that is wrong is reported and does not stop the others.
        """
        return self.store.import_files(files, set=set)

    def wells(self) -> pandas.DataFrame:
        """Return one row for each well, indexed by `well_id`."""
        import pandas as pd

        rows = [
            {
                "well_id": well.well_id,
                "name": well.name,
                "sets": ", ".join(file.set for file in well.files),
                "rows": sum(file.rows for file in well.files),
                "curves": len({curve for file in well.files for curve in file.curves}),
                "top": min((file.depth_top for file in well.files), default=None),
                "base": max((file.depth_base for file in well.files), default=None),
                "depth_unit": well.files[0].depth_unit if well.files else None,
            }
            for well in self.store.wells()
        ]
        return pd.DataFrame(rows, columns=WELL_COLUMNS).set_index("well_id")

    def curves(self, well: str | None = None) -> pandas.DataFrame:
        """Return one row for each curve of one well, or of all of them."""
        import pandas as pd

        return pd.DataFrame(self.store.curves(well), columns=CURVE_COLUMNS)

    def read(
        self,
        well: str,
        curves: Sequence[str] | str | None = None,
        depth: tuple[float, float] | None = None,
        set: str | None = None,
    ) -> pyarrow.Table:
        """Read curves of one well as an Arrow table, DEPTH first and increasing.

        `depth` is a range in the well's own depth unit, both ends included.
        Raises `NotFound` for a well or curve that is not there.
        """
        chosen = [curves] if isinstance(curves, str) else curves
        return self.store.read(well, curves=chosen, depth=depth, set=set)

    def tops(self, well: str) -> pyarrow.Table:
        """Return the tops of one well by depth, in columns TOP and DEPTH; no rows if none."""
        return self.store.tops(well)

    def pipeline(self, path: str | Path) -> Pipeline:
        """Open or create a shared pipeline document; the path is relative to here.

        Raises `NotConnected` if its server cannot be reached, `InvalidDocument` if the file is
        not a pipeline.
        """
        from mudrock_jupyter.pipeline import Pipeline

        if not Path(path).name:
            raise InvalidInput("A pipeline needs a file's name, such as 'porosity.mudrock'.")
        named = str(path) if Path(path).suffix else f"{path}{SUFFIX}"
        return Pipeline.open(Path(named).expanduser(), self)

    def from_yaml(self, yaml: str | Path, path: str | Path) -> Pipeline:
        """Make the shared document `path` from YAML, as `Pipeline.to_yaml` writes it.

        `yaml` is the text, or a file: a `Path`, or a name that ends in `.yaml` or `.yml`.
        Raises `InvalidDocument`, which names the line, and `InvalidInput` if `path` holds a
        pipeline already.
        """
        from mudrock_jupyter.exports import fill, read_yaml

        spec = read_yaml(yaml)
        return fill(self.pipeline(path), spec)

    def runs(self, last: int | None = None) -> pandas.DataFrame:
        """Return one row per run, newest first: when, which pipeline, by whom and what came of it.

        Every run leaves a record in the folder `runs`; `last` takes only so many. A record that
        cannot be read is a row whose status is "damaged", and its message says why.
        """
        import pandas as pd

        rows = self._records.rows(last)
        frame = pd.DataFrame(rows, columns=RUN_COLUMNS)
        frame["started_at"] = pd.to_datetime(frame["started_at"], utc=True)
        for count in ("nodes", "rows", "cached", "failures"):
            frame[count] = frame[count].astype("Int64")
        return frame.set_index("run_id")

    def run_record(self, run_id: str) -> RunRecord:
        """Return all that is known of one run; the beginning of its id is enough.

        >>> project.run_record("4f0c").trace().of("output", "SW")  # doctest: +SKIP

        Raises `NotFound`, or `ReadFailed` for a record that is damaged.
        """
        return self._records.read(run_id)

    @property
    def _records(self) -> RunFolder:
        from mudrock_jupyter.engine.records.folder import RunFolder

        return RunFolder(self.store.layout.runs)

    def plot(self, well: str, curves: Sequence[str] | None = None) -> plotly.graph_objects.Figure:
        """Draw one well's logs, with its tops if there are any."""
        from mudrock_jupyter.plots.log_plot import log_plot

        return log_plot(self.read(well, curves=curves), tops=self.tops(well))

    def __repr__(self) -> str:
        return f"Project({str(self._root)!r}): {self._summary()}"

    def _repr_html_(self) -> str:
        return (
            f"<b>{html.escape(self.name)}</b> "
            f"<span style='opacity:.7'>{html.escape(self._summary())} · "
            f"{html.escape(str(self.path))}</span>"
        )

    def _summary(self) -> str:
        if not self.exists:
            return "empty; import_files() makes it"
        count = len(self.store.wells())
        return f"{count} well" if count == 1 else f"{count} wells"


def find_project(project_id: str, near: Path) -> Project | None:
    """Find the project of that id among the folders beside a pipeline and its parents.

    An empty id finds the nearest project, unless there are several as near.
    """
    for folder in [near, *near.parents][:3]:
        found = map(_project_in, sorted([folder, *_folders(folder)]))
        here = {project.id: project for project in found if project is not None}
        if project_id in here:
            return here[project_id]
        if here and not project_id:
            return next(iter(here.values())) if len(here) == 1 else None
    return None


def _project_in(folder: Path) -> Project | None:
    """Return the project whose folder this is; other tools have a `project.json` as well."""
    try:
        project = Project(folder)
        return project if project.exists and project.id else None
    except (MudrockError, OSError):
        return None


def _folders(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return []
