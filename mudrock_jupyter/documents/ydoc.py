"""The document type of jupyter_ydoc, for everyone but jupyter_ydoc itself."""

from __future__ import annotations

# First: it loads every document type, ours included, and cannot be entered in the middle.
import jupyter_ydoc  # noqa: F401  isort: skip
from mudrock_jupyter.documents._ydoc import ERROR, UNPARSED, YPipeline

__all__ = ["ERROR", "UNPARSED", "YPipeline"]
