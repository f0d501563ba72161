"""The file of a room, as the contents manager keeps it: followed when renamed, missed when gone."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from jupyter_server.utils import ensure_async
from jupyter_server_fileid.manager import LocalFileIdManager
from tornado import web

from mudrock_jupyter.server import files
from mudrock_jupyter.server.files import Contents, is_on_disk
from mudrock_jupyter.spec.errors import ReadFailed, WriteFailed
from mudrock_jupyter.spec.files import write_atomically


class FileIds(Protocol):
    """The part of jupyter_server_fileid that is asked here."""

    def get_path(self, id: str) -> str | None:
        """Return where the file of this id is, as far as Jupyter knows."""

    def index(self, path: str) -> str | None:
        """Return the id of a file, a new one if it has none."""


@dataclass(frozen=True)
class Stamp:
    """What changes when a file does: a restored file may be older than the one before."""

    modified: object
    size: object


class RoomFile:
    """One file by its id. A missing file is None, everything else that fails is an error."""

    def __init__(self, file_id: str, file_ids: FileIds, contents: Contents) -> None:
        self.file_id = file_id
        self._file_ids, self._contents = file_ids, contents
        path = file_ids.get_path(file_id)
        if path is None:
            raise web.HTTPError(HTTPStatus.NOT_FOUND)
        self.path = path

    def follow(self) -> bool:
        """Go where the file was moved by Jupyter; tell whether it was."""
        before, self.path = self.path, self._file_ids.get_path(self.file_id) or self.path
        return self.path != before

    def lost_id(self) -> str | None:
        """Return the file's new id, if Jupyter forgot the one it was opened with."""
        if self._file_ids.get_path(self.file_id) is not None:
            return None
        return self._file_ids.index(self.path)

    async def is_elsewhere(self, file_id: str, path: str) -> bool:
        """Tell whether another id still stands for a file."""
        path = self._file_ids.get_path(file_id) or path
        return path != self.path and await files.exists(self._contents, path)

    async def stamp(self) -> Stamp | None:
        """Return what tells one state of the file from another."""
        model = await self._get(content=False)
        return None if model is None else Stamp(model.get("last_modified"), model.get("size"))

    async def read(self) -> str | None:
        """Return the text; raise `ReadFailed` for a file that is no text."""
        model = await self._get(content=True)
        return None if model is None else str(model["content"])

    async def write(self, text: str) -> str:
        """Save the text and return its hash; raise `WriteFailed`."""
        # Some contents managers would leave half a file if they were cancelled.
        return await asyncio.shield(asyncio.ensure_future(self._write(text, self.path)))

    async def keep_copy(self, text: str) -> str:
        """Save a text beside the file, under a name that is free; return the name."""
        number = 1
        while await files.exists(self._contents, copy := f"{self.path}.broken-{number}"):
            number += 1
        await self._write(text, copy)
        return copy

    async def _write(self, text: str, path: str) -> str:
        if await files.exists(self._contents, path) and not await files.is_writable(
            self._contents, path
        ):
            raise WriteFailed(
                f"'{path}' is read-only for the Jupyter server. Make the file and its folder "
                "writable (chmod u+w); it is then saved."
            )
        try:
            await self._put(text, path)
            saved = await ensure_async(self._contents.get(path, content=False, require_hash=True))
        except WriteFailed:
            raise
        except (web.HTTPError, OSError) as error:
            raise WriteFailed(f"'{path}' could not be saved: {_reason(error)}.") from error
        return str(saved.get("hash") or "")

    async def _put(self, text: str, path: str) -> None:
        """Save as the contents manager does, but in one step: it empties the file first."""
        contents = self._contents
        model: dict[str, object] = {"type": "file", "format": "text", "content": text}
        # Ids that follow inodes would lose a file that is replaced.
        if not is_on_disk(contents) or isinstance(self._file_ids, LocalFileIdManager):
            await ensure_async(contents.save(model, path))
            return
        contents.run_pre_save_hooks(model=model, path=path)
        target = Path(files.target(contents, path))
        await asyncio.to_thread(write_atomically, target, str(model["content"]))
        contents.run_post_save_hooks(model=model, os_path=str(target))
        contents.emit(data={"action": "save", "path": path})

    async def _get(self, content: bool) -> dict[str, object] | None:
        try:
            return await ensure_async(
                self._contents.get(self.path, content, type="file", format="text")
            )
        except (web.HTTPError, OSError) as error:
            gone = isinstance(error, FileNotFoundError) or (
                isinstance(error, web.HTTPError) and error.status_code == HTTPStatus.NOT_FOUND
            )
            if gone:
                return None
            raise ReadFailed(f"'{self.path}' could not be read: {_reason(error)}.") from error


def _reason(error: web.HTTPError | OSError) -> str:
    if isinstance(error, OSError):
        return error.strerror or os.strerror(error.errno or 0)
    return (error.log_message or error.reason or str(error)).rstrip(".")
