"""A result in Postgres is all there or not at all, and nobody learns the address."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from mudrock_jupyter.engine.compile import compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.status import NodeStatus
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.arguments import split_arguments
from mudrock_jupyter.operators.postgres.connection import VARIABLE
from mudrock_jupyter.operators.postgres.encoding import encoded
from mudrock_jupyter.operators.postgres.writing import write_postgres
from mudrock_jupyter.spec.errors import (
    InvalidInput,
    MudrockError,
    NotConnected,
    NotFound,
    NotSupported,
    WriteFailed,
)
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import node, pipeline
from tests.postgres import PostgresServer

LOGS = node("logs", "well_logs")
SCHEMA = pa.schema([
    pa.field("well_id", pa.dictionary(pa.int32(), pa.string())),
    pa.field("DEPTH", pa.float64(), metadata={"unit": "m", "description": "Depth"}),
    pa.field("GR", pa.float64(), metadata={"unit": "gAPI"}),
])
ROWS = pa.table([pa.array(["a", "a", "b"]).dictionary_encode(), [1.0, 2.0, 1.0],
                 [0.1, None, 1e300]], schema=SCHEMA)
MANY = pa.concat_tables([ROWS] * 1000).combine_chunks()


@pytest.fixture
def database(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database, the one of MUDROCK_DATABASE_URL."""
    monkeypatch.setenv(VARIABLE, postgres_url)
    return postgres_url


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        answer = connection.execute(statement.encode())
        return answer.fetchall() if answer.description else []


def tables(url: str) -> list[str]:
    return [name for (name,) in ask(url, "SELECT relname FROM pg_class WHERE relkind = 'r' "
                                         "AND relnamespace = 'public'::regnamespace")]


def test_a_pipeline_ends_in_a_table(wells: WellStore, database: str) -> None:
    spec = pipeline([LOGS, node("vsh", "test_vsh"),
                     node("db", "output_postgres", table="public.logs")])
    run = execute(compile(spec, wells))
    assert run.failures == []
    expected = [tuple(row.values()) for row in run["db"].to_arrow().to_pylist()]
    assert ask(database, "SELECT * FROM logs") == expected
    assert ask(database, "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute "
                         "WHERE attrelid = 'logs'::regclass AND attname IN ('VSH', 'GR')") == [
        ("GR", "[gAPI]"), ("VSH", "Shale volume [v/v]")]


def test_every_type_arrives_as_it_is(database: str) -> None:
    when = datetime(1969, 7, 20, 20, 17, 40, 123456, tzinfo=UTC)
    columns = {
        "Ünit \"x\"; DROP": pa.array([1.5, None, 5e-324]),
        "f4": pa.array([0.1, None, -1.0], pa.float32()),
        "i8": pa.array([-(2**63), None, 2**63 - 1]),
        "i4": pa.array([-1, None, 2**31 - 1], pa.int32()),
        "i2": pa.array([-1, None, 7], pa.int8()),
        "u4": pa.array([0, None, 2**32 - 1], pa.uint32()),
        "flag": pa.array([True, None, False]),
        "text": pa.array(["", None, 'a,"b"\t\\N\nø😀']),
        "words": pa.array(["x", None, "x"]).dictionary_encode(),
        "at": pa.array([when, None, when], pa.timestamp("ns", "UTC")),
        "local": pa.array([when.replace(tzinfo=None), None, None], pa.timestamp("ms")),
        "day": pa.array([when.date(), None, None], pa.date32()),
        "none": pa.nulls(3),
    }
    given = pa.table(columns)
    write_postgres(given, "all_types")
    found = ask(database, "TABLE all_types")
    names = list(columns)
    rows = [dict(zip(names, row, strict=True)) for row in found]
    wanted = given.to_pylist()
    wanted[0]["local"] = when.replace(tzinfo=None, microsecond=123000)
    wanted[0]["f4"] = pytest.approx(0.1)
    for row in rows:
        row["at"] = row["at"] and row["at"].astimezone(UTC)
    for row in wanted:
        row["at"] = row["at"] and when
    assert rows == wanted


def test_long_texts_take_no_room_from_short_ones() -> None:
    table = pa.table({"text": ["x" * 3_000_000, *["y"] * 20_000]})
    size = sum(len(data) for batch in table.to_batches() for data in encoded(batch))
    assert size == 3_000_000 + 20_000 + 20_001 * 6
    assert pa.default_memory_pool().max_memory() < 1 << 30


