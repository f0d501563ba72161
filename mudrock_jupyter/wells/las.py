"""LAS 1.2 and 2.0 files, checked against themselves: data against header, row by row."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa

from mudrock_jupyter.spec import mnemonics, units
from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.wells.las_data import LasData, Values, read_data
from mudrock_jupyter.wells.las_header import Item, LasHeader, read_header
from mudrock_jupyter.wells.las_text import LasText, read_las_text
from mudrock_jupyter.wells.layout import NULL_VALUES
from mudrock_jupyter.wells.log_file import curve_field
from mudrock_jupyter.wells.nulls import remove_null_texts, remove_nulls
from mudrock_jupyter.wells.reading import Findings, Reading, quote

_TIMES = {"TIME", "ETIM", "TWT"}
_ADVICE = "Only logs indexed by depth can be imported."


def read_las(
    content: bytes,
    source: Path,
    findings: Findings,
    null_values: Iterable[float] = NULL_VALUES,
) -> Reading:
    """Read a LAS file from its bytes; `source` is its path, for the well's name if it has none.

    Rows come out by ascending depth, in the file's own depth unit. Raises `InvalidInput` when
    data and header contradict each other in a way that puts the data in doubt, `NotSupported`
    for LAS 3. Smaller contradictions become warnings.
    """
    text = read_las_text(content, findings)
    header = read_header(text, findings)
    depth_unit = _depth_unit(header, findings)
    names = [item.mnemonic for item in header.curves]
    data = read_data(text.data, names, header.wrapped, header.delimiter, findings)
    _check_range(header, data, text, findings)
    declared = header.number("NULL")
    if declared is None:
        findings.note("The header does not say which value stands for missing ones (NULL).")
    nulls = remove_nulls(data.values, names, declared, null_values, findings)
    texts = {position: remove_null_texts(column, declared, null_values)
             for position, column in data.texts.items()}
    name = header.text("WELL")
    if not name:
        name = header.text("UWI", "API") or source.stem
        findings.warn(f"The header does not name the well: called {name!r}.")
    table = _table(header, LasData(data.values, texts, data.lines), depth_unit, findings)
    return Reading(name, header.text("UWI", "API"), table, nulls)


def _depth_unit(header: LasHeader, findings: Findings) -> str:
    index = header.curves[0]
    length = [unit for unit in (index.unit, _unit(header, "STRT")) if units.compatible(unit, "m")]
    if mnemonics.canonical(index.mnemonic) != mnemonics.INDEX:
        if units.compatible(index.unit, "s") or index.mnemonic.upper() in _TIMES:
            unit = index.unit or "time"
            raise InvalidInput(f"The index is {index.mnemonic} in {unit}. {_ADVICE}")
        findings.warn(f"The index is called {index.mnemonic!r}: taken as depth.")
    if not length:
        findings.warn(f"The unit of depth is not known (it says {index.unit!r}).")
        return index.unit
    if not units.compatible(index.unit, "m"):
        if units.canonical(index.unit):
            raise InvalidInput(
                f"The index {index.mnemonic} is in {index.unit}, not a unit of depth. {_ADVICE}"
            )
        findings.warn(f"{index.mnemonic} has no unit of depth; {length[0]} was taken from STRT.")
    elif len(length) == 2 and units.canonical(length[0]) != units.canonical(length[1]):
        findings.warn(f"STRT is in {length[1]}, {index.mnemonic} in {length[0]}: taken as "
                      f"{length[0]}.")
    return length[0]


def _unit(header: LasHeader, mnemonic: str) -> str:
    return header.well[mnemonic].unit if mnemonic in header.well else ""


def _check_range(
    header: LasHeader, data: LasData, text: LasText, findings: Findings
) -> None:
    depth = data.index
    start, stop, step = (header.number(name) for name in ("STRT", "STOP", "STEP"))
    steps = np.abs(np.diff(depth))
    typical = float(np.median(steps)) if steps.size else abs(step or 0.0)
    tolerance = 1.001 * typical + 1e-9
    first, last = float(depth[0]), float(depth[-1])
    if start is not None and stop is not None and abs(first - stop) <= tolerance < abs(
        first - start
    ) and abs(last - start) <= tolerance:
        findings.warn(f"STRT {start:g} and STOP {stop:g} are the other way round than the data.")
        start, stop = stop, start
    if stop is not None and abs(last - stop) > tolerance and _cut_off(text, data):
        raise InvalidInput(
            f"The last line, {data.lines[-1]}, is cut off at depth {last:g}, and STOP says "
            f"{stop:g}: the file is truncated. Get it again."
        )
    for name, said, found, line in (("STRT", start, first, 0), ("STOP", stop, last, -1)):
        if said is not None and abs(found - said) > tolerance:
            findings.warn(f"{name} says {said:g}, the {'last' if line else 'first'} row (line "
                          f"{data.lines[line]}) is at {found:g}.")
    _check_step(step, steps, typical, findings)
    if first > last:
        findings.note("Descending depths were sorted upwards.")


def _cut_off(text: LasText, data: LasData) -> bool:
    lines = text.data.items()
    return not text.ends_with_newline and len(lines) > 1 and (
        len(lines[-1][1].rstrip()) < len(lines[-2][1].rstrip())
    )


def _check_step(step: float | None, steps: Values, typical: float, findings: Findings) -> None:
    if not steps.size:
        return
    smallest, largest = float(steps.min()), float(steps.max())
    regular = largest - smallest <= 0.1 * typical
    if not step:
        if not regular:
            findings.note(f"The step is between {smallest:g} and {largest:g}.")
    elif not regular:
        findings.warn(f"STEP says {abs(step):g}, the step is between {smallest:g} and {largest:g}.")
    elif abs(typical - abs(step)) > 0.01 * abs(step):
        findings.warn(f"STEP says {abs(step):g}, the step is {typical:g}.")


def _table(header: LasHeader, data: LasData, depth_unit: str, findings: Findings) -> pa.Table:
    curves = header.curves
    names = mnemonics.rename([(item.mnemonic, item.unit) for item in curves])
    _report_names(curves, names, findings)
    order = slice(None, None, -1) if data.index[0] > data.index[-1] else slice(None)
    fields, columns = [], []
    for position, (name, item) in enumerate(zip(names, curves, strict=True)):
        text = data.texts.get(position)
        kind = pa.float64() if text is None else pa.string()
        unit = depth_unit if position == 0 else _known_unit(name, item)
        fields.append(curve_field(name, unit, item.description, item.mnemonic, item.unit, kind))
        values = data.values[order, position]
        columns.append(pa.array(values, from_pandas=True) if text is None
                       else pa.array(text[order], kind))
    return pa.table(columns, schema=pa.schema(fields))


def _known_unit(name: str, item: Item) -> str:
    return units.canonical(item.unit, like=mnemonics.canonical_unit(name)) or item.unit


def _report_names(curves: tuple[Item, ...], names: list[str], findings: Findings) -> None:
    changed = [(item.mnemonic, name) for item, name in zip(curves, names, strict=True)
               if item.mnemonic.upper() != name]
    numbered = [f"{old} is {new}" for old, new in changed if new.startswith(f"{old.upper()}_")]
    renamed = [f"{old} is {new}" for old, new in changed if not new.startswith(f"{old.upper()}_")]
    if numbered:
        findings.warn(f"Mnemonics that occur twice were numbered: {quote(numbered)}.")
    if renamed:
        findings.note(f"Canonical names: {quote(renamed)}.")
