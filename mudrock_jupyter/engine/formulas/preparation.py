"""Compiling the machine in a process of its own, so that no run waits for a compiler.

Compiling takes seconds, and numba compiles and loads one thing at a time: in the kernel's process
every other kernel would wait for it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import llvmlite.binding
import numba

from mudrock_jupyter.operators.compiling import cache_folder


def prepared() -> bool:
    """Say whether the machine's code is on disk, for this processor and these versions."""
    return _mark().exists()


def prepare() -> bool:
    """Have another process compile the machine, and wait; False if there is no code after that."""
    if not prepared() and sys.executable:
        # It may outlive this process: the next one finds what it made.
        subprocess.run([sys.executable, "-m", "mudrock_jupyter.engine.formulas"], check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, start_new_session=True)
    return prepared()


def prepare_here() -> None:
    """Compile the machine in this process, after all others have had their turn."""
    from mudrock_jupyter.engine.formulas import machine

    with suppress(OSError, AttributeError):  # Windows has no nice
        os.nice(10)
    machine.run.ready()
    mark = _mark()
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def _mark() -> Path:
    """Return the file that stands for the code of this machine on this computer."""
    sources = [(Path(__file__).parent / name).read_bytes() for name in ("machine.py", "program.py")]
    here = (numba.__version__, sys.version, llvmlite.binding.get_host_cpu_name(), __file__)
    digest = hashlib.sha256(b"\0".join([*sources, repr(here).encode()])).hexdigest()
    return Path(cache_folder()) / f"machine-{digest[:16]}.ready"
