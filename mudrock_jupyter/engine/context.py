"""DataFusion's session, set up so that a partition is a well."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import count
from typing import TYPE_CHECKING

import pyarrow as pa

from mudrock_jupyter.engine.spill import spill_folder
from mudrock_jupyter.operators.expression import Expr

if TYPE_CHECKING:
    from datafusion import DataFrame, SessionContext

_numbers = count()
_QUOTES = "\"'"
_LEAST_MEMORY = 128 * 2**20
_SETTINGS = {
    # Each of these would otherwise split a file or mix the rows of two wells.
    "datafusion.optimizer.repartition_file_scans": "false",
    "datafusion.optimizer.enable_round_robin_repartition": "false",
    # https://github.com/apache/datafusion/pull/23292
    "datafusion.execution.enable_file_stream_work_stealing": "false",
    # A fifth less time than with 8,192; a run still stops within milliseconds.
    "datafusion.execution.batch_size": "32768",
    # The catalogue has read the footers already.
    "datafusion.execution.collect_statistics": "false",
}


@cache
def session() -> SessionContext:
    """Return the session that all plans are made in; it holds no tables."""
    from datafusion import SessionConfig, SessionContext

    config = SessionConfig().with_target_partitions(2)
    for name, value in _SETTINGS.items():
        config = config.set(name, value)
    return SessionContext(config)


def frame_of(partitions: Sequence[Sequence[pa.RecordBatch]]) -> DataFrame:
    """Return a frame over batches, which live no longer than it and what is planned of it."""
    name = f"rows{next(_numbers)}"
    frame = session().create_dataframe([list(part) for part in partitions], name)
    session().deregister_table(name)  # else the session would keep them until the process ends
    return frame


def table_session(memory_bytes: int) -> SessionContext:
    """Return a session of its own for a TABLE operator; beyond the limit it works on disk."""
    from datafusion import RuntimeEnvBuilder, SessionConfig, SessionContext

    # With one partition numbers are added in the same order each time.
    config = SessionConfig().with_target_partitions(1)
    # What each sort holds back to merge what it has spilled; 10 MB would be all there is.
    config = config.set("datafusion.execution.sort_spill_reservation_bytes", str(2**20))
    runtime = RuntimeEnvBuilder().with_fair_spill_pool(max(memory_bytes, _LEAST_MEMORY))
    return SessionContext(config, runtime.with_disk_manager_specified(str(spill_folder())))


def check_condition(condition: Expr, schema: pa.Schema) -> str:
    """Say why an expression is no condition over a schema; empty when it is one."""
    try:
        made = _empty_frame(schema).select(condition.raw.alias("keep")).schema()
    except Exception as error:  # DataFusion raises bare exceptions
        return one_sentence(error)
    if not pa.types.is_boolean(made.field(0).type):
        return "The expression is not a condition that is true or false. Compare with >, < or =."
    return ""


@lru_cache(maxsize=64)
def _empty_frame(schema: pa.Schema) -> DataFrame:
    fields = [pa.field(f.name, f.type.value_type) if pa.types.is_dictionary(f.type)
              else pa.field(f.name, f.type) for f in schema]
    empty = pa.RecordBatch.from_pylist([], schema=pa.schema(fields))
    return frame_of([[empty]])


def one_sentence(error: BaseException) -> str:
    """Return the first sentence of DataFusion's message, without its layers and traceback.

    >>> one_sentence(Exception("DataFusion error: Parquet error: Parquet error: too short"))
    'too short.'
    """
    text = str(error).strip() or type(error).__name__
    inner = re.search(r"value: (\w+)\((.*?)\),? traceback", text, re.DOTALL)
    if inner:
        text = f"{inner[1]}: {inner[2].strip(_QUOTES)}"
    text = text.splitlines()[0]
    text = re.sub(r"^((\w+ )?[Ee]rror: )+", "", text)
    text = re.split(r"\.?\s+This issue was likely caused by", text)[0]
    return text.rstrip(". ") + "."
