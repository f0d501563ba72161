"""How many seeds each fault is tried with."""

from __future__ import annotations

import pytest

QUICK = 1


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, default=QUICK, help="seeds per fault")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--seeds", QUICK)))
