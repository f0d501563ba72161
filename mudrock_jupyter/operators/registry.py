"""The registry: every operator by id and version, those of this package, of others, of the user."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping
from typing import TypedDict

from packaging.version import Version
from pydantic import JsonValue

from mudrock_jupyter.operators import changes, packages
from mudrock_jupyter.operators.declare import Curve, Operator
from mudrock_jupyter.operators.versions import Unresolved, choose, newest, read_version
from mudrock_jupyter.spec.errors import InvalidInput, NotFound, did_you_mean
from mudrock_jupyter.spec.pipeline import VersionRule
from mudrock_jupyter.spec.places import is_ours

FAMILIES = (
    "sources",
    "vshale",
    "porosity",
    "saturation",
    "permeability",
    "smoothing",
    "gaps",
    "rescaling",
    "rows",
    "zones",
    "net_pay",
    "zone_average",
    "combine",
    "aggregate",
    "checks",
    "sinks",
)

_operators: dict[str, Mapping[Version, Operator]] = {}
_loading = threading.RLock()
_loaded = False


class CurveCard(TypedDict):
    """A curve of an operator, as the editor shows it."""

    name: str
    mnemonic: str
    unit: str | None
    description: str
    optional: bool


class Card(TypedDict):
    """An operator, as the editor's palette and forms show it."""

    id: str
    version: str
    versions: list[str]
    title: str
    summary: str
    description: str
    family: str
    category: str
    nodeType: str
    kind: str
    inputs: list[CurveCard]
    outputs: list[CurveCard]
    ports: dict[str, list[str]]
    anyCurve: bool
    parameters: dict[str, JsonValue]
    formula: str
    source: str


def add(operator: Operator) -> None:
    """Add an operator beside the other versions of it.

    A user's own of the same id and version is replaced, as when a cell runs again. Raises
    `InvalidInput` for a version that is none, and for an id that an operator of this package has:
    a pipeline must not mean something else on the next machine.
    """
    known = _operators if _is_ours(operator) else _all()  # ours come while all are being loaded
    version, present = read_version(operator.version), known.get(operator.id, {})
    taken = next((each for each in present.values() if _is_ours(each)), None)
    if taken is not None and not _is_ours(operator):
        raise InvalidInput(
            f"{operator.id!r} is an operator of mudrock_jupyter: {taken.title}. "
            "Choose another id for yours."
        )
    # A new mapping each time: a run that is under way keeps the one it has.
    _operators[operator.id] = {**present, version: operator}
    if not _is_ours(operator):
        changes.tell()


def remove(id: str) -> None:
    """Take an operator of the user's own away, in all its versions.

    Raises `NotFound` if there is none, `InvalidInput` for one of this package.
    """
    operator = get(id)
    if _is_ours(operator):
        raise InvalidInput(f"{id!r} is an operator of mudrock_jupyter and stays.")
    del _operators[id]
    changes.tell()


def get(id: str) -> Operator:
    """Return the operator of that id, in its newest stable version.

    Raises `NotFound` with the nearest id.
    """
    operator = find(id)
    if operator is None:
        raise NotFound(_no_operator(id) + " mr.operators() lists them all.")
    return operator


def find(id: str) -> Operator | None:
    """Return the operator of that id in its newest stable version, if there is one."""
    found = _all().get(id)
    return found[newest(found)] if found else None


def resolve(id: str, rule: VersionRule) -> Operator | Unresolved:
    """Return the operator of that id in the version a rule asks for, or why there is none.

    >>> resolve("vsh_linear", VersionRule(strategy="compatible", version="1.0.0")).id
    'vsh_linear'
    """
    found = _all().get(id)
    if found:
        return choose(found, rule)
    return Unresolved(
        "unknown_operator",
        _no_operator(id),
        "mr.operators() lists them all; your own need their cell to run first.",
    )


def versions(id: str) -> list[str]:
    """Return the versions of an operator that are there, oldest first."""
    found = _all().get(id, {})
    return [found[version].version for version in sorted(found)]


def all_operators() -> list[Operator]:
    """Return every operator in its newest stable version, by family and id."""
    latest = (found[newest(found)] for found in _all().values())
    return sorted(latest, key=lambda operator: (operator.family, operator.id))


def catalogue() -> list[Card]:
    """Return every operator as plain JSON for the editor."""
    return [card(operator) for operator in all_operators()]


def card(operator: Operator) -> Card:
    """Describe one operator as plain JSON."""
    return Card(
        id=operator.id,
        version=operator.version,
        versions=versions(operator.id),
        title=operator.title,
        summary=operator.summary,
        description=operator.description,
        family=operator.family,
        category=operator.category,
        nodeType=operator.node_type,
        kind=operator.kind.value,
        inputs=_curves(operator.inputs),
        outputs=_curves(operator.outputs),
        ports={"inputs": list(operator.ports), "outputs": list(operator.output_ports)},
        anyCurve=operator.any_curve,
        parameters=operator.parameters.model_json_schema(),
        formula=operator.formula,
        source=operator.source,
    )


def _no_operator(id: str) -> str:
    return f"There is no operator {id!r}.{did_you_mean(id, _all())}"


def _is_ours(operator: Operator) -> bool:
    return is_ours(operator.function)


def _curves(curves: Mapping[str, Curve]) -> list[CurveCard]:
    return [
        CurveCard(
            name=name,
            mnemonic=curve.mnemonic,
            unit=curve.unit,
            description=curve.description,
            optional=curve.optional,
        )
        for name, curve in curves.items()
    ]


def _all() -> Mapping[str, Mapping[Version, Operator]]:
    global _loaded
    with _loading:
        if not _loaded:
            _loaded = True
            for family in FAMILIES:
                importlib.import_module(f"mudrock_jupyter.operators.{family}")
            packages.load()
    return _operators
