"""Drawing a lineage from left to right: files, source curves, then nodes and what they make."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mudrock_jupyter.engine.records.lineage import KEYS, Column, Lineage

_CHARACTER, _PADDING, _HEIGHT, _GAP, _BETWEEN = 7.0, 12.0, 34.0, 12.0, 56.0
_MARGIN, _LONGEST = 12.0, 26
_ACCENT = "var(--jp-brand-color1,#1976d2)"
_LOOKS = {
    "file": "fill:currentColor;fill-opacity:.04;stroke:currentColor;stroke-opacity:.35",
    "curve": f"fill:{_ACCENT};fill-opacity:.14;stroke:{_ACCENT};stroke-opacity:.8",
    "node": "fill:currentColor;fill-opacity:.10;stroke:currentColor;stroke-opacity:.6",
    "column": "fill:none;stroke:currentColor;stroke-opacity:.6",
}


@dataclass
class _Box:
    """A box: what it says, how it looks, and where it stands."""

    kind: str
    text: str
    below: str = ""
    about: str = ""
    inputs: dict[str, bool] = field(default_factory=dict)
    layer: int = 0
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0

    @property
    def height(self) -> float:
        return 8.0 if self.kind == "way" else _HEIGHT

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    def least_width(self) -> float:
        """Return the room that its text needs."""
        if self.kind == "way":
            return 0.0
        return max(len(_short(self.text)), len(_short(self.below)) * 0.9) * _CHARACTER \
            + 2 * _PADDING


def drawing(lineage: Lineage) -> str:
    """Return the drawing as one SVG element; it takes the colour of the text around it."""
    boxes = _boxes(lineage)
    _set_layers(boxes)
    _lead_around(boxes)
    columns = _ordered(boxes)
    width, height = _place(columns)
    wires = "".join(_wire(boxes[source], box, dashed)
                    for box in boxes.values() for source, dashed in box.inputs.items())
    shapes = "".join(_shape(box) for box in boxes.values() if box.kind != "way")
    label = html.escape(_label(lineage), quote=True)
    return (f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:.0f}' height='{height:.0f}' "
            f"viewBox='0 0 {width:.0f} {height:.0f}' role='img' aria-label='{label}' "
            "style='font:12px var(--jp-ui-font-family,system-ui,sans-serif);max-width:none'>"
            f"{wires}{shapes}</svg>")


def _label(lineage: Lineage) -> str:
    targets = list(dict.fromkeys(t.name for t in lineage.targets if t.name not in KEYS))
    return f"Where {', '.join(targets[:8]) or 'the columns'} come from"


def _boxes(lineage: Lineage) -> dict[str, _Box]:
    """Make a box for each file group, source curve, node and column, sources first."""
    targets = {lineage.made(target) for target in lineage.targets}
    boxes: dict[str, _Box] = {}
    for column in lineage.all_columns:
        if column.name in KEYS and not _counts(column, targets, lineage):
            continue
        if lineage.is_source(column):
            _add_source(boxes, column, lineage)
        else:
            _add_made(boxes, column, lineage)
    for node_id, deciding in lineage.influences.items():
        name = f"node {node_id}"
        box = boxes.setdefault(name, _node_box(node_id, lineage))
        if not lineage.nodes[node_id].inputs:
            boxes.pop(name)  # a source's own depth range is said on its curves
            continue
        drawn = [id for id in map(_id, deciding) if id in boxes and id not in box.inputs]
        box.inputs |= dict.fromkeys(drawn, True)
    for target in lineage.targets:
        _add_choice(boxes, target, lineage)
    return boxes


def _add_choice(boxes: dict[str, _Box], target: Column, lineage: Lineage) -> None:
    """Draw a dashed line from the nodes that chose rows to a result that they left rows of."""
    result = boxes.get(_id(lineage.made(target)))
    if result is None or result.kind != "column":
        return
    end = f"result {target.node}"
    for node_id in lineage.influences:
        choosing = boxes.get(f"node {node_id}")
        if choosing is not None and f"node {node_id}" not in result.inputs:
            name = lineage.nodes[target.node].name
            box = boxes.setdefault(end, _Box("node", name, "result"))
            box.inputs |= {_id(lineage.made(target)): False, f"node {node_id}": True}


def _counts(column: Column, targets: Iterable[Column], lineage: Lineage) -> bool:
    """Say whether a well or depth is worth a box: it was asked for, or a value depends on it."""
    if len(lineage.targets) == 1 and column in targets:
        return True
    return column.name == "DEPTH" and any(
        column in lineage.origins(other) for other in lineage.columns if other.name not in KEYS)


def _add_source(boxes: dict[str, _Box], column: Column, lineage: Lineage) -> None:
    node = lineage.nodes[column.node]
    stored = lineage.stored_as(column)
    files = [file.path for each in stored.values() for file in each]
    inputs = {}
    if files:
        group = "files " + "\n".join(sorted(set(files)))
        distinct = sorted(set(files))
        text = distinct[0].rpartition("/")[2] if len(distinct) == 1 else f"{len(distinct)} files"
        below = distinct[0].rpartition("/")[0] if len(distinct) == 1 else "of wells"
        boxes.setdefault(group, _Box("file", text, below, _listed(distinct)))
        inputs[group] = False
    others = sorted(set(stored) - {column.name})
    below = f"stored as {', '.join(others)}" if others else node.name
    boxes[_id(column)] = _Box("curve", column.name, below, f"{column.name}, read by {node.name}",
                              inputs)


def _add_made(boxes: dict[str, _Box], column: Column, lineage: Lineage) -> None:
    name = f"node {column.node}"
    box = boxes.setdefault(name, _node_box(column.node, lineage))
    box.inputs |= {_id(origin): False for origin in lineage.origins(column)
                   if _id(origin) in boxes}
    beside = sorted({file.path for file in lineage.files_of(column)})
    if beside:
        group = "files " + "\n".join(beside)
        text = beside[0].rpartition("/")[2] if len(beside) == 1 else f"{len(beside)} files"
        boxes.setdefault(group, _Box("file", text, "read beside", _listed(beside)))
        box.inputs[group] = False
    boxes[_id(column)] = _Box("column", column.name, "", f"{column.name}, made by {box.text}",
                              {name: False})


def _node_box(node_id: str, lineage: Lineage) -> _Box:
    node = lineage.nodes[node_id]
    operator = f"{node.operator.id} {node.operator.version}".strip()
    below = "" if node.operator.id == node.name else node.operator.id
    return _Box("node", node.name, below, f"{node.name}: {operator}")


def _id(column: Column) -> str:
    return f"column {column.node} {column.name}"


def _listed(paths: Sequence[str], most: int = 20) -> str:
    more = [f"and {len(paths) - most} more"] if len(paths) > most else []
    return "\n".join([*paths[:most], *more])


def _set_layers(boxes: dict[str, _Box]) -> None:
    """Put each box right of all that it comes from; there are no circles in a pipeline."""
    changed = True
    while changed:
        changed = False
        for box in boxes.values():
            right = max((boxes[source].layer + 1 for source in box.inputs), default=box.layer)
            floor = {"file": 0, "curve": 1}.get(box.kind, 2)
            if max(right, floor) > box.layer:
                box.layer, changed = max(right, floor), True


def _lead_around(boxes: dict[str, _Box]) -> None:
    """Give each connection a place in every layer that it passes, so that it crosses no box."""
    for box in list(boxes.values()):
        inputs, box.inputs = box.inputs, {}
        for source, dashed in inputs.items():
            last = source
            for layer in range(boxes[source].layer + 1, box.layer):
                way = f"way {layer} {source} {dashed}"
                boxes.setdefault(way, _Box("way", "", inputs={last: dashed}, layer=layer))
                last = way
            box.inputs[last] = dashed


def _ordered(boxes: dict[str, _Box]) -> list[list[_Box]]:
    """Return the boxes by layer, each near those it comes from, so that few lines cross."""
    layers: dict[int, list[str]] = defaultdict(list)
    for name, box in boxes.items():
        layers[box.layer].append(name)
    readers: dict[str, list[str]] = defaultdict(list)
    for name, box in boxes.items():
        for source in box.inputs:
            readers[source].append(name)
    places = {name: float(n) for layer in layers.values() for n, name in enumerate(layer)}
    numbers = sorted(layers)
    for sweep in range(4):
        forward = sweep % 2 == 0
        for number in numbers if forward else reversed(numbers):
            near = {name: list(boxes[name].inputs) if forward else readers[name]
                    for name in layers[number]}
            centres = {name: sum(map(places.__getitem__, around)) / len(around) if around
                       else places[name] for name, around in near.items()}
            layers[number].sort(key=centres.__getitem__)
            places |= {name: float(n) for n, name in enumerate(layers[number])}
    return [[boxes[name] for name in layers[number]] for number in numbers]


def _place(columns: Sequence[Sequence[_Box]]) -> tuple[float, float]:
    heights = [sum(box.height + _GAP for box in column) - _GAP for column in columns]
    tallest = max(heights, default=0.0)
    x = _MARGIN
    for column, used in zip(columns, heights, strict=True):
        widest, y = max(box.least_width() for box in column), _MARGIN + (tallest - used) / 2
        for box in column:
            box.width = box.least_width() or widest
            box.x, box.y = x + (widest - box.width) / 2, y
            y += box.height + _GAP
        x += widest + _BETWEEN
    return x - _BETWEEN + _MARGIN, tallest + 2 * _MARGIN


def _wire(source: _Box, target: _Box, dashed: bool) -> str:
    x1, y1, x2, y2 = source.x + source.width, source.middle, target.x, target.middle
    bend = (x2 - x1) / 2
    across = f"H{x2 + target.width:.0f}" if target.kind == "way" else ""
    pattern = " stroke-dasharray='4 4'" if dashed else ""
    return (f"<path d='M{x1:.0f} {y1:.0f}C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} "
            f"{x2:.0f} {y2:.0f}{across}' fill='none' stroke='currentColor' stroke-opacity='.4'"
            f"{pattern}/>")


def _shape(box: _Box) -> str:
    round_ = _HEIGHT / 2 if box.kind in {"curve", "column"} else 4
    first, second = html.escape(_short(box.text)), html.escape(_short(box.below))
    middle = box.x + box.width / 2
    y = box.y + (15 if second else 21)
    lower = (f"<text x='{middle:.0f}' y='{box.y + 27:.0f}' text-anchor='middle' font-size='10' "
             f"fill='currentColor' fill-opacity='.7'>{second}</text>") if second else ""
    return (f"<g><title>{html.escape(box.about or box.text)}</title>"
            f"<rect x='{box.x:.0f}' y='{box.y:.0f}' width='{box.width:.0f}' height='{_HEIGHT:.0f}' "
            f"rx='{round_:.0f}' style='{_LOOKS[box.kind]}'/>"
            f"<text x='{middle:.0f}' y='{y:.0f}' text-anchor='middle' fill='currentColor'>{first}"
            f"</text>{lower}</g>")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST - 1]}…"
