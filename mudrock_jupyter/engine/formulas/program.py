"""Writing a formula as a program: a list of operations on numbered registers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mudrock_jupyter.operators.formula import Formula

MOST_COLUMNS = 6
OPERATIONS = (
    "column", "add", "subtract", "multiply", "divide", "power", "absolute", "exp", "ln", "log10",
    "ceil", "floor", "square_root", "finite", "less", "less_equal", "equal", "not_equal", "and",
    "or", "not", "is_null", "where", "only_where", "clip",
)
"""The machine's operations; an instruction holds an operation's place in this list."""
_MIRRORED = {"greater": "less", "greater_equal": "less_equal"}


@dataclass(frozen=True)
class Program:
    """Instructions `[operation, result, first, second, third]` over registers.

    The first registers hold the constants. The last instruction's result is the program's.
    `columns` are the names of the inputs, in the order of the machine's arguments.
    """

    instructions: NDArray[np.int32]
    constants: NDArray[np.float64]
    registers: int
    columns: tuple[str, ...]


def program_of(formula: Formula) -> Program | None:
    """Write a formula as a program; None if it is more than the machine can take."""
    writer = _Writer()
    writer.count(formula)
    if not 1 <= len(writer.columns) <= MOST_COLUMNS or formula.operation == "constant":
        return None
    writer.write(formula)
    return Program(
        np.array(writer.instructions, dtype=np.int32), np.array(writer.constants),
        writer.registers, tuple(writer.columns),
    )


@dataclass
class _Writer:
    """Writes each operation once, however often its result is used, and reuses registers."""

    columns: list[str] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)
    instructions: list[list[int]] = field(default_factory=list)
    registers: int = 0
    _uses: dict[object, int] = field(default_factory=dict)
    _place: dict[object, int] = field(default_factory=dict)
    _free: list[int] = field(default_factory=list)

    def count(self, formula: Formula) -> None:
        """Count how often each result is used, and number constants and columns."""
        seen = [formula]
        while seen:
            each = seen.pop()
            key = _key(each)
            self._uses[key] = self._uses.get(key, 0) + 1
            if self._uses[key] > 1:
                continue
            if each.operation == "constant":
                self._place[key] = len(self.constants)
                self.constants.append(each.value)
            elif each.operation == "column" and each.name not in self.columns:
                self.columns.append(each.name)
            seen += each.operands
        self.registers = len(self.constants)

    def write(self, formula: Formula) -> int:
        """Write what a formula needs, and it; return the register of its result."""
        key = _key(formula)
        if key not in self._place:
            operands = formula.operands
            if formula.operation in _MIRRORED:
                operands = operands[::-1]
            inputs = [self.write(operand) for operand in operands]
            operation = OPERATIONS.index(_MIRRORED.get(formula.operation, formula.operation))
            if formula.operation == "column":
                inputs = [self.columns.index(formula.name)]
            # Before its operands are let go: no operation writes where it still reads.
            self._place[key] = place = self._register()
            self.instructions.append([operation, place, *inputs, *[0] * (3 - len(inputs))])
            for operand in formula.operands:
                self._used(operand)
        return self._place[key]

    def _register(self) -> int:
        if self._free:
            return self._free.pop()
        self.registers += 1
        return self.registers - 1

    def _used(self, formula: Formula) -> None:
        key = _key(formula)
        self._uses[key] -= 1
        if not self._uses[key] and formula.operation != "constant":
            self._free.append(self._place[key])


def _key(formula: Formula) -> object:
    if formula.operation == "column":
        return ("column", formula.name)
    if formula.operation == "constant":
        return ("constant", np.float64(formula.value).tobytes())
    return id(formula)
