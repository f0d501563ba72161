"""A pipeline as a Python script on the public interface.

Whatever a document holds gets into the script as a literal, or as a comment of one line.
"""

from __future__ import annotations

import json
import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from mudrock_jupyter.engine.structure import Graph, read_graph
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.arguments import split_arguments
from mudrock_jupyter.operators.binding import with_curves
from mudrock_jupyter.operators.declare import Operator
from mudrock_jupyter.spec.errors import InvalidDocument, InvalidInput, InvalidPipeline, NotSupported
from mudrock_jupyter.spec.order import reading_order
from mudrock_jupyter.spec.pipeline import EdgeSpec, NodeSpec, PipelineSpec, unique_name
from mudrock_jupyter.spec.problems import errors
from mudrock_jupyter.spec.text import normalise

_LONGEST_LINE = 88
_TAKEN = ("mr", "project", "pipe", "run", "print")
_OF_ADD = frozenset({"self", "operator_id", "name", "at"})


def to_python(spec: PipelineSpec, project: str | Path, path: str | Path) -> str:
    """Write a script that makes the pipeline anew in the document `path` and runs it.

    The document keeps what a script has no word for: layout, comments, tags, whether to cache.
    Raises `InvalidPipeline` for a pipeline whose graph is not whole, `NotSupported` for a node
    that cannot be written as `pipe.add(...)`.
    """
    graph, problems = read_graph(spec, registry.resolve)
    if faults := errors(problems):
        listed = "".join(f"\n- {fault}" for fault in faults)
        raise InvalidPipeline(f"The pipeline cannot be written as a script:{listed}", problems)
    order = [node for node in reading_order(spec) if node in graph.order]
    variables = _variables(spec, order)
    parts = [
        '"""A pipeline of well logs, exported by mudrock_jupyter."""\n',
        "import mudrock_jupyter as mr\n",
        _needed(graph.operators.values()),
        f"project = mr.Project({str(project)!r})",
        f"pipe = project.pipeline({str(path)!r})\n",
        *(_node(spec, graph, variables, id) for id in order),
        "\nrun = pipe.run()\nprint(run)\n",
    ]
    return "\n".join(part for part in parts if part)


def _needed(operators: Iterable[Operator]) -> str:
    """Say which operators the script needs that are not of this package."""
    foreign = {
        each.id: each
        for each in operators
        if not each.function.__module__.startswith("mudrock_jupyter.")
    }
    if not foreign:
        return ""
    listed = [
        f"#   {_line(each.id)} {_line(each.version)}, from {_line(each.function.__module__)}"
        for _, each in sorted(foreign.items())
    ]
    first = "# Run the cell, or import the module, that declares these operators first:"
    return "\n".join([first, *listed, ""])


def _node(spec: PipelineSpec, graph: Graph, variables: Mapping[str, str], id: str) -> str:
    node, operator = spec.nodes[id], graph.operators[id]
    if not node.name:
        raise InvalidInput(f"A {operator.id} node has no name; give it one.")
    edges = spec.inputs_of(id)
    plain = all(_is_plain(edges[port]) for port in operator.ports)
    arguments = [repr(node.operator_id)]
    if plain:
        arguments += [variables[graph.inputs[id][port]] for port in operator.ports]
    arguments.append(f"name={node.name!r}")
    arguments += [f"{key}={value!r}" for key, value in _arguments(node, operator).items()]
    lines = [f"# {_line(text)}" for text in node.description.splitlines() if text.strip()]
    lines.append(_call(f"{variables[id]} = pipe.add", arguments))
    if not plain:
        lines += [_connection(variables, edges[port]) for port in operator.ports]
    return "\n".join(lines)


def _is_plain(edge: EdgeSpec) -> bool:
    return (edge.source_port, edge.edge_type) == ("output", "data_flow")


def _connection(variables: Mapping[str, str], edge: EdgeSpec) -> str:
    told = edge.model_dump(
        include={"source_port", "target_port", "edge_type", "condition"}, exclude_defaults=True
    )
    arguments = [variables[edge.source_node_id], variables[edge.target_node_id]]
    arguments += [f"{key}={value!r}" for key, value in told.items()]
    return _call("pipe.connect", arguments)


def _arguments(node: NodeSpec, operator: Operator) -> dict[str, JsonValue]:
    """Return what `pipe.add` has to be told, and make sure that it says what the node says."""
    if operator.version != registry.get(operator.id).version:
        raise NotSupported(
            f"{node.name!r} keeps to {operator.id} {operator.version}, and a script takes the "
            "newest. Let the node take the latest version first."
        )
    wanted = with_curves(operator, node.parameters)
    order = [*operator.parameters.model_fields, *sorted(wanted)]
    parameters = {
        name: wanted[name]
        for name in order
        if name in wanted and not _is_default(operator, name, wanted[name])
    }
    arguments: dict[str, JsonValue] = {**parameters, **dict(sorted(node.curve_mapping.items()))}
    try:
        understood = split_arguments(operator, arguments)
    except InvalidInput as error:
        raise InvalidInput(f"{node.name!r}: {error}") from error
    unsaid = [name for name in arguments if name in _OF_ADD or not _is_name(name)]
    if unsaid or _text(understood) != _text((parameters, node.curve_mapping)):
        which = unsaid[0] if unsaid else next(iter(node.curve_mapping), "its parameters")
        raise NotSupported(
            f"{node.name!r} cannot be written as pipe.add(...): there is no way to pass {which!r}."
        )
    return arguments


def _is_default(operator: Operator, name: str, value: JsonValue) -> bool:
    field = operator.parameters.model_fields.get(name)
    if field is None or field.is_required():
        return False
    try:
        return _text(field.default) == _text(value)
    except InvalidDocument:  # a default such as infinity is in no document
        return False


def _text(value: object) -> str:
    """Return JSON to compare by, in which true is not 1 and 20 is 20.0."""
    return json.dumps(normalise(to_jsonable_python(value)), sort_keys=True)


def _variables(spec: PipelineSpec, order: Iterable[str]) -> dict[str, str]:
    """Name a variable after each node."""
    taken = set(_TAKEN)
    variables = {}
    for id in order:
        variables[id] = unique_name(_variable(spec.nodes[id].name), taken)
        taken.add(variables[id])
    return variables


def _variable(name: str) -> str:
    """Make a name of a variable.

    >>> _variable("Vsh (1990)"), _variable("class"), _variable("2nd")
    ('Vsh_1990', 'class_', 'node_2nd')
    """
    words = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", name)).strip("_")
    wanted = unicodedata.normalize("NFKC", words)
    if not wanted.isidentifier():
        wanted = f"node_{wanted}" if f"node_{wanted}".isidentifier() else "node"
    return f"{wanted}_" if keyword.iskeyword(wanted) else wanted


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _call(function: str, arguments: list[str]) -> str:
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _LONGEST_LINE:
        return line
    return "\n".join([f"{function}(", *(f"    {each}," for each in arguments), ")"])


def _line(text: str) -> str:
    """Keep a text within one line of a comment, whatever it holds."""
    return "".join(each if each.isprintable() else " " for each in text)
