"""Why a node failed, in a sentence."""

from __future__ import annotations

import logging

from mudrock_jupyter.engine.blame import said
from mudrock_jupyter.engine.bound import BoundNode
from mudrock_jupyter.engine.context import one_sentence
from mudrock_jupyter.spec.errors import MudrockError

log = logging.getLogger("mudrock_jupyter.engine")


def reason(node: BoundNode, well: str, error: Exception) -> str:
    """Say why a node failed on a well, or as a whole; what is not ours is logged in full."""
    if not isinstance(error, MudrockError):
        log.info("%s failed", node.operator.id, exc_info=error)
    where = f" on well {well}" if well else ""
    what = str(error) if isinstance(error, MudrockError) else \
        said(node.operator, error, one_sentence(error))
    return f"{node.name!r} failed{where}: {what}"
