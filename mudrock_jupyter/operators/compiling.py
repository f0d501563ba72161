"""Compiling kernels with numba: without the interpreter's lock, and once for all processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel on its first call; the machine code is kept on disk where it can be."""
    with _own_cache():
        try:
            return cast(Kernel, numba.njit(nogil=True, cache=True, error_model="numpy")(kernel))
        except RuntimeError:  # numba finds no folder to write to: a read-only home and installation
            return cast(Kernel, numba.njit(nogil=True, error_model="numpy")(kernel))


class _Settings(Protocol):
    CACHE_DIR: str


@contextmanager
def _own_cache() -> Iterator[None]:
    """Keep machine code out of the installation, where it would outlive `pip uninstall`.

    Numba reads the setting when a kernel is declared; `NUMBA_CACHE_DIR` comes first.
    """
    settings = cast(_Settings, numba.config)
    given = settings.CACHE_DIR
    if not given:
        caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        settings.CACHE_DIR = os.path.join(caches, "mudrock", "numba")
    try:
        yield
    finally:
        settings.CACHE_DIR = given
