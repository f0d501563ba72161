"""Curve mnemonics: which names stand for the same measurement, and its canonical unit.

The aliases in `mnemonics.csv` are facts gathered from the service companies' names as listed by
welly (`welly/defaults.py`, Apache-2.0), PetroPy (`curve_alias.xml`, MIT) and the public files of
the Volve, FORCE 2020, Mannville and Teapot Dome data sets. Aliases are in order of preference.
Interpreted curves (VSH, PHIE, SW, PHIF, ...) have no aliases: two people's SW are two curves.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from mudrock_jupyter.spec import units

INDEX = "DEPTH"


@dataclass(frozen=True)
class Mnemonic:
    """A measurement: its canonical name and unit, and the other names it goes by."""

    name: str
    unit: str
    description: str
    aliases: tuple[str, ...]


@cache
def table() -> dict[str, Mnemonic]:
    """Return the measurements by canonical name."""
    text = files("mudrock_jupyter.spec").joinpath("mnemonics.csv").read_text(encoding="utf-8")
    return {
        row["mnemonic"]: Mnemonic(
            row["mnemonic"], row["unit"], row["description"], tuple(row["aliases"].split())
        )
        for row in csv.DictReader(text.splitlines())
    }


@cache
def _by_name() -> dict[str, Mnemonic]:
    names = {alias: entry for entry in table().values() for alias in entry.aliases}
    return names | table()


def canonical(mnemonic: str) -> str:
    """Return the canonical name of a mnemonic; an unknown one is itself, in upper case.

    >>> canonical("dt"), canonical("ILD"), canonical("MyCurve")
    ('DTC', 'RT', 'MYCURVE')
    """
    name = mnemonic.strip().upper()
    known = _by_name().get(name)
    return known.name if known else name


def canonical_unit(mnemonic: str) -> str | None:
    """Return the canonical unit of a mnemonic or alias, None when it is not in the table.

    >>> canonical_unit("DEN")
    'g/cm3'
    """
    known = _by_name().get(mnemonic.strip().upper())
    return known.unit if known else None


def resolve(name: str, available: Sequence[str]) -> str | None:
    """Find the curve among `available` that `name` asks for, under either of its names.

    The name itself wins, then any case of it, then the canonical name, then the aliases in order.

    >>> resolve("DT", ["DEPTH", "GR", "DTC"]), resolve("RHOB", ["GR", "DEN"]), resolve("SP", ["GR"])
    ('DTC', 'DEN', None)
    """
    by_upper: dict[str, str] = {}
    for candidate in available:
        by_upper.setdefault(candidate.upper(), candidate)
    if name in available:
        return name
    asked = name.strip().upper()
    known = _by_name().get(asked)
    names = (asked,) if known is None else (asked, known.name, *known.aliases)
    return next((by_upper[other] for other in names if other in by_upper), None)


def rename(curves: Iterable[tuple[str, str]]) -> list[str]:
    """Return the name under which each `(mnemonic, unit)` of a file is stored.

    The first is the index and becomes `DEPTH`. Of several curves that go by one canonical name
    the preferred one gets it, the others keep their own. A curve in a unit of another kind is
    another measurement (`NEUT` in counts is no neutron porosity) and keeps its name. Names that
    occur twice get `_2`, `_3`, ...

    >>> rename([("DEPT", "M"), ("ILD", "OHMM"), ("LLD", "OHMM"), ("NEUT", "CPS"), ("sp", "MV")])
    ['DEPTH', 'RT', 'LLD', 'NEUT', 'SP']
    """
    own = [(mnemonic.strip().upper(), unit) for mnemonic, unit in curves]
    names = [INDEX, *(name for name, _ in own[1:])]
    for entry in table().values():
        if entry.name in names:
            continue
        claims = [name for name, unit in own[1:] if _stands_for(name, unit, entry)]
        if claims:
            names[names.index(min(claims, key=entry.aliases.index))] = entry.name
    return _distinct(names)


def _stands_for(name: str, unit: str, entry: Mnemonic) -> bool:
    if _by_name().get(name) is not entry:
        return False
    return units.canonical(unit) == "" or units.compatible(unit, entry.unit)


def _distinct(names: Sequence[str]) -> list[str]:
    taken: set[str] = set(names)
    seen: set[str] = set()
    result = []
    for name in names:
        unique, number = name, 1
        while unique in seen or (number > 1 and unique in taken):
            number += 1
            unique = f"{name}_{number}"
        seen.add(unique)
        result.append(unique)
    return result
