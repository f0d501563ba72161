"""What a declaration says besides its function: the id, the curves, the ports, extra tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import get_args

from mudrock_jupyter.operators.kinds import ANY, SAME, Curve, Kind, ValueType
from mudrock_jupyter.operators.signature import refuse
from mudrock_jupyter.spec.errors import did_you_mean
from mudrock_jupyter.spec.places import is_ours

TABLES = ("tops",)
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_MAKES = frozenset({Kind.ROW, Kind.WELL})


def check_kind(id: str, function: object, kind: Kind | str) -> Kind:
    """Return the kind; refuses an unknown one, an id that is none, and sources of one's own."""
    if not _ID.fullmatch(id):
        refuse(id, function, "an id is a word of letters, digits and _, such as 'vsh_square'.")
    known = [each.value for each in Kind]
    if kind not in known:
        near = did_you_mean(str(kind), known) or f" There are: {', '.join(known)}."
        refuse(id, function, f"there is no kind {kind!r}.{near}")
    chosen = Kind(kind)
    if chosen is Kind.SOURCE and not (callable(function) and is_ours(function)):
        refuse(id, function, "sources of your own are not supported in this version. Bring data "
               "in with project.import_files, and read it with well_logs.")
    return chosen


def check_curves(
    id: str, function: object, what: str, curves: Mapping[str, Curve] | None
) -> dict[str, Curve]:
    """Return the inputs or outputs; refuses what does not name curves by argument."""
    given = {} if curves is None else curves
    if not isinstance(given, Mapping) or \
            not all(isinstance(each, Curve) for each in given.values()):
        refuse(id, function, "inputs and outputs name curves by argument. "
               'Write for example: inputs={"gr": mr.Curve("GR", unit="gAPI")}')
    for name, curve in given.items():
        if not isinstance(name, str) or not name.isidentifier():
            refuse(id, function, f"{what} names {name!r}, which cannot be an argument's name.")
        if not isinstance(curve.mnemonic, str) or not curve.mnemonic.strip():
            refuse(id, function, f"the curve {name!r} has no mnemonic. "
                   f'Write for example: mr.Curve("{name.upper()}")')
        types = get_args(ValueType)
        if curve.type not in types:
            refuse(id, function, f"the curve {name!r} is of the type {curve.type!r}."
                   f"{did_you_mean(str(curve.type), types)} There are: {', '.join(types)}.")
    return dict(given)


def check_ports(
    id: str, function: object, kind: Kind, ports: str | tuple[str, ...] | None
) -> tuple[str, ...]:
    """Return the input ports; only a table operator has others than one called input."""
    usual = () if kind is Kind.SOURCE else ("input",)
    given = usual if ports is None else (ports,) if isinstance(ports, str) else tuple(ports)
    if given != usual and kind is not Kind.TABLE:
        refuse(id, function, f"a {kind.value} operator has one input; only table operators "
               'choose their ports. Leave ports out, or write kind="table".')
    if not given and kind is not Kind.SOURCE:
        refuse(id, function, 'it has no port. Write for example: ports=("left", "right")')
    _refuse_twice(id, function, "port", given)
    return given


def check_tables(
    id: str, function: object, kind: Kind, tables: str | tuple[str, ...]
) -> tuple[str, ...]:
    """Return the extra tables of a well operator."""
    given = (tables,) if isinstance(tables, str) else tuple(tables)
    if given and kind is not Kind.WELL:
        refuse(id, function, f"tables={given!r} are handed to well operators only. "
               'Write kind="well".')
    for name in given:
        if name not in TABLES:
            refuse(id, function, f"wells have no table {name!r}.{did_you_mean(name, TABLES)} "
                   f"There is: {', '.join(TABLES)}.")
    return given


def check_names(
    id: str, function: object, kind: Kind,
    inputs: Mapping[str, Curve], outputs: Mapping[str, Curve], parameters: Collection[str],
) -> None:
    """Refuse outputs that no call could make, or tell apart."""
    if kind in _MAKES and not outputs:
        refuse(id, function, "it has no outputs. Write for example: "
               'outputs={"vsh": mr.Curve("VSH", unit="v/v")}')
    if kind not in _MAKES and outputs:
        refuse(id, function, f"a {kind.value} operator has no outputs: what it returns says "
               "which columns there are. Leave outputs out.")
    for name in outputs:
        other = "input" if name in inputs else "parameter" if name in parameters else ""
        if other:
            refuse(id, function, f"{name!r} is both an {'input' if name in inputs else 'output'} "
                   f"and {'an output' if name in inputs else 'a parameter'}. "
                   f"Name the output otherwise, such as '{name}_out'.")
    _refuse_twice(id, function, "output", (curve.mnemonic for curve in outputs.values()))
    picked = any(curve.mnemonic == ANY for curve in inputs.values())
    for name, curve in outputs.items():
        if ANY in curve.mnemonic and not picked:
            refuse(id, function, f"the output {name!r} is called {curve.mnemonic!r}, but no input "
                   'is any curve. Write for example: inputs={"curve": mr.Curve("*")}')
        if curve.unit == SAME and not inputs:
            refuse(id, function, f"the output {name!r} has the same unit as the input; there is "
                   "no input. Write the unit.")
        if curve.per_depth is not None and curve.per_depth not in parameters:
            refuse(id, function, f"the output {name!r} is per_depth={curve.per_depth!r}, which "
                   "is no parameter.")


def _refuse_twice(id: str, function: object, what: str, names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        refuse(id, function, f"there are two {what}s {twice[0]!r}. Name each otherwise.")
