"""A pipeline read from its file, to check or run it as it stands, without opening it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from pydantic import JsonValue

from mudrock_jupyter.documents.reading import complete
from mudrock_jupyter.spec import text
from mudrock_jupyter.spec.errors import (
    InvalidDocument,
    InvalidInput,
    NotFound,
    ReadFailed,
    did_you_mean,
)
from mudrock_jupyter.spec.pipeline import PipelineSpec
from mudrock_jupyter.spec.salvage import read_tree

YAML_SUFFIXES = (".yaml", ".yml")


def load_pipeline(path: Path) -> PipelineSpec:
    """Read a `.mudrock` file, or one of YAML, by its suffix.

    `faults` of the result tell of values that are none of a pipeline.
    Raises `ReadFailed` if it cannot be read, `InvalidDocument` if it holds no pipeline.
    """
    if path.suffix.lower() in YAML_SUFFIXES:
        return load_yaml(path)
    return _load(path, lambda content: read_tree(complete(text.parse(content))))


def load_yaml(path: Path) -> PipelineSpec:
    """Read a file of YAML, whatever its suffix; raises what `load_pipeline` does."""
    from mudrock_jupyter.spec.yaml_reading import from_yaml

    return _load(path, from_yaml)


def _load(path: Path, read: Callable[[str], PipelineSpec]) -> PipelineSpec:
    try:
        return read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadFailed(f"{path} could not be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidDocument(f"{path} is not a pipeline: it is not text.") from error
    except InvalidDocument as error:
        raise type(error)(f"{path}: {error}") from error


def set_parameter(spec: PipelineSpec, setting: str) -> None:
    """Set a parameter as `NODE.PARAMETER=VALUE` says; the value is JSON, or else text.

    Raises `InvalidInput` for another form, `NotFound` for a node that is not there.
    """
    target, equals, value = setting.partition("=")
    node, dot, parameter = target.rpartition(".")
    if not (equals and dot and node and parameter):
        raise InvalidInput(f"--set {setting}: write it as NODE.PARAMETER=VALUE.")
    spec.nodes[node_id(spec, node)].parameters[parameter] = _value(value)


def node_id(spec: PipelineSpec, name: str) -> str:
    """Return the id of the node of that name or id; raises `NotFound` with the nearest name."""
    node = spec.node_named(name)
    if node is None:
        names = [node.name for node in spec.nodes.values()]
        listed = f" It has: {', '.join(sorted(names))}." if names else " It has no nodes."
        raise NotFound(f"The pipeline has no node {name!r}.{did_you_mean(name, names) or listed}")
    return node.id


def _value(value: str) -> JsonValue:
    try:
        parsed: JsonValue = text.normalise(json.loads(value))
    except InvalidDocument as error:
        raise InvalidInput(f"--set ...={value}: {error}") from error
    except (ValueError, RecursionError):
        return value
    return parsed
