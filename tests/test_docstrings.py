"""The examples in the docstrings run, and the public names explain themselves."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import mudrock_jupyter

# jupyter_ydoc loads this one while it is itself imported; `documents.ydoc` stands for it.
LOADED_BY_OTHERS = {"mudrock_jupyter.documents._ydoc"}
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(mudrock_jupyter.__path__, "mudrock_jupyter.")
    if module.name not in LOADED_BY_OTHERS
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str) -> None:
    importlib.import_module("mudrock_jupyter.documents.ydoc")
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


@pytest.mark.parametrize("name", mudrock_jupyter.__all__)
def test_public_names_have_a_docstring_whose_first_line_says_what(name: str) -> None:
    first, *_ = (inspect.getdoc(getattr(mudrock_jupyter, name)) or "").splitlines()
    assert len(first) > 15
    assert first.endswith((".", ":"))
