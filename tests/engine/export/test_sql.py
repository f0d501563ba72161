"""The SQL and Substrait of a pipeline give the numbers of its run, in another session."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from datafusion import SessionContext
from datafusion.substrait import Consumer, Serde

from mudrock_jupyter.engine.compile import Plan, compile
from mudrock_jupyter.engine.execute import execute
from mudrock_jupyter.engine.export.relational import relational
from mudrock_jupyter.engine.export.sql import to_sql
from mudrock_jupyter.engine.export.substrait import to_substrait
from mudrock_jupyter.engine.run import Run
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.declare import Kind
from mudrock_jupyter.spec.errors import InvalidInput, NotFound, NotSupported
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, edge, node, pipeline, samples

NASTY = 'a "b".c; -- \'x\'\n'


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def plain(table: pa.Table) -> pa.Table:
    """Without dictionaries and metadata, which SQL does not keep."""
    types = [f.type.value_type if pa.types.is_dictionary(f.type) else f.type for f in table.schema]
    return table.cast(pa.schema(zip(table.column_names, types, strict=True)))


def same(found: pa.Table, expected: pa.Table) -> None:
    """Compare to 1e-12, and that the rows and the missing values are the same."""
    assert found.column_names == expected.column_names
    assert len(found) == len(expected)
    for name in expected.column_names:
        left, right = found.column(name), plain(expected).column(name)
        assert left.is_null().to_pylist() == right.is_null().to_pylist(), name
        if pa.types.is_floating(right.type):
            np.testing.assert_allclose(left.to_numpy(), right.to_numpy(), rtol=1e-12, atol=1e-12)
        else:
            assert left.to_pylist() == right.to_pylist(), name


def in_datafusion(plan: Plan, run: Run) -> int:
    """Check every query of a plan; return how many there are."""
    for name, query in relational(plan).queries.items():
        expected = run[query.node.name].to_arrow()
        context = SessionContext().enable_url_table()
        if query.reads is not None:
            table = plain(run[query.reads].to_arrow())
            context.register_record_batches(quoted(query.reads), [table.to_batches()])
        same(context.sql(to_sql(plan, query.node.id)).to_arrow_table(), expected)
        read = Consumer.from_substrait_plan(
            context, Serde.deserialize_bytes(to_substrait(plan)[name]))
        same(context.create_dataframe_from_logical_plan(read).to_arrow_table(), expected)
    return len(relational(plan).queries)


def in_duckdb(plan: Plan, run: Run) -> None:
    """Check every query of a plan in DuckDB."""
    for query in relational(plan).queries.values():
        with duckdb.connect() as connection:
            if query.reads is not None:
                connection.register(query.reads, plain(run[query.reads].to_arrow()))
            result = connection.sql(to_sql(plan, query.node.id, "duckdb"))
            same(result.to_arrow_table(), run[query.node.name].to_arrow())


def both(spec: PipelineSpec, wells: WellStore) -> int:
    plan = compile(spec, wells)
    run = execute(plan)
    in_duckdb(plan, run)
    return in_datafusion(plan, run)


def chain(*steps: tuple[Any, ...] | Sequence[Any]) -> PipelineSpec:
    return pipeline([node("logs", "well_logs"), *(node(*s[:3], **s[3]) for s in steps)])


def test_row_operators_filters_and_choices(wells: WellStore) -> None:
    spec = chain(
        ("vsh", "vsh_larionov_tertiary", {}, {"gr_clean": 20, "gr_shale": 110}),
        ("phi", "phi_density", {}, {"rho_ma": 2.65}),
        ("sw", "sw_archie", {"phi": "PHID"}, {"rw": 0.05}),
        ("deep", "arr_depth_window", {}, {"top": 1010, "base": 1080}),
        ("clean", "arr_filter", {},
         {"expr": "VSH < 0.4 and RT / (GR - 50) > 0 and well_id like 'w%'"}),
        ("names", "arr_rename", {}, {"map": {"VSH": NASTY}}),
        ("few", "arr_select", {}, {"columns": ["SW", NASTY]}),
        ("out", "output", {}, {}),
    )
    assert both(spec, wells) == 1


def test_what_follows_a_kernel_reads_its_table(wells: WellStore) -> None:
    spec = pipeline(
        [node("logs", "well_logs", depth=[1005, 1050]), node("Vsh", "vsh_linear"),
         node(NASTY, "sig_moving_average", curves=["VSH"], window=5),
         node("vsh", "vsh_clavier"), node("low", "arr_filter", expr="VSH_MA < 0.5")],
        [edge("logs", "Vsh"), edge("Vsh", NASTY), edge(NASTY, "vsh"), edge("vsh", "low")])
    assert both(spec, wells) == 2
    text = to_sql(compile(spec, wells))
    assert "-- First register the rows of that node as the table" in text
    assert f"\n-- Not in SQL: {NASTY!r}, a kernel over one well's samples at a time.\n" in text


def test_wells_differ_in_units_types_and_curves(store: WellStore) -> None:
    add_well(store, "plain", samples(1))
    add_well(store, "o'brien [1] *", {k: v for k, v in samples(2).items() if k != "RHOB"})
    feet = samples(3)
    feet["DEPTH"] = feet["DEPTH"] / 0.3048
    feet["RHOB"] = (feet["RHOB"] * 1000).astype("float32")
    add_well(store, "feet", feet, {"DEPTH": "ft", "RHOB": "kg/m3"})
    spec = chain(("win", "arr_depth_window", {}, {"base": 1050}),
                 ("vsh", "vsh_linear", {}, {}), ("phi", "phi_density", {}, {}))
    plan = compile(spec, store)
    assert set(plan.nodes["phi"].wells) < set(plan.nodes["vsh"].wells)
    assert both(spec, store) == 1


def test_curves_from_files_side_by_side(store: WellStore) -> None:
    logs = samples(1)
    add_well(store, "w", {k: logs[k] for k in ("DEPTH", "GR")}, set="one")
    add_well(store, "w", {k: logs[k] for k in ("DEPTH", "RT")}, set="two")
    spec = pipeline([node("logs", "well_logs", curves=["GR", "RT"]), node("vsh", "vsh_linear")])
    assert len(compile(spec, store).nodes["logs"].scans[0].paths) == 2
    assert both(spec, store) == 1


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> WellStore:
    """Wells with every curve that a row operator reads, gaps, zeros and negatives among them."""
    store = WellStore(tmp_path_factory.mktemp("rich") / "project")
    for number in range(2):
        random = np.random.default_rng(number)
        columns: dict[str, Any] = {"DEPTH": np.arange(60) * 0.5}
        units = {}
        for operator in registry.all_operators():
            for curve in operator.inputs.values():
                values = random.choice([np.nan, 0.0, -1.0, 0.2, 0.7, 1.5, 40.0, 90.0], 60)
                columns[curve.mnemonic] = values > 1 if curve.type == "flag" else values
                if curve.type == "text":
                    columns[curve.mnemonic] = random.choice(["a", "b"], 60)
                units[curve.mnemonic] = curve.unit or ""
        columns.pop("*", None)
        add_well(store, f"w{number}", columns, units)
    return store


ROWS = [each.id for each in registry.all_operators() if each.kind is Kind.ROW]
REQUIRED: dict[str, dict[str, Any]] = {"sig_clip": {"lo": 0, "hi": 1}}


@pytest.mark.parametrize("operator_id", ROWS)
def test_every_row_operator(operator_id: str, rich: WellStore) -> None:
    parameters = dict(REQUIRED.get(operator_id, {}))
    if registry.get(operator_id).any_curve:
        parameters["curves"] = ["GR", "RT"]
    spec = pipeline([node("logs", "well_logs"), node("op", operator_id, **parameters)])
    plan = compile(spec, rich)
    if "op" in relational(plan).outside:
        with pytest.raises(NotSupported, match=r"'op' cannot be exported: .* Python function"):
            to_substrait(plan, "op")
        return
    assert both(spec, rich) == 1


def test_most_row_operators_have_sql(rich: WellStore) -> None:
    nodes = [node(id, id, **REQUIRED.get(id, {}),
                  **({"curves": ["GR"]} if registry.get(id).any_curve else {})) for id in ROWS]
    spec = pipeline([node("logs", "well_logs"), *nodes],
                    [edge("logs", each.id) for each in nodes])
    outside = relational(compile(spec, rich)).outside
    assert set(outside) <= {"sw_dual_water"}


def test_functions_in_python_are_named(wells: WellStore) -> None:
    spec = chain(("own", "test_fragile", {}, {}), ("vsh", "vsh_linear", {}, {}))
    assert both(spec, wells) == 2
    plan = compile(spec, wells)
    assert "-- Not in SQL: 'own', computed by the Python function careful." in to_sql(plan)
    for export in (to_sql, to_substrait):
        with pytest.raises(NotSupported, match="'own' cannot be exported: test_fragile is comp"):
            export(plan, "own")


def test_names_that_duckdb_takes_for_one(wells: WellStore) -> None:
    spec = chain(("twice", "arr_rename", {}, {"map": {"GR": "rt"}}))
    plan = compile(spec, wells)
    assert in_datafusion(plan, execute(plan)) == 1
    with pytest.raises(NotSupported, match="'twice' has the columns"):
        to_sql(plan, dialect="duckdb")


def test_an_unknown_dialect_or_node(wells: WellStore) -> None:
    plan = compile(pipeline([node("logs", "well_logs"), node("out", "output")]), wells)
    with pytest.raises(InvalidInput, match=r"no dialect 'ducdb'. Did you mean 'duckdb'"):
        to_sql(plan, dialect="ducdb")
    with pytest.raises(NotFound):
        to_sql(plan, "nobody")
    assert to_sql(plan, "out") == to_sql(plan, "logs") == to_sql(plan)


def test_a_pipeline_without_a_relational_node(tmp_path: Path, wells: WellStore) -> None:
    spec = pipeline([node("logs", "well_logs"), node("ma", "test_mean", curves=["GR"])])
    assert list(to_substrait(compile(spec, wells))) == ["logs"]
    with pytest.raises(NotSupported, match="'ma' cannot be exported: test_mean is a kernel"):
        to_substrait(compile(spec, wells), "ma")