def test_a_number_too_large_for_postgres_is_refused(database: str) -> None:
    with pytest.raises(pa.ArrowInvalid, match="not in range"):
        write_postgres(pa.table({"n": pa.array([2**63], pa.uint64())}), "numbers")
    assert tables(database) == []


def test_create_refuses_a_table_that_is_there(database: str) -> None:
    write_postgres(ROWS, "logs")
    with pytest.raises(InvalidInput, match=r"is there already\. Choose another name, or"):
        write_postgres(ROWS, "logs")
    assert ask(database, "SELECT count(*) FROM logs") == [(3,)]


def test_append_adds_rows(database: str) -> None:
    with pytest.raises(NotFound, match=r"no table logs to append to\. Write with mode 'create'"):
        write_postgres(ROWS, "logs", "append")
    write_postgres(ROWS, "logs")
    ask(database, "ALTER TABLE logs ADD id bigserial, ADD note varchar")
    write_postgres(ROWS, "logs", "append")
    assert ask(database, "SELECT count(*), max(id) FROM logs") == [(6, 6)]


def test_append_says_which_columns_do_not_fit(database: str) -> None:
    ask(database, 'CREATE TABLE logs ("well_id" varchar, "DEPTH" real, run integer NOT NULL)')
    with pytest.raises(InvalidInput) as caught:
        write_postgres(ROWS, "logs", "append")
    assert str(caught.value) == (
        "The table logs has other columns: DEPTH is double precision here and real in the table; "
        "GR is not in the table; run is missing in the result and has no default in the table. "
        "Choose the columns with select_curves, or write to another table.")


def test_replace_keeps_what_belongs_to_the_table(database: str) -> None:
    reader = f"reader_{uuid4().hex}"
    write_postgres(ROWS, "logs")
    ask(database, f'CREATE ROLE "{reader}"')
    ask(database, f'GRANT SELECT ON logs TO "{reader}"')
    ask(database, 'ALTER TABLE logs ADD CONSTRAINT deep CHECK ("DEPTH" > 0), '
                  'ALTER "DEPTH" SET NOT NULL, ADD PRIMARY KEY (well_id, "DEPTH")')
    ask(database, 'CREATE INDEX by_gr ON logs ("GR")')
    about = """SELECT (SELECT array_agg(pg_get_constraintdef(oid) ORDER BY conname)
        FROM pg_constraint WHERE conrelid = c.oid), relacl::text,
        (SELECT array_agg(pg_get_indexdef(indexrelid) ORDER BY indexrelid::regclass::text)
        FROM pg_index WHERE indrelid = c.oid) FROM pg_class c WHERE relname = 'logs'"""
    before = ask(database, about)
    write_postgres(ROWS.slice(1), "logs", "replace")
    assert ask(database, about) == before
    assert ask(database, "SELECT count(*) FROM logs") == [(2,)]
    assert tables(database) == ["logs"]
    ask(database, f'REVOKE ALL ON logs FROM "{reader}"')
    ask(database, f'DROP ROLE "{reader}"')


@pytest.mark.parametrize(("before", "message"), [
    ("ALTER TABLE logs ENABLE ROW LEVEL SECURITY", "has row-level security, which a new table"),
    ("CREATE VIEW top AS SELECT * FROM logs", "Views or other tables depend on logs"),
])
def test_replace_loses_nothing_in_silence(database: str, before: str, message: str) -> None:
    write_postgres(ROWS, "logs")
    ask(database, before)
    with pytest.raises(MudrockError, match=message):
        write_postgres(ROWS.slice(1), "logs", "replace")
    assert ask(database, "SELECT count(*) FROM logs") == [(3,)]


def test_readers_see_the_old_table_or_the_new_one(database: str) -> None:
    write_postgres(ROWS, "logs")
    seen: set[int] = set()
    stop = threading.Event()

    def read() -> None:
        with psycopg.connect(database, autocommit=True, prepare_threshold=None) as connection:
            while not stop.is_set():
                row = connection.execute("SELECT count(*) FROM logs").fetchone()
                seen.add(row[0] if row else -1)

    thread = threading.Thread(target=read)
    thread.start()
    big = pa.concat_tables([ROWS] * 20_000)
    try:
        for table in (big, ROWS, big, ROWS):
            write_postgres(table, "logs", "replace")
    finally:
        stop.set()
        thread.join()
    assert seen <= {3, 60_000}
    assert 3 in seen


def interrupted(count: int, action: Callable[[], None]) -> pa.RecordBatchReader:
    """So many batches of rows; `action` happens in the middle of them."""
    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(count):
            if number == count // 2:
                action()
            yield from MANY.to_batches()

    return pa.RecordBatchReader.from_batches(SCHEMA, batches())


