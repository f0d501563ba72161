"""The `mudrock` command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import mudrock_jupyter
from mudrock_jupyter import printing
from mudrock_jupyter.exports import Form
from mudrock_jupyter.spec.errors import (
    InvalidDocument,
    InvalidInput,
    MudrockError,
    NewerFormat,
    NotFound,
    ReadFailed,
)

if TYPE_CHECKING:
    from mudrock_jupyter.engine.cache.store import CacheStore
    from mudrock_jupyter.engine.run import Run
    from mudrock_jupyter.project import Project
    from mudrock_jupyter.spec.pipeline import PipelineSpec
    from mudrock_jupyter.spec.problems import Problem

COMPLETED, FAILED, INVALID, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="mudrock",
    help="Well-log pipelines: import wells, check and run pipelines, list operators.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cache = typer.Typer(
    help="Look at, or clear, what earlier runs of a project left to be used again.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(cache, name="cache")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mudrock {mudrock_jupyter.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Well-log pipelines: import wells, check and run pipelines, list operators."""


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
ProjectFolder = Annotated[Path, typer.Argument(metavar="PROJECT", help="The project's folder.")]
PipelineFile = Annotated[Path, typer.Argument(metavar="PIPELINE", help="A .mudrock or YAML file.")]


@app.command("import")
def import_files(
    project: ProjectFolder,
    files: Annotated[list[str], typer.Argument(metavar="FILES...", help="LAS or Parquet files.")],
    log_set: Annotated[str | None, typer.Option("--set", help="Name of the log set.")] = None,
    as_json: AsJson = False,
) -> None:
    """Import LAS 1.2, LAS 2.0 and wide Parquet files into a project."""
    report = _project(project, existing=False).store.import_files(
        files, set=log_set, on_file=None if as_json else printing.print_file_report
    )
    if as_json:
        printing.print_frame(report.to_pandas(), as_json)
    else:
        printing.console().print(report.summary)
    raise typer.Exit(FAILED if report.failed else COMPLETED)


@app.command()
def wells(project: ProjectFolder, as_json: AsJson = False) -> None:
    """List the wells of a project."""
    printing.print_frame(_project(project).wells(), as_json)


