"""The registry: every operator by id, those of this package, of others, and of the user."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import TypedDict

from pydantic import JsonValue

from mudrock_jupyter.operators.declare import Curve, Operator
from mudrock_jupyter.spec.errors import InvalidInput, NotFound, did_you_mean

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
    "checks",
    "sinks",
)
ENTRY_POINTS = "mudrock.operators"

log = logging.getLogger("mudrock_jupyter.operators")
_operators: dict[str, Operator] = {}
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
    """Add an operator; a user's own of the same id is replaced, as when a cell runs again.

    Raises `InvalidInput` for an id that an operator of this package has: a pipeline must not
    mean something else on the next machine.
    """
    if not _is_ours(operator) and (taken := _all().get(operator.id)) and _is_ours(taken):
        raise InvalidInput(
            f"{operator.id!r} is an operator of mudrock_jupyter: {taken.title}. "
            "Choose another id for yours."
        )
    _operators[operator.id] = operator


def get(id: str) -> Operator:
    """Return the operator of that id.

    Raises `NotFound` with the nearest id.
    """
    operators = _all()
    if id not in operators:
        raise NotFound(
            f"There is no operator {id!r}.{did_you_mean(id, operators)} "
            "mr.operators() lists them all."
        )
    return operators[id]


def find(id: str) -> Operator | None:
    """Return the operator of that id, if there is one."""
    return _all().get(id)


def all_operators() -> list[Operator]:
    """Return every operator, by family and id."""
    return sorted(_all().values(), key=lambda operator: (operator.family, operator.id))


def catalogue() -> list[Card]:
    """Return every operator as plain JSON for the editor."""
    return [card(operator) for operator in all_operators()]


def card(operator: Operator) -> Card:
    """Describe one operator as plain JSON."""
    return Card(
        id=operator.id,
        version=operator.version,
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


def _is_ours(operator: Operator) -> bool:
    return operator.function.__module__.startswith("mudrock_jupyter.operators.")


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


def _all() -> dict[str, Operator]:
    global _loaded
    with _loading:
        if not _loaded:
            _loaded = True
            for family in FAMILIES:
                importlib.import_module(f"mudrock_jupyter.operators.{family}")
            _load_entry_points()
    return _operators


def _load_entry_points() -> None:
    """Load other packages' operators; one that fails is reported and does not stop the rest."""
    for point in entry_points(group=ENTRY_POINTS):
        try:
            point.load()
        except Exception:
            log.exception("The operators of the package entry point %s failed to load", point.name)
