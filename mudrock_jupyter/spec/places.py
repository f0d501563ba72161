"""Where code is, in its author's words: `Cell In[3], line 2`, or the file and line."""

from __future__ import annotations

import inspect
import linecache
import os
import re
import sys
import sysconfig
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FunctionType, TracebackType
from typing import Any

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARIES = tuple(
    sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib"))
_DEFINITION = re.compile(r"\s*(async\s+)?def\b|.*\blambda\b")
_LONGEST_SIGNATURE = 100


def plain_function(function: Callable[..., Any]) -> FunctionType | None:
    """Return the Python function behind decorators, numba, `partial` and methods, if any.

    >>> from functools import partial
    >>> plain_function(partial(place, line=1)) is place
    True
    """
    while True:
        if isinstance(function, partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif inspect.ismethod(function):
            function = function.__func__
        elif isinstance(function, FunctionType):
            return function
        else:  # an object that can be called
            call = vars(type(function)).get("__call__")
            return call if isinstance(call, FunctionType) else None


def is_ours(function: Callable[..., Any]) -> bool:
    """Say whether a function is part of this package."""
    plain = plain_function(function)
    return plain is not None and plain.__code__.co_filename.startswith(_PACKAGE)


def defined_in(function: Callable[..., Any]) -> str:
    """Return the cell that a function comes from, or its module.

    >>> defined_in(place)
    'mudrock_jupyter.spec.places'
    """
    plain = plain_function(function)
    if plain is None or plain.__module__ != "__main__":
        return str(getattr(plain or function, "__module__", ""))
    return file_name(plain.__code__.co_filename)


def definition(function: Callable[..., Any], argument: str | None = None) -> str:
    """Return the place of a function's definition, or of one of its arguments, with its text.

    Empty for what is not written in Python.
    """
    plain = plain_function(function)
    if plain is None:
        return ""
    file, first = plain.__code__.co_filename, plain.__code__.co_firstlineno
    lines = range(first, first + _LONGEST_SIGNATURE)
    found = next((n for n in lines if _DEFINITION.match(linecache.getline(file, n))), first)
    if argument is not None:
        named = re.compile(rf"\b{re.escape(argument)}\b\s*[:=,)]")
        lines = range(found, found + len(plain.__annotations__) + plain.__code__.co_argcount + 2)
        found = next((n for n in lines if named.search(linecache.getline(file, n))), found)
    return place(file, found)


def place(file: str, line: int) -> str:
    """Return a place with the text of its line, where it is known.

    >>> place("<string>", 3)
    '<string>, line 3'
    """
    text = linecache.getline(file, line).strip()
    where = f"{file_name(file)}, line {line}"
    return f"{where}: {text}" if text else where


def file_name(file: str) -> str:
    """Return a cell's number as IPython tells it, or a file's path from the current folder."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    told = shell.compile.format_code_name(file) if shell is not None else None
    if told is not None:
        return " ".join(told)
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def authors_frames(
    raised: TracebackType | None, function: Callable[..., Any] | None = None
) -> list[traceback.FrameSummary]:
    """Return the frames of a traceback that are neither ours nor a library's.

    Those in the file of `function` count, wherever it is installed.
    """
    plain = plain_function(function) if function is not None else None
    own = plain.__code__.co_filename if plain is not None else None
    return [frame for frame in traceback.extract_tb(raised)
            if frame.filename == own or not _is_library(frame.filename)]


def _is_library(file: str) -> bool:
    return file.startswith((_PACKAGE, "<frozen", *_LIBRARIES))
