"""The digest of an operator: the same for the same code, another for any other."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import linecache
import os
import subprocess
import sys
import threading
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.declare import Curve, Operator, operator
from mudrock_jupyter.operators.digest import implementation_digest
from mudrock_jupyter.operators.fingerprint import fingerprint

CELL = """
import dataclasses
import functools
import numpy as np
SCALE = 2.0
NAMES = {"b", "a", "c"}
TABLE = {"x": [1, 2], "y": np.arange(3)}
class Model:
    power = 2
    def __init__(self, a): self.a = a
    def __call__(self, x): return self.a * x ** self.power
model = Model(3)
def ping(n): return n if n <= 0 else pong(n - 1)
def pong(n): return ping(n - 1)
def helper(x): return x * SCALE + len(NAMES & {"p", "a", "q"})
def body(gr, a=1.0, *, b=2):
    inner = lambda v: helper(v) + a
    return model(inner(gr)) + TABLE["x"][0] + ping(3) + np.mean(gr) + b
"""


def cell(code: str, module: str = "__main__") -> dict[str, Any]:
    """What a notebook cell defines; its source is at hand as in a notebook."""
    name = f"<cell {hash(code)}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    names: dict[str, Any] = {"__name__": module}
    exec(compile(code, name, "exec"), names)
    return names


def declared(function: Any, **changes: Any) -> Operator:
    """An operator of the user's."""
    def typed(gr: Any) -> Any: ...

    made = operator("own", family="test", kind="well", inputs={"gr": Curve("GR", "gAPI")},
                    outputs={"out": Curve("OUT")}, register=False)(typed)
    return dataclasses.replace(made, function=function, **changes)


def digest_of(code: str) -> str:
    return implementation_digest(declared(cell(code)["body"]))


def test_the_same_cell_has_the_same_digest() -> None:
    assert digest_of(CELL) == digest_of(CELL)


def test_a_comment_an_empty_line_and_the_place_do_not_count() -> None:
    assert digest_of("\n\n# moved\n" + CELL.replace("SCALE = 2.0", "SCALE = 2.0  # why")) \
        == digest_of(CELL)


@pytest.mark.parametrize(("old", "new"), [
    ("SCALE = 2.0", "SCALE = 2.5"),
    ("SCALE = 2.0", "SCALE = 2"),
    ('NAMES = {"b"', 'NAMES = {"d"'),
    ('"x": [1, 2]', '"x": [2, 1]'),
    ("np.arange(3)", "np.arange(3.0)"),
    ("power = 2", "power = 3"),
    ("self.a * x", "self.a + x"),
    ("Model(3)", "Model(4)"),
    ("return ping(n - 1)", "return ping(n - 2)"),
    ("x * SCALE", "x / SCALE"),
    ('"p", "a", "q"', '"p", "a", "r"'),
    ("a=1.0", "a=1.5"),
    ("b=2", "b=3"),
    ("helper(v) + a", "helper(v) - a"),
    ("np.mean", "np.median"),
])  # fmt: skip
def test_each_thing_the_function_reaches_counts(old: str, new: str) -> None:
    assert old in CELL
    assert digest_of(CELL.replace(old, new, 1)) != digest_of(CELL)


def test_redefining_a_helper_changes_the_digest_of_the_same_operator_object() -> None:
    names = cell(CELL)
    own = declared(names["body"])
    before = implementation_digest(own)
    exec("def helper(x): return x", names)
    assert implementation_digest(own) != before
    exec(compile(CELL[CELL.index("def helper"):CELL.index("def body")], "<again>", "exec"), names)
    assert implementation_digest(own) == before


def test_what_the_function_does_not_reach_does_not_count() -> None:
    assert digest_of(CELL + "\nother = 5\ndef unused(): return other\n") == digest_of(CELL)


@pytest.mark.parametrize("changes", [
    {"version": "1.0.1"},
    {"tables": ("tops",)},
])
def test_what_is_declared_counts(changes: dict[str, Any]) -> None:
    function = cell(CELL)["body"]
    assert implementation_digest(declared(function)) \
        != implementation_digest(declared(function, **changes))


def test_two_lambdas_of_one_line_differ() -> None:
    one, two = (lambda x: x + 1), (lambda x: x + 2)
    assert fingerprint(one) != fingerprint(two)


def test_a_closure_counts_and_may_be_circular() -> None:
    def made(step: float) -> Any:
        def count(n: int) -> float:
            return step if n == 0 else count(n - 1)
        return count

    assert fingerprint(made(1.0)) == fingerprint(made(1.0))
    assert fingerprint(made(1.0)) != fingerprint(made(2.0))


def test_functions_are_followed_through_what_wraps_them() -> None:
    def made(step: float) -> Any:
        return lambda x: x + step

    for wrap in (functools.partial, functools.lru_cache, staticmethod, np.vectorize,
                 lambda f: types.MethodType(f, 3), lambda f: {"f": [f]}):
        assert fingerprint(wrap(made(1.0))) == fingerprint(wrap(made(1.0)))
        assert fingerprint(wrap(made(1.0))) != fingerprint(wrap(made(2.0)))


def test_compiled_functions_count_by_their_source_and_options() -> None:
    from numba import njit

    def made(step: float, **options: Any) -> Any:
        return njit(**options)(lambda x: x + step)

    compiled = made(1.0)
    compiled(2.0)
    assert fingerprint(compiled) == fingerprint(made(1.0))
    assert fingerprint(compiled) != fingerprint(made(2.0))
    assert fingerprint(compiled) != fingerprint(made(1.0, fastmath=True))


