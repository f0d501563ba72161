"""Files: the same rows give the same bytes, whatever is in the way nothing is half-written."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.operators.csv_file import write_csv
from mudrock_jupyter.operators.parquet_file import write_parquet
from mudrock_jupyter.operators.sinks import output_csv, output_parquet
from mudrock_jupyter.spec.errors import WriteFailed
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, node, pipeline, samples

ROOT = Path(__file__).resolve().parents[3]
LOGS = node("logs", "well_logs")
SCHEMA = pa.schema([
    pa.field("well_id", pa.dictionary(pa.int32(), pa.string())),
    pa.field("GR", pa.float64(), metadata={"unit": "gAPI", "description": "Gamma ray"}),
    pa.field('a "b",\nc', pa.string()),
], metadata={"mudrock:project_id": "42"})
ROWS = pa.table([pa.array(["a", "a", "b", None, "b"]).dictionary_encode(),
                 [0.1, None, 1e-7, -0.0, 1 / 3], ["", None, 'x,"y"', "l\nm", "ø"]], schema=SCHEMA)


def test_units_and_wells_are_in_the_parquet_file(tmp_path: Path) -> None:
    write_parquet(ROWS, tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.cast(SCHEMA).equals(ROWS)
    assert table.schema.field("GR").metadata == {b"unit": b"gAPI", b"description": b"Gamma ray"}
    footer = pq.read_metadata(tmp_path / "out.parquet").metadata
    assert footer[b"mudrock:project_id"] == b"42"
    assert footer[b"mudrock:well_ids"] == b'["a", "b"]'


def test_csv_is_plain(tmp_path: Path) -> None:
    write_csv(ROWS, tmp_path / "out.csv", units=True)
    assert (tmp_path / "out.csv").read_bytes().decode() == (
        'well_id,GR,"a ""b"",\nc"\n,gAPI,\n'
        '"a",0.1,""\n"a",,\n"b",1e-7,"x,""y"""\n,-0,"l\nm"\n"b",0.3333333333333333,"ø"\n')


@settings(deadline=None, max_examples=25)
@given(cuts=st.lists(st.integers(0, 500), max_size=6), group=st.sampled_from([7, 100, 65_536]))
def test_how_rows_are_cut_into_batches_leaves_no_trace(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], group: int
) -> None:
    folder = tmp_path_factory.mktemp("cuts")
    table = pa.concat_tables([ROWS] * 100)
    edges = sorted({0, len(table), *cuts})
    pieces = [table.slice(top, base - top) for top, base in pairwise(edges)]
    # Each piece has a dictionary of its own, and metadata in another order.
    pieces = [pa.Table.from_pylist(piece.to_pylist(), schema=SCHEMA) for piece in pieces]
    fields = [field.with_metadata(dict(reversed((field.metadata or {}).items())))
              for field in SCHEMA]
    other = pa.concat_tables(pieces).cast(pa.schema(fields, metadata=SCHEMA.metadata))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mudrock_jupyter.operators.parquet_file._ROW_GROUP", group)
        for number, each in enumerate([table, other]):
            write_parquet(each, folder / f"{number}.parquet")
            write_csv(each, folder / f"{number}.csv")
    for suffix in ("parquet", "csv"):
        assert (folder / f"0.{suffix}").read_bytes() == (folder / f"1.{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_any_number_of_threads_gives_the_same_bytes(
    store: WellStore, tmp_path: Path, suffix: str
) -> None:
    for number in range(12):
        add_well(store, f"w{number:02}", samples(number, rows=3000))
    made = []
    for count in (1, 2, 5):
        path = tmp_path / f"{count}.{suffix}"
        spec = pipeline([LOGS, node("vsh", "test_vsh"), node("mean", "test_mean", curves=["VSH"]),
                         node("out", f"output_{suffix}", path=str(path))])
        assert execute(compile(spec, store), threads=count).failures == []
        made.append(path.read_bytes())
    assert made[0] == made[1] == made[2]
    assert len(made[0]) > 100_000


