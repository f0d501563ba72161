"""The cache: tables by key, in a folder that several processes may share."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

import pyarrow as pa

from mudrock_jupyter.engine.cache.entry import (
    Entry,
    Identity,
    entry_path,
    read_entry,
    write_entry,
)
from mudrock_jupyter.engine.cache.eviction import Allowance, Found, find, remove
from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.spec.files import write_failed

log = logging.getLogger("mudrock_jupyter.engine")

_KEY = re.compile(r"[0-9a-f]{64}")
_MARKED_EVERY_NS = 60 * 10**9
_first_failure = Lock()  # taken once and never given back


@dataclass(frozen=True)
class CacheStatus:
    """What a cache holds; `oldest` and `newest` are when entries were last used."""

    folder: Path
    entries: int
    bytes: int
    limit_bytes: int
    oldest: datetime | None
    newest: datetime | None

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON knows it, times in ISO 8601."""
        return {
            "folder": str(self.folder),
            "entries": self.entries,
            "bytes": self.bytes,
            "limit_bytes": self.limit_bytes,
            "oldest": self.oldest and self.oldest.isoformat(),
            "newest": self.newest and self.newest.isoformat(),
        }


@dataclass(frozen=True)
class CacheStore:
    """Tables that were computed, by a key of all they depend on: 64 lowercase hex digits.

    Nothing is opened or made before it is needed. Any number of threads and processes may use one
    folder. Neither reading nor writing ever fails a run: what cannot be read is `None`, what
    cannot be written is not there the next time.

    >>> import tempfile, pyarrow as pa
    >>> cache = CacheStore(Path(tempfile.mkdtemp()), limit_bytes=10**9)
    >>> cache.put("0" * 64, pa.table({"GR": [20.0, 70.0]})) > 0
    True
    >>> cache.get("0" * 64).to_pydict(), cache.get("1" * 64)
    ({'GR': [20.0, 70.0]}, None)
    """

    folder: Path
    limit_bytes: int
    _verified: dict[str, Identity] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _allowance: Allowance = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_allowance", Allowance(self.folder, self.limit_bytes))

    def get(self, key: str) -> pa.Table | None:
        """Return the table of a key, mapped from its file without a copy, or None.

        A file that is damaged, truncated or not ours is removed.
        """
        path = self._path(key)
        try:
            entry = read_entry(path, key, self._verified.get(key))
        except FileNotFoundError:
            return None
        except (InvalidInput, pa.ArrowException) as error:
            log.info("An entry of the cache is left out and removed: %s", error)
            remove(path)
            return None
        except OSError as error:
            log.debug("An entry of the cache could not be read: %s", error)
            return None
        self._verified[key] = entry.identity
        _mark_used(path, entry)
        return entry.table

    def put(self, key: str, table: pa.Table) -> int:
        """Keep a table and return the bytes that were written: 0 if it could not be kept.

        A table larger than the limit is not kept. The first failure of a process is logged as a
        warning.
        """
        path = self._path(key)
        if table.nbytes > self.limit_bytes or not self.limit_bytes:
            return 0
        try:
            identity = write_entry(path, key, table)
        except FileNotFoundError as error:
            log.debug("The cache was cleared while an entry was written: %s", error)
            return 0
        except (OSError, pa.ArrowException) as error:
            self._say_once(error)
            return 0
        self._verified[key] = identity
        self._allowance.spend(identity.size)
        return identity.size

    def status(self) -> CacheStatus:
        """Count what is in the folder."""
        return self._summary(file for file in find(self.folder) if not file.unfinished)

    def clear(self) -> CacheStatus:
        """Remove everything and return what that was; tables in use stay whole."""
        return self._summary(
            file for file in find(self.folder) if remove(file.path) and not file.unfinished
        )

    def _path(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise InvalidInput(f"{key!r} is no key: it must be 64 lowercase hex digits.")
        return entry_path(self.folder, key)

    def _summary(self, files: Iterable[Found]) -> CacheStatus:
        listed = list(files)
        used = [datetime.fromtimestamp(file.used_ns / 1e9, UTC) for file in listed]
        return CacheStatus(
            folder=self.folder,
            entries=len(listed),
            bytes=sum(file.size for file in listed),
            limit_bytes=self.limit_bytes,
            oldest=min(used, default=None),
            newest=max(used, default=None),
        )

    def _say_once(self, error: Exception) -> None:
        level = logging.WARNING if _first_failure.acquire(blocking=False) else logging.DEBUG
        reason = write_failed(self.folder, error) if isinstance(error, OSError) else error
        log.log(level, "The cache keeps nothing for now, runs go on without it: %s", reason)


def _mark_used(path: str, entry: Entry) -> None:
    """Set the time of access ourselves: mounts with relatime or noatime do not."""
    now = time.time_ns()
    if now - entry.used_ns > _MARKED_EVERY_NS:
        with contextlib.suppress(OSError):
            # The time of writing stays: it tells a file that was verified from a new one.
            os.utime(path, ns=(now, entry.identity.modified_ns))
