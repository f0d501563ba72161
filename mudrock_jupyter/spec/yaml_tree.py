"""YAML as a plain tree of JSON values, and back.

Only what a pipeline needs is read: no tags, anchors or aliases, every key once. Plain words mean
what YAML 1.2 says: `yes`, `on` and `2026-01-01` are text. Every value remembers its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from pydantic import JsonValue

from mudrock_jupyter.spec.errors import InvalidDocument
from mudrock_jupyter.spec.text import MAXIMUM_DEPTH, Tree

MAXIMUM_CHARACTERS = 8 * 1024 * 1024
_LARGEST_EXACT_INTEGER = 2**53
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
Place = tuple[str, ...]


@dataclass(frozen=True)
class YamlTree:
    """A parsed YAML text, and the line of each of its values."""

    tree: Tree
    lines: dict[Place, int] = field(default_factory=dict)

    def error(self, message: str, *place: str) -> InvalidDocument:
        """Return an error that names the line of a place, or the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return _error(message, self.lines.get(place, 1))


def parse_yaml(text: str) -> YamlTree:
    """Read a YAML text.

    Raises `InvalidDocument`, which names the line, for what is no plain tree.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MAXIMUM_CHARACTERS:
        raise InvalidDocument("The document is larger than 8 MB; a pipeline never is.")
    try:
        root = yaml.compose(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _error(f"Not valid YAML: {error.problem}.", mark.line + 1 if mark else 1) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _error(f"Not valid YAML: {error.reason}.", line) from error
    if not isinstance(root, yaml.MappingNode):
        raise InvalidDocument("The document is not a YAML mapping, so it is not a pipeline.")
    lines: dict[Place, int] = {}
    return YamlTree({key: _value(node, (key,), lines) for key, node in _entries(root)}, lines)


def dump_yaml(tree: Tree) -> str:
    """Write a plain tree as YAML, in its own order."""
    text: str = yaml.dump(
        tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000, indent=2
    )
    return text


class _Loader(yaml.SafeLoader):
    """Composes nodes; refuses what could hide or multiply content before it is built."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _error("Anchors (&) and aliases (*) are not read; write the value out.", line)
        if getattr(event, "tag", None) is not None:
            tag = event.tag  # type: ignore[attr-defined]
            raise _error(f"The tag {tag!r} is not read; write the plain value.", line)
        if self._depth > MAXIMUM_DEPTH:
            raise _error(f"It is nested more than {MAXIMUM_DEPTH} levels deep.", line)
        self._depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Dumper(yaml.SafeDumper):
    """Writes lists of plain values on one line, and quotes what either YAML would misread."""

    def ignore_aliases(self, data: object) -> bool:
        return True


class Block(list[JsonValue]):
    """A list that is written with a line for each value."""


def _represent_list(dumper: yaml.SafeDumper, values: list[JsonValue]) -> yaml.Node:
    nested = isinstance(values, Block) or any(isinstance(each, dict | list) for each in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=not nested)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # Left to itself, PyYAML 6.0 writes some line breaks (U+0085) so that they read as a blank.
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(list, _represent_list)
_Dumper.add_representer(Block, _represent_list)
_Dumper.add_representer(str, _represent_text)
for _name, _pattern in (("int", _INTEGER), ("float", _FLOAT)):
    _Dumper.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}",
        re.compile(rf"(?:{_pattern.pattern})\Z"),
        list("-+.0123456789"),
    )


def _entries(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise _error("A key has to be text.", line)
        if key.value in seen:
            raise _error(f"The key {key.value!r} stands twice; remove one of them.", line)
        seen.add(key.value)
        yield key.value, value


def _value(node: yaml.Node, place: Place, lines: dict[Place, int]) -> JsonValue:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return {key: _value(each, (*place, key), lines) for key, each in _entries(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(each, (*place, str(n)), lines) for n, each in enumerate(node.value)]
    quoted = isinstance(node, yaml.ScalarNode) and node.style is not None
    return node.value if quoted else _plain(node.value)


def _plain(text: str) -> JsonValue:
    """Return what an unquoted word stands for."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 18 and abs(int(text)) <= _LARGEST_EXACT_INTEGER:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(re.sub(r"\.(?=inf|nan)", "", text.lower()))
    return text


def _error(message: str, line: int) -> InvalidDocument:
    return InvalidDocument(f"Line {line}: {message}")
