"""Archie against the operating company's own interpretation of Volve 15/9-19 A."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lasio
import numpy as np

from tests.operators.evaluation import evaluate


def curves(path: Path, *names: str) -> dict[str, Any]:
    frame = lasio.read(path).df()
    return {"DEPTH": frame.index.to_numpy(), **{name: frame[name].to_numpy() for name in names}}


def test_archie_reproduces_the_companys_saturation(shared_data: Path) -> None:
    folder = next(shared_data.rglob("las_volve"))
    company = curves(folder / "15_9-19_A_CPI.las", "RW", "M", "N", "PHIF", "SW")
    logs = curves(folder / "15-9-19-A.las", "RT")
    # The interpretation leaves out the resistivity; the logs of the well have it.
    row = np.searchsorted(logs["DEPTH"], company["DEPTH"] - 0.01)
    row = np.minimum(row, logs["DEPTH"].size - 1)
    at_depth = np.abs(logs["DEPTH"][row] - company["DEPTH"]) < 0.02
    company["RT"] = np.where(at_depth, logs["RT"][row], np.nan)

    columns = {
        name: [None if np.isnan(value) else float(value) for value in values]
        for name, values in company.items()
    }
    found = evaluate(
        "sw_archie", columns, phi="PHIF", a=1.0, m="M", n="N", rw="RW"
    )["SW"]
    error = np.abs(np.array(found, float) - company["SW"])
    assert np.count_nonzero(~np.isnan(error)) > 1900
    assert np.nanmedian(error) < 2e-4
