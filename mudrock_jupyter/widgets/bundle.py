"""The built JavaScript of the editor."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from mudrock_jupyter.spec.errors import NotFound

BUNDLE = Path(__file__).resolve().parent.parent / "static" / "widget.js"


def read() -> bytes:
    """Return the editor as one ES module; raises `NotFound` where it was not built."""
    try:
        return BUNDLE.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(
            "This installation of mudrock_jupyter lacks its JavaScript. "
            "Install it from a wheel, or run `npm ci && npm run build` in its js folder."
        ) from error


@cache
def version() -> str:
    """Return a hash that changes with the bundle, for a URL that may be cached for good."""
    try:
        return hashlib.sha256(read()).hexdigest()[:16]
    except NotFound:
        return "missing"
