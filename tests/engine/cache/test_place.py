"""Where a project's cache is, how large, and when there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from mudrock_jupyter.engine.cache.place import DEFAULT_LIMIT, cache_of, open_cache
from mudrock_jupyter.engine.cache.store import CacheStore
from mudrock_jupyter.spec.errors import InvalidInput
from tests.engine.cache.conftest import KEY, logs


@pytest.fixture(autouse=True)
def _default_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUDROCK_CACHE_LIMIT", raising=False)


def test_it_is_in_the_project_and_not_made_before_it_is_needed(tmp_path: Path) -> None:
    cache = cache_of(tmp_path / "north-sea")
    assert cache is not None
    assert cache.folder == tmp_path / "north-sea/.mudrock/cache"
    assert not (tmp_path / "north-sea").exists()


def test_a_process_has_one_store_for_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cache_of("north-sea") is cache_of(tmp_path / "north-sea")
    assert cache_of("north-sea") is not cache_of("south-sea")


def test_the_limit_is_10_gib_but_never_more_than_half_of_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type(shutil.disk_usage(tmp_path))
    for free, limit in ((100 * 2**30, DEFAULT_LIMIT), (6 * 2**30, 3 * 2**30)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage(2**40, 0, free))
        assert open_cache(tmp_path / str(free)).limit_bytes == limit


def test_the_limit_can_be_set_and_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUDROCK_CACHE_LIMIT", "20 GB")
    cache = cache_of(tmp_path)
    assert cache is not None
    assert cache.limit_bytes == 20 * 10**9
    monkeypatch.setenv("MUDROCK_CACHE_LIMIT", "0")
    assert cache_of(tmp_path) is None
    monkeypatch.setenv("MUDROCK_CACHE_LIMIT", "much")
    with pytest.raises(InvalidInput, match="MUDROCK_CACHE_LIMIT is 'much', which is no size"):
        cache_of(tmp_path)


def as_nobody(script: str, *arguments: Path) -> str:
    """Run a script that gives up root's rights once it has imported everything."""
    prelude = """
        import logging, os, sys, tempfile
        from pathlib import Path
        import platformdirs, pyarrow as pa
        from mudrock_jupyter.engine.cache.place import cache_of
        from mudrock_jupyter.engine.cache.store import CacheStore
        logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(message)s")
        KEY, table = "0123456789abcdef" * 4, pa.table({"GR": [20.0, 70.0]})
        if os.geteuid() == 0:
            os.setuid(65534)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(prelude) + textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user may look into, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def test_a_read_only_project_has_its_cache_with_the_user(open_folder: Path) -> None:
    project, home = open_folder / "project", open_folder / "home"
    project.mkdir(mode=0o555)
    home.mkdir()
    home.chmod(0o777)
    printed = as_nobody(
        """
        project, home = map(Path, sys.argv[1:])
        os.environ.update(XDG_CACHE_HOME=str(home), HOME=str(home))
        cache = cache_of(project)
        assert home in cache.folder.parents, cache.folder
        assert cache.put(KEY, table) > 0
        assert cache.get(KEY).equals(table)
        assert cache_of(project.parent / "other").folder != cache.folder
        print(os.listdir(project))
        """,
        project,
        home,
    )
    assert printed.strip() == "[]"


def test_a_folder_that_became_read_only_is_read_and_warned_about_once(open_folder: Path) -> None:
    folder = open_folder / "cache"
    CacheStore(folder, 10**9).put(KEY, logs())
    for path in (folder, folder / KEY[:2]):
        path.chmod(0o555)
    printed = as_nobody(
        """
        cache = CacheStore(Path(sys.argv[1]), 10**9)
        assert cache.put(KEY, table) == 0
        assert cache.put("f" * 64, table) == 0
        assert cache.get(KEY).num_rows == 100
        assert cache.get("f" * 64) is None
        assert cache.clear().entries == 0
        """,
        folder,
    )
    assert printed.count("WARNING") == 1
    assert "Check the folder's permissions" in printed
    assert "runs go on without it" in printed
