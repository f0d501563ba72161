"""Which files of a well answer a request for curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mudrock_jupyter.spec import mnemonics
from mudrock_jupyter.spec.errors import InvalidInput, NotFound, did_you_mean
from mudrock_jupyter.wells.log_file import DEPTH, LogFile


@dataclass(frozen=True)
class Selected:
    """A column of a file, and the name it was asked for by."""

    file: LogFile
    column: str
    name: str


def select(
    well: str, files: Sequence[LogFile], curves: Sequence[str] | None, set_name: str | None = None
) -> list[Selected]:
    """Choose a column for each of `curves`, all of them on one depth grid.

    Files are in order of preference. Without `curves`, everything on the first file's grid.
    Raises `NotFound` for a curve or set the well does not have, `InvalidInput` when the curves
    are on different grids.
    """
    if set_name is not None:
        named = [file for file in files if file.set == set_name]
        if not named:
            sets = list(dict.fromkeys(file.set for file in files))
            raise NotFound(
                f"Well {well} has no set {set_name!r}. It has {', '.join(sets)}."
                + did_you_mean(set_name, sets)
            )
        files = named
    if not files:
        raise NotFound(f"Well {well} has no curves. Import a file for it first.")
    grids: dict[str, list[LogFile]] = {}
    for file in files:
        grids.setdefault(file.grid, []).append(file)
    if curves is None:
        return _all_of(next(iter(grids.values())))
    wanted = [name for name in dict.fromkeys(curves) if not _is_depth(name, files)]
    _refuse_doubles(wanted)
    for same_grid in grids.values():
        found = [_find(name, same_grid) for name in wanted]
        if None not in found:
            selected = [entry for entry in found if entry is not None]
            return selected or [_depth_of(same_grid[0])]
    raise _no_grid_has_them(well, files, wanted)


def _all_of(files: Sequence[LogFile]) -> list[Selected]:
    chosen: dict[str, Selected] = {}
    for file in files:
        for column in file.curves:
            chosen.setdefault(column, Selected(file, column, column))
    return list(chosen.values()) or [_depth_of(files[0])]


def _depth_of(file: LogFile) -> Selected:
    return Selected(file, DEPTH, DEPTH)


def _is_depth(name: str, files: Sequence[LogFile]) -> bool:
    return mnemonics.canonical(name) == DEPTH and not any(name in file.curves for file in files)


def _refuse_doubles(names: Sequence[str]) -> None:
    # Column names that differ in case only are one name to DuckDB.
    if len({name.upper() for name in names}) < len(names):
        raise InvalidInput(f"A curve is asked for twice in {', '.join(names)}.")


def _find(name: str, files: Sequence[LogFile]) -> Selected | None:
    column = mnemonics.resolve(name, [curve for file in files for curve in file.curves])
    if column is None:
        return None
    return Selected(next(file for file in files if column in file.curves), column, name)


def _no_grid_has_them(
    well: str, files: Sequence[LogFile], wanted: Sequence[str]
) -> NotFound | InvalidInput:
    places = {name: [f.set for f in files if _find(name, [f])] for name in wanted}
    missing = [name for name in wanted if not places[name]]
    if missing:
        curves = list(dict.fromkeys(curve for file in files for curve in file.curves))
        return NotFound(
            f"Well {well} has no curve {missing[0]!r}. It has {', '.join(curves)}."
            + did_you_mean(missing[0], curves)
        )
    where = "; ".join(f"{name} in {', '.join(sets)}" for name, sets in places.items())
    return InvalidInput(
        f"The curves asked of well {well} are on different depths ({where}). "
        "Read one set at a time with set=."
    )
