"""The versions of a pipeline: kept by name or by themselves, compared, brought back."""

from __future__ import annotations

import html
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mudrock_jupyter.spec.errors import InvalidDocument, InvalidInput, MudrockError, ReadFailed
from mudrock_jupyter.spec.salvage import read_tree

if TYPE_CHECKING:
    import pandas

    from mudrock_jupyter.documents.version_file import Version
    from mudrock_jupyter.documents.versions import VersionFolder
    from mudrock_jupyter.peers.peer import Peer
    from mudrock_jupyter.spec.changes import Difference
    from mudrock_jupyter.spec.pipeline import PipelineSpec
    from mudrock_jupyter.spec.text import Tree

log = logging.getLogger("mudrock_jupyter.versions")

COLUMNS = ["version", "created_at", "by", "kind", "name", "reason", "summary"]


class Comparison:
    """What changed between two versions, in words; `difference` has it as data."""

    def __init__(self, title: str, difference: Difference, words: Sequence[str]) -> None:
        self.title = title
        self.difference = difference
        self.words = list(words)

    def __bool__(self) -> bool:
        return bool(self.difference)

    def __repr__(self) -> str:
        lines = [f"- {phrase}" for phrase in self.words] or ["nothing changed"]
        return "\n".join([f"{self.title}:", *lines])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{html.escape(phrase)}</li>" for phrase in self.words)
        body = f"<ul>{items}</ul>" if items else "<div>nothing changed</div>"
        return f"<b>{html.escape(self.title)}</b>{body}"


class Versions(ABC):
    """What a pipeline's handle does with versions of its document."""

    @property
    @abstractmethod
    def peer(self) -> Peer:
        """The share of this process in the document."""

    def versions(self) -> pandas.DataFrame:
        """Return one row per version, newest first: when, by whom and what changed before it.

        Named ones are kept for good. Others are made when the pipeline ran and before a version
        is restored; the last fifty are kept, and before those one a day. They are files in the
        folder `.mudrock-versions` beside the document.
        """
        return versions_frame(versions_of(self.peer, self.peer.tree()).versions())

    def save_version(self, name: str) -> Version:
        """Keep the pipeline as it is now, under a name.

        >>> pipe.save_version("as sent to the partner")  # doctest: +SKIP

        Raises `WriteFailed` where the document's folder may not be written.
        """
        if not name.strip():
            raise InvalidInput("A version needs a name. Runs make versions without one.")
        return keep(self.peer, self.peer.tree(), name=name, reason="saved")

    def version(self, version: str | Version) -> PipelineSpec:
        """Return the pipeline as it was, by a version's name or the beginning of its id.

        Raises `NotFound` with the nearest name.
        """
        return read_tree(self._tree_of(version)[1])

    def compare(
        self, version: str | Version, other: str | Version | None = None
    ) -> Comparison:
        """Say what changed from one version to another, or to the pipeline as it is now.

        >>> pipe.compare("first")  # doctest: +SKIP
        From 'first' (2026-11-21 14:56 UTC, ana) to now:
        - rho_ma of phi 2.65 -> 2.71
        """
        from mudrock_jupyter.spec.change_words import words
        from mudrock_jupyter.spec.changes import difference

        start, before = self._tree_of(version)
        end, after = ("now", self.peer.tree()) if other is None else self._tree_of(other)
        changes = difference(before, after)
        return Comparison(f"From {start} to {end}", changes, words(changes, operator_titles()))

    def restore(self, version: str | Version) -> None:
        """Bring the pipeline back to a version, as one edit: `undo` takes it back.

        The pipeline as it was before is kept as a version too. Comments made since stay.
        Raises `NotFound`, or `WriteFailed` where that version cannot be kept; then nothing changed.
        """
        from mudrock_jupyter.documents.restoring import restore

        label, tree = self._tree_of(version)
        keep(self.peer, self.peer.tree(), reason=f"before restoring {label}")
        self.peer.call(lambda doc: restore(doc, tree))

    def _tree_of(self, version: str | Version) -> tuple[str, Tree]:
        folder = versions_of(self.peer, self.peer.tree())
        found = folder.find(version if isinstance(version, str) else version.id)
        return str(found), folder.tree(found.id)


def keep_version(peer: Peer, tree: Tree, reason: str) -> None:
    """Keep a state of the document that nobody named; where that fails, work goes on."""
    try:
        keep(peer, tree, reason=reason)
    except MudrockError as error:
        log.warning("The pipeline's version was not kept: %s", error)


def folder_of_file(file: Path) -> VersionFolder:
    """Return the versions of a file that is not open, also of one that is broken.

    Raises `ReadFailed`, or `InvalidDocument` for a broken file without versions.
    """
    from mudrock_jupyter.documents.versions import VersionFolder, folder_of_lost
    from mudrock_jupyter.pipeline_file import load_pipeline

    try:
        return VersionFolder(file, load_pipeline(file).id)
    except (ReadFailed, InvalidDocument):
        folder = folder_of_lost(file)
        if folder is None:
            raise
        return folder


def versions_frame(versions: Sequence[Version]) -> pandas.DataFrame:
    """Return versions as a table, indexed by `version`."""
    import pandas as pd

    rows = [
        (v.id, v.created_at, v.created_by, v.kind, v.name, v.reason, v.summary) for v in versions
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True)
    return frame.set_index("version")


def operator_titles() -> dict[str, str]:
    """Return the titles of the operators by id."""
    from mudrock_jupyter.operators import registry

    return {operator.id: operator.title for operator in registry.all_operators()}


def keep(peer: Peer, tree: Tree, *, name: str = "", reason: str, file: str = "") -> Version:
    """Keep a state of an open document, as the user's; raises what `VersionFolder.save` does.

    With the name of another `file`, it is a state of that document, kept beside this one.
    """
    from mudrock_jupyter.engine.records.surroundings import user

    return versions_of(peer, tree, file).save(
        tree, by=user(), name=name, reason=reason, titles=operator_titles()
    )


def versions_of(peer: Peer, tree: Tree, file: str = "") -> VersionFolder:
    """Return the versions of the document that `tree` is, as far as they are beside an open one."""
    from mudrock_jupyter.documents.versions import VersionFolder

    beside = peer.connection.file
    return VersionFolder(beside.with_name(file or beside.name), str(tree["id"]))
