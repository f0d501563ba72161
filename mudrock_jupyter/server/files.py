"""What the contents manager's files are on disk, where it keeps files on disk."""

from __future__ import annotations

import os
from collections.abc import Awaitable
from typing import Protocol, TypeGuard

from jupyter_server.services.contents.fileio import FileManagerMixin
from jupyter_server.utils import ApiPath, ensure_async, to_os_path


class Contents(Protocol):
    """The part of a Jupyter contents manager, plain or asynchronous, that is asked here."""

    root_dir: str

    def file_exists(self, path: str) -> bool | Awaitable[bool]:
        """Tell whether there is a file, not a folder and not hidden."""

    def get(
        self,
        path: str,
        content: bool = True,
        type: str | None = None,
        format: str | None = None,
        require_hash: bool = False,
    ) -> dict[str, object] | Awaitable[dict[str, object]]:
        """Describe a file, with its content or without."""

    def save(
        self, model: dict[str, object], path: str
    ) -> dict[str, object] | Awaitable[dict[str, object]]:
        """Write a file."""


class OnDisk(Contents, Protocol):
    """Contents that are files, with the hooks that others may hang on a save."""

    def run_pre_save_hooks(self, *, model: dict[str, object], path: str) -> None:
        """Run what may change the content before it is saved."""

    def run_post_save_hooks(self, *, model: dict[str, object], os_path: str) -> None:
        """Run what wants to know that it was saved."""

    def emit(self, *, data: dict[str, str]) -> None:
        """Tell the server's listeners."""


def is_on_disk(contents: Contents) -> TypeGuard[OnDisk]:
    """Tell whether contents are files on this machine."""
    return isinstance(contents, FileManagerMixin)


def real_name(contents: Contents, path: str) -> str:
    """Return the name of the file itself, relative to the root as contents paths are.

    Links are followed, and a disk that takes another case or spelling for the same is asked for
    its own. A file outside the root, behind a linked folder, has no other name there: it keeps
    `path`'s folder. Contents that are not files on disk have no links.
    """
    if not is_on_disk(contents):
        return path.strip("/")
    root, file = os.path.realpath(contents.root_dir), _as_listed(target(contents, path))
    if os.path.commonpath([root, file]) == root:
        return os.path.relpath(file, root).replace(os.sep, "/")
    folder, _, _ = path.strip("/").rpartition("/")
    return f"{folder}/{os.path.basename(file)}".lstrip("/")


def are_one(contents: Contents, path: str, other: str) -> bool:
    """Tell whether two paths lead to one file, as hard links do."""
    if not is_on_disk(contents):
        return path.strip("/") == other.strip("/")
    try:
        return os.path.samefile(target(contents, path), target(contents, other))
    except OSError:
        return False


async def exists(contents: Contents, path: str) -> bool:
    """Tell whether there is a file (not a folder, not hidden) at a contents path."""
    return await ensure_async(contents.file_exists(path))


async def is_writable(contents: Contents, path: str) -> bool:
    """Tell whether an existing file can be saved in one step.

    The folder counts as well: in a read-only one Jupyter writes over the file itself, and a crash
    would leave half of it.
    """
    model = await ensure_async(contents.get(path, content=False))
    if not model["writable"]:
        return False
    if not is_on_disk(contents):
        return True
    return os.access(os.path.dirname(target(contents, path)), os.W_OK)


def target(contents: Contents, path: str) -> str:
    """Return the file behind a contents path, behind all links."""
    return os.path.realpath(to_os_path(ApiPath(path), contents.root_dir))


def _as_listed(file: str) -> str:
    """Spell a file's name as its folder does."""
    folder, name = os.path.split(file)
    try:
        names = os.listdir(folder)
    except OSError:
        return file
    if name in names or not os.path.exists(file):
        return file
    others = (os.path.join(folder, each) for each in names)
    return next((other for other in others if os.path.samefile(other, file)), file)
