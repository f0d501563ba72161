from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudrock_jupyter.spec import units
from mudrock_jupyter.spec.errors import InvalidInput

SYMBOLS = [unit.symbol for unit in units._UNITS]
PAIRS = [(a, b) for a in SYMBOLS for b in SYMBOLS if units.compatible(a, b)]


@pytest.mark.parametrize(
    ("found", "canonical"),
    [
        ("G/C3", "g/cm3"),
        ("G/CC", "g/cm3"),
        ("K/M3", "kg/m3"),
        ("US/F", "us/ft"),
        ("US/FT", "us/ft"),
        ("US/M", "us/m"),
        ("OHMM", "ohm.m"),
        ("OHM.M", "ohm.m"),
        ("GAPI", "gAPI"),
        ("API", "gAPI"),
        ("DECP", "v/v"),
        ("V/V", "v/v"),
        ("%", "%"),
        ("PU", "%"),
        ("B/E", "b/e"),
        ("F", "ft"),
        ("FT", "ft"),
        ("M", "m"),
        ("IN", "in"),
        ("MM", "mm"),
        ("MV", "mV"),
        ("DEGC", "degC"),
        ("DEGF", "degF"),
        ("MD", "mD"),
        ("mD", "mD"),
        ("PSI", "psi"),
        ("[OHMM]", "ohm.m"),
        ("", ""),
        ("UNITLESS", ""),
        ("0.1IN", "0.1 in"),
    ],
)
def test_spellings_of_las_files(found, canonical):
    assert units.canonical(found) == canonical


def test_an_unknown_spelling_is_not_guessed_and_never_converted():
    assert units.canonical("00,") is None
    assert not units.compatible("00,", "v/v")
    with pytest.raises(InvalidInput, match="'00,' is not a unit known here"):
        units.convert([1.0], "00,", "v/v")
    assert units.convert([1.0], "00,", "00,").tolist() == [1.0]


def test_f_is_feet_for_a_length_and_fahrenheit_for_a_temperature():
    assert units.canonical("F", like="degC") == "degF"
    assert units.canonical("F", like="m") == "ft"
    assert units.convert([212.0], "F", "degC")[0] == pytest.approx(100.0)
    assert units.convert([100.0], "F", "m")[0] == pytest.approx(30.48)


def test_a_missing_unit_is_no_fraction():
    assert not units.compatible("", "v/v")


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (2650.0, "kg/m3", "g/cm3", 2.65),
        (100.0, "us/m", "us/ft", 30.48),
        (25.0, "PU", "v/v", 0.25),
        (216.0, "mm", "in", 216 / 25.4),
        (1000.0, "psi", "MPa", 6.894757293),
        (1.0, "D", "mD", 1000.0),
    ],
)
def test_conversions(value, source, target, expected):
    assert units.convert([value], source, target)[0] == pytest.approx(expected, rel=1e-9)


@given(st.sampled_from(PAIRS), st.floats(-1e9, 1e9))
def test_there_and_back_is_where_it_began(pair, value):
    a, b = pair
    back = units.convert(units.convert([value], a, b), b, a)[0]
    _, offset = units.conversion(b, a)
    assert math.isclose(back, value, rel_tol=1e-9, abs_tol=1e-9 * (1 + abs(offset)))


@given(st.sampled_from(SYMBOLS), st.sampled_from(SYMBOLS))
def test_compatible_is_symmetric_and_agrees_with_convert(a, b):
    assert units.compatible(a, b) == units.compatible(b, a)
    if units.compatible(a, b):
        units.conversion(a, b)
    else:
        with pytest.raises(InvalidInput):
            units.conversion(a, b)


def test_no_spelling_stands_for_two_units():
    spellings = [
        s for u in units._UNITS for s in {name.casefold() for name in (u.symbol, *u.spellings)}
    ]
    assert len(spellings) == len(set(spellings))


def test_convert_gives_a_new_array():
    import numpy as np

    values = np.array([1.0])
    units.convert(values, "m", "m")[0] = 2.0
    assert values[0] == 1.0
