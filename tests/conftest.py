"""Fixtures every room's tests may use."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def _shared(path: Path) -> Path:
    if path.exists():
        return path
    if os.environ.get("MUDROCK_NO_SHARED") == "1":
        pytest.skip(f"{path} is missing and MUDROCK_NO_SHARED=1")
    pytest.fail(f"{path} is missing: put the shared files beside this checkout, "
                "or set MUDROCK_NO_SHARED=1 to skip the tests that need them")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real field files."""
    return _shared(SHARED / "data")


@pytest.fixture(scope="session")
def shared_golden() -> list[dict[str, Any]]:
    """The numeric cases with a source."""
    cases: list[dict[str, Any]] = json.loads(_shared(SHARED / "golden.json").read_text())["cases"]
    return cases
