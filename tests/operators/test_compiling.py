"""Kernels are compiled once for all processes, and readied before they are called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mudrock_jupyter.operators import (
    compiling,
    kernels_pay,
    kernels_runs,
    kernels_windows,
    registry,
)
from mudrock_jupyter.operators.compiling import Kernel
from mudrock_jupyter.operators.declare import Operator
from mudrock_jupyter.operators.smoothing import sig_median, sig_moving_average

KERNELS = {
    name: kernel
    for module in (kernels_pay, kernels_runs, kernels_windows)
    for name, kernel in vars(module).items()
    if isinstance(kernel, Kernel)
}

PROCESS = """
import json, sys
import numpy as np
from mudrock_jupyter.engine.apply import apply
from mudrock_jupyter.operators import compiling, registry
from tests.operators.test_compiling import KERNELS

def ready():
    return sorted(name for name, kernel in KERNELS.items() if kernel.is_ready)

assert ready() == []
surprises = {}
for id in sorted({user for kernel in KERNELS.values() for user in kernel.used_by}):
    compiling.warm({id})
    before = ready()
    operator = registry.get(id)
    names = [curve.mnemonic for curve in operator.inputs.values() if curve.mnemonic != "*"]
    columns = {name: np.linspace(0.1, 0.9, 50) for name in names or ["GR"] if name != "ZONE"}
    columns["DEPTH"] = np.arange(50.0)
    columns |= {name: columns[name] > 0.3 for name in ("RES", "PAY") if name in columns}
    for unit in ("samples", "depth"):
        fields = operator.parameters.model_fields
        apply(id, columns, **({"window_unit": unit} if "window_unit" in fields else {}))
    if ready() != before:
        surprises[id] = [name for name in ready() if name not in before]
print(json.dumps({"surprises": surprises, "ready": ready()}))
"""


def run(cache: Path) -> tuple[dict[str, object], dict[str, int]]:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    done = subprocess.run([sys.executable, "-c", PROCESS], env=environment, check=True, text=True,
                          stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    code = {str(path): path.stat().st_mtime_ns for path in cache.rglob("*.nbc")}
    return json.loads(done.stdout), code


def test_a_second_process_compiles_nothing_and_no_call_waits_for_a_warmed_kernel(
    tmp_path: Path,
) -> None:
    first, code = run(tmp_path)
    assert first == {"surprises": {}, "ready": sorted(KERNELS)}
    assert len(code) == len(KERNELS)
    assert run(tmp_path) == (first, code)


def test_every_kernel_says_which_operators_use_it() -> None:
    for name, kernel in KERNELS.items():
        assert kernel.used_by, name
        for id in kernel.used_by:
            assert registry.get(id).id == id


def test_warming_finds_every_module_of_kernels() -> None:
    folder = Path(compiling.__file__).parent
    modules = {path.stem for path in folder.glob("kernels_*.py")
               if "import" in path.read_text() and "compiled(" in path.read_text()}
    assert modules == set(compiling._MODULES)


@pytest.mark.parametrize("operator", [sig_median, sig_moving_average])
def test_a_kernel_takes_arrays_as_people_have_them(operator: Operator) -> None:
    values = np.array([1.0, 2.0, 9.0, 4.0, np.nan, 6.0])
    depth = np.arange(6.0)
    wanted = operator(values, depth, window=3)
    read_only = values.copy()
    read_only.flags.writeable = False
    every_other = np.repeat(values, 2)[::2]
    for given in (read_only, every_other, values.astype(np.float32)):
        np.testing.assert_array_equal(operator(given, depth, window=3), wanted)
