"""A fingerprint of a value, functions included, that is the same in every process.

It follows what a function computes with, not how it is written: its compiled code, its defaults,
and whatever it reaches by name: plain data, other functions, classes and modules of the user, as
they are now. Libraries count by their version. What is looked up by a name made at run time
(`getattr(module, text)`) cannot be followed.
"""

from __future__ import annotations

import copyreg
import dis
import hashlib
import pickle
import secrets
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator, Set
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

_PLAIN = (type(None), bool, int, float, complex, str, type(Ellipsis), type(NotImplemented))
_WRAPPERS = (staticmethod, classmethod, types.MethodType, types.BuiltinFunctionType)
_LOCKS = (type(threading.Lock()), type(threading.RLock()))
# What Python keeps in a class for itself: where it stands, not what it does.
_NOT_BEHAVIOUR = frozenset({
    "__module__", "__dict__", "__weakref__", "__doc__", "__qualname__", "__firstlineno__",
    "__static_attributes__", "__annotations_cache__", "__abstractmethods__", "_abc_impl",
    "__signature__",
})


def fingerprint(value: object) -> str:
    """Return the SHA-256, in hex, of all that a value is, and of nothing else.

    A value that cannot be looked into, such as an open file, gets one that no other process has.

    >>> fingerprint(len) == fingerprint(len), fingerprint(1) == fingerprint(1.0)
    (True, False)
    """
    return _Encoder().digest((sys.version_info[:2], value))


class _Encoder:
    """Writes values as bytes that say all about them, and nothing of where they are in memory.

    Functions, classes and other objects are numbered as they are met and written one after the
    other, so that those that refer to each other in a circle end too.
    """

    def __init__(self, within: frozenset[int] = frozenset()) -> None:
        self._within = within
        self._numbers: dict[int, int] = {}
        self._waiting: list[object] = []

    def digest(self, value: object) -> str:
        hasher = hashlib.sha256()
        for piece in self._value(value):
            hasher.update(piece)
        done = 0
        while done < len(self._waiting):
            for piece in self._object(self._waiting[done]):
                hasher.update(piece)
            done += 1
        return hasher.hexdigest()

    def _value(self, value: Any) -> Iterator[bytes]:
        if type(value) in _PLAIN:
            yield _framed(type(value).__name__, repr(value).encode())
        elif type(value) in {bytes, bytearray}:
            yield _framed("bytes", bytes(value))
        elif type(value) is tuple:
            yield _framed("tuple", str(len(value)).encode())
            for item in value:
                yield from self._value(item)
        elif type(value) in {set, frozenset}:
            yield from self._set(value)
        elif isinstance(value, types.CodeType):
            yield from self._code(value)
        elif isinstance(value, types.ModuleType) and _is_library(value.__name__):
            yield _framed("module", _stated(value.__name__))
        else:
            yield _framed("object", str(self._number(value)).encode())

    def _number(self, value: object) -> int:
        number = self._numbers.setdefault(id(value), len(self._waiting))
        if number == len(self._waiting):
            self._waiting.append(value)  # kept, so that its id stays its own
        return number

    def _set(self, value: Set[object]) -> Iterator[bytes]:
        """Write a set in an order of its own: each item by its own digest."""
        yield _framed("set", str(len(value)).encode())
        if id(value) not in self._within:  # a function in a set may refer to that set
            within = self._within | {id(value)}
            yield from sorted(_Encoder(within).digest(item).encode() for item in value)

    def _object(self, value: Any) -> Iterator[bytes]:
        yield _framed("of", type(value).__qualname__.encode())
        if type(value) is list:
            yield from self._value(tuple(value))
        elif type(value) in {dict, types.MappingProxyType}:
            yield from self._value(tuple(value.items()))
        elif isinstance(value, types.FunctionType):
            yield from self._function(value)
        elif isinstance(value, type):
            yield from self._class(value)
        elif isinstance(value, types.ModuleType):
            yield _framed("module", value.__name__.encode())
        elif isinstance(value, _WRAPPERS):
            yield from self._wrapper(value)
        elif hasattr(value, "py_func"):  # numba compiles a function; its options matter too
            options = getattr(value, "targetoptions", None)
            yield from self._value((value.py_func, options))
        elif (array := _array(value)) is not None:
            yield _framed(*array)
        else:
            yield from self._instance(value)

    def _function(self, function: types.FunctionType) -> Iterator[bytes]:
        if _is_library(function.__module__):
            yield _framed(function.__qualname__, _stated(function.__module__))
            return
        yield from self._code(function.__code__)
        cells = [_cell(cell) for cell in function.__closure__ or ()]
        yield from self._value((function.__defaults__, function.__kwdefaults__, *cells,
                                _attributes(function)))
        for name in _reached(function.__code__):
            yield from self._name(name, function)

    def _name(self, name: str, function: types.FunctionType) -> Iterator[bytes]:
        """Write what a name stands for; of a user's module, the parts that the code mentions."""
        value = function.__globals__.get(name, sys.modules.get(name))
        yield _framed("name", name.encode())
        yield from self._value(value)
        if isinstance(value, types.ModuleType) and not _is_library(value.__name__):
            for part in _mentioned(function.__code__):
                if part in vars(value):
                    yield _framed("part", part.encode())
                    yield from self._value(vars(value)[part])

    def _code(self, code: types.CodeType) -> Iterator[bytes]:
        shape = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
        yield _framed("code", code.co_code + getattr(code, "co_exceptiontable", b""))
        yield from self._value((shape, code.co_names, code.co_varnames, code.co_freevars,
                                code.co_cellvars))
        yield from self._value(code.co_consts)

    def _class(self, kind: type) -> Iterator[bytes]:
        if _is_library(kind.__module__):
            yield _framed(kind.__qualname__, _stated(kind.__module__))
            return
        yield _framed("class", kind.__qualname__.encode())
        yield from self._value(kind.__bases__)
        members = [(n, v) for n, v in sorted(vars(kind).items()) if n not in _NOT_BEHAVIOUR
                   and not n.startswith("__pydantic_")
                   and not isinstance(v, types.MemberDescriptorType)]
        yield from self._value(tuple(members))

    def _wrapper(self, value: Any) -> Iterator[bytes]:
        if isinstance(value, types.BuiltinFunctionType):
            owner = value.__self__
            bound = None if isinstance(owner, types.ModuleType) else owner
            yield from self._value((value.__module__, value.__qualname__, bound))
        else:
            yield from self._value((value.__func__, getattr(value, "__self__", None)))

    def _instance(self, value: Any) -> Iterator[bytes]:
        if isinstance(value, property):
            yield from self._value((value.fget, value.fset, value.fdel))
            return
        if isinstance(value, _LOCKS):  # whether it is held says nothing of what is done
            return
        if hasattr(value, "__wrapped__"):
            yield from self._value((type(value), value.__wrapped__))
            return
        try:
            reduce = copyreg.dispatch_table.get(type(value))
            reduced: Any = reduce(value) if reduce else value.__reduce_ex__(4)
        except Exception:  # anyone's object, and any way of refusing
            yield _framed("opaque", _token(value))
            return
        if isinstance(reduced, str):  # its name in a module stands for it
            home = str(pickle.whichmodule(value, reduced))  # type: ignore[attr-defined]
            found = getattr(sys.modules.get(home), reduced, None) is value
            yield _framed(reduced, _stated(home) if found else _token(value))
            return
        make, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
        yield from self._value((make, arguments, state, tuple(items or ()), tuple(pairs or ())))


