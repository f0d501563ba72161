"""Reading a tree that a peer may have written anything into: what is wrong is told, and left out.

One wrong value must not take the whole pipeline away from everybody who has it open.
"""

from __future__ import annotations

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.spec.problems import Problem

Tree = dict[str, JsonValue]
# How many keys lead to the smallest thing that can be left out; anywhere else it is one.
_DEPTH = {"nodes": 3, "edges": 3, "layout": 3, "comments": 2, "metadata": 2}


def read_tree(tree: Tree) -> PipelineSpec:
    """Read a JSON tree as a pipeline; `faults` of the result says what was left out, and where.

    >>> spec = read_tree({"nodes": {"a": {"id": "a", "name": 5, "operatorId": "output"}}})
    >>> spec.nodes["a"].name, spec.faults[0].node
    ('a', 'a')
    """
    faults: dict[tuple[str, ...], Problem] = {}
    while True:
        try:
            return PipelineSpec.model_validate(tree).with_faults(faults.values())
        except ValidationError as error:
            for detail in error.errors():
                place = tuple(str(part) for part in detail["loc"])
                path = place[: _DEPTH.get(place[0], 1)]
                faults.setdefault(path, _problem(place, detail))
                tree = _mended(tree, path, missing=detail["type"] == "missing")


def _problem(place: tuple[str, ...], detail: ErrorDetails) -> Problem:
    where, wanted = ".".join(place), detail["msg"].removeprefix("Input should be ")
    says = f"is {detail['input']!r:.80}; it should be {wanted}"
    entry = place[1] if len(place) > 1 else None
    return Problem(
        "invalid_document",
        f"{where} is missing." if detail["type"] == "missing" else f"{where} {says}.",
        "Correct it, or remove it.",
        node=entry if place[0] == "nodes" else None,
        edge=entry if place[0] == "edges" else None,
        severity="error" if place[0] in {"nodes", "edges"} else "warning",
    )


def _mended(tree: Tree, path: tuple[str, ...], missing: bool) -> Tree:
    """Return the tree without what is at the path, or with a stand-in if that has to be there."""
    key, *below = path
    inner = tree.get(key)
    if below and isinstance(inner, dict):
        if missing and len(below) == 1:
            return {**tree, key: {**inner, below[0]: key if below[0] in {"id", "name"} else ""}}
        return {**tree, key: _mended(inner, tuple(below), missing)}
    return {name: value for name, value in tree.items() if name != key}
