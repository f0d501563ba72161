"""What is wrong with a pipeline, in words a user can act on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a code for programs, a message and advice for people.

    `node` and `edge` are ids in the document; both are `None` for the pipeline as a whole.
    """

    code: str
    message: str
    advice: str = ""
    node: str | None = None
    edge: str | None = None
    severity: Severity = "error"

    def to_dict(self) -> dict[str, str | None]:
        """Return the problem as plain JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Keep the problems that stop a run."""
    return [problem for problem in problems if problem.severity == "error"]
