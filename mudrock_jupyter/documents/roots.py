"""The root maps of a pipeline's Y document, and the one place that knows how they nest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pycrdt import Doc, Map

# Values of a Y map are JSON or maps again; only `reading` looks inside.
YMap = Map[Any]


@dataclass(frozen=True)
class Shape:
    """Which keys of a map hold maps of their own; everything else is plain JSON.

    `each` is the shape under every key that `keys` does not name.
    """

    keys: tuple[tuple[str, Shape], ...] = ()
    each: Shape | None = None

    def under(self, key: str) -> Shape | None:
        """Return the shape of the map under `key`, or None for plain JSON."""
        return dict(self.keys).get(key, self.each)


FLAT = Shape()
NODE = Shape(keys=(("parameters", FLAT), ("curveMapping", FLAT)))
SHAPES = {
    "pipeline": FLAT,
    "nodes": Shape(each=NODE),
    "edges": Shape(each=FLAT),
    "layout": FLAT,
    "comments": Shape(each=FLAT),
    "metadata": FLAT,
    "execution": FLAT,
}
SAVED = tuple(SHAPES)
UNDOABLE = ("pipeline", "nodes", "edges", "layout", "comments", "metadata", "execution")
RUN = "run"


def root(doc: Doc[Any], name: str) -> YMap:
    """Return the root map `name` of `doc`, made if it is not there yet."""
    found: YMap = doc.get(name, type=Map)
    return found


def saved_roots(doc: Doc[Any]) -> dict[str, YMap]:
    """Return every root that the file holds, by name."""
    return {name: root(doc, name) for name in SAVED}
