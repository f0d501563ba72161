"""An output reaches other libraries without a copy, and large ones piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mudrock_jupyter.engine.apply import apply
from mudrock_jupyter.engine.outputs import NodeOutput
from mudrock_jupyter.engine.tables import by_well_and_depth
from mudrock_jupyter.spec.errors import InvalidInput

SCHEMA = pa.schema([
    pa.field("well_id", pa.dictionary(pa.int32(), pa.string())),
    pa.field("DEPTH", pa.float64(), metadata={"unit": "m"}),
    pa.field("GR", pa.float64(), metadata={"unit": "gAPI"}),
])


def well(number: int, rows: int = 100) -> pa.Table:
    depth = np.arange(rows) * 0.5
    return pa.table({"DEPTH": depth, "GR": depth + number}).cast(
        pa.schema([SCHEMA.field("DEPTH"), SCHEMA.field("GR")]))


class Mapped(Mapping[str, pa.Table]):
    """Wells in files of their own, mapped when asked for; counts how often."""

    def __init__(self, folder: Path, wells: int) -> None:
        self.paths = {f"w{n}": folder / f"w{n}.arrow" for n in range(wells)}
        self.opened: list[str] = []
        for number, path in enumerate(self.paths.values()):
            table = well(number)
            with pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table, max_chunksize=30)

    def __getitem__(self, name: str) -> pa.Table:
        self.opened.append(name)
        return pa.ipc.open_file(pa.memory_map(str(self.paths[name]))).read_all()

    def __iter__(self) -> Iterator[str]:
        return reversed(list(self.paths))

    def __len__(self) -> int:
        return len(self.paths)


@pytest.fixture
def mapped(tmp_path: Path) -> Mapped:
    return Mapped(tmp_path, 3)


@pytest.fixture
def output(mapped: Mapped) -> NodeOutput:
    return NodeOutput("logs", SCHEMA, mapped)


def addresses(column: pa.ChunkedArray) -> list[int]:
    return [chunk.buffers()[1].address for chunk in column.chunks]


def test_pandas_shares_the_memory(output: NodeOutput) -> None:
    frame = output.to_pandas()
    shared = pa.chunked_array(frame["GR"].array.__arrow_array__())
    assert addresses(shared) == addresses(output.to_arrow().column("GR"))
    assert all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)


def test_arrow_is_what_lies_in_the_files(output: NodeOutput) -> None:
    before = pa.total_allocated_bytes()
    table = output.to_arrow()
    assert table.column("GR").num_chunks == 12
    assert pa.total_allocated_bytes() - before < table.nbytes / 4  # the wells' ids alone


def test_batches_hold_one_well_at_a_time(output: NodeOutput, mapped: Mapped) -> None:
    batches = output.batches()
    assert next(batches).schema.equals(SCHEMA, check_metadata=True)
    assert mapped.opened == ["w0"]
    assert pa.Table.from_batches([*output.batches()]).equals(output.to_arrow())


def test_length_and_head_join_nothing(output: NodeOutput, mapped: Mapped) -> None:
    assert len(output) == 300
    assert "_table" not in vars(output)
    mapped.opened.clear()
    head = output.head(35)
    assert mapped.opened == ["w0"]
    assert head.equals(output.to_arrow().slice(0, 35))
    assert len(output.head(1000)) == 300
    assert output.head(0).schema.equals(SCHEMA)
    with pytest.raises(InvalidInput, match="cannot be negative"):
        output.head(-1)


def test_streams_to_other_libraries(output: NodeOutput) -> None:
    table = output.to_arrow()
    assert pa.table(output).equals(table)
    assert pa.schema(output).equals(SCHEMA, check_metadata=True)
    assert pl.DataFrame(output).equals(output.to_polars())
    (total,) = duckdb.from_arrow(pa.RecordBatchReader.from_stream(output)).sum("GR").fetchall()
    assert total[0] == pytest.approx(sum(table.column("GR").to_pylist()))
    linear = apply("vsh_linear", output, gr_clean=0, gr_shale=100)
    assert len(linear) == 300


def test_no_wells_and_whole_tables_keep_their_order() -> None:
    empty = NodeOutput("logs", SCHEMA, {})
    assert (len(empty), list(empty.batches()), empty.to_arrow()) == (0, [], SCHEMA.empty_table())
    assert pa.table(empty).schema.equals(SCHEMA)
    summary = pa.table({"zone": ["b", "a", "c"], "net": [1.0, None, 2.0]})
    output = NodeOutput("pay", summary.schema, {"": summary})
    assert output.wells == []
    assert pa.Table.from_batches(output.batches()).equals(summary)


def test_samples_have_one_order_whatever_it_was() -> None:
    random = np.random.default_rng(4)
    rows = pa.table({
        "well_id": pa.array(["b", "a", "b", None] * 50).dictionary_encode(),
        "DEPTH": pa.array(random.choice([1.0, 2.0, 3.0, np.nan], 200), from_pandas=True),
        "GR": random.integers(0, 1000, 200).astype(float),
        "LITH": pa.array(random.choice(["sand", "shale"], 200)).dictionary_encode(),
    })
    first = by_well_and_depth(rows)
    for seed in range(5):
        shuffled = rows.take(np.random.default_rng(seed).permutation(200))
        assert by_well_and_depth(shuffled).to_pylist() == first.to_pylist()
    wells = [row["well_id"] or "~" for row in first.to_pylist()]
    assert wells == sorted(wells)
    depths = first.column("DEPTH").to_pylist()[:50]
    assert depths == sorted(depths, key=lambda depth: (depth is None, depth))


def test_files_hold_what_the_output_holds(output: NodeOutput, tmp_path: Path) -> None:
    output.to_parquet(tmp_path / "x.parquet")
    output.to_csv(str(tmp_path / "x.csv"))
    assert pl.read_parquet(tmp_path / "x.parquet").cast({"well_id": pl.String}).equals(
        pl.read_csv(tmp_path / "x.csv", schema_overrides={"DEPTH": pl.Float64, "GR": pl.Float64}))
    assert "_table" not in vars(output)