def test_a_users_module_counts_by_what_is_used_of_it(tmp_path: Path) -> None:
    def with_module(code: str) -> str:
        tools = types.ModuleType("own_tools")
        exec(code, vars(tools))
        names = cell("def body(gr):\n    return tools.scale(gr)\n")
        names["tools"] = tools
        return fingerprint(names["body"])

    first = with_module("K = 2\ndef scale(x): return K * x\n")
    assert with_module("K = 2\ndef scale(x): return K * x\nunused = 3\n") == first
    assert with_module("K = 3\ndef scale(x): return K * x\n") != first


def test_a_set_that_holds_a_function_that_refers_to_it_ends() -> None:
    code = "def body(gr): return len(ALL)\nALL = {body}\n"
    assert fingerprint(cell(code)["body"]) == fingerprint(cell(code)["body"])


def test_what_cannot_be_looked_into_is_told_apart_for_good() -> None:
    one, two = ((n for n in "ab") for _ in range(2))
    assert fingerprint(one) == fingerprint(one)
    assert fingerprint(one) != fingerprint(two)
    assert fingerprint(threading.Lock()) == fingerprint(threading.Lock())


THINGS = """
import collections, dataclasses, datetime, decimal, enum, functools, pathlib, re
import numpy as np, pandas as pd, pyarrow as pa, pydantic, scipy.interpolate
from scipy.special import erf, expit
K = {k}
@dataclasses.dataclass
class Data:
    a: int = K
    b: list = dataclasses.field(default_factory=list)
@dataclasses.dataclass(frozen=True, slots=True)
class Slots:
    a: int
class Colour(enum.Enum):
    RED = K
class Lazy:
    @functools.cached_property
    def x(self): return {k}
    @property
    def y(self): return 2
    @staticmethod
    def z(): return 3
class Model(pydantic.BaseModel):
    a: int = K
THINGS = [
    Data(), Data, Slots(K), Colour.RED, Lazy(), Lazy, Model(), re.compile("a" * K),
    datetime.date(2020, 1, K), decimal.Decimal(K), pathlib.Path("x" * K), range(K),
    pd.DataFrame({{"a": [1, K], "b": ["x", None]}}), pd.Series([1.0, K]), pa.table({{"a": [K]}}),
    scipy.interpolate.interp1d([0, 1], [0, K]), [None, expit, erf][K], [None, np.exp, np.log][K],
    collections.defaultdict(list, {{1: [K]}}), collections.Counter("a" * K),
    np.array(["a", K], dtype=object), np.float32(K), slice(K), np.random.default_rng(K),
    lambda x: x in {{"a", "b", "c", K, {k}}},
]
"""


def test_what_scientists_have_in_a_notebook_is_told_apart_and_stable() -> None:
    one, again, two = (cell(THINGS.format(k=k))["THINGS"] for k in (1, 1, 2))
    for a, b, c in zip(one, again, two, strict=True):
        assert fingerprint(a) == fingerprint(b), a
        assert fingerprint(a) != fingerprint(c), a


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner)
    | st.frozensets(st.integers() | st.text()),
    max_leaves=12,
)


def _same(a: object, b: object) -> bool:
    """Equal, also in type, at every level and in order."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return _same(list(a.items()), list(b.items()))
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, frozenset) and isinstance(b, frozenset):
        return sorted(map(repr, a)) == sorted(map(repr, b))
    return repr(a) == repr(b)


@given(PLAIN, PLAIN)
def test_data_have_the_same_fingerprint_exactly_if_they_are_the_same(a: Any, b: Any) -> None:
    assert (fingerprint(a) == fingerprint(b)) == _same(a, b)


@given(PLAIN)
def test_a_global_counts_by_its_value(value: Any) -> None:
    def reading(value: Any) -> Any:
        names = cell("def body(gr): return K")
        names["K"] = value
        return names["body"]

    import copy

    assert fingerprint(reading(value)) == fingerprint(reading(copy.deepcopy(value)))
    assert fingerprint(reading(value)) != fingerprint(reading([value]))


def test_every_shipped_operator_has_a_digest_of_its_own() -> None:
    digests = [implementation_digest(each) for each in registry.all_operators()
               if each.function.__module__.startswith("mudrock_jupyter.")]
    assert len(digests) > 40
    assert len(set(digests)) == len(digests)


def test_other_processes_agree() -> None:
    """Strings hash differently in each process, and so sets have another order."""
    code = "from tests.operators.test_digest import *\n" \
        "things = cell(THINGS.format(k=1))['THINGS']\n" \
        "print(digest_of(CELL), *map(fingerprint, things))"
    root = Path(__file__).parents[2]
    seen = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                       cwd=root, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2", "3")
    }
    things = cell(THINGS.format(k=1))["THINGS"]
    assert seen == {" ".join([digest_of(CELL), *map(fingerprint, things)]) + "\n"}


def test_it_is_quick() -> None:
    own, ours = declared(cell(CELL)["body"]), registry.get("sw_archie")
    for each, most in ((own, 5e-3), (ours, 5e-5)):
        implementation_digest(each)
        times = []
        for _ in itertools.repeat(None, 20):
            started = time.perf_counter()
            implementation_digest(each)
            times.append(time.perf_counter() - started)
        assert min(times) < most