def test_more_than_memory_is_written_a_group_at_a_time(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        import numpy as np, pyarrow as pa, pyarrow.parquet as pq
        from mudrock_jupyter.operators.csv_file import write_csv
        from mudrock_jupyter.operators.parquet_file import write_parquet
        rows, wells = 50_000, 50
        def tables():
            for well in range(wells):
                values = np.random.default_rng(well).random(rows)
                yield pa.record_batch({"well_id": [f"w{well}"] * rows,
                                       **{f"C{n}": values for n in range(20)}})
        schema = next(tables()).schema
        reader = lambda: pa.RecordBatchReader.from_batches(schema, tables())
        write_csv(pa.RecordBatchReader.from_batches(schema, [next(tables())]), Path(sys.argv[1]))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        write_parquet(reader(), Path(sys.argv[2]))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(grown / 1024, rows * wells * 20 * 8 / 2**20, pq.read_metadata(sys.argv[2]).num_rows)
    """)
    command = [sys.executable, "-c", script, tmp_path / "x.csv", tmp_path / "x.parquet"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    grown, size, rows = map(float, done.stdout.split())
    assert rows == 2_500_000
    assert grown < size / 2


class Stop(BaseException):
    """What the engine raises to leave work."""


@pytest.mark.parametrize("sink", [output_parquet, output_csv])
def test_a_stop_leaves_the_old_file(sink: object, tmp_path: Path) -> None:
    path = tmp_path / "out.file"
    path.write_text("old")

    def unless_stopped() -> None:
        raise Stop

    with pytest.raises(Stop):
        sink(ROWS, path=str(path), unless_stopped=unless_stopped)  # type: ignore[operator]
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out.file"]


@pytest.mark.parametrize("write", [write_parquet, write_csv])
def test_a_source_that_breaks_leaves_the_old_file(write: object, tmp_path: Path) -> None:
    path = tmp_path / "out.file"
    path.write_text("old")

    def batches() -> Iterator[pa.RecordBatch]:
        yield from ROWS.to_batches()
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        write(pa.RecordBatchReader.from_batches(SCHEMA, batches()), path)  # type: ignore[operator]
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out.file"]


@pytest.mark.parametrize("write", [write_parquet, write_csv])
def test_places_where_no_file_can_be(write: object, tmp_path: Path) -> None:
    assert callable(write)
    (tmp_path / "file").write_text("")
    write(ROWS, tmp_path / "new" / "folder" / "out")  # made on the way
    with pytest.raises(WriteFailed, match="There is a folder of that name"):
        write(ROWS, tmp_path / "new")
    with pytest.raises(WriteFailed, match="A part of the path is a file, not a folder"):
        write(ROWS, tmp_path / "file" / "out")
    with pytest.raises(WriteFailed, match="could not be written"):
        write(ROWS, Path("/proc/nothing/out"))
    with pytest.raises(WriteFailed, match="Choose a shorter name"):
        write(ROWS, tmp_path / ("x" * 300))


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_full_disk_keeps_the_old_file(suffix: str, tmp_path: Path) -> None:
    # A limit on the size of files makes every write of this process fail as a full disk does.
    path = tmp_path / f"out.{suffix}"
    path.write_text("old")
    script = textwrap.dedent("""
        import resource, signal, sys
        from pathlib import Path
        import numpy as np, pyarrow as pa
        from mudrock_jupyter.operators.sinks import write_table
        from mudrock_jupyter.spec.errors import WriteFailed
        table = pa.table({"GR": np.random.default_rng(1).random(100_000)})
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        try:
            write_table(table, Path(sys.argv[1]))
        except WriteFailed as error:
            print(error)
    """)
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True,
                          check=True, cwd=ROOT)
    assert "could not be written: " in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == [path.name]
