"""Every code that a problem can have, and what it means. `docs/problems.md` is made from it."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, Mapping[str, str]] = {
    "The document": {
        "invalid_document": "Something in the file is not as a pipeline has it, and is left out.",
        "unknown_key": "A YAML file has a key that is not one of a pipeline's.",
        "newer_format": "The file was written by a newer version of this package.",
    },
    "Nodes and connections": {
        "empty": "The pipeline has no nodes, so that a run would make nothing.",
        "duplicate_name": "Several nodes have one name.",
        "unknown_operator": "No operator has the id that a node names.",
        "unknown_version": "The operator is there, and not in a version that the node accepts.",
        "invalid_version": "The node's rule names no version or channel, or one that is none.",
        "unknown_node": "A connection leads to or from a node that is not there.",
        "self_edge": "A node is connected to itself.",
        "unknown_port": "A connection leads to or from a port that the operator does not have.",
        "duplicate_connection": "Two connections lead to one input.",
        "cycle": "Nodes feed each other in a circle.",
        "orphan": "A source is connected to nothing, while there are other nodes.",
        "missing_input": "Nothing is connected to an input.",
        "no_output": "The pipeline has no output; it runs, and its nodes can be looked at.",
        "error_connection": "An error connection leads to a node that works on samples.",
        "invalid_condition": "The condition of a connection cannot be read, or names no column.",
        "unused_condition": "A connection that is not conditional has a condition.",
    },
    "Parameters and operators": {
        "invalid_parameter": "A parameter does not fit its schema, or there is none of that name.",
        "no_curve": "No curve is picked yet for an operator that works on any.",
        "unknown_input": "A curve is mapped to an argument that the operator does not have.",
        "operator_failed": "The operator raised before it saw data.",
    },
    "Columns": {
        "missing_column": "A column that a node needs does not reach it.",
        "missing_in_wells": "A column that a node needs is missing in some wells, or in all.",
        "wrong_type": "A column holds numbers, flags or text where another is needed.",
        "incompatible_unit": "A column's unit cannot be converted to the one needed.",
        "unknown_unit": "A column has no unit, or one that is not known; it is taken as needed.",
        "replaces_column": "A node writes a column that reaches it already.",
        "duplicate_column": "A node would write two columns of one name.",
    },
    "Wells": {
        "no_project": "A node reads wells, and no project is known.",
        "no_wells": "The project has no wells.",
        "unknown_well": "The project has no well of that name or id.",
        "unreadable_well": "A well's files cannot be read; it is left out.",
        "unknown_curve": "No well has the curve that a source asks for.",
        "curve_missing_in_wells": "Some wells lack a curve that a source asks for.",
        "assumed_unit": "A curve has no unit in some wells; that of the others is taken.",
        "mixed_units": "A curve is of another kind of unit in some wells; it is left empty there.",
        "mixed_types": "A curve is of another type in some wells; it is left empty there.",
        "invalid_depth_range": "The depth range is upside down, or no range at all.",
        "depth_range_empty": "No well has samples in the depth range.",
    },
}


def known_codes() -> frozenset[str]:
    """Return every code.

    >>> "cycle" in known_codes()
    True
    """
    return frozenset(code for codes in CODES.values() for code in codes)


def as_markdown() -> str:
    """Return the codes as Markdown, a table for each group."""
    parts = []
    for group, codes in CODES.items():
        rows = [f"| `{code}` | {meaning} |" for code, meaning in codes.items()]
        parts.append("\n".join([f"## {group}", "", "| code | meaning |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"
