"""The tutorials run from the first cell to the last, as a reader would run them."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("default")  # the kernel's own client warns about its event loop
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_tutorial_runs(notebook: Path, tmp_path: Path) -> None:
    document = nbformat.read(notebook, as_version=4)
    NotebookClient(
        document, timeout=240, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    outputs = [output for cell in document.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    nbformat.write(document, tmp_path / "executed.ipynb")
    assert (tmp_path / "executed.ipynb").stat().st_size < 1_000_000
    assert list(tmp_path.glob("*.mudrock"))