class Stop(BaseException):
    """What the engine raises to leave work."""


@pytest.mark.parametrize("mode", ["append", "replace"])
@pytest.mark.parametrize("when", [1, 10, 21])
def test_a_stop_in_the_middle_leaves_the_table_as_it_was(
    database: str, mode: Any, when: int
) -> None:
    write_postgres(ROWS, "logs")
    calls = 0

    def unless_stopped() -> None:
        nonlocal calls
        calls += 1
        if calls == when:  # the last call is the one before the commit
            raise Stop

    with pytest.raises(Stop):
        write_postgres(interrupted(20, lambda: None), "logs", mode,
                       unless_stopped=unless_stopped)
    assert ask(database, "SELECT count(*) FROM logs") == [(3,)]
    assert tables(database) == ["logs"]
    assert ask(database, "SELECT count(*) FROM pg_stat_activity WHERE application_name = "
                         "'mudrock' AND datname = current_database()") == [(0,)]


def test_stopping_a_run_while_it_writes(wells: WellStore, database: str) -> None:
    stop = threading.Event()

    def listener(status: NodeStatus) -> None:
        if status.node == "db" and status.status == "running":
            stop.set()

    spec = pipeline([LOGS, node("db", "output_postgres", table="logs")])
    with psycopg.connect(database) as other:  # so that the run is still at it when it is stopped
        other.execute("CREATE TABLE logs ()")
        run = execute(compile(spec, wells), on_status=listener, stop=stop)
        assert run.status == "stopped"
        other.rollback()
    busy = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mudrock'"
    deadline = time.monotonic() + 10
    while ask(database, busy) != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert tables(database) == []


def test_a_server_that_ends_the_session_in_the_middle(database: str) -> None:
    write_postgres(ROWS, "logs")

    def end() -> None:
        ask(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                      "WHERE application_name = 'mudrock' AND datname = current_database()")

    with pytest.raises(NotConnected, match=f"^The database of {VARIABLE} ended the connection. "
                                           "Nothing of logs was changed"):
        write_postgres(interrupted(300, end), "logs", "replace")
    assert ask(database, "SELECT count(*) FROM logs") == [(3,)]
    assert tables(database) == ["logs"]


def test_a_server_that_is_killed_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    with PostgresServer.start() as server:
        url = server.new_database()
        monkeypatch.setenv(f"{VARIABLE}_WAREHOUSE", url)
        write_postgres(ROWS, "logs", connection="warehouse")
        with pytest.raises(NotConnected, match=f"{VARIABLE}_WAREHOUSE ended the connection"):
            write_postgres(interrupted(300, server.kill), "logs", "append", "warehouse")
        with pytest.raises(NotConnected, match="cannot be reached: nothing answers there"):
            write_postgres(ROWS, "logs", "append", "warehouse")
        server.launch()
        assert ask(url, "SELECT count(*) FROM logs") == [(3,)]


def test_without_an_address(monkeypatch: pytest.MonkeyPatch, wells: WellStore) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    spec = pipeline([LOGS, node("db", "output_postgres", table="logs", connection="lab")])
    run = execute(compile(spec, wells))
    assert run.status == "failed"
    assert run.failures[0].message == (
        f"'db' failed: There is no database to write to: {VARIABLE}_LAB is not set. Set it in the "
        "environment of the kernel to postgresql://user@host/database.")


SECRET = "hunter2-s3cret"


