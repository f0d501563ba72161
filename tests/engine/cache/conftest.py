"""Stores in a folder of their own, and tables to put there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from mudrock_jupyter.engine.cache.store import CacheStore

KEY = "0123456789abcdef" * 4


def key_of(number: int) -> str:
    """A key, spread over the folders as real ones are."""
    return f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" * 4


def logs(rows: int = 100, seed: int = 0) -> pa.Table:
    """A table of `rows` * 8 bytes of data."""
    return pa.table({"GR": np.random.default_rng(seed).random(rows)})


def entry_file(store: CacheStore, key: str = KEY) -> Path:
    """Where the store keeps a key."""
    return store.folder / key[:2] / f"{key[2:]}.arrow"


def used(store: CacheStore, key: str, ago: float) -> None:
    """Set when an entry was last used, `ago` seconds before now."""
    path = entry_file(store, key)
    stat = path.stat()
    os.utime(path, ns=(stat.st_mtime_ns - int(ago * 1e9), stat.st_mtime_ns))


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., CacheStore]:
    """Open the folder as a new process would: nothing of it was verified."""

    def open_folder(limit: int = 10**9, folder: Path | None = None) -> CacheStore:
        return CacheStore(folder or tmp_path / "cache", limit)

    return open_folder


@pytest.fixture
def store(opened: Callable[..., CacheStore]) -> CacheStore:
    """An empty store with room for everything."""
    return opened()
