"""The data section of a LAS file: every line is counted, none is guessed at in silence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.wells.las_text import Section
from mudrock_jupyter.wells.reading import Findings

Values = npt.NDArray[np.float64]
Split = Callable[[str], list[str]]
Rows = tuple[list[int], list[list[str]]]

_CHUNK = 8192
_SAMPLE = 100
_MISSING = frozenset({
    "", "nan", "-nan", "null", "(null)", "err", "error", "-", "--", "---", "na", "n/a", "none", ".",
    "#n/a", "#ind", "-1.#ind", "1.#ind", "1.#qnan", "-1.#qnan", "1.#inf", "-1.#inf",
    "inf", "-inf", "+inf", "infinity", "-infinity",
})
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?")
_QUOTED = re.compile(r'"[^"]*"|\S+')
# Two numbers written without a space, which happens when a minus sign fills the last blank.
_RUN_ON = re.compile(r"(?<=[\d.])(?=-)")


@dataclass(frozen=True)
class LasData:
    """The columns as numbers (NaN where missing) and those that are text, by position.

    `lines` has the number of the line each row begins on.
    """

    values: Values
    texts: dict[int, list[str | None]]
    lines: list[int]

    @property
    def index(self) -> Values:
        """The first column, the depths."""
        return self.values[:, 0]


def read_data(
    section: Section, names: Sequence[str], wrapped: bool, delimiter: str, findings: Findings
) -> LasData:
    """Read the data of a file whose header names these curves.

    Raises `InvalidInput`, naming the line, when rows and curves do not match, a row is cut off,
    or a depth is not a number.
    """
    kept = section.items()
    if not kept:
        raise InvalidInput(f"The ~A section (line {section.line}) has no rows.")
    columns = len(names)
    split, fits = _choose_split(kept[:_SAMPLE], columns, delimiter, wrapped, findings)
    if wrapped and fits:
        findings.note("WRAP says YES, but every row is on one line.")

    def rows(findings: Findings) -> Iterator[Rows]:
        if wrapped and not fits:
            return _wrapped_rows(kept, columns)
        return _rows(kept, columns, split, findings)

    odd: dict[int, dict[int, str]] = {}
    lines: list[int] = []
    blocks: list[Values] = []
    strict = any("_" in line for _, line in kept)  # Python would read 1_000 as a thousand
    for numbers, records in rows(findings):
        blocks.append(_numbers(records, len(lines), odd, strict))
        lines += numbers
    values = np.concatenate(blocks)
    _check_index(values[:, 0], odd.pop(0, {}), lines, names[0])
    infinite = np.isinf(values)
    if infinite.any():
        findings.note(f"{infinite.sum()} infinite values are missing values now.")
        values[infinite] = np.nan
    texts: dict[int, list[str | None]] = {}
    for column, cells in odd.items():
        if 2 * len(cells) > np.isfinite(values[:, column]).sum() + len(cells):
            texts[column] = [_text(record[column]) for _, records in rows(Findings())
                             for record in records]
            findings.note(f"{names[column]} is kept as text.")
        else:
            row, cell = next(iter(cells.items()))
            findings.warn(
                f"{names[column]} has {len(cells)} values that are no numbers, the first in line "
                f"{lines[row]}: {cell!r}. They are missing values now."
            )
    return LasData(values, texts, lines)


def _choose_split(
    sample: Sequence[tuple[int, str]], columns: int, declared: str, wrapped: bool,
    findings: Findings,
) -> tuple[Split, bool]:
    splits: dict[str, Split] = {
        "SPACE": _by_space, "COMMA": _by(","), "TAB": _by("\t"), "COMMAS AND SPACES": _by_both,
        "SEMICOLON": _by(";"), "SPACE, DECIMAL COMMA": _decimal_comma,
        "SEMICOLON, DECIMAL COMMA": _semicolon_decimal_comma,
    }
    if declared in splits:
        splits = {declared: splits[declared], **splits}
    elif declared:
        findings.warn(f"DLM says {declared!r}, which LAS does not have: it was detected.")
    scores = {name: _score(sample, columns, split) for name, split in splits.items()}
    best = max(scores, key=lambda name: scores[name])
    fits = scores[best] == 1.0
    if not fits and (wrapped or scores[best] < 0.5):
        best = declared if declared in splits else "SPACE"
    expected = declared if declared in splits else "SPACE"
    if best != expected:
        findings.warn(f"The values are separated by {best}, not by {expected} as the header says.")
    return splits[best], fits


def _score(sample: Sequence[tuple[int, str]], columns: int, split: Split) -> float:
    good = 0
    for _, line in sample:
        values = split(line)
        good += len(values) == columns and _NUMBER.fullmatch(values[0]) is not None
    return good / len(sample)


def _by_space(line: str) -> list[str]:
    return _QUOTED.findall(line) if '"' in line else line.split()


def _by_both(line: str) -> list[str]:
    return line.replace(",", " ").split()


def _decimal_comma(line: str) -> list[str]:
    return line.replace(",", ".").split()


def _semicolon_decimal_comma(line: str) -> list[str]:
    return _by(";")(line.replace(",", "."))


def _by(delimiter: str) -> Split:
    def split(line: str) -> list[str]:
        return [value.strip() for value in line.strip("\n ").split(delimiter)]

    return split


def _rows(
    kept: Sequence[tuple[int, str]], columns: int, split: Split, findings: Findings
) -> Iterator[Rows]:
    repaired: list[int] = []
    for start in range(0, len(kept), _CHUNK):
        chunk = kept[start : start + _CHUNK]
        records = [split(line) for _, line in chunk]
        for position, record in enumerate(records):
            if len(record) != columns:
                whole = _without_run_ons(record, columns)
                if whole is None:
                    raise _mismatch(kept, start + position, record, columns, split)
                records[position] = whole
                repaired.append(chunk[position][0])
        yield [number for number, _ in chunk], records
    if repaired:
        findings.warn(f"Values written without a space between them were separated in "
                      f"{len(repaired)} lines, first in line {repaired[0]}.")


def _without_run_ons(record: list[str], columns: int) -> list[str] | None:
    parts = [part for value in record
             for part in (_RUN_ON.split(value) if not _NUMBER.fullmatch(value) else [value])]
    whole = len(parts) == columns and all(_NUMBER.fullmatch(part) for part in parts)
    return parts if whole and len(record) < columns else None


def _mismatch(
    kept: Sequence[tuple[int, str]], position: int, record: list[str], columns: int, split: Split
) -> InvalidInput:
    number = kept[position][0]
    if position == len(kept) - 1 and len(record) < columns and position:
        return InvalidInput(
            f"The last line, {number}, has {len(record)} of {columns} values: the file is "
            "truncated. Get it again."
        )
    widths = {len(split(line)) for _, line in kept[:_CHUNK]}
    if len(widths) == 1:
        return InvalidInput(
            f"The ~C section names {columns} curves, but the rows have {len(record)} values (line "
            f"{number}). Correct the header, or get the file again."
        )
    return InvalidInput(
        f"Line {number} has {len(record)} values, the ~C section names {columns} curves. "
        "Correct that line, or set WRAP to YES if rows go over several lines."
    )


def _wrapped_rows(kept: Sequence[tuple[int, str]], columns: int) -> Iterator[Rows]:
    starts: list[int] = []
    records: list[list[str]] = []
    record: list[str] = []
    for number, line in kept:
        if not record:
            starts.append(number)
        record += _by_space(line)
        if len(record) > columns:
            raise InvalidInput(
                f"The wrapped row from line {starts[-1]} has {len(record)} values by line "
                f"{number}; the ~C section names {columns} curves."
            )
        if len(record) == columns:
            records.append(record)
            record = []
            if len(records) == _CHUNK:
                yield starts, records
                starts, records = [], []
    if record:
        raise InvalidInput(
            f"The last row, from line {starts[-1]}, has {len(record)} of {columns} values: the "
            "file is truncated. Get it again."
        )
    if records:
        yield starts, records


def _numbers(
    records: list[list[str]], first_row: int, odd: dict[int, dict[int, str]], strict: bool
) -> Values:
    columns = len(records[0])
    try:
        if strict:
            raise ValueError("every value is looked at")
        flat = np.fromiter(
            map(float, chain.from_iterable(records)), np.float64, len(records) * columns
        )
    except ValueError:
        flat = np.array([
            _number(value, first_row + row, column, odd)
            for row, record in enumerate(records) for column, value in enumerate(record)
        ])
    return flat.reshape(-1, columns)


def _number(value: str, row: int, column: int, odd: dict[int, dict[int, str]]) -> float:
    if _NUMBER.fullmatch(value):
        return float(value.lower().replace("d", "e"))  # Fortran writes 1.5D+03
    if _text(value) is not None or column == 0:
        odd.setdefault(column, {})[row] = value
    return np.nan


def _text(value: str) -> str | None:
    text = value.strip('"').strip()
    return None if text.lower() in _MISSING or set(text) <= {"*"} else text


def _check_index(depth: Values, odd: dict[int, str], lines: list[int], name: str) -> None:
    wrong = np.flatnonzero(~np.isfinite(depth))
    if wrong.size:
        row = int(wrong[0])
        raise InvalidInput(
            f"The index {name} is not a number in line {lines[row]}: {odd.get(row, 'nan')!r}. Only "
            "logs indexed by depth can be imported."
        )
    steps = np.diff(depth)
    if not steps.size or (steps > 0).all() or (steps < 0).all():
        return
    down = np.median(steps) >= 0
    row = int(np.flatnonzero(steps <= 0 if down else steps >= 0)[0])
    what = "has the same value" if steps[row] == 0 else "turns round"
    raise InvalidInput(
        f"The index {name} {what} in line {lines[row + 1]}: {float(depth[row + 1])} after "
        f"{float(depth[row])} in line {lines[row]}. Correct or split the file."
    )
