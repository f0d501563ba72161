"""Every operator against its published numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mudrock_jupyter.operators import registry
from tests.operators.evaluation import evaluate

COVERED = {
    "vsh_linear": ["G001"],
    "vsh_larionov_older": ["G003"],
    "vsh_larionov_tertiary": ["G005"],
    "vsh_clavier": ["G007"],
    "vsh_steiber": ["G009"],
    "vsh_neutron_density": ["G011"],
    "vsh_sp": ["G013"],
    "phi_density": ["G015"],
    "phi_sonic_wyllie": ["G016"],
    "phi_sonic_rhg": ["G018"],
    "phi_nd_rms": ["G020"],
    "phi_effective": ["G022"],
    "sw_archie": ["G024", "G039"],
    "sw_simandoux": ["G029"],
    "sw_simandoux_modified": ["G031"],
    "sw_indonesia": ["G033"],
    "bvw": ["G037"],
    "k_timur": ["G042"],
    "k_wyllie_rose": ["G043"],
    "k_coates": ["G046"],
    "sig_moving_average": ["G085"],
    "sig_savgol": ["G087"],
    "sig_gaussian": ["G089"],
    "sig_gap_fill": ["G093"],
    "sig_zscore": ["G095"],
    "sig_percentile_norm": ["G097"],
    "wel_pay_flags": ["G113"],
    "wel_zone_average": ["G115"],
    "arr_join_asof": ["G131"],
    "qc_flatline": ["G135"],
}
# Table operators: tests/operators/test_net_pay.py and test_tables.py
SPECIAL = {"wel_zone_average", "arr_join_asof"}
CASES = [
    (name, case) for name, cases in COVERED.items() if name not in SPECIAL for case in cases
]


def close(value: Any, expected: Any, tolerance: dict[str, float]) -> bool:
    if value is None or expected is None:
        return value is expected
    return math.isclose(
        value, expected, rel_tol=tolerance.get("rel", 0), abs_tol=tolerance.get("abs", 1e-12)
    )


@pytest.mark.parametrize(("name", "id"), CASES, ids=[case for _, case in CASES])
def test_matches_the_published_numbers(
    name: str, id: str, shared_golden: list[dict[str, Any]]
) -> None:
    case = next(case for case in shared_golden if case["id"] == id)
    assert case["operator"] == name
    operator, inputs, parameters = registry.get(name), case["inputs"], dict(case["params"])
    if operator.any_curve:
        parameters["curves"] = [column for column in inputs if column != "DEPT"]
    fields = {field.upper(): field for field in operator.parameters.model_fields}
    read = {curve.mnemonic for curve in operator.inputs.values()}
    for column in inputs:  # a column named as a parameter that was not given is that parameter
        if column not in read and column in fields and fields[column] not in parameters:
            parameters[fields[column]] = column
    outputs = evaluate(name, inputs, **parameters)
    for column, expected in case["expected"].items():
        pairs = list(zip(outputs[column], expected, strict=True))
        assert all(close(value, wanted, case["tolerance"]) for value, wanted in pairs), pairs


def test_covers_every_case_of_our_operators(shared_golden: list[dict[str, Any]]) -> None:
    ours = {operator.id for operator in registry.all_operators()}
    cases = {(case["operator"], case["id"]) for case in shared_golden if case["operator"] in ours}
    assert cases == {(name, id) for name, ids in COVERED.items() for id in ids}
