"""Bringing a Y document to a new content with the fewest changes, three-way if there is a base."""

from __future__ import annotations

from typing import Any

from pycrdt import Doc, Map
from pydantic import JsonValue

from mudrock_jupyter.documents.reading import fields, plain, same, take_apart
from mudrock_jupyter.documents.roots import SHAPES, Shape, YMap, saved_roots
from mudrock_jupyter.spec.text import Tree

_MISSING = object()


def merge(doc: Doc[Any], new: Tree, base: Tree | None = None) -> None:
    """Apply to `doc` what changed from `base` to `new`; without a base, make it equal to `new`.

    Where `doc` and `new` both changed the same value since `base`, `new` wins; what `new` removed
    stays if `doc` has changed it since.
    """
    contents = take_apart(new)
    bases = take_apart(base) if base is not None else None
    with doc.transaction():
        for name, ymap in saved_roots(doc).items():
            merge_map(ymap, contents[name], bases[name] if bases else None, SHAPES[name])


def merge_map(ymap: YMap, new: Tree, base: Tree | None, shape: Shape) -> None:
    """Apply to one map what changed from `base` to `new`."""
    keys = set(new) | (set(ymap.keys()) if base is None else set(base))
    for key in sorted(keys):
        if base is not None and key in base and key in new and same(base[key], new[key]):
            continue
        if key in new:
            _merge_key(ymap, key, new[key], base, shape.under(key))
        elif key in ymap and (base is None or not _edited(ymap[key], base[key], shape.under(key))):
            del ymap[key]


def to_y(value: JsonValue, shape: Shape | None = None) -> object:
    """Return what to write into a Y map for a JSON value; objects with a shape become maps."""
    if shape is not None and isinstance(value, dict):
        return Map({key: to_y(value[key], shape.under(key)) for key in sorted(value)})
    return value


def _merge_key(
    ymap: YMap, key: str, new: JsonValue, base: Tree | None, shape: Shape | None
) -> None:
    current = ymap.get(key, _MISSING)
    if current is not _MISSING and same(plain(current, 2), new):
        return
    if shape is None or not isinstance(new, dict) or not isinstance(current, Map | dict):
        ymap[key] = to_y(new, shape)
        return
    if not isinstance(current, Map):  # a peer wrote a plain object where we keep a map
        ymap[key] = to_y(fields(current), shape)
        current = ymap[key]
    merge_map(current, new, None if base is None else fields(base.get(key)), shape)


def _edited(current: object, base: JsonValue, shape: Shape | None) -> bool:
    """Tell whether a value was changed since `base`; a field that nobody wrote is no change."""
    if shape is None or not isinstance(current, Map | dict) or not isinstance(base, dict):
        return not same(plain(current, 2), base)
    return any(
        key not in base or _edited(current[key], base[key], shape.under(key))
        for key in current.keys()  # noqa: SIM118
    )
