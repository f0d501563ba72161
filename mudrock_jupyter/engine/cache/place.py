"""Where a project's cache is, and how large it may become."""

from __future__ import annotations

import hashlib
import os
import shutil
from functools import cache
from pathlib import Path

from mudrock_jupyter.engine.cache.store import CacheStore
from mudrock_jupyter.spec.sizes import parse_size

LIMIT = "MUDROCK_CACHE_LIMIT"
DEFAULT_LIMIT = 10 * 1024**3


def cache_of(project_root: str | Path) -> CacheStore | None:
    """Return the cache of a project, or None when `MUDROCK_CACHE_LIMIT` is 0.

    A process has one store for a folder, which remembers what it verified. Nothing is written.
    Raises `InvalidInput` for a limit that is no size.

    >>> cache_of("north-sea").folder.parts[-2:]
    ('.mudrock', 'cache')
    """
    store = open_cache(project_root)
    return store if store.limit_bytes else None


def open_cache(project_root: str | Path) -> CacheStore:
    """Return the cache of a project even when it is switched off, to look at it or clear it."""
    return _store(cache_folder(project_root), os.environ.get(LIMIT, "").strip())


def cache_folder(project_root: str | Path) -> Path:
    """Return `.mudrock/cache` of a project or, where that is read-only, a folder of the user's."""
    root = Path(project_root).expanduser().resolve()
    folder = root / ".mudrock" / "cache"
    if os.access(_nearest(folder), os.W_OK):
        return folder
    import platformdirs

    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    return platformdirs.user_cache_path("mudrock", appauthor=False) / "projects" / name


def cache_limit(folder: Path, text: str) -> int:
    """Return the limit in bytes that `text` asks for.

    Without one: 10 GiB, but no more than half of what is free on that disk.
    """
    if text:
        return parse_size(text, of=LIMIT)
    return min(DEFAULT_LIMIT, shutil.disk_usage(_nearest(folder)).free // 2)


@cache
def _store(folder: Path, limit: str) -> CacheStore:
    return CacheStore(folder, cache_limit(folder, limit))


def _nearest(path: Path) -> Path:
    """Return the path itself or the first folder above it that is there."""
    # Not Path.exists, which raises where a folder may not be looked into.
    return next(place for place in (path, *path.parents) if os.path.exists(place))
