"""The room of a pipeline document: the log is its memory, the file is what it shows to others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from logging import Logger
from typing import Any, Protocol, runtime_checkable

from jupyter_events import EventLogger
from jupyter_server_ydoc.loaders import FileLoader
from jupyter_server_ydoc.rooms import DocumentRoom
from jupyter_server_ydoc.utils import LogLevel
from pycrdt import Channel
from tornado import web

from mudrock_jupyter.server.local_log import LocalLog
from mudrock_jupyter.server.log_file import Note, Stored, Update, Whole
from mudrock_jupyter.server.recall import base_of, is_torn, tree_of
from mudrock_jupyter.server.room_file import RoomFile, Stamp
from mudrock_jupyter.server.rooms import FORMAT, TYPE
from mudrock_jupyter.spec.errors import MudrockError

SAVE_AT_LEAST_EVERY = 10.0
SAVE_AGAIN_AFTER = 5.0
ANNOUNCE_WITHIN = 2.0
LOOK_EVERY = 1.0
PROBLEM = "problem"
CLOSE_FAILED = 1011


@runtime_checkable
class Refusable(Protocol):
    """A connection that can be told that its updates were not taken."""

    def refuse(self, reason: str) -> None:
        """Answer with `reason` whenever the peer asks whether it is saved."""

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close the connection."""


