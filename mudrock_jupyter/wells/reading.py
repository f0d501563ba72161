"""What a reader hands to the store: one well's curves, and what there is to say about them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa


@dataclass
class Findings:
    """What a reader noticed: notes for the record, warnings for a person to look at."""

    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Record something harmless."""
        self.notes.append(text)

    def warn(self, text: str) -> None:
        """Record something a person should look at."""
        self.warnings.append(text)

    @property
    def messages(self) -> tuple[str, ...]:
        """Everything, warnings first."""
        return (*self.warnings, *self.notes)


@dataclass(frozen=True)
class Reading:
    """The curves of one well in one file.

    `table` has DEPTH first, ascending, with unit, description and source in the field metadata.
    `nulls` are the values that stood for missing ones.
    """

    name: str
    uwi: str
    table: pa.Table
    nulls: tuple[float, ...] = ()


def quote(names: list[str], limit: int = 8) -> str:
    """List names for a sentence, not more than `limit` of them."""
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown
