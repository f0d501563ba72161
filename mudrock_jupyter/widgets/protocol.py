"""The editor protocol: what an editor may ask of a kernel, and what it asks of its host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mudrock_jupyter.spec.problems import Problem
from mudrock_jupyter.widgets.tables import MOST_ROWS_A_PAGE, Sort

if TYPE_CHECKING:
    import pyarrow as pa

    from mudrock_jupyter.widgets.document_sync import DocumentSync

JsonObject = dict[str, JsonValue]
Send = Callable[[JsonObject, list[bytes]], None]
EventListener = Callable[[str, JsonObject], None]
"""Called with an event's name (`problems`, `catalogue`, `connection`, `finished`) and data."""


@dataclass(frozen=True)
class Checked:
    """What a check found: problems, and the exact schema each node makes, by node id."""

    problems: Sequence[Problem] = ()
    schemas: Mapping[str, pa.Schema] = field(default_factory=dict)


class EditorHost(Protocol):
    """What stands behind an editor: one pipeline, its project and the engine.

    Every method may be called from a comm handler, in any thread. Errors that are the user's to
    mend are raised as `MudrockError`; anything else is logged and shown as an internal error.
    """

    def hello(self) -> JsonObject:
        """Return `version`, `connection`, `project`, `wells` and `curves` for the editor."""

    def catalogue(self) -> list[JsonObject]:
        """Return the card of each operator."""

    def check(self) -> Checked:
        """Validate the pipeline as it is now. Never raises for what is wrong with it."""

    def run(self, to: str | None, again: str | None = None) -> str:
        """Start a run, of the whole pipeline or up to a node, and return its id without waiting.

        The node `again` and what depends on it are computed although they are cached. Status goes
        to the document; the event `finished` follows, also for a failed run.
        """

    def stop(self) -> None:
        """Stop the run, if there is one; return at once."""

    def output(self, node: str) -> pa.Table:
        """Return what a node made in the last run; raises `NotFound` if it did not run.

        The same run returns the same object: orders are cached by it.
        """

    def document_sync(self) -> DocumentSync | None:
        """Return a new sync for one editor where the document is a file; `None` for a room."""

    def subscribe(self, listener: EventListener) -> Callable[[], None]:
        """Call `listener` for each event, in any thread; the returned function ends that."""


class _Params(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class NoParams(_Params):
    """A method that takes nothing."""


class RunParams(_Params):
    """Run up to the node `to`, or everything; compute the node `again` in any case."""

    to: str | None = None
    again: str | None = None


class OpenParams(_Params):
    """Open a node's output as a table."""

    node: str
    sort: Sort | None = None
    filter: str | None = None


class PageParams(_Params):
    """Some rows of an open table."""

    table: str
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS_A_PAGE)] = 512


class TableParams(_Params):
    """An open table."""

    table: str
