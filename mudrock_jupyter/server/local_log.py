"""The local log: what makes an edit safe on this machine before anything else happens to it.

Rooms append to it and go on; a thread writes. Appending never fails and never waits. What is
durable is told by position: everything up to `durable` survives a crash of the server.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from mudrock_jupyter.server.log_file import (
    Entry,
    LogFile,
    Stored,
    move_aside,
    salvage,
)
from mudrock_jupyter.spec.errors import MudrockError, ReadFailed
from mudrock_jupyter.spec.files import write_failed

MAXIMUM_WAITING_BYTES = 64 * 1024 * 1024
RETRY_AFTER = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
READ_WITHIN = 10.0
LOOK_EVERY = 1.0
CLOSE_WITHIN = 5.0

T = TypeVar("T")
_BROKEN = ("malformed", "not a database", "no such table", "no such column", "disk image")

log = logging.getLogger("mudrock_jupyter.server")


@dataclass(frozen=True)
class _Waiting:
    """An entry on its way. A new life of the log takes none of the one before."""

    life: int
    position: int
    entries: tuple[Entry, ...]

    @property
    def size(self) -> int:
        return sum(
            len(getattr(entry, "content", b"")) + len(getattr(entry, "text", ""))
            for entry in self.entries
        )


@dataclass(frozen=True)
class _Job:
    """A question to the file, and who waits for the answer."""

    work: Callable[[LogFile], Any]
    answer: asyncio.Future[Any]


class LocalLog:
    """The log of all the rooms of a server; belongs to the event loop that makes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""
        self.durable = 0
        self._position = 0
        self._life = 0
        self._overflowed = False
        self._renewing = False
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._jobs: deque[_Job] = deque()
        self._work = threading.Condition()
        self._closing = False
        self._renewers: dict[object, Callable[[], None]] = {}
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._file: LogFile | None = None
        self._thread = threading.Thread(target=self._run, name="mudrock-log", daemon=True)
        self._thread.start()

    def append(self, *entries: Entry) -> int:
        """Hand entries over; return the position at which they are durable. Never raises."""
        with self._work:
            self._position += 1
            waiting = _Waiting(self._life, self._position, entries)
            if self._waiting_bytes + waiting.size > MAXIMUM_WAITING_BYTES:
                self._overflowed = True  # the rooms hold it all: ask them once the disk is back
            if not (self._overflowed or self._renewing):
                self._waiting.append(waiting)
                self._waiting_bytes += waiting.size
            self._work.notify()
            return self._position

    @property
    def position(self) -> int:
        """The position of the last entry."""
        return self._position

    async def settle(self, position: int) -> str:
        """Wait until `position` is durable (empty) or cannot be for now (why)."""
        while self.durable < position and not self.problem:
            await self._news.wait()
        return self.problem if self.durable < position else ""

    async def until_durable(self, position: int) -> None:
        """Wait until `position` is durable, however long the disk needs."""
        while self.durable < position:
            await self._news.wait()

    async def read(self, room: str) -> Stored | None:
        """Return what is known of a room; raises `ReadFailed` if the log cannot be read."""

        def job(file: LogFile) -> Stored | None:
            return file.read(room, self._waiting_of(room))

        return await self._ask(job)

    async def rooms_of(self, document: str) -> list[tuple[str, str]]:
        """Return the rooms that held the pipeline of this id, with their last paths."""
        return await self._ask(lambda file: file.rooms_of(document))

    async def rename(self, room: str, new: str) -> None:
        """Give everything of a room to another one."""
        await self._ask(lambda file: file.rename(room, new))

    def on_renewal(self, owner: object, write_all: Callable[[], None]) -> None:
        """Call `write_all` when a log begins anew and needs the whole of a document again."""
        self._renewers[owner] = write_all

    def forget(self, owner: object) -> None:
        """End `on_renewal`."""
        self._renewers.pop(owner, None)

    def close(self) -> None:
        """Write what waits, if the disk lets us, and stop."""
        with self._work:
            self._closing = True
            self._work.notify()
        self._thread.join(CLOSE_WITHIN)

    async def _ask(self, work: Callable[[LogFile], T]) -> T:
        answer: asyncio.Future[T] = self._loop.create_future()
        with self._work:
            self._jobs.append(_Job(work, answer))
            self._work.notify()
        try:
            return await asyncio.wait_for(answer, READ_WITHIN)
        except TimeoutError:
            raise ReadFailed(f"{self.path} cannot be read: {self.problem or 'no answer'}") from None

    # What follows runs in the thread.

    def _run(self) -> None:
        failures = 0
        while True:
            with self._work:
                self._work.wait_for(self._has_work, LOOK_EVERY)
                if self._closing and (failures or not self._waiting):
                    break
                if self._file is None and not self._has_work():
                    continue
            try:
                self._work_once()
            except BaseException as error:  # whatever it is, the rooms go on
                self._fail(error)
                delay = RETRY_AFTER[min(failures, len(RETRY_AFTER) - 1)]
                failures += 1
                with self._work:
                    self._work.wait_for(lambda: self._closing, delay)
            else:
                failures = 0
        if self._file is not None:
            with suppress(sqlite3.Error):
                self._file.close()

    def _has_work(self) -> bool:
        ask_rooms = self._overflowed and not self._renewing
        return bool(self._waiting or self._jobs or ask_rooms or self._closing)

    def _work_once(self) -> None:
        file = self._open()
        with self._work:
            batch, jobs = list(self._waiting), list(self._jobs)
        try:
            self._write(file, batch)
        finally:
            self._do(jobs, file)  # a full disk can be read

    def _open(self) -> LogFile:
        if self._file is not None and not self._file.is_in_place():
            log.error("The rooms' log %s was moved or deleted; a new one begins", self.path)
            with suppress(sqlite3.Error):
                self._file.close()
            self._file = None
            self._ask_rooms_for_all()
        if self._file is None:
            self._file = LogFile(self.path)
        return self._file

    def _write(self, file: LogFile, batch: list[_Waiting]) -> None:
        current = [waiting for waiting in batch if waiting.life == self._life]
        if current:
            file.write(entry for waiting in current for entry in waiting.entries)
            if not file.is_in_place():
                return  # what was written is gone: the next round begins anew
        with self._work:
            for _ in batch:
                self._waiting_bytes -= self._waiting.popleft().size
            overflowed, self._overflowed = self._overflowed, False
            if overflowed:
                self._ask_rooms_for_all()
        self._tell(lambda: self._settle("", current[-1].position if current else 0))

    def _do(self, jobs: list[_Job], file: LogFile) -> None:
        for job in jobs:
            if not job.answer.done():
                self._answer(job, file)
            self._jobs.popleft()

    def _answer(self, job: _Job, file: LogFile) -> None:
        try:
            result = job.work(file)
        except (sqlite3.Error, OSError):
            raise  # tried again, until nobody waits any more
        except BaseException as error:
            failure = error if isinstance(error, Exception) else ReadFailed(str(error))
            self._tell(lambda: None if job.answer.done() else job.answer.set_exception(failure))
        else:
            self._tell(lambda: None if job.answer.done() else job.answer.set_result(result))

    def _waiting_of(self, room: str) -> list[Entry]:
        """Return what waits for the disk of a room."""
        with self._work:
            entries = [entry for waiting in self._waiting for entry in waiting.entries]
        return [entry for entry in entries if entry.room == room]

    def _fail(self, error: BaseException) -> None:
        problem = _explain(self.path, error)
        if problem != self.problem:
            log.warning("The rooms' log: %s", problem)
        self._tell(lambda: self._settle(problem, 0))
        broken = isinstance(error, sqlite3.DatabaseError) and any(
            word in str(error) for word in _BROKEN
        )
        if broken:
            with suppress(OSError, sqlite3.Error):
                self._replace()

    def _replace(self) -> None:
        """Put a broken log aside, and take over what can be read of it."""
        file, self._file = self._file, None
        aside = file.move_aside() if file is not None else move_aside(self.path)
        log.error("The rooms' log was broken; it is kept as %s and a new one begins", aside)
        self._ask_rooms_for_all()
        self._file = LogFile(self.path)
        saved = salvage(aside)
        self._file.write(saved)
        log.warning("%d entries could be read of the broken log", len(saved))

    def _ask_rooms_for_all(self) -> None:
        """Drop what waits, which may build on what is lost; the rooms write their whole anew."""
        with self._work:
            self._renewing = True
            self._life += 1
        self._tell(self._renew)

    def _tell(self, what: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(what)

    # And this in the loop again.

    def _settle(self, problem: str, durable: int) -> None:
        self.problem = problem
        self.durable = max(self.durable, durable)
        self._news.set()
        self._news = asyncio.Event()

    def _renew(self) -> None:
        with self._work:  # in one go: a position is durable only with the whole of every room
            self._renewing = False
            for write_all in list(self._renewers.values()):
                write_all()
            self.append()


def _explain(path: Path, error: BaseException) -> str:
    if isinstance(error, MudrockError):
        return error.message
    if isinstance(error, OSError):
        return write_failed(path, error).message
    said = str(error)
    if "full" in said:
        return f"{path} could not be written: the disk is full. Free some space."
    if "locked" in said or "busy" in said:
        return f"{path} is locked by another program. Close it, or wait."
    if "readonly" in said or "unable to open" in said:
        return f"{path} could not be written. Check the permissions of the file and its folder."
    return f"{path} could not be written: {said}."
