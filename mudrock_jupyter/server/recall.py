"""What the text in a file means beside what the log remembers: decisions, no effects."""

from __future__ import annotations

from contextlib import suppress

from mudrock_jupyter.server.log_file import Stored
from mudrock_jupyter.spec.errors import InvalidDocument
from mudrock_jupyter.spec.text import Tree, parse


def base_of(text: str, stored: Stored | None) -> str | None:
    """Return what the text in the file was made of.

    A text that the server wrote itself is no change: the log is ahead of it. Beside a damaged log
    the file is the truth.
    """
    if stored is None or stored.damaged:
        return None
    return text if text in (stored.saved, stored.saving) else stored.saved


def is_torn(text: str, stored: Stored) -> bool:
    """Tell whether the server was killed while it wrote: in place, where ids follow inodes."""
    saving = "" if stored.damaged else stored.saving or ""
    return text != saving and saving.startswith(text)


def tree_of(text: str) -> Tree | None:
    """Return the pipeline in a text, if it is one."""
    with suppress(InvalidDocument):
        return parse(text)
    return None
