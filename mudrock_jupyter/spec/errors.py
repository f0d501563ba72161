"""Errors a user can act on: one base class, and the builtin each one stands for."""

from __future__ import annotations

import difflib
import os
import traceback
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mudrock_jupyter.spec.problems import Problem

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


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

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in place of a traceback: the line of the cell, the sentence.

        `%debug` and `__traceback__` still have the rest.
        """
        said = f"{type(self).__name__}: {self.message}"
        caller = _caller(self.__traceback__)
        return [f"line {caller.lineno}: {caller.line}", said] if caller else [said]


def _caller(raised: TracebackType | None) -> traceback.FrameSummary | None:
    """Return the last frame before this package's own: the user's call."""
    frames = traceback.extract_tb(raised)
    ours = (n for n, frame in enumerate(frames) if frame.filename.startswith(_PACKAGE))
    first = next(ours, len(frames))
    return frames[first - 1] if first else None


class Interrupted(KeyboardInterrupt):
    """A run that its caller interrupted; where it was then is its `__cause__`."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows: drawing where the engine was takes longer than stopping."""
        return [f"{type(self).__name__}: {self}"]


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

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows: the call, the lines of the operator's author, the sentence."""
        from mudrock_jupyter.spec.places import authors_frames, place

        *called, said = super()._render_traceback_()
        cause = self.__cause__
        frames = authors_frames(cause.__traceback__) if cause is not None else []
        lines = [place(frame.filename, frame.lineno or 0) for frame in frames]
        return [*called, *lines, said]


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return `" Did you mean 'GR'?"` for the nearest candidate, or an empty string.

    >>> did_you_mean("vsh_linaer", ["vsh_linear", "sw_archie"])
    " Did you mean 'vsh_linear'?"
    """
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean {by_lower[near[0]]!r}?" if near else ""
