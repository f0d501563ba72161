"""`mudrock cache`: what it holds, and clearing it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mudrock_jupyter.engine.cache.place import open_cache
from mudrock_jupyter.engine.cache.store import CacheStore
from mudrock_jupyter.wells.store import WellStore
from tests.engine.cache.conftest import key_of, logs


@pytest.fixture
def cache(tmp_path: Path) -> CacheStore:
    """The cache of a project, with two entries."""
    WellStore(tmp_path / "north-sea").create("m")
    cache = open_cache(tmp_path / "north-sea")
    for n in range(2):
        cache.put(key_of(n), logs())
    return cache


def mudrock(*arguments: object, code: int = 0, limit: str = "") -> str:
    """Run `mudrock cache` as a user does and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "mudrock_jupyter.cli", "cache", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MUDROCK_CACHE_LIMIT": limit},
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout or done.stderr


def test_status_shows_where_it_is_and_what_it_holds(cache: CacheStore, tmp_path: Path) -> None:
    told = json.loads(mudrock("status", tmp_path / "north-sea", "--json", limit="1 GB"))
    assert told["folder"] == str(cache.folder)
    assert (told["entries"], told["limit_bytes"]) == (2, 10**9)
    assert told["bytes"] == cache.status().bytes
    assert told["oldest"] <= told["newest"]
    table = mudrock("status", tmp_path / "north-sea", limit="1 GB")
    assert str(cache.folder) in table
    assert "1 GB" in table


def test_clear_tells_what_was_removed(cache: CacheStore, tmp_path: Path) -> None:
    size = cache.status().bytes
    told = json.loads(mudrock("clear", tmp_path / "north-sea", "--json"))
    assert told == {"folder": str(cache.folder), "entries": 2, "bytes": size}
    assert cache.status().entries == 0
    assert mudrock("clear", tmp_path / "north-sea").startswith("0 entries, 0 B, removed from")
    told = json.loads(mudrock("status", tmp_path / "north-sea", "--json"))
    assert (told["entries"], told["oldest"], told["newest"]) == (0, None, None)
    assert "–" in mudrock("status", tmp_path / "north-sea")


def test_a_cache_that_is_switched_off_can_be_cleared(cache: CacheStore, tmp_path: Path) -> None:
    assert " off " in mudrock("status", tmp_path / "north-sea", limit="0")
    mudrock("clear", tmp_path / "north-sea", limit="0")
    assert cache.status().entries == 0


@pytest.mark.parametrize("command", ["status", "clear"])
def test_a_mistake_is_one_sentence_and_exit_code_2(
    cache: CacheStore, tmp_path: Path, command: str
) -> None:
    assert "There is no project in" in mudrock(command, tmp_path / "nowhere", code=2)
    printed = mudrock(command, tmp_path / "north-sea", code=2, limit="20 GBB")
    assert printed.startswith("mudrock: MUDROCK_CACHE_LIMIT is '20 GBB'")
    assert "Did you mean 'GB'?" in printed
    assert cache.status().entries == 2
