"""Who runs a pipeline, and with what."""

from __future__ import annotations

import getpass
import os
import platform
from functools import cache
from importlib import metadata

import mudrock_jupyter

_ENGINE = ("datafusion", "pyarrow", "numpy", "numba")


def user() -> str:
    """Return the name of who runs this, as JupyterHub knows it, else the system; else ""."""
    hub = os.environ.get("JUPYTERHUB_USER")
    if hub:
        return hub
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user may have no name
        return ""


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    engine = [(name, metadata.version(name)) for name in _ENGINE]
    return (("mudrock_jupyter", mudrock_jupyter.__version__), *engine,
            ("python", platform.python_version()))


def versions() -> dict[str, str]:
    """Return the versions of what computes the numbers."""
    return dict(_versions())
