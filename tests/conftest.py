"""Fixtures every room's tests may use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.postgres import PostgresServer

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def _shared(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path} is missing")
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it loudly when the real files were not there to test against."""
    if not SHARED.exists():
        terminalreporter.section("NOT TESTED AGAINST REAL FILES", red=True, bold=True)
        terminalreporter.line(f"{SHARED} is missing: the tests that read real field files and")
        terminalreporter.line(
            "published numbers were skipped. Put it beside this checkout to run them."
        )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real field files."""
    return _shared(SHARED / "data")


@pytest.fixture(scope="session")
def shared_golden() -> list[dict[str, Any]]:
    """The numeric cases with a source."""
    cases: list[dict[str, Any]] = json.loads(_shared(SHARED / "golden.json").read_text())["cases"]
    return cases


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real Postgres for the whole session; tests fail, not skip, where it cannot start."""
    from tests.postgres import PostgresServer

    with PostgresServer.start() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty database, for one test."""
    url = postgres_server.new_database()
    yield url
    postgres_server.drop_database(url)
