from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mudrock_jupyter.spec import mnemonics, units

KNOWN = sorted(mnemonics._by_name())


def test_every_name_belongs_to_one_measurement():
    names = [n for entry in mnemonics.table().values() for n in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names))
    assert all(name == name.upper() for name in names)


def test_every_canonical_unit_is_known():
    assert all(units.canonical(e.unit) == e.unit for e in mnemonics.table().values())


def test_interpreted_curves_keep_their_names():
    for name in ("VSH", "SW", "SWE", "PHIE", "PHIT", "PHIF", "KLOGH", "PHID"):
        assert mnemonics.canonical(name) == name


def test_dt_is_found_under_both_names():
    assert mnemonics.resolve("DT", ["GR", "DTC"]) == "DTC"
    assert mnemonics.resolve("DTC", ["GR", "DT"]) == "DT"
    assert mnemonics.resolve("AC", ["GR", "DT"]) == "DT"
    assert mnemonics.resolve("gr", ["GR"]) == "GR"
    assert mnemonics.resolve("PHIE", ["GR"]) is None


def test_of_several_deep_resistivities_one_is_rt():
    curves = [("DEPT", "M"), ("LLD", "OHMM"), ("ILD", "OHMM")]
    assert mnemonics.rename(curves) == ["DEPTH", "LLD", "RT"]
    assert mnemonics.rename([*curves, ("RT", "OHMM")]) == ["DEPTH", "LLD", "ILD", "RT"]


def test_a_curve_in_a_unit_of_another_kind_keeps_its_name():
    assert mnemonics.rename([("DEPT", "M"), ("NEUT", "CPS")]) == ["DEPTH", "NEUT"]
    assert mnemonics.rename([("DEPT", "M"), ("NEUT", "%")]) == ["DEPTH", "NPHI"]
    assert mnemonics.rename([("DEPT", "M"), ("DT", "00,")]) == ["DEPTH", "DT"]


def test_the_first_is_the_index_and_only_it():
    assert mnemonics.rename([("MD", "M"), ("DEPT", "M")]) == ["DEPTH", "DEPT"]
    assert mnemonics.rename([("DEPT", "M"), ("DEPTH", "M")]) == ["DEPTH", "DEPTH_2"]
    assert mnemonics.rename([("DEPT", "M"), ("DEPT", "M")]) == ["DEPTH", "DEPT"]


def test_duplicates_are_numbered_past_names_that_are_taken():
    curves = [("DEPT", ""), ("X", ""), ("X", ""), ("X_2", ""), ("x", "")]
    assert mnemonics.rename(curves) == ["DEPTH", "X", "X_3", "X_2", "X_4"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*KNOWN, "VSH", "gr", "MY CURVE"]),
            st.sampled_from(["", "M", "OHMM", "G/C3", "00"]),
        ),
        min_size=1,
    )
)
def test_no_curve_is_lost_and_no_two_share_a_name(curves):
    names = mnemonics.rename(curves)
    assert len(names) == len(curves) == len(set(names))
    assert names[0] == "DEPTH"
    for (old, _), new in zip(curves[1:], names[1:], strict=True):
        assert new.startswith(old.upper()) or mnemonics.canonical(old) in new
