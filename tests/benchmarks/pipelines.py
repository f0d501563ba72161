"""The recipe as pipelines of this package."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec
from tests.benchmarks import recipe as r
from tests.benchmarks.recipe import CURVES, Kind, smooth_name


def pipeline(kind: Kind, depth: tuple[float, float]) -> PipelineSpec:
    """Return a pipeline: reading, three row operators and, unless `rows`, windows and net pay."""
    nodes = [
        _node("logs", "well_logs", {"curves": CURVES, "depth": list(depth)}),
        _node("vsh", "vsh_larionov_tertiary",
              {"gr_clean": r.GR_CLEAN, "gr_shale": r.GR_SHALE, "k": r.LARIONOV}),
        _node("phi", "phi_density", {"rho_ma": r.RHO_MATRIX, "rho_fl": r.RHO_FLUID,
                                     "clip": list(r.POROSITY_LIMITS)}),
        _node("sw", "sw_archie", {"rw": r.RW}, phi="PHID"),
    ]
    smooth = smooth_name(kind)
    if kind == "net_pay":
        nodes.append(_node("despike", "sig_median",
                           {"curves": ["PHID"], "window": r.MEDIAN_WINDOW}))
    if kind != "rows":
        nodes += [
            _node("smooth", "sig_moving_average",
                  {"curves": [smooth.removesuffix("_MA")], "window": r.MEAN_WINDOW}),
            _node("table", "wel_pay_flags",
                  {"vsh": r.MAX_VSH, "phi": r.MIN_POROSITY, "sw": r.MAX_SW, "min_thick": 0.0,
                   "merge_gap": 0.0}, phie=smooth, swe="SW"),
            _node("summary", "wel_net_pay", {}, phie=smooth, swe="SW"),
        ]
    return _chain([*nodes, _node("out", "output", {})])


def last_table(kind: Kind) -> str:
    """Return the node that hands on the full table."""
    return "sw" if kind == "rows" else "table"


def do_nothing(count: int) -> PipelineSpec:
    """Return a pipeline of that many nodes that hand on what they get."""
    idle = [_node(f"idle{n}", "arr_select", {"columns": CURVES}) for n in range(count)]
    logs = _node("logs", "well_logs", {"curves": CURVES})
    return _chain([logs, *idle, _node("out", "output", {})])


def _node(name: str, operator: str, parameters: dict[str, Any], **mapping: str) -> NodeSpec:
    return NodeSpec(
        id=name, name=name, operator_id=operator, parameters=parameters, curve_mapping=mapping
    )


def _chain(nodes: Sequence[NodeSpec]) -> PipelineSpec:
    edges = [
        EdgeSpec(id=f"{a.id}-{b.id}", source_node_id=a.id, target_node_id=b.id)
        for a, b in pairwise(nodes)
    ]
    return PipelineSpec(
        nodes={node.id: node for node in nodes}, edges={edge.id: edge for edge in edges}
    )
