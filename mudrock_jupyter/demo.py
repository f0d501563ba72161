"""The demo: a project of generated wells, a pipeline over them, and its result."""

from __future__ import annotations

import os
import shutil
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from mudrock_jupyter.pipeline import Node, Pipeline
from mudrock_jupyter.printing import console, print_frame, print_run
from mudrock_jupyter.project import Project
from mudrock_jupyter.spec.errors import InvalidPipeline

if TYPE_CHECKING:
    import pandas

    from mudrock_jupyter.engine.run import Run

WELLS = 12
PROJECT = "wells"
PIPELINE = "first-pipeline.mudrock"
NOTEBOOK = "01-first-pipeline.ipynb"


def run_demo(folder: Path) -> Path:
    """Make the demo's files in `folder`, run its pipeline and print the result.

    What is there already is kept. Returns the tutorial to open.
    """
    out = console()
    folder = folder.expanduser().resolve()
    started = time.perf_counter()
    project = demo_project(folder / "notebooks" / PROJECT)
    _say(f"{project!r}", started)
    notebook = copy_notebooks(folder / "notebooks")
    pipeline = project.pipeline(folder / "notebooks" / PIPELINE)
    result = build_demo_pipeline(pipeline)
    try:
        _run_and_print(pipeline, result)
    except InvalidPipeline as error:
        out.print(f"{error}\nMend it in the editor, or delete {pipeline.path} to begin anew.")
    out.print("Made here:")
    for label, path in (
        ("wells", project.path),
        ("pipeline", pipeline.path),
        ("tutorial", notebook),
    ):
        out.print(f"  {label:9} {path}")
    pipeline.close()
    return notebook


def _run_and_print(pipeline: Pipeline, result: Node) -> None:
    started = time.perf_counter()
    run = pipeline.run()
    _say(f"Pipeline run: {run.status}", started)
    print_run(run, {node.id: node.name for node in pipeline.nodes})
    if run.status == "completed":
        print_frame(net_pay(run, result), as_json=False, title="Net pay by well")


def open_lab(folder: Path, notebook: Path) -> NoReturn:
    """Replace this process by JupyterLab, opened on the tutorial."""
    root = folder.expanduser().resolve()
    command = [
        *(sys.executable, "-m", "jupyter", "lab", f"--ServerApp.root_dir={root}"),
        f"--LabApp.default_url=/lab/tree/{notebook.relative_to(root).as_posix()}",
        "--ServerApp.answer_yes=True",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    console().print("Opening JupyterLab; stop it with Ctrl+C.")
    sys.stdout.flush()
    os.execv(sys.executable, command)


def demo_project(root: str | Path, wells: int = WELLS) -> Project:
    """Return a project of generated wells, made on first use and left alone afterwards.

    The wells are synthetic: layered lithology, fluids, tool noise, gaps and washouts.
    """
    from mudrock_jupyter.wells.synthetic import synthetic_wells

    project = Project(root)
    present = set(project.wells()["name"]) if project.exists else set()
    for well in synthetic_wells(wells):
        if well.name not in present:
            project.store.write_logs(well.name, well.logs)
            project.store.write_tops(well.name, well.tops)
    return project


def build_demo_pipeline(pipeline: Pipeline) -> Node:
    """Add the demo's nodes: logs -> Vsh -> porosity -> Archie -> despike -> net pay -> output.

    A pipeline that has nodes already is left as it is. Returns the output node.
    """
    existing = next((node for node in pipeline.nodes if node.operator_id == "output"), None)
    if existing is not None:
        return existing
    logs = pipeline.add(
        "well_logs", name="logs", curves=["GR", "RHOB", "NPHI", "DTC", "RT", "CALI"]
    )
    vsh = pipeline.add(
        "vsh_larionov_tertiary", logs, name="shale volume", gr_clean=25, gr_shale=125
    )
    phi = pipeline.add("phi_density", vsh, name="density porosity", rho_ma=2.65, rho_fl=1.0)
    sw = pipeline.add("sw_archie", phi, name="water saturation", phi="PHID", rw=0.05)
    despiked = pipeline.add("sig_hampel", sw, name="despike", curves=["PHID"], window=11)
    pay = pipeline.add(
        "wel_pay_flags", despiked, name="net pay", phie="PHID_H", swe="SW", vsh=0.4, phi=0.1, sw=0.6
    )
    return pipeline.add("output", pay, name="result")


def copy_notebooks(folder: Path) -> Path:
    """Copy the tutorials into `folder`, keeping those already there; return the first one."""
    folder.mkdir(parents=True, exist_ok=True)
    for notebook in _notebooks():
        target = folder / notebook.name
        if not target.exists():
            shutil.copyfile(notebook, target)
    return folder / NOTEBOOK


def net_pay(run: Run, result: Node) -> pandas.DataFrame:
    """Sum up the demo's result: net pay by well, depth-weighted, with units in the headings."""
    from mudrock_jupyter.engine.apply import apply
    from mudrock_jupyter.engine.bound import unit_of

    table = apply("wel_net_pay", run[result], phie="PHID_H", swe="SW")
    headings = {field.name: f"{field.name} {unit_of(field)}".strip() for field in table.schema}
    summary: pandas.DataFrame = table.to_pandas().rename(columns=headings)
    return summary


def _say(what: str, started: float) -> None:
    console().print(f"{what} ({time.perf_counter() - started:.1f} s)")


def _notebooks() -> list[Path]:
    """Find the tutorials: inside the installed package, or beside it in a checkout."""
    package = Path(str(files("mudrock_jupyter")))
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if folder.is_dir():
            return sorted(folder.glob("*.ipynb"))
    return []
