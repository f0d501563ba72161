"""A node bound to columns: what it reads, what it makes, and for which wells it can."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol

import pyarrow as pa

from mudrock_jupyter.operators.declare import Kind, Operator, ValueType
from mudrock_jupyter.spec.fields import field_text
from mudrock_jupyter.wells.catalogue import Well

WELL_ID = "well_id"
DEPTH = "DEPTH"
WELL_ID_FIELD = pa.field(
    WELL_ID, pa.dictionary(pa.int32(), pa.string()), metadata={"description": "The well"}
)
FAILURES = pa.schema([
    WELL_ID_FIELD,
    pa.field("node", pa.string(), metadata={"description": "The node at which it failed"}),
    pa.field("message", pa.string(), metadata={"description": "Why it failed"}),
])
"""What an error edge hands on: a row for each well that failed."""
WHOLE = ""
"""The key of a table that belongs to no single well, such as a summary."""


class WellSource(Protocol):
    """Where wells come from: a `WellStore`, or anything that answers the same."""

    @property
    def depth_unit(self) -> str:
        """The unit depths are given in."""

    def well_ids(self) -> list[str]:
        """Return the ids of all wells, readable or not."""

    def well(self, well: str) -> Well:
        """Find a well by id or name; raises `NotFound` or `ReadFailed`."""

    def tops(self, well: str) -> pa.Table:
        """Return a well's tops."""


@dataclass(frozen=True)
class Failure:
    """A well that a node could not work on; `well` is empty where the whole node failed."""

    well: str
    node: str
    message: str

    def to_dict(self) -> dict[str, str]:
        """Return the failure as plain JSON."""
        return {"well": self.well, "node": self.node, "message": self.message}


@dataclass(frozen=True)
class Read:
    """A column an operator reads, and the way to its `unit`: `value * factor + offset`."""

    column: str
    type: ValueType = "number"
    factor: float = 1.0
    offset: float = 0.0
    unit: str = ""

    @property
    def converts(self) -> bool:
        """Whether the operator wants another unit than the column has."""
        return (self.factor, self.offset) != (1.0, 0.0)


@dataclass(frozen=True)
class BoundCall:
    """One call of an operator's function: its arguments' columns and the fields it makes."""

    arguments: Mapping[str, Read]
    outputs: tuple[tuple[str, pa.Field], ...]
    mnemonic: str | None = None


@dataclass(frozen=True)
class ScanColumn:
    """A column of a source in one well: where it is stored and the way to the source's unit."""

    path: Path | None
    column: str
    field: pa.Field
    factor: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class WellScan:
    """What is read of one well; the depth range is in the well's own unit."""

    well: str
    columns: tuple[ScanColumn, ...]
    top: float | None = None
    base: float | None = None

    @property
    def without(self) -> frozenset[str]:
        """The columns this well does not have."""
        return frozenset(c.field.name for c in self.columns if c.path is None)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files to read, all of one depth grid."""
        return tuple(dict.fromkeys(c.path for c in self.columns if c.path is not None))


@dataclass(frozen=True)
class Gate:
    """What an edge that is no plain data flow lets through to an input.

    A `conditional` one lets through the wells for which `condition`, over the columns in `reads`,
    holds in some row; without a condition, those that have rows. An `error` one lets through a
    table of the wells that failed, and none of their samples. See `engine/gates.py`.
    """

    kind: Literal["conditional", "error"]
    condition: str | None = None
    reads: frozenset[str] = frozenset()


@dataclass(frozen=True)
class BoundNode:
    """A node ready to run.

    `schema` is exactly what it hands on, `wells` those that reach its end; `lacking` says which of
    them have no values at all for a column, and `failures` which are lost at this node, and why.
    `reads` are the columns it needs, `selection` what a SELECT keeps: new name -> column; `gates`
    those of its ports that something other than all of a node's output comes through.
    """

    id: str
    name: str
    operator: Operator
    inputs: tuple[str, ...]
    parameters: Mapping[str, Any]
    schema: pa.Schema
    wells: tuple[str, ...]
    lacking: Mapping[str, frozenset[str]] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    calls: tuple[BoundCall, ...] = ()
    selection: Mapping[str, str] = field(default_factory=dict)
    reads: frozenset[str] = frozenset()
    scans: tuple[WellScan, ...] = ()
    depth_unit: str = ""
    gates: Mapping[str, Gate] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """How its operator works."""
        return self.operator.kind

    @property
    def per_well(self) -> bool:
        """Whether what it hands on is a table for each well, rather than one for all."""
        return is_per_well(self.schema)


def is_per_well(schema: pa.Schema) -> bool:
    """Say whether a schema has the columns that make its rows samples of wells."""
    return WELL_ID in schema.names and DEPTH in schema.names


ARROW_TYPES: Mapping[ValueType, pa.DataType] = {
    "number": pa.float64(), "flag": pa.bool_(), "text": pa.string(),
}


HELD: Mapping[ValueType, str] = {"number": "numbers", "flag": "flags", "text": "text"}
"""What columns of a type hold, in words."""


@lru_cache(maxsize=256)
def value_type(type: pa.DataType) -> ValueType:
    """Return what a column of an Arrow type holds."""
    if pa.types.is_dictionary(type):
        type = type.value_type
    if pa.types.is_boolean(type):
        return "flag"
    numeric = pa.types.is_integer(type) or pa.types.is_floating(type) or pa.types.is_decimal(type)
    return "number" if numeric or pa.types.is_null(type) else "text"


def unit_of(column: pa.Field) -> str:
    """Return the unit in a field's metadata, empty if there is none."""
    return field_text(column, "unit")


def computed_field(
    name: str, type: pa.DataType, unit: str, description: str, operator: Operator,
    parameters: Mapping[str, Any],
) -> pa.Field:
    """Return the field of a computed column: its unit and where it comes from."""
    provenance = {
        "unit": unit,
        "description": description,
        "operator": operator.id,
        "version": operator.version,
        "formula": operator.formula,
        "source": operator.source,
        "parameters": json.dumps(parameters, sort_keys=True, default=str),
    }
    return pa.field(name, type, metadata={k: v for k, v in provenance.items() if v or k == "unit"})


def replaced(schema: pa.Schema, fields: list[pa.Field]) -> pa.Schema:
    """Return the schema with fields added, each in the place of one of the same name."""
    for new in fields:
        position = schema.get_field_index(new.name)
        schema = schema.append(new) if position < 0 else schema.set(position, new)
    return schema
