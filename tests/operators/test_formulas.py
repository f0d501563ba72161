"""Formulas against numpy, and what they promise for every input."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.operators.evaluation import evaluate

Numbers = Sequence[float | None]

wild = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
fraction = st.one_of(st.none(), st.floats(0.0, 1.0))
quick = settings(max_examples=40, deadline=None)


def rows(*columns: st.SearchStrategy[float | None]) -> st.SearchStrategy[list[tuple[float, ...]]]:
    return st.lists(st.tuples(*columns), min_size=1, max_size=30)  # type: ignore[arg-type]


def arrays(*columns: Numbers) -> list[np.ndarray]:
    return [np.array(column, dtype=float) for column in columns]


def assert_same(found: Numbers, expected: np.ndarray) -> None:
    wanted = np.where(np.isfinite(expected), expected, np.nan)
    np.testing.assert_allclose(arrays(found)[0], wanted, rtol=1e-9, atol=1e-12)


def index(gr: np.ndarray) -> np.ndarray:
    return np.clip((gr - 20.0) / 100.0, 0.0, 1.0)


SHALE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "vsh_linear": index,
    "vsh_larionov_tertiary": lambda gr: 0.083 * (2 ** (3.7 * index(gr)) - 1),
    "vsh_larionov_older": lambda gr: 0.33 * (2 ** (2 * index(gr)) - 1),
    "vsh_clavier": lambda gr: 1.7 - np.sqrt(3.38 - (index(gr) + 0.7) ** 2),
    "vsh_steiber": lambda gr: index(gr) / (3 - 2 * index(gr)),
}


@pytest.mark.parametrize("id", SHALE)
def test_shale_volumes_follow_their_formulas(id: str) -> None:
    gr = [None, 0.0, 20.0, 33.0, 75.5, 120.0, 300.0, -50.0]
    assert_same(evaluate(id, {"GR": gr})["VSH"], SHALE[id](*arrays(gr)))


@pytest.mark.parametrize("id", SHALE)
@quick
@given(gr=st.lists(wild, min_size=1, max_size=30))
def test_shale_volumes_stay_between_0_and_1(id: str, gr: list[float | None]) -> None:
    volumes = evaluate(id, {"GR": gr})["VSH"]
    for value, volume in zip(gr, volumes, strict=True):
        assert volume is None if value is None else volume is None or 0.0 <= volume <= 1.0 + 1e-12


def test_end_points_may_be_curves() -> None:
    columns = {"GR": [70.0, 70.0, 70.0, 70.0], "LOW": [20.0, 40.0, 120.0, None]}
    found = evaluate("vsh_linear", columns, gr_clean="LOW", gr_shale=120.0)["VSH"]
    assert found == pytest.approx([0.5, 0.375, None, None])


def test_the_exact_sonic_equation_holds() -> None:
    slowness = [50.0, 55.5, 70.0, 95.0, 110.0, None, 0.0, -3.0]
    found = evaluate("phi_sonic_rhg", {"DTC": slowness}, form="exact")["PHIS"]
    for dt, phi in zip(slowness[:5], found[:5], strict=True):
        assert dt is not None
        assert math.isclose((1 - phi) ** 2 / 55.5 + phi / 189.0, 1 / dt, rel_tol=1e-9)
    assert found[1] == pytest.approx(0.0, abs=1e-12)
    assert found[5:] == [None, None, None]


def test_density_porosity_is_limited_only_where_asked() -> None:
    rhob = [2.65, 1.0, 3.0, None]
    assert evaluate("phi_density", {"RHOB": rhob})["PHID"] == [0.0, 0.6, -0.05, None]
    free = evaluate("phi_density", {"RHOB": rhob}, clip=None)["PHID"]
    assert evaluate("phi_density", {"RHOB": rhob}, clip=False)["PHID"] == free
    assert free == pytest.approx([0.0, 1.0, (2.65 - 3.0) / 1.65, None])
    matrix = evaluate("phi_density", {"RHOB": [2.3], "RHOMA": [2.71]}, rho_ma="RHOMA")
    assert matrix["PHID"] == pytest.approx([(2.71 - 2.3) / 1.71])


@quick
@given(samples=rows(fraction, fraction), phit_sh=st.floats(0.0, 1.0))
def test_total_porosity_undoes_effective(
    samples: list[tuple[float, float]], phit_sh: float
) -> None:
    phit, vsh = map(list, zip(*samples, strict=True))
    phie = evaluate("phi_effective", {"PHIT": phit, "VSH": vsh}, phit_sh=phit_sh)["PHIE"]
    back = evaluate("phi_total", {"PHIE": phie, "VSH": vsh}, phit_sh=phit_sh)["PHIT"]
    for total, shale, effective, again in zip(phit, vsh, phie, back, strict=True):
        if total is None or shale is None:
            assert effective is None
            assert again is None
        else:
            assert effective <= total
            assert again == pytest.approx(total, abs=1e-12)


SATURATIONS = {
    "sw_archie": ("PHI", "SW"),
    "sw_simandoux": ("PHIE", "SWE"),
    "sw_simandoux_modified": ("PHIE", "SWE"),
    "sw_indonesia": ("PHIE", "SWE"),
}


@pytest.mark.parametrize("id", SATURATIONS)
@pytest.mark.parametrize("n", [2.0, 1.8])
@quick
@given(samples=rows(wild, wild, wild))
def test_saturations_stay_between_0_and_1(
    id: str, n: float, samples: list[tuple[float, float, float]]
) -> None:
    rt, phi, vsh = map(list, zip(*samples, strict=True))
    porosity, output = SATURATIONS[id]
    found = evaluate(id, {"RT": rt, porosity: phi, "VSH": vsh}, n=n)[output]
    for resistivity, pores, shale, water in zip(rt, phi, vsh, found, strict=True):
        missing = None in (resistivity, pores) or (id != "sw_archie" and shale is None)
        if missing or resistivity <= 0 or pores <= 0:
            assert water is None
        else:
            assert water is None or 0.0 <= water <= 1.0


ordinary = {
    "RT": [0.8, 3.0, 20.0, 150.0, 2000.0],
    "PHIE": [0.3, 0.22, 0.05, 0.18, 0.01],
    "VSH": [0.0, 0.1, 0.35, 0.6, 0.95],
}


@pytest.mark.parametrize("n", [2.0, 1.7, 2.45, 3.0])
@pytest.mark.parametrize("id", ["sw_simandoux", "sw_simandoux_modified"])
def test_simandoux_solves_its_equation(id: str, n: float) -> None:
    found = evaluate(id, ordinary, n=n, rw=0.05, clip=False)["SWE"]
    rt, phie, vsh, sw = arrays(*ordinary.values(), found)
    sand = phie**2 / 0.05 / (1 - vsh if id == "sw_simandoux_modified" else 1)
    np.testing.assert_allclose(sand * sw**n + vsh / 4.0 * sw, 1 / rt, rtol=1e-9)


@pytest.mark.parametrize("n", [2.0, 1.7, 2.45])
@pytest.mark.parametrize("id", ["sw_simandoux", "sw_simandoux_modified", "sw_indonesia"])
def test_shaly_sand_without_shale_is_archie(id: str, n: float) -> None:
    clean = ordinary | {"VSH": [0.0] * 5, "PHI": ordinary["PHIE"]}
    expected = evaluate("sw_archie", clean, n=n, rw=0.05, clip=False)["SW"]
    assert evaluate(id, clean, n=n, rw=0.05, clip=False)["SWE"] == pytest.approx(expected)


def test_the_saturation_exponent_may_be_a_curve() -> None:
    columns = ordinary | {"N": [2.0, 1.8, 2.2, None, 2.0]}
    found = evaluate("sw_simandoux", columns, n="N")["SWE"]
    for n, row in ((2.0, 0), (1.8, 1), (2.2, 2)):
        assert found[row] == pytest.approx(evaluate("sw_simandoux", ordinary, n=n)["SWE"][row])
    assert found[3] is None


@pytest.mark.parametrize("id", ["k_timur", "k_wyllie_rose", "k_coates"])
@quick
@given(samples=rows(wild, wild))
def test_permeability_is_a_number_or_missing(
    id: str, samples: list[tuple[float, float]]
) -> None:
    phie, swi = map(list, zip(*samples, strict=True))
    for value in evaluate(id, {"PHIE": phie, "SWI": swi})["KLOG"]:
        assert value is None or (math.isfinite(value) and value >= 0.0)


def test_timur_takes_fractions_not_percent() -> None:
    fractions = evaluate("k_timur", {"PHIE": [0.19], "SWI": [0.25]})["KLOG"]
    percent = 0.136 * 19**4.4 / 25**2
    assert fractions == pytest.approx([percent], rel=2e-3)
