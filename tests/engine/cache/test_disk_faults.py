"""A process that is killed, a disk that is full, and others who use the same folder."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from mudrock_jupyter.engine.cache.store import CacheStore
from tests.engine.cache.conftest import KEY, key_of, logs

Opened = Callable[..., CacheStore]
ROOT = Path(__file__).resolve().parents[3]

# What several processes agree on: a key and the table that belongs to it.
SHARED = """
    import sys
    from pathlib import Path
    from mudrock_jupyter.engine.cache.store import CacheStore
    from tests.engine.cache.conftest import key_of, logs
    cache = CacheStore(Path(sys.argv[1]), int(sys.argv[2]))
"""


def started(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a process that works on a cache."""
    code = textwrap.dedent(SHARED) + textwrap.dedent(script)
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    """Wait for it and return what it printed."""
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    return out


def test_a_writer_that_is_killed_leaves_nothing_wrong(opened: Opened) -> None:
    store = opened()
    chosen = random.Random(3)
    for _ in range(4):
        writer = started(
            """
            n = 0
            while True:
                cache.put(key_of(n % 5), logs(300_000, seed=n % 5))
                print(n, flush=True)
                n += 1
            """,
            store.folder,
            10**9,
        )
        assert writer.stdout is not None
        for _ in range(chosen.randrange(1, 8)):
            assert writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        fresh = opened()
        for n in range(5):
            read = fresh.get(key_of(n))
            assert read is None or read.equals(logs(300_000, seed=n))
        assert fresh.get(key_of(0)) is not None
    for path in store.folder.rglob("*.tmp"):
        os.utime(path, (0, 0))
    opened().put(KEY, logs())
    assert list(store.folder.rglob("*.tmp")) == []


def test_killed_in_the_middle_of_an_entry(opened: Opened) -> None:
    store = opened()
    writer = started(
        """
        import os, signal
        from mudrock_jupyter.engine.cache import entry
        write = entry._Body.write
        def die_half_way(self, data):
            write(self, memoryview(data)[: len(data) // 2])
            if len(data) > 100_000:
                self._file.flush()
                os.kill(os.getpid(), signal.SIGKILL)
        entry._Body.write = die_half_way
        cache.put(key_of(0), logs(100_000))
        """,
        store.folder,
        10**9,
    )
    writer.communicate()
    assert writer.returncode == -signal.SIGKILL
    (left,) = store.folder.rglob("*.tmp")
    assert left.stat().st_size > 100_000
    assert store.get(key_of(0)) is None
    assert store.status().entries == 0
    assert store.put(key_of(0), logs(100_000)) > 0
    assert store.clear().entries == 1
    assert not left.exists()


def test_two_processes_share_one_small_folder(opened: Opened) -> None:
    size = opened().put(KEY, logs(2000))
    limit = size * 8
    script = """
        import random
        chosen = random.Random(int(sys.argv[3]))
        hits = 0
        held = []
        for _ in range(600):
            n = chosen.randrange(16)
            table = cache.get(key_of(n))
            if table is None:
                cache.put(key_of(n), logs(2000, seed=n))
            else:
                hits += 1
                held.append((n, table))  # others will evict it while it is mapped
        assert all(table.equals(logs(2000, seed=n)) for n, table in held)
        print(hits)
    """
    writers = [started(script, opened().folder, limit, seed) for seed in (5, 7)]
    hits = [int(finished(writer)) for writer in writers]
    assert sum(hits) > 0
    assert opened().status().bytes <= limit
    assert list(opened().folder.rglob("*.tmp")) == []
    reader = opened()
    for n in range(16):
        read = reader.get(key_of(n))
        assert read is None or read.equals(logs(2000, seed=n))


FILL = """
    import logging
    logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(message)s")
    written = [cache.put(key_of(n), logs(20_000, seed=n)) for n in range(20)]
    print(sum(size > 0 for size in written))
    again = CacheStore(cache.folder, cache.limit_bytes)
    for n, size in enumerate(written):
        table = again.get(key_of(n))
        assert (table is not None) == (size > 0), n
        assert table is None or table.equals(logs(20_000, seed=n))
    print(len(list(cache.folder.rglob("*.tmp"))), "left")
"""


def test_a_full_disk_ends_the_keeping_and_not_the_run(tmp_path: Path) -> None:
    mounted = tmp_path / "small"
    mounted.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mounted]
    if not shutil.which("mount") or subprocess.run(mount, check=False).returncode:
        pytest.skip("mounting a small disk takes root")
    try:
        writer = started(FILL, mounted / "cache", 10**9)
        out, errors = writer.communicate()
    finally:
        subprocess.run(["umount", "-l", mounted], check=True)
    assert writer.returncode == 0, errors
    kept, left = out.splitlines()
    assert 0 < int(kept) < 7
    assert left == "0 left"
    assert errors.count("WARNING") == 1
    assert "The disk is full: free some space and try again" in errors


def test_a_file_that_may_not_grow_is_not_kept(opened: Opened) -> None:
    limited = """
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    """
    writer = started(textwrap.dedent(limited) + textwrap.dedent(FILL), opened().folder, 10**9)
    out, errors = writer.communicate()
    assert writer.returncode == 0, errors
    assert out.split() == ["0", "0", "left"]
    assert errors.count("WARNING") == 1


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    store = CacheStore(tmp_path / "cache", 10**9)
    assert store.put(KEY, logs()) == 0
    assert store.get(KEY) is None
    assert store.status().entries == 0
    assert store.clear().entries == 0
    assert (tmp_path / "cache").read_text() == "in the way"
