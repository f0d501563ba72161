"""The drawing library, an optional extra that is imported when the first plot is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mudrock_jupyter.spec.errors import NotSupported

if TYPE_CHECKING:
    from types import ModuleType


def graph_objects() -> ModuleType:
    """Return `plotly.graph_objects`. Raises `NotSupported` with the command that installs it."""
    try:
        import plotly.graph_objects as go
    except ImportError as error:
        raise NotSupported(
            "Plots need plotly, which is not installed here. Install it with "
            "`pip install 'mudrock-jupyter[plots]'` and restart the kernel."
        ) from error
    module: ModuleType = go
    return module