def _framed(kind: str, content: bytes) -> bytes:
    """Put a length in front, so that no two different sequences are the same bytes."""
    return f"{kind}:{len(content)}:".encode() + content


def _cell(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return None


def _attributes(function: types.FunctionType) -> tuple[tuple[str, object], ...]:
    return tuple((n, v) for n, v in sorted(vars(function).items()) if n != "__wrapped__")


def _array(value: Any) -> tuple[str, bytes] | None:
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.ndarray | numpy.generic) \
            or value.dtype.hasobject:
        return None
    return f"array {value.dtype.str} {value.shape}", numpy.ascontiguousarray(value).tobytes()


@lru_cache(maxsize=4096)
def _reached(code: types.CodeType) -> tuple[str, ...]:
    """Return the global names and modules that a function's code uses, nested code included."""
    wanted = {"LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME"}
    names = {str(step.argval) for step in dis.get_instructions(code) if step.opname in wanted}
    return tuple(sorted(names.union(*map(_reached, _nested(code)))))


@lru_cache(maxsize=4096)
def _mentioned(code: types.CodeType) -> tuple[str, ...]:
    return tuple(sorted(set(code.co_names).union(*map(_mentioned, _nested(code)))))


def _nested(code: types.CodeType) -> list[types.CodeType]:
    return [const for const in code.co_consts if isinstance(const, types.CodeType)]


@lru_cache(maxsize=4096)
def _is_library(module: str | None) -> bool:
    """Say whether a module is installed or Python's own, and so told by its version."""
    if not module or module == "__main__":
        return False
    top = module.partition(".")[0]
    if top == "mudrock_jupyter" or top in sys.stdlib_module_names:
        return True
    places = Path(getattr(sys.modules.get(module), "__file__", None) or "").parts
    return not {"site-packages", "dist-packages"}.isdisjoint(places) and bool(_version(top))


@lru_cache(maxsize=4096)
def _stated(module: str) -> bytes:
    return f"{module} {_version(module.partition('.')[0])}".encode()


@cache
def _version(package: str) -> str:
    version = getattr(sys.modules.get(package), "__version__", None)
    if isinstance(version, str):
        return version
    distributions = metadata.packages_distributions().get(package, [])
    return " ".join(f"{each} {metadata.version(each)}" for each in sorted(set(distributions)))


_tokens: dict[int, tuple[Callable[[], object], bytes]] = {}


def _token(value: object) -> bytes:
    """Return what stands for an object that cannot be looked into, here and in no other process."""
    known = _tokens.get(id(value))
    if known is not None and known[0]() is value:
        return known[1]
    token = secrets.token_bytes(16)
    try:
        _tokens[id(value)] = (weakref.ref(value), token)
    except TypeError:  # it allows no weak references: keep it, so that its id stays its own
        _tokens[id(value)] = (lambda: value, token)
    return token
