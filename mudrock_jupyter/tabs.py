"""Editors in document tabs: a kernel answers them for the pipelines under its server's root."""

from __future__ import annotations

from pathlib import Path

from mudrock_jupyter.pipeline import Pipeline
from mudrock_jupyter.project import find_project
from mudrock_jupyter.spec.errors import NotConnected

_open: dict[Path, Pipeline] = {}


def serve_tabs() -> None:
    """Register the comm that document tabs open; calling it again changes nothing."""
    from mudrock_jupyter.widgets import comm_target

    comm_target.register(lambda path: _pipeline(path).host)


def _pipeline(path: str) -> Pipeline:
    """Open the pipeline at a path relative to the server's root, with the project it names."""
    from mudrock_jupyter.peers.discovery import find_server

    server = find_server()
    if server is None:
        raise NotConnected("This kernel was not started by a Jupyter server it can reach.")
    file = server.root / path
    pipeline = _open.get(file)
    if pipeline is None or pipeline.closed:  # a cell may have closed it
        pipeline = Pipeline.open(file, None)
        pipeline.project = find_project(pipeline.spec.project_id, file.parent)
        _open[file] = pipeline
    return pipeline
