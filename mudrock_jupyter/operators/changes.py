"""Telling those who show the catalogue that it has changed."""

from __future__ import annotations

import threading
from collections.abc import Callable

_listeners: list[Callable[[], None]] = []
_listening = threading.Lock()


def subscribe(listener: Callable[[], None]) -> Callable[[], None]:
    """Call `listener` whenever an operator comes, changes or goes; the returned function ends it.

    It is called in the thread of the cell that declares the operator.
    """
    with _listening:
        _listeners.append(listener)

    def unsubscribe() -> None:
        with _listening:
            if listener in _listeners:
                _listeners.remove(listener)

    return unsubscribe


def tell() -> None:
    """Tell every listener that the catalogue has changed."""
    with _listening:
        listeners = list(_listeners)
    for listener in listeners:
        listener()
