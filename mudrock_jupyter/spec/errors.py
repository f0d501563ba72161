"""Errors a user can act on: one base class, and the builtin each one stands for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mudrock_jupyter.spec.problems import Problem


class MudrockError(Exception):
    """Base of every error this package raises on purpose.

    The message says what happened, where, and what to do about it.
    """

    @property
    def message(self) -> str:
        """The sentence shown to the user."""
        return str(self.args[0]) if self.args else type(self).__name__

    def __str__(self) -> str:  # KeyError and OSError would quote or reformat it
        return self.message


class InvalidInput(MudrockError, ValueError):
    """A value, argument or file that cannot be right."""


class NotFound(MudrockError, LookupError):
    """A well, curve, node, operator or file that is not there."""


class InvalidDocument(InvalidInput):
    """A `.mudrock` text that is not a pipeline."""


class NewerFormat(InvalidDocument):
    """A `.mudrock` file written by a newer version of this package."""


class InvalidPipeline(InvalidInput):
    """A pipeline that cannot run as it is; `problems` lists all of the reasons."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class ReadFailed(MudrockError, OSError):
    """A file that could not be read."""


class WriteFailed(MudrockError, OSError):
    """A file that could not be written; what was there before is still there."""


class NotConnected(MudrockError, ConnectionError):
    """A shared document whose server cannot be reached."""


class NotSupported(MudrockError, NotImplementedError):
    """Something this version cannot do."""


class OperatorFailed(MudrockError, RuntimeError):
    """An operator that raised while it worked on a well."""


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return `" Did you mean 'GR'?"` for the nearest candidate, or an empty string.

    >>> did_you_mean("vsh_linaer", ["vsh_linear", "sw_archie"])
    " Did you mean 'vsh_linear'?"
    """
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean {by_lower[near[0]]!r}?" if near else ""
