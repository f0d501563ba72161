"""A pipeline in other languages: Python, SQL, Graphviz, YAML, Substrait; and back from YAML."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from mudrock_jupyter.spec.errors import InvalidInput

if TYPE_CHECKING:
    from mudrock_jupyter.engine.compile import Plan
    from mudrock_jupyter.pipeline import Node, Pipeline
    from mudrock_jupyter.project import Project
    from mudrock_jupyter.spec.pipeline import PipelineSpec
    from mudrock_jupyter.wells.store import WellStore


class Form(StrEnum):
    """What a pipeline can be written as."""

    PYTHON = "python"
    SQL = "sql"
    DOT = "dot"
    YAML = "yaml"
    SUBSTRAIT = "substrait"


class Exports(ABC):
    """What a pipeline's handle writes itself as."""

    project: Project | None

    @property
    @abstractmethod
    def spec(self) -> PipelineSpec:
        """The pipeline as it is now, as plain types."""

    @property
    @abstractmethod
    def wells(self) -> WellStore | None:
        """The wells it runs on."""

    @property
    @abstractmethod
    def path(self) -> Path:
        """The `.mudrock` file."""

    @abstractmethod
    def node(self, name_or_id: Node | str) -> Node:
        """Return the node of that name or id."""

    def to_python(self, path: str | Path | None = None) -> str:
        """Write a script that makes this pipeline anew, runs it and gives the same numbers.

        The script keeps its pipeline in the document `path`, by default one beside this one, so
        that running it never changes what others have open.
        Raises `InvalidPipeline` for a pipeline whose graph is not whole.

        >>> print(pipe.to_python())  # doctest: +SKIP
        """
        return python_of(self.spec, self.project, path or _beside(self.path))

    def to_sql(self, node: Node | str | None = None, *, dialect: str = "datafusion") -> str:
        """Write what is relational as SQL over the project's files: a statement for each result.

        Kernels over wells and table operators run in Python: what follows them reads a table of
        their name. With `node`, only the statement that makes its rows. `dialect` is
        `"datafusion"` or `"duckdb"`.
        Raises `InvalidPipeline`, or `NotSupported` for a `node` that has no SQL.

        >>> duckdb.sql(pipe.to_sql("vsh", dialect="duckdb"))  # doctest: +SKIP
        """
        from mudrock_jupyter.engine.export.sql import to_sql

        return to_sql(self._plan(node), self._id_of(node), dialect)

    def to_dot(self) -> str:
        """Write the graph for Graphviz, whose `dot -Tsvg` draws it."""
        from mudrock_jupyter.spec.dot import to_dot

        return to_dot(self.spec)

    def to_yaml(self, *, ids: bool = False) -> str:
        """Write the pipeline as YAML, to read and to edit by hand; `project.from_yaml` reads it.

        With `ids`, those of the nodes and connections are kept as well.
        """
        from mudrock_jupyter.spec.yaml_writing import to_yaml

        return to_yaml(self.spec, ids=ids)

    def to_substrait(self, node: Node | str | None = None) -> dict[str, bytes]:
        """Return a serialised Substrait plan for each relational result, by the node's name.

        Raises `InvalidPipeline`, or `NotSupported` for a `node` that runs in Python.
        """
        from mudrock_jupyter.engine.export.substrait import to_substrait

        return to_substrait(self._plan(node), self._id_of(node))

    def _id_of(self, node: Node | str | None) -> str | None:
        return None if node is None else self.node(node).id

    def _plan(self, node: Node | str | None) -> Plan:
        from mudrock_jupyter.engine.compile import compile

        return compile(self.spec, self.wells, self._id_of(node))


def python_of(spec: PipelineSpec, project: Project | None, path: str | Path) -> str:
    """Write a pipeline as a script; without a project the script names one to fill in."""
    from mudrock_jupyter.engine.export.python_script import to_python

    root = project.path if project is not None else Path("PROJECT")
    return to_python(spec, root.relative_to(here) if root.is_relative_to(here := Path.cwd())
                     else root, path)


