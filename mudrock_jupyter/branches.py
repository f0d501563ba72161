"""Branches of a pipeline: a copy to work on alone, and bringing it back."""

from __future__ import annotations

import html
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mudrock_jupyter.spec.errors import InvalidInput, NotFound, ReadFailed
from mudrock_jupyter.versioning import keep, operator_titles, versions_of

if TYPE_CHECKING:
    from mudrock_jupyter.documents.version_file import Version
    from mudrock_jupyter.documents.versions import VersionFolder
    from mudrock_jupyter.peers.peer import Peer
    from mudrock_jupyter.project import Project
    from mudrock_jupyter.spec.changes import Difference
    from mudrock_jupyter.spec.text import Tree


class Merge:
    """What a merge changed here, and what collided, in words; `difference` has it as data."""

    def __init__(
        self, source: str, difference: Difference, words: Sequence[str], conflicts: Sequence[str]
    ) -> None:
        self.source = source
        self.difference = difference
        self.words = list(words)
        self.conflicts = list(conflicts)

    def __repr__(self) -> str:
        changed = [f"- {phrase}" for phrase in self.words] or ["nothing changed"]
        collided = [f"! {phrase}" for phrase in self.conflicts]
        return "\n".join([f"Merged {self.source}:", *changed, *collided])

    def _repr_html_(self) -> str:
        collided = "".join(f"<li><b>{html.escape(phrase)}</b></li>" for phrase in self.conflicts)
        items = "".join(f"<li>{html.escape(phrase)}</li>" for phrase in self.words)
        return f"<b>Merged {html.escape(self.source)}</b><ul>{items}{collided}</ul>"


class Branches(ABC):
    """What a pipeline's handle does with branches."""

    project: Project | None

    @property
    @abstractmethod
    def peer(self) -> Peer:
        """The share of this process in the document."""

    @property
    @abstractmethod
    def path(self) -> Path:
        """The `.mudrock` file."""

    @classmethod
    @abstractmethod
    def open(cls, path: Path, project: Project | None) -> Self:
        """Open or create the document at `path`."""

    @abstractmethod
    def close(self) -> None:
        """Leave the document."""

    def branch(self, path: str | Path) -> Self:
        """Copy the pipeline into a document of its own, which `merge` brings back; open it.

        The state they part from is kept as a version of both.

        >>> trial = pipe.branch("trial.mudrock")  # doctest: +SKIP
        >>> trial.add("phi_density", "logs", name="phi", rho_ma=2.71)  # doctest: +SKIP
        >>> pipe.merge(trial)  # doctest: +SKIP

        Raises `InvalidInput` where there is a file already, `WriteFailed` where none can be made.
        """
        from mudrock_jupyter.documents.restoring import branched
        from mudrock_jupyter.documents.versions import VersionFolder
        from mudrock_jupyter.spec.files import write_atomically
        from mudrock_jupyter.spec.text import dump

        file = _branch_file(path)
        tree = self.peer.tree()
        label = f"branch {file.stem}"
        version = keep(self.peer, tree, name=label, reason="branched")
        document_id = str(uuid.uuid4())
        VersionFolder(file, document_id).adopt(versions_of(self.peer, tree), version.id)
        write_atomically(file, dump(branched(tree, document_id, file.stem, version.id)))
        return self.open(file, self.project)

    def merge(self, other: Branches | str | Path) -> Merge:
        """Take over what changed in a branch since it parted, or was last merged, as one edit.

        Works from a branch to where it came from, and the other way. Where both changed the same,
        the other's wins, and the result says so; `undo` takes all of it back, and the pipeline as
        it was before is kept as a version.
        Raises `InvalidInput` for a pipeline that is no branch of this one, `NotFound` if the
        version where they parted is gone.
        """
        if isinstance(other, Branches):
            return self._merge(other)
        file = Path(other).expanduser()
        if not file.is_file():
            raise NotFound(f"There is no file {file}.")
        opened = self.open(file, self.project)
        try:
            return self._merge(opened)
        finally:
            opened.close()

    def _merge(self, other: Branches) -> Merge:
        from mudrock_jupyter.documents.branching import merge_into
        from mudrock_jupyter.spec.change_words import words
        from mudrock_jupyter.spec.changes import difference

        mine, theirs = self.peer.tree(), other.peer.tree()
        base = self._where_they_parted(mine, other, theirs)
        keep(self.peer, mine, reason=f"before merging {other.path.name}")
        taken = keep(
            self.peer, theirs, name=f"merged into {self.path.stem}", reason="merged",
            file=other.path.name,
        )  # beside this document: the other may be one that only somebody else can write
        before, merged = self.peer.call(lambda doc: merge_into(doc, base, theirs, taken.id))
        changes = difference(before, merged.tree)
        return Merge(
            other.path.name, changes, words(changes, operator_titles()), merged.conflicts
        )

    def _where_they_parted(self, mine: Tree, other: Branches, theirs: Tree) -> Tree:
        """Return the last state that both had."""
        from mudrock_jupyter.documents.restoring import common_versions

        if mine["id"] == theirs["id"]:
            raise InvalidInput(f"{other.path.name} is this pipeline itself, or a copy of its file.")
        named = common_versions(mine, theirs)
        if not named:
            raise InvalidInput(
                f"{other.path.name} is no branch of {self.path.name}, nor the other way. "
                "pipe.branch() makes one."
            )
        folders = [
            versions_of(peer, tree) for peer in (self.peer, other.peer) for tree in (mine, theirs)
        ]
        found = {v.id: (v, folder) for folder in folders for v in _readable(folder, named)}
        if found.keys() != named:  # an older one would bring back what was changed since
            raise NotFound(
                f"The version where {other.path.name} and {self.path.name} parted is gone from "
                ".mudrock-versions beside them. Restore that folder to merge them."
            )
        version, folder = max(found.values(), key=lambda pair: pair[0].created_at)
        return folder.tree(version.id)


def _readable(folder: VersionFolder, ids: set[str]) -> list[Version]:
    try:
        return [v for v in folder.versions() if v.id in ids and v.kind != "damaged"]
    except ReadFailed:  # another's folder: what is needed may be in ours
        return []


def _branch_file(path: str | Path) -> Path:
    named = Path(path).expanduser()
    if not named.name:
        raise InvalidInput("A branch needs a file's name, such as 'trial.mudrock'.")
    file = named if named.suffix else named.with_name(f"{named.name}.mudrock")
    if file.suffix.lower() != ".mudrock":
        wanted = f"{file.stem}.mudrock"
        raise InvalidInput(f"{file.name!r} is no pipeline. Did you mean {wanted!r}?")
    if file.exists():
        raise InvalidInput(f"{file} is there already; a branch is a new file. Choose another name.")
    return file.absolute()
