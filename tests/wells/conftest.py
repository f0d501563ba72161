"""A second reading of LAS files, as plain as can be, to hold the importer against."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest


@dataclass
class Plain:
    version: str
    curves: int
    rows: list[list[str]]
    null: float | None

    @property
    def depths(self) -> list[float]:
        return [float(row[0]) for row in self.rows]

    def column(self, position: int) -> np.ndarray:
        values = np.array([_number(row[position]) for row in self.rows])
        values[values == self.null] = np.nan
        return values


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _text(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16")
    if raw[:200].count(0) > 50:
        return raw.decode("utf-16-le" if raw[1] == 0 else "utf-16-be")
    return raw.decode("latin-1")


def read(path: Path) -> Plain:
    section, version, null, wrapped, delimiter = "", "", None, False, ""
    curves, data = 0, []
    for line in re.split(r"\r\n|\n|\r", _text(path.read_bytes())):
        text = line.strip()
        if not text or text[0] == "#":
            continue
        if text[0] == "~":
            section = text[1:2].upper()
            continue
        value = text.split(":")[0].split(".", 1)[-1].strip()
        if section == "V" and text.upper().startswith("VERS"):
            version = value
        elif section == "V" and text.upper().startswith("WRAP"):
            wrapped = value.upper() == "YES"
        elif section == "V" and text.upper().startswith("DLM"):
            delimiter = value.upper()
        elif section == "W" and text.upper().startswith("NULL") and value:
            null = float(value)
        elif section == "C":
            curves += 1
        elif section == "A":
            data.append(text)
    if wrapped:
        values = " ".join(data).split()
        rows = [values[k : k + curves] for k in range(0, len(values), curves)]
    else:
        mark = {"COMMA": ",", "TAB": "\t"}.get(delimiter)
        rows = [[v.strip() for v in text.split(mark)] for text in data]
    return Plain(version, curves, rows, null)


@pytest.fixture(scope="session")
def plain_las():
    """The plain reader."""
    return read
