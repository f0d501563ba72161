"""Compiling kernels with numba: without the interpreter's lock, and once for all processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from importlib import import_module
from threading import Lock
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast

import numba
import numpy as np
from numba import types

P = ParamSpec("P")
R = TypeVar("R")
Function = TypeVar("Function", bound=Callable[..., object])

# Numba compiles anew for an array that may be written into and one that may not. A kernel writes
# into none that it is given but totals, so it is compiled for the latter; the former can pass.
VALUES = types.Array(types.float64, 1, "C", readonly=True)
POSITIONS = types.Array(types.int64, 1, "C", readonly=True)
TOTALS = types.Array(types.float64, 2, "C")
NUMBER, COUNT = types.float64, types.int64

_MODULES = ("kernels_windows", "kernels_runs", "kernels_pay")


class Kernel(Generic[P, R]):
    """A function in machine code for one signature, loaded from disk or compiled when needed."""

    def __init__(
        self, function: Callable[P, R], signature: tuple[object, ...], used_by: AbstractSet[str]
    ) -> None:
        self.used_by = used_by
        self._signature = signature
        self._lock = Lock()
        self.is_ready = False
        self._machine: Any = _declared(function)

    def ready(self) -> None:
        """Load the machine code, or compile it where no process has yet."""
        with self._lock:
            if not self.is_ready:
                if not cast(_Settings, numba.config).DISABLE_JIT:  # else a debugger steps through
                    self._machine.compile(self._signature)
                    self._machine.disable_compile()
                self.is_ready = True

    def __call__(self, *arguments: P.args, **nothing: P.kwargs) -> R:
        """Run the machine code; arrays of another type or layout are copied first."""
        if not self.is_ready:
            self.ready()
        try:
            return cast(R, self._machine(*arguments))
        except TypeError:  # a slice with a step, float32: as people call a plain function
            return cast(R, self._machine(*map(_fitting, arguments, self._signature)))


def compiled(
    *signature: object, used_by: AbstractSet[str]
) -> Callable[[Callable[P, R]], Kernel[P, R]]:
    """Make a kernel of a function; `used_by` are the operators for which `warm` readies it."""
    return lambda function: Kernel(function, signature, used_by)


def part(function: Function) -> Function:
    """Declare a function that kernels call; it is compiled into each of them."""
    return cast(Function, numba.njit(nogil=True, error_model="numpy")(function))


def warm(operators: AbstractSet[str]) -> None:
    """Ready the kernels of some operators before their first call, which then need not wait.

    Takes most of a second the first time in a process, and seconds the first time on a machine:
    call it in a thread while something else is read.
    """
    for name in _MODULES:
        module = import_module(f"mudrock_jupyter.operators.{name}")
        for kernel in vars(module).values():
            if isinstance(kernel, Kernel) and not kernel.used_by.isdisjoint(operators):
                kernel.ready()


def _fitting(argument: object, wanted: object) -> object:
    if isinstance(wanted, types.Array):
        return np.require(argument, np.dtype(wanted.dtype.name), ["C", "A"])
    return argument


def _declared(function: Callable[..., object]) -> object:
    with _own_cache():
        try:
            return numba.njit(nogil=True, cache=True, error_model="numpy")(function)
        except RuntimeError:  # numba finds no folder to write to: a read-only home and installation
            return numba.njit(nogil=True, error_model="numpy")(function)


def cache_folder() -> str:
    """Return the folder where machine code is kept."""
    given = cast(_Settings, numba.config).CACHE_DIR
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return given or os.path.join(caches, "mudrock", "numba")


_declaring = Lock()  # the setting is the process's: another thread must not find it half changed


class _Settings(Protocol):
    CACHE_DIR: str
    DISABLE_JIT: int


@contextmanager
def _own_cache() -> Iterator[None]:
    """Keep machine code out of the installation, where it would outlive `pip uninstall`.

    Numba looks at the setting several times while a kernel is declared; `NUMBA_CACHE_DIR` comes
    first.
    """
    settings = cast(_Settings, numba.config)
    with _declaring:
        given = settings.CACHE_DIR
        settings.CACHE_DIR = given or cache_folder()
        try:
            yield
        finally:
            settings.CACHE_DIR = given
