"""What became of each file of an import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Literal, overload

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["ok", "warning", "failed"]
COLUMNS = ("file", "status", "well", "rows", "curves", "messages")


@dataclass(frozen=True)
class FileReport:
    """The outcome of one file; `curves` counts its data columns, depth included."""

    file: str
    status: Status
    well: str = ""
    rows: int = 0
    curves: int = 0
    messages: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """The messages as one text."""
        return " ".join(self.messages)


class ImportReport(Sequence[FileReport]):
    """One line per file, in the order they were imported."""

    def __init__(self, files: Sequence[FileReport]) -> None:
        self._files = tuple(files)

    @overload
    def __getitem__(self, index: int) -> FileReport: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[FileReport]: ...
    def __getitem__(self, index: int | slice) -> FileReport | Sequence[FileReport]:
        return self._files[index]

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[FileReport]:
        return iter(self._files)

    @property
    def failed(self) -> list[FileReport]:
        """The files nothing was imported from."""
        return [file for file in self if file.status == "failed"]

    @property
    def ok(self) -> bool:
        """True when there were files and none failed."""
        return bool(self._files) and not self.failed

    @property
    def summary(self) -> str:
        """One line: how many files, and how they fared."""
        counts = {status: sum(file.status == status for file in self)
                  for status in ("ok", "warning", "failed")}
        words = {"ok": "ok", "warning": "with warnings", "failed": "failed"}
        parts = [f"{count} {words[status]}" for status, count in counts.items() if count]
        return f"{len(self)} file{'' if len(self) == 1 else 's'}: {', '.join(parts) or 'none'}"

    def to_pandas(self) -> pd.DataFrame:
        """Return the report as a DataFrame: file, status, well, rows, curves, messages."""
        import pandas as pd

        rows = [asdict(file) | {"messages": file.message} for file in self]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def __repr__(self) -> str:
        width = max((len(file.file) for file in self), default=0)
        lines = [
            f"{file.status:<8} {file.file:<{width}}  "
            + (f"{file.well}: {file.rows} rows, {file.curves} curves. " if file.rows else "")
            + file.message
            for file in self
        ]
        return "\n".join([self.summary, *(line.rstrip() for line in lines)])

    def _repr_html_(self) -> str:
        head = "".join(f"<th style='text-align:left'>{name}</th>" for name in COLUMNS)
        body = "".join(
            "<tr>" + "".join(
                f"<td style='text-align:left'>{escape(str(value))}</td>"
                for value in (file.file, file.status, file.well, file.rows, file.curves)
            ) + f"<td style='text-align:left'>{'<br>'.join(map(escape, file.messages))}</td></tr>"
            for file in self
        )
        return (f"<p>{escape(self.summary)}</p>"
                f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
