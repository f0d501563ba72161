"""Pipelines, wells and operators for the tests of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
import pyarrow as pa

from mudrock_jupyter.operators.declare import Curve, Kind, Operator, operator
from mudrock_jupyter.operators.expression import Expr
from mudrock_jupyter.operators.parameters import NumberOrCurve, described
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec
from mudrock_jupyter.wells.log_file import curve_field
from mudrock_jupyter.wells.store import WellStore

UNITS = {"GR": "gAPI", "RHOB": "g/cm3", "DTC": "us/ft", "RT": "ohm.m", "NPHI": "v/v", "LITH": ""}


def node(id: str, operator_id: str, curve_mapping: Mapping[str, str] | None = None,
         **parameters: Any) -> NodeSpec:
    """A node whose name is its id."""
    return NodeSpec(id=id, name=id, operator_id=operator_id, parameters=parameters,
                    curve_mapping=dict(curve_mapping or {}))


def edge(source: str, target: str, port: str = "input", **more: Any) -> EdgeSpec:
    """A connection; its id says what it connects."""
    return EdgeSpec(id=f"{source}-{target}-{port}", source_node_id=source, target_node_id=target,
                    target_port=port, **more)


def pipeline(nodes: list[NodeSpec], edges: list[EdgeSpec] | None = None) -> PipelineSpec:
    """A pipeline; without edges the nodes are a chain."""
    if edges is None:
        edges = [edge(a.id, b.id) for a, b in pairwise(nodes)]
    return PipelineSpec(nodes={each.id: each for each in nodes},
                        edges={each.id: each for each in edges})


def add_well(store: WellStore, well: str, columns: Mapping[str, Any],
             units: Mapping[str, str] | None = None, **more: Any) -> None:
    """Write one well; DEPTH is metres unless `units` says otherwise."""
    known = {"DEPTH": "m"} | UNITS | dict(units or {})
    arrays = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    fields = [curve_field(name, known.get(name, ""), type=array.type)
              for name, array in arrays.items()]
    store.write_logs(well, pa.table(list(arrays.values()), schema=pa.schema(fields)), **more)


def samples(well: int, rows: int = 200) -> dict[str, Any]:
    """Plausible curves with gaps, the same for the same well."""
    random = np.random.default_rng(well)
    curves = {
        "DEPTH": 1000.0 + well + np.arange(rows) * 0.5,
        "GR": random.uniform(10, 140, rows),
        "RHOB": random.uniform(2.0, 2.7, rows),
        "RT": random.uniform(0.5, 100, rows),
    }
    for name in ("GR", "RHOB", "RT"):
        curves[name][random.random(rows) < 0.05] = np.nan
    return curves


@operator("test_vsh", family="test", inputs={"gr": Curve("GR", "gAPI")},
          outputs={"vsh": Curve("VSH", "v/v", "Shale volume")}, formula="(GR - a) / (b - a)",
          source="Anon (1990)",
          register=False)
def _vsh(gr: Expr, clean: float = 20.0, shale: float = 120.0) -> Expr:
    """Shale volume."""
    return (gr - clean) / (shale - clean)


@operator("test_ratio", family="test",
          inputs={"top": Curve("RT", "ohm.m"), "bottom": Curve("VSH", "v/v")},
          outputs={"ratio": Curve("RATIO"), "high": Curve("HIGH", type="flag")},
          register=False)
def _ratio(top: Expr, bottom: Expr, limit: NumberOrCurve = 10.0) -> Mapping[str, Expr]:
    """Two outputs; divides by zero now and then."""
    ratio = top / bottom
    return {"ratio": ratio, "high": ratio > limit}


Slowness = Annotated[float, described("Slowness", unit="us/ft")]


@operator("test_sonic", family="test", inputs={"dt": Curve("DTC", "us/ft")},
          outputs={"phi": Curve("PHIS", "v/v")},
          register=False)
def _sonic(dt: Expr, matrix: float = 55.5) -> Expr:
    """Sonic porosity, in us/ft whatever the curve is in."""
    return (dt - matrix) / (189.0 - matrix)


@operator("test_mean", family="test", kind=Kind.WELL, inputs={"curve": Curve("*")},
          outputs={"mean": Curve("*_MEAN", "same")},
          register=False)
def _mean(curve: np.ndarray, depth: np.ndarray, window: int = 3) -> np.ndarray:
    """A running mean that would notice depths out of order."""
    if (np.diff(depth) <= 0).any():
        raise ValueError("depths out of order")
    return np.convolve(curve, np.ones(window) / window, "same")


@operator("test_keep", family="test", kind=Kind.FILTER, inputs={"curve": Curve("VSH", "v/v")},
          register=False)
def _keep(schema: pa.Schema, /, curve: Expr, above: float = 0.5) -> Expr:
    """Rows with more than so much."""
    return curve > above


@operator("test_count", family="test", kind=Kind.TABLE, inputs={"curve": Curve("GR", "gAPI")},
          register=False)
def _count(table: pa.Table, /, curve: str) -> pa.Table:
    """Rows and mean per well."""
    plain = table.set_column(0, "well_id", table.column("well_id").cast(pa.string()))
    return plain.group_by("well_id").aggregate([(curve, "count"), (curve, "mean")])


@operator("test_stack", family="test", kind=Kind.TABLE, ports=("left", "right"),
          register=False)
def _stack(left: pa.Table, right: pa.Table, /) -> pa.Table:
    """One table under another."""
    return pa.concat_tables([left, right.cast(left.schema)], promote_options="default")


@operator("test_told", family="test", kind=Kind.TABLE, register=False)
def _told(failures: pa.Table, /) -> pa.Table:
    """The wells of a list of failures."""
    return pa.table({"well": failures.column("well_id").cast(pa.string()),
                     "message": failures.column("message")})


@operator("test_picky", family="test", kind=Kind.WELL, inputs={"gr": Curve("GR", "gAPI")},
          outputs={"out": Curve("OUT")},
          register=False)
def _picky(gr: np.ndarray, most: float = 1e9, pause: float = 0.0) -> np.ndarray:
    """Raises on a well with too large a value; slow when asked."""
    import time

    time.sleep(pause)
    if np.nanmax(gr) > most:
        raise ValueError("too radioactive")
    return gr


@operator("test_broken", family="test", inputs={"gr": Curve("GR")}, outputs={"out": Curve("OUT")},
          register=False)
def _broken(gr: Expr) -> Expr:
    """Fails before it sees data."""
    raise ZeroDivisionError("oops")


@operator("test_fragile", family="test", inputs={"gr": Curve("GR")}, outputs={"out": Curve("OUT")},
          register=False)
def _fragile(gr: Expr, most: float = 1e9) -> Expr:
    """A Python function inside the plan that raises on some data."""
    from datafusion import udf

    def careful(values: pa.Array) -> pa.Array:
        if len(values) and max(v or 0.0 for v in values.to_pylist()) > most:
            raise ValueError("it is too large")
        return values

    return Expr(udf(careful, [pa.float64()], pa.float64(), "immutable", "careful")(gr.raw))


MOOD: list[str] = []


@operator("test_moody", family="test", inputs={"gr": Curve("GR")}, outputs={"out": Curve("OUT")},
          register=False)
def _moody(gr: Expr) -> Expr:
    """Works while nothing is in `MOOD`."""
    if MOOD:
        raise RuntimeError("not today")
    return gr


@operator("test_moody_table", family="test", kind=Kind.TABLE, register=False)
def _moody_table(table: pa.Table, /) -> pa.Table:
    """Fails on data, for a reason that nobody can foresee."""
    import os

    if len(table):
        raise RuntimeError(os.environ["MOOD"])
    return table


@operator("test_dozing", family="test", inputs={"gr": Curve("GR")}, outputs={"out": Curve("OUT")},
          register=False)
def _dozing(gr: Expr, pause: float = 0.0) -> Expr:
    """A Python function inside the plan that takes its time."""
    from datafusion import udf

    def doze(values: pa.Array) -> pa.Array:
        import time

        time.sleep(pause)
        return values

    return Expr(udf(doze, [pa.float64()], pa.float64(), "volatile", "doze")(gr.raw))


@operator("test_slow_table", family="test", kind=Kind.TABLE, register=False)
def _slow_table(table: pa.Table, /, pause: float = 0.0) -> pa.Table:
    """The same table, after a while."""
    import time

    time.sleep(pause if len(table) else 0.0)
    return table


OPERATORS = [each for each in list(globals().values()) if isinstance(each, Operator)]
