"""Getting the engine and its compiled kernels ready before the first run asks for them."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mudrock_jupyter.spec.pipeline import PipelineSpec

log = logging.getLogger("mudrock_jupyter.engine")

_warmed: set[str | None] = set()
_one_at_a_time = threading.Lock()


def warm_soon(spec: PipelineSpec) -> None:
    """Load in the background what a run of this pipeline needs, once in a process.

    A run that begins meanwhile waits for what it needs itself, and for nothing else.
    """
    wanted = {None, *(node.operator_id for node in spec.nodes.values())} - _warmed
    if wanted:
        _warmed.update(wanted)
        threading.Thread(target=_warm, args=(wanted,), name="mudrock-warm", daemon=True).start()


def _warm(wanted: set[str | None]) -> None:
    try:
        with _one_at_a_time:
            if None in wanted:
                _load_engine()
            from mudrock_jupyter.operators.compiling import warm

            warm({operator for operator in wanted if operator is not None})
    except BaseException:  # the first run does it then, and says what is wrong
        log.exception("What runs need could not be loaded ahead of the first one")


def _load_engine() -> None:
    """Load the catalogue, the engine's modules, DataFusion, and the machine for row operators."""
    from mudrock_jupyter.engine import compile, execute  # noqa: F401
    from mudrock_jupyter.engine.cache import place  # noqa: F401
    from mudrock_jupyter.engine.context import session
    from mudrock_jupyter.engine.formulas.columns import machine
    from mudrock_jupyter.engine.records import recorder  # noqa: F401
    from mudrock_jupyter.operators import registry

    registry.catalogue()
    session()
    machine.get()
