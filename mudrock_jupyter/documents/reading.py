"""Plain values out of a Y document. Any peer may have written them: nothing is taken on trust."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from pycrdt import Array, Doc, Map, Text
from pydantic import JsonValue

from mudrock_jupyter.documents.roots import RUN, YMap, root, saved_roots
from mudrock_jupyter.spec.text import FORMAT, MAXIMUM_DEPTH, SCALARS, Tree

_LARGEST_EXACT_INTEGER = 2**53


def plain(value: object, depth: int = 0) -> JsonValue:
    """Return the JSON behind a Y value; null where JSON has no word for it.

    Whole floats become integers, because that is how numbers from Yjs arrive.

    >>> plain({"window": 21.0, "bad": float("nan")})
    {'window': 21, 'bad': None}
    """
    if depth >= MAXIMUM_DEPTH:
        return None
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) <= _LARGEST_EXACT_INTEGER else float(value)
        case float():
            return _number(value)
        case Text():
            return str(value)
        case Map():
            return {key: plain(value[key], depth + 1) for key in value.keys()}  # noqa: SIM118
        case dict():
            return {str(key): plain(item, depth + 1) for key, item in value.items()}
        case Array() | list() | tuple():
            return [plain(item, depth + 1) for item in value]
    return None


def same(left: JsonValue, right: JsonValue) -> bool:
    """Tell whether two JSON values are one; unlike `==`, `true` is not 1."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def fields(value: object) -> Tree:
    """Return a Y map or a plain object as a dict; empty for anything else."""
    content = plain(value, 2)
    return content if isinstance(content, dict) else {}


def field(value: object, key: str) -> JsonValue:
    """Return one key of a Y map or a plain object, without reading the others."""
    return plain(value.get(key), 2) if isinstance(value, Map | dict) else None


def read(doc: Doc[Any]) -> Tree:
    """Return the whole document as a file holds it; the run status is not part of it."""
    with doc.transaction():
        return read_roots(saved_roots(doc))


def read_roots(roots: Mapping[str, YMap]) -> Tree:
    """`read` for roots at hand; in an observer's callback no root can be looked up."""
    return assemble({name: _content(ymap) for name, ymap in roots.items()})


def read_run(doc: Doc[Any]) -> Tree:
    """Return the status of the last run by node id, and of the whole under `"pipeline"`."""
    with doc.transaction():
        return _content(root(doc, RUN))


def is_blank(roots: Mapping[str, YMap]) -> bool:
    """Tell whether nobody has put a pipeline into these roots yet."""
    return not (len(roots["nodes"]) or len(roots["edges"]) or roots["pipeline"].get("id"))


def assemble(contents: Mapping[str, Tree]) -> Tree:
    """Put the contents of the roots together as a file holds them."""
    pipeline = contents["pipeline"]
    layout = pipeline.get("layout")
    return complete(
        {
            **pipeline,
            "layout": {
                **(layout if isinstance(layout, dict) else {}),
                "positions": contents["layout"],
            },
            **{name: contents[name] for name in ("nodes", "edges", "comments")},
            **{name: contents[name] for name in ("metadata", "execution")},
        }
    )


def take_apart(tree: Tree) -> dict[str, Tree]:
    """Return what each root holds of a file's tree; the inverse of `assemble`.

    Keys that this version does not know are kept in the root `pipeline`.
    """
    sections = ("nodes", "edges", "comments", "metadata", "execution")
    contents: dict[str, Tree] = {name: fields(tree.get(name)) for name in sections}
    pipeline = {key: value for key, value in tree.items() if key not in contents}
    layout = fields(pipeline.pop("layout", None))
    contents["layout"] = fields(layout.pop("positions", None))
    if layout:
        pipeline["layout"] = layout
    return {"pipeline": pipeline, **contents}


def complete(tree: Tree) -> Tree:
    """Fill in what every document has: its scalars and sections, the ids inside its nodes."""
    scalars: Tree = {
        key: value if isinstance(value := tree.get(key), str) else "" for key in SCALARS
    }
    layout = fields(tree.get("layout"))
    return {
        **tree,
        **scalars,
        "format": FORMAT,
        "nodes": _complete_each(tree.get("nodes"), {"name": None, "operatorId": ""}),
        "edges": _complete_each(tree.get("edges"), {"sourceNodeId": "", "targetNodeId": ""}),
        "comments": _complete_each(tree.get("comments"), {}),
        "layout": {**layout, "positions": fields(layout.get("positions"))},
        "metadata": fields(tree.get("metadata")),
        "execution": fields(tree.get("execution")),
    }


def _complete_each(section: JsonValue, defaults: Tree) -> Tree:
    """Drop what is no object; the key is the id, whatever the object says."""
    entries = section if isinstance(section, dict) else {}
    return {
        key: {
            **{name: key if value is None else value for name, value in defaults.items()},
            **entry,
            "id": key,
        }
        for key, entry in entries.items()
        if isinstance(entry, dict)
    }


def _content(ymap: YMap) -> Tree:
    return {key: plain(ymap[key], 2) for key in ymap.keys()}  # noqa: SIM118


def _number(value: float) -> int | float | None:
    if not math.isfinite(value):
        return None
    whole = value.is_integer() and abs(value) <= _LARGEST_EXACT_INTEGER
    return int(value) if whole else value
