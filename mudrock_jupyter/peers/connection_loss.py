"""Why a connection ended, in a sentence."""

from __future__ import annotations

import logging
from typing import Literal

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from mudrock_jupyter.peers.jupyter import Refused
from mudrock_jupyter.spec.errors import MudrockError, WriteFailed

Loss = Literal["offline", "error"]
log = logging.getLogger("mudrock_jupyter.peers")


def explain(error: BaseException, path: str) -> tuple[Loss, str]:
    """Return whether to wait or to complain, and the sentence for it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, Refused | WriteFailed):
        return "error", error.message
    if isinstance(error, MudrockError):
        return "offline", error.message
    if isinstance(error, ConnectionClosed | InvalidStatus):
        return "offline", _closing_words(error)
    if isinstance(error, WebSocketException | OSError):
        return "offline", f"The Jupyter server does not answer: {error}."
    log.error("%s: the connection failed", path, exc_info=error)
    return "error", f"{type(error).__name__}: {error}"


def _closing_words(error: ConnectionClosed | InvalidStatus) -> str:
    if isinstance(error, InvalidStatus):
        return f"The Jupyter server refused the room ({error.response.status_code})."
    received = error.rcvd
    if received is None or not received.reason:
        return "The connection to the Jupyter server was lost."
    return f"The Jupyter server closed the room ({received.code}): {received.reason}"
