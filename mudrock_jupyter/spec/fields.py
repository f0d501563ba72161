"""What a column says of itself: the entries of an Arrow field's metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def field_text(field: pa.Field, key: str) -> str:
    """Return one entry of a field's metadata (`unit`, `description`, ...), empty if missing."""
    text: bytes = (field.metadata or {}).get(key.encode(), b"")
    return text.decode("utf-8", "replace")
