"""The folder stays within its limit, and what was used last stays longest."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mudrock_jupyter.engine.cache import eviction
from mudrock_jupyter.engine.cache.store import CacheStore
from tests.engine.cache.conftest import KEY, entry_file, key_of, logs, used

Opened = Callable[..., CacheStore]
DAY = 86_400


def kept(store: CacheStore, keys: list[str]) -> list[int]:
    """Which of the keys are still there."""
    return [n for n, key in enumerate(keys) if entry_file(store, key).exists()]


def fill(store: CacheStore, count: int, rows: int = 1000) -> list[str]:
    """Put entries of the same size, the first of which was used longest ago."""
    keys = [key_of(n) for n in range(count)]
    for n, key in enumerate(keys):
        assert store.put(key, logs(rows, seed=n)) > 0
        used(store, key, ago=DAY * (count - n))
    return keys


def test_the_least_recently_used_go_first_down_to_nine_tenths(opened: Opened) -> None:
    size = opened().put(KEY, logs(1000))
    opened().clear()
    keys = fill(opened(), 20)
    store = opened(limit=size * 20)
    assert store.put(KEY, logs(1000)) == size
    assert kept(store, keys) == list(range(3, 20))
    assert store.get(KEY) is not None
    assert store.status().bytes == size * 18


def test_reading_an_entry_keeps_it(opened: Opened) -> None:
    size = opened().put(KEY, logs(1000))
    opened().clear()
    keys = fill(opened(), 10)
    assert opened().get(keys[0]) is not None
    opened(limit=size * 10).put(KEY, logs(1000))
    assert kept(opened(), keys) == [0, *range(3, 10)]


def test_the_time_of_use_is_written_once_a_minute(
    store: CacheStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(KEY, logs())
    path = entry_file(store)
    written = path.stat().st_mtime_ns
    used(store, KEY, ago=90)
    utime = os.utime
    marked: list[str] = []

    def noted(path: str, ns: tuple[int, int]) -> None:
        marked.append(path)
        utime(path, ns=ns)

    # Noted, because the kernel of many machines sets the time of access as well.
    monkeypatch.setattr(os, "utime", noted)
    for _ in range(3):
        assert store.get(KEY) is not None
    assert marked == [str(path)]
    assert path.stat().st_atime_ns >= written
    assert path.stat().st_mtime_ns == written


def test_an_entry_larger_than_the_limit_is_not_written(opened: Opened) -> None:
    store = opened(limit=1000)
    assert store.put(KEY, logs(1000)) == 0
    assert not store.folder.exists()


def test_a_limit_of_nothing_keeps_nothing(opened: Opened) -> None:
    store = opened(limit=0)
    assert store.put(KEY, logs(0)) == 0
    assert not store.folder.exists()


def test_what_a_dead_writer_left_is_swept_and_what_a_live_one_writes_is_not(
    opened: Opened,
) -> None:
    store = opened()
    store.put(KEY, logs())
    folder = entry_file(store).parent
    dead, live = folder / ".dead.tmp", folder / ".live.tmp"
    for path in (dead, live):
        path.write_bytes(b"half")
    day_ago = dead.stat().st_mtime - DAY
    os.utime(dead, (day_ago, day_ago))
    opened().put(key_of(1), logs())
    assert not dead.exists()
    assert live.exists()
    assert store.status().entries == 2


def test_what_is_not_ours_is_never_removed(opened: Opened) -> None:
    store = opened()
    store.put(KEY, logs())
    strangers = [
        store.folder / "notes.arrow",
        entry_file(store).with_suffix(".txt"),
        store.folder / "else" / "a.arrow",
    ]
    strangers[2].parent.mkdir()
    for path in strangers:
        path.write_bytes(b"mine")
        os.utime(path, (0, 0))
    opened(limit=1).put(key_of(1), logs(0))
    eviction.evict(store.folder, 0)
    store.clear()
    assert all(path.exists() for path in strangers)
    assert store.status().entries == 0


def test_the_folder_is_not_searched_after_every_entry(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: list[int] = []
    evict = eviction.evict

    def counted(folder: Path, limit: int) -> int:
        searches.append(limit)
        return evict(folder, limit)

    monkeypatch.setattr(eviction, "evict", counted)
    store = opened(limit=10**9)
    for n in range(100):
        store.put(key_of(n), logs(100))
    assert len(searches) == 1
    size = store.put(KEY, logs(100))
    small = opened(limit=size * 100)
    for n in range(100):
        small.put(key_of(n), logs(100))
        assert small.status().bytes <= small.limit_bytes
    # Once at first, and then for each twentieth of the limit or so.
    assert len(searches) < 1 + 1 + 25


def test_a_reached_limit_is_noticed_at_once(opened: Opened) -> None:
    size = opened().put(KEY, logs(100))
    fill(opened(), 98, rows=100)
    store = opened(limit=size * 101)
    for n in range(200, 206):
        store.put(key_of(n), logs(100))
        assert store.status().bytes <= store.limit_bytes


def test_what_another_process_wrote_is_noticed_in_time(opened: Opened) -> None:
    mine = opened(limit=opened().put(KEY, logs(100)) * 100)
    mine.put(key_of(100), logs(100))
    fill(opened(), 100, rows=100)
    assert mine.status().bytes > mine.limit_bytes
    for n in range(200, 206):
        mine.put(key_of(n), logs(100))
    assert mine.status().bytes <= mine.limit_bytes


def test_many_threads_keep_to_the_limit(opened: Opened) -> None:
    size = opened().put(KEY, logs(1000))
    opened().clear()
    store = opened(limit=size * 10)
    keys = [key_of(n) for n in range(40)]

    def work(turn: int) -> bool:
        n = turn * 7 % 40
        read = store.get(keys[n])
        if read is None:
            store.put(keys[n], logs(1000, seed=n))
            return True
        return bool(read.equals(logs(1000, seed=n)))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(400)))
    store.put(KEY, logs(1000))
    assert store.status().bytes <= size * 10


def test_status_and_clear_tell_what_is_there(opened: Opened) -> None:
    store = opened(limit=12345678)
    size = fill(store, 3) and entry_file(store, key_of(0)).stat().st_size
    status = store.status()
    assert (status.entries, status.bytes, status.limit_bytes) == (3, 3 * size, 12345678)
    assert status.folder == store.folder
    assert status.oldest is not None
    assert status.newest is not None
    assert round((status.newest - status.oldest).total_seconds() / DAY) == 2
    removed = store.clear()
    assert (removed.entries, removed.bytes) == (3, 3 * size)
    assert store.status().entries == 0
    assert store.status().oldest is None
    assert store.put(KEY, logs()) > 0
