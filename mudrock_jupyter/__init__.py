"""Well-log pipelines as a shared graph in JupyterLab, run with DataFusion."""

from __future__ import annotations

__version__ = "0.1.0"
