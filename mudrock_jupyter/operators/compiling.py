"""Compiling kernels with numba: without the interpreter's lock, and once for all processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel on its first call; the machine code is kept on disk where it can be."""
    try:
        return cast(Kernel, numba.njit(nogil=True, cache=True, error_model="numpy")(kernel))
    except RuntimeError:  # numba finds no folder to write to: a read-only home and installation
        return cast(Kernel, numba.njit(nogil=True, error_model="numpy")(kernel))
