"""Well-log pipelines as a shared graph in JupyterLab, run with DataFusion.

The public names are imported when they are first used, so that importing the package is quick:

>>> import mudrock_jupyter as mr
>>> mr.apply("vsh_linear", {"GR": [20, 70, 120]}, gr_clean=20, gr_shale=120)["VSH"].to_pylist()
[0.0, 0.5, 1.0]
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mudrock_jupyter import operators as operators
    from mudrock_jupyter.engine.apply import apply
    from mudrock_jupyter.operators.declare import Curve, operator
    from mudrock_jupyter.operators.expression import Expr, clip, where
    from mudrock_jupyter.pipeline import Node, Pipeline
    from mudrock_jupyter.plots.crossplot import crossplot
    from mudrock_jupyter.plots.log_plot import log_plot
    from mudrock_jupyter.project import Project
    from mudrock_jupyter.spec.errors import (
        InvalidDocument,
        InvalidInput,
        InvalidPipeline,
        MudrockError,
        NewerFormat,
        NotConnected,
        NotFound,
        NotSupported,
        OperatorFailed,
        ReadFailed,
        WriteFailed,
    )

__version__ = "0.1.0"

# Arrow's allocator asks for huge pages, and the system clears 2 MB for a column of 0.1 MB: a fifth
# of a run (docs/decisions/0010). It reads this once, when pyarrow is first imported.
os.environ.setdefault("MIMALLOC_ALLOW_THP", "0")

_ERRORS = (
    "InvalidDocument",
    "InvalidInput",
    "InvalidPipeline",
    "MudrockError",
    "NewerFormat",
    "NotConnected",
    "NotFound",
    "NotSupported",
    "OperatorFailed",
    "ReadFailed",
    "WriteFailed",
)
_PUBLIC = {
    "Curve": "operators.declare",
    "Expr": "operators.expression",
    "Node": "pipeline",
    "Pipeline": "pipeline",
    "Project": "project",
    "apply": "engine.apply",
    "clip": "operators.expression",
    "crossplot": "plots.crossplot",
    "log_plot": "plots.log_plot",
    "operator": "operators.declare",
    "where": "operators.expression",
    **dict.fromkeys(_ERRORS, "spec.errors"),
}

__all__ = [
    "Curve",
    "Expr",
    "InvalidDocument",
    "InvalidInput",
    "InvalidPipeline",
    "MudrockError",
    "NewerFormat",
    "Node",
    "NotConnected",
    "NotFound",
    "NotSupported",
    "OperatorFailed",
    "Pipeline",
    "Project",
    "ReadFailed",
    "WriteFailed",
    "apply",
    "clip",
    "crossplot",
    "log_plot",
    "operator",
    "operators",
    "where",
]


def __getattr__(name: str) -> object:
    if name == "operators":
        return importlib.import_module(f"{__name__}.operators")
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_PUBLIC[name]}")
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "mudrock-jupyter"}]


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    from mudrock_jupyter.server.extension import MudrockExtension

    return [{"module": "mudrock_jupyter.server", "app": MudrockExtension}]
