"""The digest of an operator's implementation, which tells the results of two versions apart."""

from __future__ import annotations

import hashlib
from dataclasses import astuple
from functools import cache
from pathlib import Path

import mudrock_jupyter
from mudrock_jupyter.operators.declare import Curve, Operator
from mudrock_jupyter.operators.fingerprint import fingerprint

_ROOM = "mudrock_jupyter.operators."
_BETWEEN = Curve("")


def implementation_digest(operator: Operator) -> str:
    """Return the SHA-256, in hex, of what an operator declares and does.

    For a user's operator it follows the functions and data that its code refers to, as they are
    now (see `fingerprint`): running a cell again that redefines a function it calls gives another
    digest, a comment does not. It is the same in every process of one Python version.

    >>> from mudrock_jupyter.operators import registry
    >>> len(implementation_digest(registry.get("vsh_linear")))
    64
    """
    if str(getattr(operator.function, "__module__", "")).startswith(_ROOM):
        return _shipped(operator.id, operator.version, operator.function.__qualname__)
    # Not remembered: a cell may redefine what the function calls and leave the operator alone.
    return fingerprint((_declared(operator), operator.function))


def _declared(operator: Operator) -> tuple[object, ...]:
    curves = [(name, *astuple(curve)) for side in (operator.inputs, operator.outputs)
              for name, curve in (*side.items(), ("", _BETWEEN))]
    return (operator.id, operator.version, operator.kind.value, operator.ports, operator.tables,
            *curves)


@cache
def _shipped(id: str, version: str, name: str) -> str:
    stated = (id, version, name, mudrock_jupyter.__version__, _sources())
    return hashlib.sha256(repr(stated).encode()).hexdigest()


@cache
def _sources() -> str:
    """Return the digest of this room's files: operators share kernels with one another."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()
