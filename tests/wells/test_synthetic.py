from __future__ import annotations

import numpy as np
import pytest

from mudrock_jupyter.wells.store import WellStore
from mudrock_jupyter.wells.synthetic import synthetic_wells


@pytest.fixture(scope="module")
def wells():
    return list(synthetic_wells())


def test_a_dozen_wells_of_5000_to_20000_samples(wells):
    assert len({well.name for well in wells}) == 12
    assert all(5_000 <= well.logs.num_rows <= 20_000 for well in wells)


def test_the_same_seed_gives_the_same_wells(wells):
    assert all(a.logs.equals(b.logs) and a.tops.equals(b.tops)
               for a, b in zip(wells, synthetic_wells(), strict=True))
    assert not next(synthetic_wells(seed=1)).logs.equals(wells[0].logs)


@pytest.mark.parametrize(("curve", "low", "high"), [
    ("GR", 20, 140), ("RHOB", 1.9, 2.75), ("NPHI", 0.0, 0.55), ("DT", 45, 160), ("RT", 0.3, 60),
    ("CALI", 8, 22),
])
def test_curves_are_in_the_range_of_real_ones_with_gaps(wells, curve, low, high):
    for well in wells:
        values = well.logs.column(curve).to_numpy()
        known = values[~np.isnan(values)]
        assert 0.4 * len(values) < len(known) < len(values)
        assert low * 0.5 < np.quantile(known, 0.02)
        assert low < np.median(known) < high
        assert np.quantile(known, 0.98) < high * 1.6


def test_washouts_lower_the_density(wells):
    for well in wells:
        frame = well.logs.to_pandas()
        bit = frame["CALI"].rolling(2000, min_periods=1).quantile(0.2)
        washed = frame["CALI"] - bit > 3
        assert frame.loc[washed, "RHOB"].median() < frame.loc[~washed, "RHOB"].median() - 0.1


def test_hydrocarbons_stand_above_their_contact(wells):
    for well in wells:
        frame = well.logs.to_pandas()
        tops = dict(zip(*(column.to_pylist() for column in well.tops.columns), strict=True))
        hugin = frame[frame["DEPTH"].between(tops["Hugin Fm"], tops["Sleipner Fm"])]
        sand = hugin[hugin["GR"] < 40]
        quarter = len(sand) // 4
        assert sand["RT"][:quarter].median() > 3 * sand["RT"][-quarter // 2 :].median()


def test_they_go_into_a_project(wells, tmp_path):
    store = WellStore(tmp_path / "p")
    store.write_logs(wells[0].name, wells[0].logs, source="synthetic")
    store.write_tops(wells[0].name, wells[0].tops)
    assert store.read(wells[0].name).num_rows == wells[0].logs.num_rows
    assert store.tops(wells[0].name).num_rows == 9
    assert store.depth_unit == "m"
