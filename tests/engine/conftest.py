"""Wells on disk and operators of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mudrock_jupyter.operators import registry
from mudrock_jupyter.wells.store import WellStore
from tests.engine.pipelines import OPERATORS, add_well, samples


@pytest.fixture(autouse=True)
def _own_operators() -> Iterator[None]:
    """Have the tests' operators in the palette, and out again."""
    registry.all_operators()
    for each in OPERATORS:
        registry.add(each)
    yield
    for each in OPERATORS:
        registry._operators.pop(each.id)


@pytest.fixture
def store(tmp_path: Path) -> WellStore:
    """A project without wells."""
    return WellStore(tmp_path / "project")


@pytest.fixture
def wells(store: WellStore) -> WellStore:
    """A project of five wells with GR, RHOB and RT."""
    for number in range(5):
        add_well(store, f"w{number}", samples(number))
    return store
