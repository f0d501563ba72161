"""Archie against the operating company's own interpretation of Volve 15/9-19 A."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.operators.evaluation import evaluate


def test_archie_reproduces_the_companys_saturation(shared_data: Path) -> None:
    import lasio

    path = next(shared_data.rglob("15_9-19_A_CPI.las"))
    logs = lasio.read(path).df()
    # The interpretation holds no RT: it is what Archie needs to give the company's SW, so the
    # resistivity comes from the composite log of the same well, at the same depths.
    composite = lasio.read(next(shared_data.rglob("15-9-19_A_COMP*.las"))).df()
    print(logs.columns, composite.columns)
