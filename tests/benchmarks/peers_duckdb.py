"""DuckDB: everything in SQL, windows by well."""

from __future__ import annotations

from collections.abc import Callable

import duckdb as db

from tests.benchmarks import recipe as r
from tests.benchmarks.task import Result, Task


def duckdb(task: Task, threads: int) -> Callable[[], Result]:
    """One statement for the table or for the net pay alone; if both, one for each."""
    connection = db.connect(config={"threads": threads})
    connection.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
    table = statement(task)

    def run() -> Result:
        if not task.wants_table:
            return Result(None, connection.sql(net_pay(f"({table})", task)).to_arrow_table())
        full = connection.sql(table).to_arrow_table()
        if not task.has_summary:
            return Result(full)
        connection.register("made", full)
        summary = connection.sql(net_pay("made", task)).to_arrow_table()
        connection.unregister("made")
        return Result(full, summary)

    return run


def statement(task: Task) -> str:
    """Return the statement that makes the full table, with each row's thickness.

    A file's number is the well until the end: a window by a string takes a tenth longer.
    """
    files = [str(path) for path in task.files().values()]
    wells = f"{list(task.files())!r}[file_index::BIGINT + 1] AS well_id"
    index = f"(GR - {r.GR_CLEAN}) / {r.GR_SHALE - r.GR_CLEAN}"
    porosity = f"({r.RHO_MATRIX} - RHOB) / {r.RHO_MATRIX - r.RHO_FLUID}"
    water = f"sqrt({r.RW} / (PHID * PHID * RT))"
    rows = f"""
        SELECT *, CASE WHEN PHID > 0 AND RT > 0 THEN {_clip(water, 0.0, 1.0)} END AS SW
        FROM (
          SELECT file_index, DEPTH, GR, RHOB, RT,
            0.083 * (pow(2.0, {r.LARIONOV} * {_clip(index, 0.0, 1.0)}) - 1.0) AS VSH,
            {_clip(porosity, *r.POROSITY_LIMITS)} AS PHID
          FROM read_parquet({files!r})
          WHERE DEPTH BETWEEN {task.depth[0]} AND {task.depth[1]})"""
    table = rows if task.kind == "rows" else _windows(rows, task.kind)
    return f"SELECT {wells}, * EXCLUDE (file_index) FROM ({table})"


def _windows(rows: str, kind: r.Kind) -> str:
    despiked = "PHID"
    if kind == "net_pay":
        despiked = "PHID_MED"
        rows = f"SELECT *, median(PHID) OVER {_around(r.MEDIAN_WINDOW)} AS PHID_MED FROM ({rows})"
    smooth = r.smooth_name(kind)
    return f"""
        SELECT *, CASE WHEN RES THEN SW < {r.MAX_SW} ELSE RES END AS PAY
        FROM (
          SELECT *, CASE WHEN ROCK THEN {smooth} > {r.MIN_POROSITY} ELSE ROCK END AS RES
          FROM (
            SELECT *, VSH < {r.MAX_VSH} AS ROCK,
              avg({despiked}) OVER {_around(r.MEAN_WINDOW)} AS {smooth},
              (lead(DEPTH, 1, DEPTH) OVER well - lag(DEPTH, 1, DEPTH) OVER well) / 2 AS thickness
            FROM ({rows})
            WINDOW well AS (PARTITION BY file_index ORDER BY DEPTH)))"""


def net_pay(table: str, task: Task) -> str:
    """Return the statement that sums up the table by well."""
    smooth = r.smooth_name(task.kind)
    return f"""
        SELECT well_id, gross, net_res, net_pay, net_pay / gross AS ntg,
          pores / nullif(net_pay, 0) AS avg_phi, filled / nullif(pores, 0) AS avg_sw,
          coalesce(pores - filled, 0) AS hpv
        FROM (
          SELECT well_id, sum(thickness) AS gross,
            coalesce(sum(thickness) FILTER (RES), 0) AS net_res,
            coalesce(sum(thickness) FILTER (PAY), 0) AS net_pay,
            sum({smooth} * thickness) FILTER (PAY) AS pores,
            sum(SW * {smooth} * thickness) FILTER (PAY) AS filled
          FROM {table} GROUP BY well_id)"""


def _around(window: int) -> str:
    half = window // 2
    return (f"(PARTITION BY file_index ORDER BY DEPTH ROWS BETWEEN {half} PRECEDING "
            f"AND {half} FOLLOWING)")


def _clip(value: str, low: float, high: float) -> str:
    # least and greatest leave NULL out
    limited = f"WHEN {value} < {low} THEN {low} WHEN {value} > {high} THEN {high}"
    return f"CASE {limited} ELSE {value} END"
