"""Every operator says what it does, in full."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.binding import bind, check_parameters
from mudrock_jupyter.operators.declare import Kind, Operator

OURS = [
    operator
    for operator in registry.all_operators()
    if operator.kind not in {Kind.SOURCE, Kind.SINK}
]


@pytest.mark.parametrize("operator", OURS, ids=lambda operator: operator.id)
def test_describes_itself(operator: Operator) -> None:
    card = registry.card(operator)
    json.dumps(card, allow_nan=False)
    assert operator.summary
    assert operator.summary.endswith(".")
    assert operator.description
    assert operator.family in registry.FAMILIES
    properties = card["parameters"]["properties"]
    undescribed = [name for name, field in properties.items() if not field.get("description")]
    assert not undescribed
    if operator.family != "rows":
        assert operator.formula
        assert operator.source


@pytest.mark.parametrize("operator", OURS, ids=lambda operator: operator.id)
def test_defaults_are_valid(operator: Operator) -> None:
    required = {
        "arr_filter": {"expr": "GR > 1"},
        "arr_depth_window": {"top": 1},
        "arr_select": {"columns": ["GR"]},
        "arr_rename": {"map": {"GR": "GAMMA"}},
        "arr_sort": {"by": ["GR"]},
        "sig_clip": {"lo": 0},
    }
    curves = {"curves": ["GR"]} if operator.any_curve else {}
    _, faults = check_parameters(operator, curves | required.get(operator.id, {}))
    assert not faults


@pytest.mark.parametrize(
    ("id", "parameters", "words"),
    [
        ("vsh_linear", {"gr_clean": 120, "gr_shale": 20}, "gr_shale (20) must be greater"),
        ("vsh_linear", {"gr_clean": -5}, "gr_clean"),
        ("vsh_larionov_tertiary", {"k": 4}, "less than or equal to 3.8"),
        ("phi_density", {"rho_ma": 2650}, "less than or equal to 3.1"),
        ("phi_density", {"clip": [0.6, 0.0]}, "first number"),
        ("sw_archie", {"rw": 0}, "greater than or equal to 0.001"),
        ("sw_archie", {"mm": 2}, "Did you mean 'm'"),
        ("k_wyllie_rose", {"preset": "tixier", "c": 1.0}, "brings its own"),
        ("sig_moving_average", {"curve": "GR", "window": 4}, "odd"),
        ("sig_savgol", {"curve": "GR", "window": 5, "poly": 5}, "less than window"),
        ("sig_clip", {"curve": "GR"}, "lo, hi or both"),
        ("sig_moving_average", {}, "No curve is picked"),
        ("arr_depth_window", {"top": 5, "base": 1}, "above base"),
    ],
)
def test_refuses_wrong_parameters(id: str, parameters: dict[str, object], words: str) -> None:
    _, faults = check_parameters(registry.get(id), parameters)  # type: ignore[arg-type]
    (fault,) = faults
    assert words in fault.message


def test_names_the_outputs_of_several_curves_apart() -> None:
    operator = registry.get("qc_flatline")
    columns = [call.outputs[0].column for call in bind(operator, {"curves": ["GR", "RT"]}, {})]
    assert columns == ["GR_flag", "RT_flag"]
    assert bind(operator, {"curves": ["GR"]}, {})[0].outputs[0].column == "flag"
    assert bind(operator, {"curves": ["GR"]}, {"flag": "STUCK"})[0].outputs[0].column == "STUCK"


def test_the_catalogue_does_not_wait_for_compilers() -> None:
    code = (
        "import sys; from mudrock_jupyter.operators import registry; registry.catalogue();"
        "print([m for m in ('numba', 'scipy', 'datafusion', 'bottleneck') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