def read_yaml(yaml: str | Path) -> PipelineSpec:
    """Read a pipeline from YAML: a text, a `Path`, or a name that ends in `.yaml` or `.yml`.

    Raises `InvalidDocument` for a text that is none, also for a key that looks misspelt.
    """
    from mudrock_jupyter.pipeline_file import YAML_SUFFIXES, load_yaml
    from mudrock_jupyter.spec.errors import InvalidDocument
    from mudrock_jupyter.spec.yaml_reading import from_yaml

    is_file = isinstance(yaml, Path) or yaml.lower().endswith(YAML_SUFFIXES)
    spec = load_yaml(Path(yaml)) if is_file else from_yaml(str(yaml))
    if spec.faults:
        raise InvalidDocument(" ".join(str(fault) for fault in spec.faults))
    return spec


def fill(pipeline: Pipeline, spec: PipelineSpec) -> Pipeline:
    """Write a whole pipeline into a document that has none yet, as one step of undo."""
    from mudrock_jupyter.documents.merging import merge
    from mudrock_jupyter.documents.reading import complete
    from mudrock_jupyter.spec.text import normalise_tree

    present = pipeline.spec
    if present.nodes:
        raise InvalidInput(
            f"{pipeline.path} holds a pipeline already; nothing was changed. Choose another file."
        )
    kept = {
        "id": spec.id or present.id,
        "project_id": present.project_id or spec.project_id,
        "metadata": spec.metadata if "metadata" in spec.model_fields_set else present.metadata,
    }
    tree = normalise_tree(spec.model_copy(update=kept).model_dump(by_alias=True, mode="json"))
    pipeline.peer.call(lambda doc: merge(doc, complete(tree)))
    return pipeline


def write_export(
    spec: PipelineSpec,
    project: Project | None,
    source: Path,
    form: Form,
    node: str | None,
    dialect: str,
    out: Path | None,
) -> None:
    """Write a pipeline in another form to a file, or as text to the terminal.

    Raises `InvalidInput` where the form needs something that was not said.
    """
    from mudrock_jupyter.spec.files import write_atomically

    content = _export(spec, project, source, form, node, dialect)
    if out is not None:
        write_atomically(out, content)
    elif isinstance(content, bytes):
        raise InvalidInput("Substrait is no text: name a file with --out FILE.")
    else:
        print(content, end="")


def _export(
    spec: PipelineSpec,
    project: Project | None,
    source: Path,
    form: Form,
    node: str | None,
    dialect: str,
) -> str | bytes:
    if form is Form.PYTHON:
        return python_of(spec, project, _beside(source))
    if form is Form.DOT:
        from mudrock_jupyter.spec.dot import to_dot

        return to_dot(spec)
    if form is Form.YAML:
        from mudrock_jupyter.spec.yaml_writing import to_yaml

        return to_yaml(spec)
    return _query(spec, project, form, node, dialect)


def _query(
    spec: PipelineSpec, project: Project | None, form: Form, node: str | None, dialect: str
) -> str | bytes:
    from mudrock_jupyter.engine.compile import compile
    from mudrock_jupyter.engine.export.sql import to_sql
    from mudrock_jupyter.engine.export.substrait import to_substrait
    from mudrock_jupyter.pipeline_file import node_id

    if project is None:
        raise InvalidInput(f"To write {form} the wells' files are needed: name --project.")
    wanted = node_id(spec, node) if node is not None else None
    plan = compile(spec, project.store, wanted)
    if form is Form.SQL:
        return to_sql(plan, wanted, dialect)
    plans = to_substrait(plan, wanted)
    if len(plans) > 1:
        raise InvalidInput(f"There are several plans; name one: --node {' or '.join(plans)}.")
    return next(iter(plans.values()))


def _beside(path: Path) -> str:
    return f"{path.stem}_script.mudrock"
