"""Where an operator went wrong: in its author's own line, not in the engine's."""

from __future__ import annotations

import traceback

from mudrock_jupyter.operators.declare import Operator


def said(operator: Operator, error: Exception, what: str) -> str:
    """Return an error as a sentence, with the line of the operator's code that raised it.

    `what` is the error's message, as it should be told.
    """
    file = operator.function.__code__.co_filename
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if frame.filename == file]
    line = f" (line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
    return f"{type(error).__name__}: {what.rstrip('.')}{line}."
