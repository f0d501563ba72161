"""Operators of other packages: the entry points of the group `mudrock.operators`."""

from __future__ import annotations

import logging
import traceback
import warnings
from importlib.metadata import EntryPoint, entry_points

from mudrock_jupyter.spec.errors import MudrockError
from mudrock_jupyter.spec.places import place

GROUP = "mudrock.operators"

log = logging.getLogger("mudrock_jupyter.operators")


def load() -> None:
    """Import each package's operators; one that fails is named in a warning, the others come."""
    for point in entry_points(group=GROUP):
        try:
            point.load()
        except (Exception, SystemExit) as error:  # a package is anyone's code
            log.info("The entry point %s = %s failed", point.name, point.value, exc_info=error)
            warnings.warn(_reason(point, error), RuntimeWarning, stacklevel=2)


def _reason(point: EntryPoint, error: BaseException) -> str:
    package = f"{point.dist.name} {point.dist.version}" if point.dist else point.name
    return (f"The operators of the package {package} are missing, because {point.value} could "
            f"not be imported: {type(error).__name__}: {error}{_line(error)}")


def _line(error: BaseException) -> str:
    if isinstance(error, MudrockError):  # it names the line itself
        return ""
    last = traceback.extract_tb(error.__traceback__)[-1]
    if last.filename.startswith("<frozen"):  # the import itself
        return ""
    return f" ({place(last.filename, last.lineno or 0)})"