@pytest.mark.parametrize(("address", "reason"), [
    ("postgresql://mudrock:{secret}@{host}/postgres", "the password or the user is not right"),
    ("postgresql://nobody:{secret}@{host}/postgres", "the password or the user is not right"),
    ("postgresql://mudrock:{secret}@127.0.0.1:1/x", "nothing answers there"),
    ("postgresql://mudrock:{secret}@no.such.host.invalid/x", "there is no host of that name"),
    ("postgresql://mudrock:{secret}@/x?sslmodus={secret}", "its value is no address"),
    ("mudrock {secret}", "its value is no address"),
    ("postgresql://mudrock:{secret}@[::1/x", "its value is no address"),
    ("postgresql://mudrock:{secret}\ud800@{host}/x", "its value is no address"),
    ("postgresql://mudrock:{secret}@{host}:port{secret}/x", "the connection failed"),
])
def test_nobody_learns_the_address(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch, wells: WellStore,
    caplog: pytest.LogCaptureFixture, address: str, reason: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    host = str(postgres_server.folder).replace("/", "%2F")
    monkeypatch.setattr("os.environ", {VARIABLE: address.format(secret=SECRET, host=host)})
    with pytest.raises(NotConnected, match=reason) as caught:
        write_postgres(ROWS, "logs")
    monkeypatch.undo()
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    chain: BaseException | None = caught.value
    while chain is not None:
        told += repr(chain)
        chain = chain.__cause__ or chain.__context__
    assert SECRET not in told
    assert "mudrock:" not in told


def test_a_run_tells_nothing_of_the_address(
    wells: WellStore, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    password = psycopg.conninfo.conninfo_to_dict(database)["password"]
    ask(database, "CREATE TABLE logs (a int)")
    spec = pipeline([LOGS, node("db", "output_postgres", table="logs", mode="append")])
    run = execute(compile(spec, wells))
    told = [repr(run), run.explain(), caplog.text, str(run.statuses), str(run.failures)]
    assert "DEPTH is not in the table" in told[0]
    assert str(password) not in "".join(told)


def test_the_address_in_the_pipeline_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidInput, match="take that out of the pipeline") as caught:
        split_arguments(registry.get("output_postgres"),
                        {"table": "logs", "connection": f"postgresql://u:{SECRET}@h/d"})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("table", [
    'logs"; DROP TABLE wells; --', "a.b.c", "", ".", "a.", "lo gs", "1logs", "lo'gs", "\0", "a\n",
])
def test_names_that_are_no_tables(table: str) -> None:
    with pytest.raises(InvalidInput, match=r"is not the name of a table|table"):
        split_arguments(registry.get("output_postgres"), {"table": table})
    with pytest.raises(InvalidInput, match="is not the name of a table"):
        write_postgres(ROWS, table)


def test_names_too_long_for_postgres(database: str) -> None:
    with pytest.raises(InvalidInput, match="too long for Postgres"):
        write_postgres(ROWS, "x" * 64)
    with pytest.raises(InvalidInput, match="cannot be the name of a column"):
        write_postgres(ROWS.rename_columns(["well_id", "DEPTH", "é" * 32]), "logs")


def test_a_name_means_only_itself(database: str) -> None:
    ask(database, 'CREATE SCHEMA "Select"')
    write_postgres(ROWS, "Select.Order")
    assert ask(database, 'SELECT count(*) FROM "Select"."Order"') == [(3,)]


def test_a_column_postgres_has_no_type_for(database: str) -> None:
    with pytest.raises(NotSupported, match="tops is of the type list"):
        write_postgres(pa.table({"tops": [[1.0]]}), "logs")


def test_what_the_database_does_not_allow(
    database: str, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFound, match="has no schema 'nowhere'"):
        write_postgres(ROWS, "nowhere.logs")
    with pytest.raises(WriteFailed, match="this user may not write there"):
        write_postgres(ROWS, "pg_catalog.logs")
    with pytest.raises(InvalidInput, match="is there already and no table"):
        ask(database, "CREATE VIEW seen AS SELECT 1")
        write_postgres(ROWS, "seen", "replace")
    with pytest.raises(WriteFailed, match=r"a character that Postgres cannot hold\. Nothing of"):
        write_postgres(pa.table({"text": ["a\0b"]}), "texts")
    ask(database, sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(
        sql.Identifier(str(psycopg.conninfo.conninfo_to_dict(database)["dbname"]))).as_string())
    with pytest.raises(WriteFailed, match="The database is read-only"):
        write_postgres(ROWS, "logs")


def test_a_table_in_use(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mudrock_jupyter.operators.postgres.writing.LOCK_TIMEOUT", "50ms")
    write_postgres(ROWS, "logs")
    with psycopg.connect(database) as other:
        other.execute("LOCK TABLE logs")
        with pytest.raises(WriteFailed, match="logs is in use by another session"):
            write_postgres(ROWS, "logs", "replace")


def test_without_psycopg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(NotSupported, match=r"mudrock-jupyter\[postgres\]"):
        write_postgres(ROWS, "logs")


def test_the_server_goes_with_the_tests() -> None:
    """Also when pytest is killed and cannot clean up."""
    code = ("from tests.postgres import PostgresServer; import time; s = PostgresServer.start(); "
            "print(s.folder, s.process.pid, flush=True); time.sleep(60)")
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True,
                               cwd=Path(__file__).resolve().parents[3])
    assert process.stdout is not None
    with process, process.stdout as lines:
        folder, pid = lines.readline().split()
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while Path(folder).exists() or _alive(int(pid)):
        assert time.monotonic() < deadline, f"{folder} is still there"
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    path = Path(f"/proc/{pid}/stat")
    try:
        return path.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
