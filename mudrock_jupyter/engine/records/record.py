"""The record of a run: what ran, on what, by whom, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mudrock_jupyter.spec.errors import NotFound

if TYPE_CHECKING:
    from mudrock_jupyter.engine.records.lineage import Lineage

FORMAT: Literal["mudrock-run/1"] = "mudrock-run/1"
Outcome = Literal["completed", "failed", "stopped", "interrupted", "invalid"]


class _Part(BaseModel):
    # What a newer version of the same format adds is passed over.
    model_config = ConfigDict(frozen=True, extra="ignore")


class PipelineRecord(_Part):
    """The pipeline that ran; `content_sha256` is that of what it computes (`content_hash`)."""

    id: str = ""
    name: str = ""
    path: str = ""
    content_sha256: str = ""


class OperatorRecord(_Part):
    """The operator that a node ran: its version, and the digest of its implementation."""

    id: str
    version: str = ""
    kind: str = ""
    digest: str = ""


class NodeRecord(_Part):
    """What a node was told, took in, gave and cost.

    Times are in milliseconds: `started_ms` and `ended_ms` from the start of the run, None for a
    node that did not run; `wall_ms` is the work on it, added up over threads. Nodes that ran
    `together` in one plan share times and bytes.
    """

    id: str
    name: str
    operator: OperatorRecord
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    curve_mapping: dict[str, str] = Field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    status: str = "queued"
    message: str | None = None
    rows_in: int = 0
    rows: int = 0
    wells: int = 0
    wells_cached: int = 0
    failures: int = 0
    bytes_scanned: int = 0
    bytes_written: int = 0
    started_ms: float | None = None
    ended_ms: float | None = None
    wall_ms: float = 0.0
    cpu_ms: float = 0.0
    together: tuple[str, ...] = ()


class InputRecord(_Part):
    """A file that was read, as it was when the run began; `path` is relative to the project.

    `source_sha256` is of the file it was imported from, `depth_sha256` of its depths.
    """

    path: str
    well: str = ""
    size: int = 0
    mtime_ns: int = 0
    source_file: str = ""
    source_sha256: str = ""
    depth_sha256: str = ""


class NodeTrace(_Part):
    """Where the columns of a node come from.

    `origins` has the columns that were made or renamed here, each with the (node, column) pairs
    it was made from; every other column is as it came. `stored` has a source's columns: what each
    is called in which files (by their place in the record's `inputs`). `files` are others that
    were read here, such as tops. `rows` are the columns that decided which rows or wells go on.
    Where not `exact`, the operator sees whole tables: its columns may come from any of those named.
    """

    columns: tuple[str, ...] = ()
    origins: dict[str, tuple[tuple[str, str], ...]] = Field(default_factory=dict)
    stored: dict[str, dict[str, tuple[int, ...]]] = Field(default_factory=dict)
    files: tuple[int, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    exact: bool = True


class RunRecord(_Part):
    """All that is known of one run, as `runs/<start>-<run id>.json` holds it.

    `nodes` are in the order they run, sources first. `interrupted` is a run that Ctrl-C or the
    notebook's stop button ended, `stopped` one that was asked to stop; an `invalid` one never
    began, and has its `problems`.
    """

    format: Literal["mudrock-run/1"] = FORMAT
    run_id: str
    status: Outcome
    message: str | None = None
    by: str = ""
    started_at: str
    ended_at: str
    wall_ms: float = 0.0
    cpu_ms: float = 0.0
    peak_bytes: int = 0
    to: str | None = None
    project_id: str = ""
    pipeline: PipelineRecord = PipelineRecord()
    nodes: tuple[NodeRecord, ...] = ()
    failures: tuple[dict[str, str], ...] = ()
    problems: tuple[dict[str, str | None], ...] = ()
    inputs: tuple[InputRecord, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    lineage: dict[str, NodeTrace] = Field(default_factory=dict)

    @property
    def names(self) -> Mapping[str, str]:
        """The nodes' names by id."""
        return {node.id: node.name for node in self.nodes}

    def trace(self) -> Lineage:
        """Return where each column comes from. Raises `NotFound` for a run that never began."""
        from mudrock_jupyter.engine.records.lineage import Lineage

        if not self.lineage:
            raise NotFound(f"The run {self.run_id} has no lineage: it is {self.status}.")
        return Lineage.of_run(self)

    def __str__(self) -> str:
        counts = f"{len(self.nodes)} nodes, {len(self.inputs)} files, {len(self.failures)} failures"
        who = f" by {self.by}" if self.by else ""
        return f"Run {self.run_id} {self.status}{who} at {self.started_at}: {counts}"
