"""An entry comes back as it was put, or not at all."""

from __future__ import annotations

import logging
import os
import random
import shutil
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mudrock_jupyter.engine.cache import entry
from mudrock_jupyter.engine.cache.store import CacheStore
from mudrock_jupyter.spec.errors import InvalidInput
from tests.engine.cache.conftest import KEY, entry_file, key_of, logs

Opened = Callable[..., CacheStore]

VALUES = {
    pa.float64(): st.floats(width=64),
    pa.float32(): st.floats(width=32),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.bool_(): st.booleans(),
    pa.string(): st.text(max_size=8),
    pa.timestamp("us", "UTC"): st.integers(0, 2**50),
    pa.dictionary(pa.int32(), pa.string()): st.sampled_from(["a-1", "a-2", "b 3", "ø"]),
    pa.null(): st.none(),
}
METADATA = st.none() | st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Tables as nodes make them: any types, nulls, metadata, several chunks or none."""
    types = draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=5))
    fields = [
        pa.field(f"C{n}", type, metadata=draw(METADATA)) for n, type in enumerate(types)
    ]
    schema = pa.schema(fields, metadata=draw(METADATA))
    batches = []
    for rows in draw(st.lists(st.integers(0, 5), max_size=4)):
        values = [
            draw(st.lists(st.none() | VALUES[type], min_size=rows, max_size=rows))
            for type in types
        ]
        batches.append([pa.array(column, type) for column, type in zip(values, types, strict=True)])
    table = pa.Table.from_batches(
        [pa.record_batch(batch, schema=schema) for batch in batches], schema
    )
    start = draw(st.integers(0, table.num_rows))
    return table.slice(start) if draw(st.booleans()) else table


def shown(table: pa.Table) -> str:
    """The values as text, in which NaN equals NaN and -0.0 is not 0.0."""
    return repr(table.to_pydict())


@given(table=tables())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_comes_back_with_its_values_and_metadata(table: pa.Table, opened: Opened) -> None:
    assert opened().put(KEY, table) > 0
    read = opened().get(KEY)
    assert read is not None
    assert read.schema.equals(table.schema, check_metadata=True)
    assert shown(read) == shown(table)
    read.validate(full=True)


def test_wells_with_different_dictionaries_come_back(opened: Opened) -> None:
    chunks = [pa.array([well] * 2).dictionary_encode() for well in ("a-1", "b-2", "c-3")]
    table = pa.table({"well_id": pa.chunked_array(chunks), "GR": np.arange(6.0)})
    assert opened().put(KEY, table) > 0
    read = opened().get(KEY)
    assert read is not None
    assert read["well_id"].to_pylist() == ["a-1", "a-1", "b-2", "b-2", "c-3", "c-3"]
    assert read.schema == table.schema


def test_an_entry_is_an_arrow_file_to_anybody(store: CacheStore) -> None:
    import polars as pl

    table = logs()
    store.put(KEY, table)
    path = entry_file(store)
    assert pa.ipc.open_file(path.read_bytes()).read_all().equals(table)
    assert pl.read_ipc(path)["GR"].to_list() == table["GR"].to_pylist()


def test_values_are_mapped_and_not_copied(opened: Opened) -> None:
    opened().put(KEY, logs(1_000_000))
    before = pa.total_allocated_bytes()
    read = opened().get(KEY)
    assert read is not None
    assert pa.total_allocated_bytes() - before < 100_000
    values = read["GR"].chunk(0).to_numpy(zero_copy_only=True)
    assert values.ctypes.data % 8 == 0
    assert not values.flags.writeable


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="counts descriptors as Linux does")
def test_entries_in_use_keep_no_file_open(opened: Opened) -> None:
    store = opened()
    keys = [key_of(n) for n in range(200)]
    for key in keys:
        store.put(key, logs(10))
    before = len(os.listdir("/proc/self/fd"))
    tables = [opened().get(key) for key in keys]
    assert len(os.listdir("/proc/self/fd")) == before
    assert all(table is not None and table.num_rows == 10 for table in tables)


def test_every_flipped_bit_is_detected(opened: Opened) -> None:
    store = opened()
    store.put(KEY, logs(20))
    path = entry_file(store)
    whole = path.read_bytes()
    chosen = random.Random(7)
    for position in range(len(whole)):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << chosen.randrange(8)
        path.write_bytes(flipped)
        assert opened().get(KEY) is None, f"byte {position} of {len(whole)}"
        assert not path.exists()


def test_every_truncation_is_detected(opened: Opened) -> None:
    store = opened()
    store.put(KEY, logs(20))
    path = entry_file(store)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert opened().get(KEY) is None, f"{length} of {len(whole)} bytes"
        assert not path.exists()
    path.write_bytes(whole + b"\0")
    assert opened().get(KEY) is None


@pytest.mark.parametrize(
    "foreign",
    [b"", b"PAR1", b"ARROW1\0\0" * 100, b"ARROW1\0\0mudrock2" + bytes(500), os.urandom(4096)],
)
def test_what_is_not_an_entry_is_removed_and_logged(
    store: CacheStore, foreign: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = entry_file(store)
    path.parent.mkdir(parents=True)
    path.write_bytes(foreign)
    with caplog.at_level(logging.INFO, "mudrock_jupyter.engine"):
        assert store.get(KEY) is None
    assert not path.exists()
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert str(path) in record.message


def test_an_arrow_file_of_others_is_not_an_entry(store: CacheStore) -> None:
    path = entry_file(store)
    path.parent.mkdir(parents=True)
    with pa.ipc.new_file(path, logs().schema) as writer:
        writer.write_table(logs())
    assert store.get(KEY) is None


def test_an_entry_under_another_key_is_not_that_keys(opened: Opened) -> None:
    store, other = opened(), key_of(1)
    store.put(KEY, logs())
    entry_file(store, other).parent.mkdir(parents=True)
    shutil.copy(entry_file(store), entry_file(store, other))
    assert store.get(other) is None
    assert store.get(KEY) is not None


def test_a_process_verifies_a_file_once(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    monkeypatch.setattr(entry, "_verify", lambda _content, path, _key: verified.append(path))
    store = opened()
    store.put(KEY, logs())
    assert store.get(KEY) is not None
    assert verified == []
    other = opened()
    assert other.get(KEY) is not None
    assert other.get(KEY) is not None
    assert verified == [str(entry_file(store))]


def test_a_file_that_changed_since_it_was_verified_is_verified_again(store: CacheStore) -> None:
    store.put(KEY, logs(1000))
    assert store.get(KEY) is not None
    path = entry_file(store)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1  # a value, which pyarrow would not notice
    replacement = path.with_suffix(".new")
    replacement.write_bytes(damaged)
    os.replace(replacement, path)
    assert store.get(KEY) is None


def test_a_table_in_use_outlives_its_replacement_and_its_removal(store: CacheStore) -> None:
    first, second = logs(1000, seed=1), logs(1000, seed=2)
    store.put(KEY, first)
    mapped = store.get(KEY)
    store.put(KEY, second)
    assert mapped is not None
    assert mapped.equals(first)
    again = store.get(KEY)
    store.clear()
    assert again is not None
    assert again.equals(second)
    assert store.get(KEY) is None


def test_what_no_arrow_file_can_hold_is_not_kept(store: CacheStore) -> None:
    # Both chunks fit 8-bit indices, their union does not.
    small = pa.dictionary(pa.int8(), pa.int64())
    chunks = [
        pa.DictionaryArray.from_arrays(
            pa.array(range(100), pa.int8()), pa.array(range(start, start + 100))
        )
        for start in (0, 100)
    ]
    assert store.put(KEY, pa.table({"C": pa.chunked_array(chunks, small)})) == 0
    assert store.get(KEY) is None
    assert list(store.folder.rglob("*.tmp")) == []


@pytest.mark.parametrize(
    "key", ["", "ab", KEY.upper(), KEY + "0", "../" * 21 + "a", KEY[:-1] + "\n"]
)
def test_a_key_that_is_none_is_refused(store: CacheStore, key: str) -> None:
    with pytest.raises(InvalidInput, match="64 lowercase hex"):
        store.get(key)
    with pytest.raises(InvalidInput, match="64 lowercase hex"):
        store.put(key, logs())


def test_nothing_is_made_before_something_is_put(store: CacheStore) -> None:
    assert store.get(KEY) is None
    assert store.status().entries == 0
    assert store.clear().entries == 0
    assert not store.folder.exists()


def test_git_and_backups_leave_the_folder_alone(store: CacheStore) -> None:
    store.put(KEY, logs())
    assert (store.folder / ".gitignore").read_text() == "*\n"
    tag = (store.folder / "CACHEDIR.TAG").read_text()
    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_a_folder_that_is_deleted_meanwhile_is_made_again(store: CacheStore) -> None:
    store.put(KEY, logs())
    shutil.rmtree(store.folder)
    assert store.get(KEY) is None
    assert store.put(KEY, logs()) > 0
    assert store.get(KEY) is not None
