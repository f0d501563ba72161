"""Compile the machine and leave its code on disk: `python -m mudrock_jupyter.engine.formulas`."""

from __future__ import annotations

from mudrock_jupyter.engine.formulas.preparation import prepare_here

prepare_here()
