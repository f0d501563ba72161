"""What the contents manager's files are on disk, where it keeps files on disk."""

from __future__ import annotations

import os
from collections.abc import Awaitable
from typing import Protocol

from jupyter_server.services.contents.fileio import FileManagerMixin
from jupyter_server.utils import ApiPath, ensure_async, to_os_path


class Contents(Protocol):
    """The part of a Jupyter contents manager, plain or asynchronous, that is asked here."""

    root_dir: str

    def file_exists(self, path: str) -> bool | Awaitable[bool]:
        """Tell whether there is a file, not a folder and not hidden."""

    def get(self, path: str, *, content: bool) -> dict[str, object] | Awaitable[dict[str, object]]:
        """Describe a file."""


def real_name(contents: Contents, path: str) -> str:
    """Follow links: the name of the file itself, relative to the root as contents paths are.

    A file outside the root, behind a linked folder, has no other name there: it keeps `path`'s
    folder. Contents that are not files on disk have no links.
    """
    if not isinstance(contents, FileManagerMixin):
        return path.strip("/")
    root, target = os.path.realpath(contents.root_dir), _target(contents, path)
    if os.path.commonpath([root, target]) == root:
        return os.path.relpath(target, root).replace(os.sep, "/")
    folder, _, _ = path.strip("/").rpartition("/")
    return f"{folder}/{os.path.basename(target)}".lstrip("/")


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
    if not isinstance(contents, FileManagerMixin):
        return True
    return os.access(os.path.dirname(_target(contents, path)), os.W_OK)


def _target(contents: Contents, path: str) -> str:
    return os.path.realpath(to_os_path(ApiPath(path), contents.root_dir))
