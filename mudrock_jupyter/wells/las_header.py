"""The header of a LAS file, read by lasio and checked against a plain reading of the lines."""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.wells.las_text import LasText, Section
from mudrock_jupyter.wells.reading import Findings

_ITEM = re.compile(r"^\s*(?P<mnemonic>[^.:]*?)\s*(?:\.(?P<unit>[^\s:]*)|(?=:))(?P<rest>.*)$")
_UNNAMED = "UNKNOWN"


@dataclass(frozen=True)
class Item:
    """A header line: `MNEM.UNIT VALUE : DESCRIPTION`."""

    mnemonic: str
    unit: str
    value: str
    description: str


@dataclass(frozen=True)
class LasHeader:
    """What the header says about the well, its curves and the layout of the data."""

    wrapped: bool
    delimiter: str
    well: Mapping[str, Item]
    curves: tuple[Item, ...]

    def number(self, mnemonic: str) -> float | None:
        """Return a value of the ~W section as a number, None when it is missing or is none."""
        item = self.well.get(mnemonic)
        try:
            return None if item is None else float(item.value.replace(",", "."))
        except ValueError:
            return None

    def text(self, *mnemonics: str) -> str:
        """Return the first of these values of the ~W section that is not empty."""
        values = (self.well[name].value for name in mnemonics if name in self.well)
        return next((value for value in values if value), "")


def read_header(text: LasText, findings: Findings) -> LasHeader:
    """Read the sections before the data. Raises `InvalidInput` when no curves are named."""
    plain = {letter: _plain_items(section, findings) for letter, section in text.sections.items()}
    parsed = _lasio_items(text.sections, findings)
    version = _by_mnemonic(_agreed("V", plain, parsed, findings))
    well = _by_mnemonic(_agreed("W", plain, parsed, findings))
    curves = _agreed("C", plain, parsed, findings)
    if not curves:
        raise InvalidInput("The header names no curves in a ~C section, so the columns of the data "
                           "are unknown. Add the section, or get the file again.")
    if "VERS" not in version:
        findings.warn("The header does not say its version (VERS): read as LAS 2.0.")
    if any(not curve.mnemonic for curve in curves):
        findings.warn(f"Curves without a mnemonic are called {_UNNAMED}.")
    named = tuple(
        curve if curve.mnemonic else Item(_UNNAMED, curve.unit, curve.value, curve.description)
        for curve in curves
    )
    wrap, delimiter = version.get("WRAP"), version.get("DLM")
    return LasHeader(
        wrapped=wrap is not None and wrap.value.upper().startswith("Y"),
        delimiter=delimiter.value.upper() if delimiter else "",
        well={mnemonic: _unswapped(item) for mnemonic, item in well.items()},
        curves=named,
    )


def _agreed(
    letter: str,
    plain: Mapping[str, list[Item]],
    parsed: Mapping[str, list[Item]],
    findings: Findings,
) -> list[Item]:
    ours, theirs = plain.get(letter, []), parsed.get(letter, [])
    if len(ours) == len(theirs) or (theirs and letter != "C"):
        return theirs
    if parsed and letter == "C":
        findings.warn(
            f"lasio reads {len(theirs)} curves from the ~C section, its lines name {len(ours)}: "
            "the lines were followed."
        )
    return ours


def _plain_items(section: Section, findings: Findings) -> list[Item]:
    items = []
    for number, line in section.items():
        match = _ITEM.match(line)
        if match is None:
            if section.title[:1].upper() != "O":
                findings.warn(f"Line {number} is not a header line: {line.strip()[:40]!r}.")
            continue
        value, colon, description = match["rest"].rpartition(":")
        if not colon:
            value, description = match["rest"], ""
        mnemonic, unit = match["mnemonic"], match["unit"] or ""
        items.append(Item(mnemonic, unit, value.strip(), description.strip()))
    return items


def _lasio_items(sections: Mapping[str, Section], findings: Findings) -> dict[str, list[Item]]:
    import lasio

    # lasio gets the header alone: it can hang without a data section (kinverarity1/lasio#408)
    # and scrambles comma-delimited data.
    header = "".join(
        f"~{letter}\n" + "".join(f"{line}\n" for line in sections[letter].lines)
        for letter in "VWC" if letter in sections
    )
    try:
        with _quiet():
            las = lasio.read(
                io.StringIO(header + "~A\n"), ignore_data=True, ignore_header_errors=True,
                mnemonic_case="preserve",
            )
    except Exception as error:  # lasio raises whatever its parsing meets
        reason = str(error).strip().splitlines()
        findings.warn(f"lasio cannot read the header ({reason[0] if reason else error!r}): "
                      "its lines were read plainly.")
        return {}
    found = {"V": las.version, "W": las.well, "C": las.curves}
    return {letter: [_item(entry) for entry in entries] for letter, entries in found.items()
            if letter in sections}


def _item(entry: object) -> Item:
    def text(name: str) -> str:
        value = getattr(entry, name, "")
        return "" if value is None else str(value).strip()

    return Item(text("original_mnemonic"), text("unit"), text("value"), text("descr"))


def _by_mnemonic(items: list[Item]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for item in items:
        found.setdefault(item.mnemonic.upper(), item)
    return found


def _unswapped(item: Item) -> Item:
    # LAS 1.2 writes `WELL. WELL: <name>`, and some 2.0 files do too.
    label = item.value.upper().rstrip(" .")
    if item.description and label in _LABELS.get(item.mnemonic.upper(), ()):
        return Item(item.mnemonic, item.unit, item.description, item.value)
    return item


_LABELS = {"WELL": ("WELL", "WELL NAME"), "UWI": ("UNIQUE WELL ID", "UNIQUE WELL IDENTIFIER"),
           "API": ("API NUMBER",)}


@contextmanager
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("lasio")
    silence, propagate = logging.NullHandler(), logger.propagate
    logger.addHandler(silence)
    logger.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.removeHandler(silence)
        logger.propagate = propagate
