"""Whatever ran before, a run with a cache gives what a run without one gives."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mudrock_jupyter.engine.cache.store import CacheStore
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import add_well, edge, node, pipeline, samples
from tests.engine.test_caching import LOGS, OUT, run

KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "test_vsh": st.fixed_dictionaries({"clean": st.integers(0, 3)}),
    "test_ratio": st.fixed_dictionaries({"limit": st.sampled_from([1, 2, "RHOB"])}),
    "test_mean": st.fixed_dictionaries({"curve": st.sampled_from(["GR", "RT"]),
                                        "window": st.sampled_from([1, 3])}),
    "arr_filter": st.fixed_dictionaries({"expr": st.sampled_from(["GR > 40", "RT < 50"])}),
    "test_count": st.just({}),
    "test_picky": st.fixed_dictionaries({"most": st.sampled_from([139.5, 1e9])}),
    "test_fragile": st.fixed_dictionaries({"most": st.sampled_from([139.5, 1e9])}),
}
steps = st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.tuples(st.just(kind), KINDS[kind], st.integers(0, 5), st.booleans(),
                           st.sampled_from([None, None, None, "GR > 139", "RT > 99"])))


@st.composite
def pipelines(draw: st.DrawFn) -> PipelineSpec:
    depth = draw(st.sampled_from([None, None, [1000, 1060]]))
    nodes = [node("logs", "well_logs", depth=depth) if depth else LOGS,
             node("v0", "test_vsh")]
    edges = [edge("logs", "v0")]
    above = ["logs", "v0"]
    for n, (kind, parameters, where, lasting, condition) in enumerate(
            draw(st.lists(steps, max_size=6))):
        name = f"n{n}"
        more = {"edge_type": "conditional", "condition": condition} if condition else {}
        edges.append(edge("v0" if kind == "test_ratio" else above[where % len(above)], name,
                          **more))
        each = node(name, kind, **parameters)
        nodes.append(each if lasting else each.model_copy(update={"cache": False}))
        if kind != "test_count":
            above.append(name)
    return pipeline(nodes, edges)


@settings(max_examples=40, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(specs=st.lists(pipelines(), min_size=2, max_size=4))
def test_whatever_ran_before_the_result_is_that_without_a_cache(
    specs: list[PipelineSpec], few: WellStore, shared_cache: CacheStore
) -> None:
    earlier: Any = {}
    for spec in specs:
        result = run(spec, few, shared_cache, earlier=earlier)
        plain = run(spec, few, None)
        earlier = result.made
        assert result.failures == plain.failures
        assert {n: s.status for n, s in result.statuses.items()} == {
            n: s.status for n, s in plain.statuses.items()}
        for name, output in plain.outputs.items():
            assert result[name].to_arrow().equals(output.to_arrow(), check_metadata=True), name


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> WellStore:
    store = WellStore(tmp_path_factory.mktemp("few") / "project")
    for number in range(3):
        add_well(store, f"w{number}", samples(number, rows=60 + 40 * number))
    return store


@pytest.fixture(scope="module")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> CacheStore:
    return CacheStore(tmp_path_factory.mktemp("shared") / "cache", 10**9)


def test_the_wells_of_the_random_pipelines_differ(few: WellStore) -> None:
    table = run(pipeline([LOGS, OUT]), few, None)["out"].to_arrow()
    largest = table.group_by("well_id").aggregate([("GR", "max")])["GR_max"]
    assert 0 < pc.sum(pc.greater(largest, 139.0)).as_py() <= 3
