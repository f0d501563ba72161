"""Formulas as functions that DataFusion calls on the columns of a batch."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mudrock_jupyter.engine.formulas.program import MOST_COLUMNS, Program, program_of
from mudrock_jupyter.operators.expression import Expr, column

if TYPE_CHECKING:
    from types import ModuleType

log = logging.getLogger("mudrock_jupyter.engine")

_NONE = np.empty(0, dtype=np.uint8)
_NO_VALUES = np.empty(0)
for _nothing in (_NONE, _NO_VALUES):
    _nothing.flags.writeable = False


class _Machine:
    """The compiled machine; it is not waited for, since DataFusion computes the same."""

    def __init__(self) -> None:
        self._module: ModuleType | None = None
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def get(self) -> ModuleType | None:
        """Return the machine if it is there; otherwise have it made, for later."""
        if self._module is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._load, name="mudrock-machine",
                                                    daemon=True)
                    self._thread.start()
        return self._module

    def wait(self) -> ModuleType | None:
        """Return the machine, as soon as it is compiled."""
        self.get()
        if self._thread is not None:
            self._thread.join()
        return self._module

    def _load(self) -> None:
        try:
            from mudrock_jupyter.engine.formulas import machine
            from mudrock_jupyter.engine.formulas.preparation import prepare

            if prepare():
                machine.run.ready()
                self._module = machine
            else:
                log.info("The machine for row operators is not there: its code cannot be kept")
        except BaseException:  # DataFusion computes the same, and takes longer
            log.exception("The machine for row operators could not be compiled")


machine = _Machine()


def computed(name: str, value: Expr, type: pa.DataType) -> Expr:
    """Return an expression that computes the same, by the machine where that is possible.

    `name` is what DataFusion's plan shows.
    """
    ready = machine.get()
    if ready is None or value.formula is None or not value.formula.operands:
        return value
    program = program_of(value.formula)
    if program is None:
        return value
    from datafusion import udf

    function = udf(_Function(ready, program, pa.types.is_boolean(type)),
                   [pa.float64()] * len(program.columns), type, "immutable", name)
    arguments = [column(each).raw.cast(pa.float64()) for each in program.columns]
    return Expr(function(*arguments))


class _Function:
    """A program as a function of Arrow arrays."""

    def __init__(self, machine: ModuleType, program: Program, flag: bool) -> None:
        self._run, self._program, self._flag = machine.run, program, flag

    def __call__(self, *arrays: pa.Array) -> pa.Array:
        """Compute one batch."""
        rows = len(arrays[0])
        values: list[NDArray[Any]] = [_NO_VALUES] * MOST_COLUMNS
        bits: list[NDArray[Any]] = [_NONE] * MOST_COLUMNS
        offsets = np.zeros(MOST_COLUMNS, dtype=np.int64)
        for n, array in enumerate(arrays):
            validity, data = array.buffers()
            values[n] = _read_only(data, np.float64)[array.offset : array.offset + rows]
            if array.null_count:
                bits[n], offsets[n] = _read_only(validity, np.uint8), array.offset
        out = np.empty(rows)
        valid = np.empty((rows + 7) // 8, dtype=np.uint8)
        program = self._program
        nulls = self._run(program.instructions, program.constants, program.registers, *values,
                          *bits, offsets, out, valid)
        validity = pa.py_buffer(valid) if nulls else None
        data = np.packbits(out != 0.0, bitorder="little") if self._flag else out
        return pa.Array.from_buffers(pa.bool_() if self._flag else pa.float64(), rows,
                                     [validity, pa.py_buffer(data)], nulls)


def _read_only(buffer: pa.Buffer, type: type[Any]) -> NDArray[Any]:
    values = np.frombuffer(buffer, type)
    if values.flags.writeable:  # another type for the compiler, and so compiled again
        values.flags.writeable = False
    return values