@app.command()
def curves(
    project: ProjectFolder,
    well: Annotated[str | None, typer.Option(help="Only this well's.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the curves of a project."""
    printing.print_frame(_project(project).curves(well), as_json)


@app.command()
def validate(
    pipeline: PipelineFile,
    project: Annotated[Path | None, typer.Option(help="The project it reads.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a pipeline without running it: exit code 0 if valid, 2 if not."""
    spec, problems = _checked(pipeline, project, ())
    if as_json:
        printing.print_json([problem.to_dict() for problem in problems])
    else:
        printing.print_problems(problems, _names(spec))
        if not problems:
            printing.console().print(f"{pipeline}: valid, {len(spec.nodes)} nodes")
    raise typer.Exit(INVALID if _stops(problems) else COMPLETED)


@app.command()
def run(
    pipeline: PipelineFile,
    project: Annotated[Path, typer.Option(help="The project it reads.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NODE.PARAM=VALUE", help="Set a parameter.")
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="NODE", help="Run only up to this node.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the result here (.parquet or .csv).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a pipeline: exit code 0 if completed, 1 if a node failed, 2 if it is invalid."""
    from mudrock_jupyter.pipeline_file import node_id
    from mudrock_jupyter.running import (
        check_result,
        execute_with_progress,
        record_refusal,
        write_result,
    )

    spec, problems = _checked(pipeline, project, settings or ())
    names = _names(spec)
    if _stops(problems):
        record_refusal(pipeline, spec, _project(project).store, problems)
        _report_invalid(problems, names, as_json)
        raise typer.Exit(INVALID)
    target = node_id(spec, to) if to is not None else None
    if out:
        check_result(spec, target, out)
    finished = execute_with_progress(
        pipeline, spec, _project(project).store, target, quiet=as_json
    )
    written = (
        write_result(finished, spec, target, out)
        if out and finished.status == "completed"
        else None
    )
    _report_run(finished, problems, names, as_json)
    if written and not as_json:
        printing.console().print(f"{len(finished[written]):,} rows written to {out}")
    raise typer.Exit(COMPLETED if finished.status == "completed" else FAILED)


@app.command()
def export(
    pipeline: PipelineFile,
    form: Annotated[Form, typer.Option("--as", help="What to write it as.")],
    project: Annotated[Path | None, typer.Option(help="The project it reads.")] = None,
    node: Annotated[
        str | None, typer.Option(metavar="NODE", help="Only this node's query (sql, substrait).")
    ] = None,
    dialect: Annotated[str, typer.Option(help="Of SQL: datafusion or duckdb.")] = "datafusion",
    out: Annotated[Path | None, typer.Option(help="Write it here, not to the terminal.")] = None,
) -> None:
    """Write a pipeline as a Python script, SQL, Graphviz, YAML or Substrait."""
    from mudrock_jupyter.exports import write_export
    from mudrock_jupyter.pipeline_file import load_pipeline

    wanted = _project(project) if project else None
    write_export(load_pipeline(pipeline), wanted, pipeline, form, node, dialect, out)


@app.command()
def runs(
    project: ProjectFolder,
    last: Annotated[int, typer.Option(min=0, help="List only so many; 0 for all.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the runs of a project, newest first."""
    frame = _project(project).runs(last or None)
    frame["started_at"] = [at.isoformat(timespec="seconds") for at in frame["started_at"]]
    printing.print_frame(frame, as_json)


@app.command()
def versions(
    pipeline: PipelineFile,
    printed: Annotated[
        str | None,
        typer.Option("--print", metavar="VERSION", help="Print that version as a file's text."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the versions of a pipeline, newest first, also of a file that is broken."""
    from mudrock_jupyter.spec.text import dump
    from mudrock_jupyter.versioning import folder_of_file, versions_frame

    folder = folder_of_file(pipeline)
    if printed is not None:
        print(dump(folder.tree(folder.find(printed).id)), end="")
        return
    frame = versions_frame(folder.versions())
    frame["created_at"] = [at.isoformat(timespec="seconds") for at in frame["created_at"]]
    printing.print_frame(frame, as_json)


@app.command()
def operators(as_json: AsJson = False) -> None:
    """List the operators a node can run."""
    from mudrock_jupyter.operators import registry
    from mudrock_jupyter.operators.listing import catalogue_frame

    if as_json:
        printing.print_json(registry.catalogue())
    else:
        columns = ["title", "kind", "inputs", "outputs", "source"]
        printing.print_frame(catalogue_frame()[columns], as_json=False)


@cache.command("status")
def cache_status(project: ProjectFolder, as_json: AsJson = False) -> None:
    """Show where the cache of a project is, what it holds and how large it may become."""
    printing.print_cache(_cache(project).status(), as_json)


@cache.command("clear")
def cache_clear(project: ProjectFolder, as_json: AsJson = False) -> None:
    """Remove everything from the cache of a project: the next run computes it again."""
    printing.print_cleared(_cache(project).clear(), as_json)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to make it.")] = Path(
        "mudrock-demo"
    ),
    no_lab: Annotated[bool, typer.Option("--no-lab", help="Do not open JupyterLab.")] = False,
) -> None:
    """Make a demo project and pipeline, run it, and open JupyterLab on the first tutorial."""
    from mudrock_jupyter.demo import open_lab, run_demo

    notebook = run_demo(folder)
    if not no_lab:
        open_lab(folder, notebook)


def main() -> None:
    """Run the command; a user's mistake ends in one sentence, never in a traceback."""
    try:
        app()
    except (InvalidInput, NotFound, ReadFailed) as error:
        sys.exit(_complain(error, INVALID))
    except MudrockError as error:
        sys.exit(_complain(error, FAILED))
    except SystemExit as end:
        if end.code == INTERRUPTED:  # what Typer makes of Ctrl-C, in silence
            print("Stopped. What was finished is kept.", file=sys.stderr)
        raise


def _complain(error: MudrockError, code: int) -> int:
    print(f"mudrock: {error}", file=sys.stderr)
    return code


def _project(folder: Path, existing: bool = True) -> Project:
    from mudrock_jupyter.project import Project

    if existing and not (folder / "project.json").exists():
        raise NotFound(
            f"There is no project in {folder}. Make one with: mudrock import {folder} FILES..."
        )
    return Project(folder)


def _cache(folder: Path) -> CacheStore:
    from mudrock_jupyter.engine.cache.place import open_cache

    return open_cache(_project(folder).path)


def _checked(
    path: Path, project: Path | None, settings: list[str] | tuple[str, ...]
) -> tuple[PipelineSpec, list[Problem]]:
    from mudrock_jupyter.engine.validate import validate
    from mudrock_jupyter.pipeline_file import load_pipeline, set_parameter
    from mudrock_jupyter.spec.pipeline import PipelineSpec
    from mudrock_jupyter.spec.problems import Problem

    try:
        spec = load_pipeline(path)
    except NewerFormat as error:
        return PipelineSpec(), [Problem("newer_format", str(error))]
    except InvalidDocument as error:
        advice = "Repair the file, or go back to an older version of it."
        return PipelineSpec(), [Problem("invalid_document", str(error), advice)]
    for setting in settings:
        set_parameter(spec, setting)
    return spec, validate(spec, _project(project).store if project else None)


def _names(spec: PipelineSpec) -> dict[str, str]:
    return {id: node.name for id, node in spec.nodes.items()}


def _stops(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _report_invalid(problems: list[Problem], names: dict[str, str], as_json: bool) -> None:
    if not as_json:
        printing.print_problems(problems, names)
        return
    listed = [problem.to_dict() for problem in problems]
    printing.print_json(
        {"status": "invalid", "wall_ms": 0, "nodes": {}, "failures": [], "problems": listed}
    )


def _report_run(
    finished: Run, problems: list[Problem], names: dict[str, str], as_json: bool
) -> None:
    if as_json:
        printing.print_json(printing.run_json(finished, names))
        return
    printing.print_problems(problems, names)
    printing.print_run(finished, names)
    printing.console().print(f"{finished.status} in {finished.wall_ms / 1000:.2f} s")


if __name__ == "__main__":
    main()
