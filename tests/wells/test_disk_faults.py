"""A disk that refuses: a clear line, and what was there before is still there."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pyarrow as pa
import pytest

from mudrock_jupyter.spec.errors import WriteFailed
from mudrock_jupyter.wells.log_file import curve_field
from mudrock_jupyter.wells.store import WellStore


def logs(rows, value):
    schema = pa.schema([curve_field("DEPTH", "m"), curve_field("GR", "gAPI")])
    depth = [float(n) for n in range(rows)]
    return pa.table([pa.array(depth), pa.array([n * value for n in depth])], schema=schema)


def leftovers(store):
    return [path for path in store.root.rglob("*") if path.name.endswith(".tmp")]


def test_a_file_where_a_folder_should_be(tmp_path):
    store = WellStore(tmp_path / "p")
    store.create("m")
    (store.root / "wells").write_text("in the way")
    with pytest.raises(WriteFailed, match="could not be written"):
        store.write_logs("W", logs(10, 1.0))


def test_a_full_disk_keeps_the_old_file_and_the_other_wells(tmp_path):
    # A limit on the size of files makes every write of this process fail as a full disk does.
    store = WellStore(tmp_path / "p")
    store.write_logs("W", logs(100, 1.0))
    before = store.read("w")
    las = tmp_path / "big.las"
    rows = "".join(f"{n} {n}.123456789\n" for n in range(20_000))
    las.write_text("~V\nVERS. 2.0:\nWRAP. NO:\n~W\nSTRT.M 0:\nSTOP.M 19999:\nSTEP.M 1:\n"
                   f"NULL. -999.25:\nWELL. BIG:\n~C\nDEPT.M:\nGR.GAPI:\n~A\n{rows}")
    script = textwrap.dedent("""
        import resource, signal, sys
        from mudrock_jupyter.wells.store import WellStore
        store = WellStore(sys.argv[1])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        (line,) = store.import_files(sys.argv[2])
        print(line.status, line.message)
    """)
    result = subprocess.run([sys.executable, "-c", script, str(store.root), str(las)], check=False,
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("failed ")
    assert "could not be written" in result.stdout
    assert [well.well_id for well in store.wells()] == ["w"]
    assert store.read("w").equals(before)
    assert leftovers(store) == []


def test_a_read_only_folder(tmp_path):
    las = tmp_path / "good.las"
    las.write_text("~V\nVERS. 2.0:\n~W\nWELL. W:\n~C\nDEPT.M:\nGR.GAPI:\n~A\n1 2\n2 3\n")
    script = textwrap.dedent("""
        import os, sys
        from mudrock_jupyter.wells.store import WellStore
        other = WellStore(sys.argv[3])
        other.import_files(sys.argv[2])  # everything it needs is loaded before root is given up
        os.chmod(sys.argv[1], 0o555)
        content = open(sys.argv[2], "rb").read()
        open(sys.argv[4], "wb").write(content)
        os.chmod(sys.argv[4], 0o644)
        if os.geteuid() == 0:
            os.setuid(65534)
        store = WellStore(sys.argv[1])
        (line,) = store.import_files(sys.argv[4])
        print(line.status, line.message, os.listdir(sys.argv[1]))
    """)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        read_only = Path(folder) / "project"
        read_only.mkdir()
        copy = Path(folder) / "copy.las"
        result = subprocess.run(
            [sys.executable, "-c", script, read_only, las, tmp_path / "other", copy],
            check=False, capture_output=True, text=True,
        )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("failed ")
    assert "Check the folder's permissions" in result.stdout
    assert result.stdout.rstrip().endswith("[]")


def test_a_failing_second_well_takes_the_first_back(tmp_path):
    import pyarrow.parquet as pq

    store = WellStore(tmp_path / "p")
    store.create("m")
    (store.root / "wells").mkdir()
    (store.root / "wells/b").write_text("in the way")
    wide = tmp_path / "wide.parquet"
    pq.write_table(pa.table({"WELL": ["A", "B"], "DEPTH": [1.0, 1.0], "GR": [1.0, 2.0]}), wide)
    (line,) = store.import_files(wide)
    assert line.status == "failed"
    assert not list(store.root.rglob("*.parquet"))