class PipelineRoom(DocumentRoom):  # type: ignore[misc]  # upstream is untyped
    """A room that survives its server, and keeps the file in step with the document.

    What stands in the file is compared, not its date: `_on_disk` is the text that was last read or
    written. Another text is somebody's change and is merged, whenever it is found.
    """

    def __init__(
        self,
        room_id: str,
        file: RoomFile,
        loader: FileLoader,
        local_log: LocalLog,
        events: EventLogger,
        logger: Logger,
        save_delay: float | None,
        replace: Callable[[PipelineRoom], Coroutine[Any, Any, None]],
    ) -> None:
        super().__init__(
            room_id, FORMAT, TYPE, loader, events, None, logger, save_delay=save_delay,
            exception_handler=_log_exception,
        )  # fmt: skip
        self.file = file
        self.local_log = local_log
        self._replace = replace
        self._on_disk = ""
        self._stamp: Stamp | None = None
        self._missing = False
        self._ours = False
        self.has_ended = False
        self._moving: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._appending: Any = None

    async def initialize(self) -> None:
        """Load the document; raise 404 without a file, `ReadFailed` without an answer of the log.

        The log wins over a file that the server wrote itself; a file that somebody else wrote is
        merged into what the log holds.
        """
        async with self._update_lock:
            if self.ready_event.is_set():
                return
            text = await self.file.read()
            if text is None:
                raise web.HTTPError(404)
            self._stamp = await self.file.stamp()
            self._restore(text, await self._recall(text))
            self.ready = True
        self._emit(LogLevel.INFO, "initialize", "Room initialized")
        self._tasks = [
            asyncio.create_task(self._supervise(self._save_when_changed)),
            asyncio.create_task(self._supervise(self._watch)),
        ]
        if self._document.get() != self._on_disk:
            self._changed.set()

    async def stop(self) -> None:
        """Save what is not in the file yet, and end."""
        if (
            self.ready
            and not self.has_ended
            and self._changed.is_set()
            and self._save_delay is not None
        ):
            await self._save()
        self._leave_log()
        for task in self._tasks:
            task.cancel()
        await super().stop()

    # The log

    async def _recall(self, text: str) -> Stored | None:
        """Return what the log has of this file, also if Jupyter knew it by another id."""
        stored = await self.local_log.read(self.file.file_id)
        tree = tree_of(text) or {}
        if stored is None and isinstance(document := tree.get("id"), str) and document:
            for room, path in await self.local_log.rooms_of(document):
                if not await self.file.is_elsewhere(room, path):
                    await self.local_log.rename(room, self.file.file_id)
                    return await self.local_log.read(self.file.file_id)
        return stored

    def _restore(self, text: str, stored: Stored | None) -> None:
        if stored:
            self.ydoc.apply_update(stored.update)
        # What the document holds and the log does not: upstream has set its path already.
        self._append(self.ydoc.get_update(stored.state) if stored else self.ydoc.get_update())
        self._appending = self.ydoc.observe(lambda event: self._append(event.update))
        self.local_log.on_renewal(self, self._write_all)
        if stored and is_torn(text, stored):
            self._document.know_on_disk(stored.saved)
            self._take_note(text)
        else:
            self._document.know_on_disk(base_of(text, stored))
            self._take_over(text)
        if stored and stored.damaged:
            self._write_anew()
        self._document.path = self.file.path
        self._tell("")

    def _append(self, update: bytes) -> None:
        self.local_log.append(Update(self.file.file_id, update))

    def _write_all(self) -> None:
        self._append(self.ydoc.get_update())
        self._take_note(self._on_disk)
        self.local_log.append(Note(self.file.file_id, "damage", ""))

    def _leave_log(self) -> None:
        self.local_log.forget(self)
        if self._appending is not None:
            self.ydoc.unobserve(self._appending)
            self._appending = None

    # The file

    def _take_over(self, text: str) -> None:
        """Bring a text that somebody put into the file into the document."""
        with self._our_own_change():
            self._document.set(text)
        self._take_note(text)

    def _take_note(self, text: str) -> None:
        """Remember what is in the file; a broken text is no base for merging."""
        self._on_disk = text
        if (tree := tree_of(text)) is None:
            return
        self._document.know_on_disk(text)
        room = self.file.file_id
        self.local_log.append(
            Note(room, "path", self.file.path),
            Note(room, "document", str(tree.get("id", ""))),
            Note(room, "saved", text),
            Note(room, "saving", ""),
        )

    def _write_anew(self) -> None:
        """Put the document in the place of a damaged history."""
        self.log.error("mudrock: a part of the log of '%s' was lost", self.file.path)
        room = self.file.file_id
        self.local_log.append(Whole(room, self.ydoc.get_update()), Note(room, "damage", ""))

    async def _look(self) -> None:
        """Notice what happened to the file."""
        async with self._update_lock:
            if self.file.follow():
                with self._our_own_change():
                    self._document.path = self.file.path
                self._take_note(self._on_disk)
            stamp = await self.file.stamp()
            if stamp != self._stamp:
                await self._read()
                self._stamp = stamp
        if self._missing:
            return
        if self._document.get() != self._on_disk:
            self._changed.set()
        await self._follow_id()

    async def _read(self) -> None:
        """Take over the file's text if it is new."""
        text = await self.file.read()
        self._missing = text is None
        if text is None:
            self._tell(
                f"'{self.file.path}' was deleted or moved away. The pipeline is kept here, and "
                "the file is written again with the next change."
            )
            return
        if text != self._on_disk:
            self.log.info("mudrock: '%s' was changed on disk", self.file.path)
            self._take_over(text)
            self._emit(LogLevel.INFO, "overwrite", "Out-of-band changes were merged.")
        self._tell("")

    async def _save(self) -> bool:
        """Write the document into the file, after taking over what somebody else wrote there."""
        async with self._update_lock:
            try:
                await self._read()
                text = self._document.get()
                if self._missing or text != self._on_disk:
                    await self._write(text)
            except MudrockError as error:
                self._tell(error.message)
                self._emit(LogLevel.ERROR, None, error.message)
                return False
            with self._our_own_change():
                self._document.dirty = False
            self._tell("")
        await self._follow_id()
        return True

    async def _write(self, text: str) -> None:
        if not self._missing and self._on_disk.strip() and tree_of(self._on_disk) is None:
            copy = await self.file.keep_copy(self._on_disk)
            self.log.warning("mudrock: the broken '%s' is kept as '%s'", self.file.path, copy)
        position = self.local_log.append(Note(self.file.file_id, "saving", text))
        with suppress(TimeoutError):
            await asyncio.wait_for(self.local_log.settle(position), ANNOUNCE_WITHIN)
        digest = await self.file.write(text)
        self._missing = False
        self._take_note(text)
        self._stamp = await self.file.stamp()
        with self._our_own_change():
            self._document.hash = digest
        self._emit(LogLevel.INFO, "save", "Content saved.")

    async def _follow_id(self) -> None:
        """Give all to the room of the file's new id, if it has one, and send the peers there.

        Jupyter forgets the id of a file that was deleted through it.
        """
        if self._moving or (new_id := self.file.lost_id()) is None:
            return
        self._leave_log()
        await self.local_log.rename(self.file.file_id, new_id)
        self._moving = asyncio.create_task(self._replace(self))

    def _tell(self, problem: str) -> None:
        """Show the peers what is wrong with the file; nothing if all is well."""
        state = self._document.ystate
        with self._our_own_change():
            if problem and state.get(PROBLEM) != problem:
                self.log.warning("mudrock: %s", problem)
                state[PROBLEM] = problem
            elif not problem and PROBLEM in state:
                del state[PROBLEM]

    # What upstream calls

    def _on_document_change(self, target: str, event: object) -> None:
        if self.ready_event.is_set() and not self._ours and self._is_saved_by_itself():
            self._changed.set()

    def _is_saved_by_itself(self) -> bool:
        wishes = [state.get("autosave", True) for state in self.awareness.states.values() if state]
        return any(wishes or [True])

    def _save_to_disc(self) -> asyncio.Task[bool]:
        return asyncio.create_task(self._save_or_raise())

    async def _save_or_raise(self) -> bool:
        if not await self._save():
            raise web.HTTPError(500, str(self._document.ystate.get(PROBLEM)))
        return True

    async def _on_outofband_change(self) -> None:
        await self._look()

    def _on_filepath_change(self) -> None:
        pass  # the watch follows by itself

    def _emit(self, level: LogLevel, action: str | None = None, msg: str | None = None) -> None:
        # Upstream asks for the path of an id that Jupyter may have forgotten.
        with suppress(RuntimeError):
            super()._emit(level, action, msg)

    async def _handle_sync_message_error(
        self, exc: Exception, message: bytes, channel: Channel
    ) -> bool:
        """Remember that a peer's update was not taken: nothing of it may be called saved."""
        handled: bool = await super()._handle_sync_message_error(exc, message, channel)
        if isinstance(channel, Refusable):
            channel.refuse(str(exc))
        return handled

    async def serve(self, channel: Channel) -> None:
        """Serve a peer; one that makes pycrdt panic is sent away, and harms nobody else."""
        try:
            await super().serve(channel)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self.log.error("mudrock: a peer of '%s' failed", self.file.path, exc_info=error)
            if isinstance(channel, Refusable):
                channel.close(CLOSE_FAILED, "An update could not be read.")

    # Tasks

    @contextmanager
    def _our_own_change(self) -> Iterator[None]:
        """Mark changes that are no reason to save."""
        self._ours = True
        try:
            yield
        finally:
            self._ours = False

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self._look()
            except MudrockError as error:
                self._tell(error.message)

    async def _save_when_changed(self) -> None:
        """Save when nobody has changed anything for a moment, or for too long."""
        if self._save_delay is None:
            return
        while True:
            await self._changed.wait()
            if not self._missing:
                await self._until_quiet(self._save_delay)
            self._changed.clear()
            if not await self._save():
                await asyncio.sleep(SAVE_AGAIN_AFTER)
                self._changed.set()

    async def _until_quiet(self, delay: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SAVE_AT_LEAST_EVERY
        while self._changed.is_set() and (left := deadline - loop.time()) > 0:
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(delay, left))

    async def _supervise(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                return await work()
            except asyncio.CancelledError:
                raise
            except BaseException as error:  # pycrdt's PanicException is no Exception
                self.log.error("mudrock: '%s': trying again", self.file.path, exc_info=error)
            await asyncio.sleep(SAVE_AGAIN_AFTER)


def _log_exception(error: Exception, logger: Logger) -> bool:
    logger.error("mudrock: a room failed", exc_info=error)
    return True
