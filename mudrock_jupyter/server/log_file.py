"""The SQLite file behind the rooms: every update of every document, and what was saved of it.

Used from one thread. Several servers may share a file: each statement stands in a transaction of
its own, and nothing is deleted that has not been read in the same one.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pycrdt import Doc

from mudrock_jupyter.documents.reading import read, read_run, same

BUSY_AFTER_MS = 2000
COMPACT_AFTER = 200
SCHEMA = """
CREATE TABLE IF NOT EXISTS updates (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, content BLOB NOT NULL,
    checksum INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS updates_by_room ON updates (room);
CREATE TABLE IF NOT EXISTS rooms (
    room TEXT PRIMARY KEY, path TEXT, document TEXT, saved TEXT, saving TEXT, damage TEXT)
    WITHOUT ROWID;
PRAGMA user_version = 1;
"""

Field = Literal["path", "document", "saved", "saving", "damage"]
FIELDS: tuple[Field, ...] = get_args(Field)


@dataclass(frozen=True)
class Update:
    """A change of a room's document."""

    room: str
    content: bytes


@dataclass(frozen=True)
class Whole(Update):
    """A room's whole document, in the place of a history that was damaged."""


@dataclass(frozen=True)
class Note:
    """What a room knows of its file.

    path, document   where it is, and the id of the pipeline in it
    saved            the text that is in it
    saving           a text that is about to be in it; empty once it is `saved`
    damage           why updates may be missing; empty once the room has written its whole
    """

    room: str
    field: Field
    text: str


Entry = Update | Note


@dataclass(frozen=True)
class Stored:
    """A room's document as the log has it: `update` makes it, `state` is its state vector.

    `damaged` if updates were lost to a broken disk.
    """

    update: bytes
    state: bytes
    saved: str | None = None
    saving: str | None = None
    damaged: bool = False


class LogFile:
    """An open log file. Everything raises `sqlite3.Error` or `OSError` when the disk fails."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._database.execute(f"PRAGMA busy_timeout = {BUSY_AFTER_MS}")
            # Where the disk knows no shared memory (network disks), SQLite stays with its journal.
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.executescript(SCHEMA)
            with suppress(OSError):
                path.chmod(0o600)
            self._files = self._identify()
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def is_in_place(self) -> bool:
        """Tell whether the file is still the one under its name: SQLite goes on without it."""
        return self._identify() == self._files

    def write(self, entries: Iterable[Entry]) -> None:
        """Make entries durable, in one transaction."""
        with self._transaction() as database:
            for entry in entries:
                if isinstance(entry, Whole):
                    database.execute("DELETE FROM updates WHERE room = ?", (entry.room,))
                if isinstance(entry, Update):
                    _insert(database, entry.room, entry.content)
                else:
                    database.execute(
                        f"INSERT INTO rooms (room, {entry.field}) VALUES (?, ?) "
                        f"ON CONFLICT (room) DO UPDATE SET {entry.field} = excluded.{entry.field}",
                        (entry.room, entry.text),
                    )

    def read(self, room: str, more: Iterable[Entry] = ()) -> Stored | None:
        """Return what is known of a room, with what is not written yet.

        None for a new room.
        """
        rows, damaged = self._rows(room)
        note = self._database.execute(
            "SELECT saved, saving, damage FROM rooms WHERE room = ?", (room,)
        ).fetchone()
        fields = ("saved", "saving", "damage")
        notes = dict(zip(fields, note or (None, None, None), strict=True))
        updates = [content for _, content in rows]
        for entry in more:
            if isinstance(entry, Update):
                updates.append(entry.content)
            elif entry.field in notes:
                notes[entry.field] = entry.text
        if not updates and not damaged:
            return None
        if len(rows) > COMPACT_AFTER and not damaged:
            self.compact(room)
        doc = _replay(updates)
        return Stored(
            doc.get_update(),
            doc.get_state(),
            notes["saved"],
            notes["saving"],
            damaged=bool(damaged or notes["damage"]),
        )

    def rooms_of(self, document: str) -> list[tuple[str, str]]:
        """Return the rooms (and last paths) that held the pipeline of this id, newest first."""
        found = self._database.execute(
            "SELECT room, path FROM rooms WHERE document = ? AND room IN (SELECT room FROM updates)"
            " ORDER BY (SELECT MAX(seq) FROM updates u WHERE u.room = rooms.room) DESC",
            (document,),
        )
        return [(room, path or "") for room, path in found.fetchall()]

    def rename(self, room: str, new: str) -> None:
        """Give everything of a room to another one."""
        with self._transaction() as database:
            database.execute("UPDATE updates SET room = ? WHERE room = ?", (new, room))
            database.execute("UPDATE OR REPLACE rooms SET room = ? WHERE room = ?", (new, room))

    def compact(self, room: str) -> bool:
        """Put one update in the place of many; False, and no change, if it would not be the same.

        The new row is read back and compared before the old ones are deleted.
        """
        with self._transaction() as database:
            rows, damaged = self._rows(room)
            if damaged or len(rows) < 2:
                return False
            whole = _replay(content for _, content in rows)
            seq = _insert(database, room, whole.get_update())
            (written,) = (content for number, content in self._rows(room)[0] if number == seq)
            if not _equal(_replay([written]), whole):
                database.execute("DELETE FROM updates WHERE seq = ?", (seq,))
                return False
            last = rows[-1][0]
            database.execute("DELETE FROM updates WHERE room = ? AND seq <= ?", (room, last))
        return True

    def move_aside(self) -> Path:
        """Close the file and rename it, so that a new one can take its place."""
        with suppress(sqlite3.Error):
            self._database.close()
        return move_aside(self.path)

    def _rows(self, room: str) -> tuple[list[tuple[int, bytes]], int]:
        found = self._database.execute(
            "SELECT seq, content, checksum FROM updates WHERE room = ? ORDER BY seq", (room,)
        ).fetchall()
        good = [(seq, content) for seq, content, checksum in found if _holds(content, checksum)]
        return good, len(found) - len(good)

    def _identify(self) -> tuple[int, ...]:
        with suppress(FileNotFoundError):
            files = [self.path, *self.path.parent.glob(f"{self.path.name}-wal")]
            return tuple(file.stat().st_ino for file in files)
        return ()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield self._database
            self._database.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has rolled back already
                self._database.execute("ROLLBACK")
            raise


def move_aside(path: Path) -> Path:
    """Rename a log and what belongs to it; return the new name."""
    number = 1
    while (target := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.replace(f"{path}{suffix}", f"{target}{suffix}")
    return target


def salvage(path: Path) -> list[Entry]:
    """Return what can still be read of a broken log."""
    entries: list[Entry] = []
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as database:
        for row in _until_it_breaks(database, f"SELECT room, {', '.join(FIELDS)} FROM rooms"):
            room, *texts = row
            for field, text in zip(FIELDS, texts, strict=True):
                if isinstance(room, str) and isinstance(text, str):
                    entries.append(Note(room, field, text))
        updates: dict[int, Update] = {}
        for order in ("ASC", "DESC"):  # from both ends to the broken page
            query = f"SELECT seq, room, content, checksum FROM updates ORDER BY seq {order}"
            for seq, room, content, checksum in _until_it_breaks(database, query):
                if _holds(content, checksum):
                    updates[seq] = Update(room, content)
        entries += [update for _, update in sorted(updates.items())]
    rooms = dict.fromkeys(entry.room for entry in entries)
    return [*entries, *(Note(room, "damage", f"taken from {path.name}") for room in rooms)]


def _until_it_breaks(database: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    with suppress(sqlite3.Error):
        yield from database.execute(query)


def _insert(database: sqlite3.Connection, room: str, content: bytes) -> int | None:
    return database.execute(
        "INSERT INTO updates (room, content, checksum) VALUES (?, ?, ?)",
        (room, content, zlib.crc32(content)),
    ).lastrowid


def _holds(content: object, checksum: object) -> bool:
    return isinstance(content, bytes) and zlib.crc32(content) == checksum


def _replay(updates: Iterable[bytes]) -> Doc[Any]:
    doc: Doc[Any] = Doc()
    for update in updates:
        doc.apply_update(update)
    return doc


def _equal(one: Doc[Any], other: Doc[Any]) -> bool:
    """Compare two documents: neither has an update for the other, and they read the same."""
    return (
        _state(one) == _state(other)
        and same(read(one), read(other))
        and same(read_run(one), read_run(other))
    )


def _state(doc: Doc[Any]) -> dict[int, int]:
    """Decode a state vector: its clients come in any order."""
    numbers, number, shift = [], 0, 0
    for byte in doc.get_state():
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    return dict(zip(numbers[1::2], numbers[2::2], strict=True))
