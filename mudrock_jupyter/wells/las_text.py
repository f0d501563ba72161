"""The text of a LAS file: decoded, and cut into its sections."""

from __future__ import annotations

from dataclasses import dataclass

from mudrock_jupyter.spec.errors import InvalidInput, NotSupported
from mudrock_jupyter.wells.reading import Findings

_STANDARD = "VWCPO"


@dataclass(frozen=True)
class Section:
    """A section: its title line without the tilde, and the lines below it.

    `line` is the number of the title line, counted from one; the lines follow it.
    """

    title: str
    line: int
    lines: list[str]

    def items(self) -> list[tuple[int, str]]:
        """Return the lines that are neither blank nor comments, with their numbers."""
        numbered = enumerate(self.lines, self.line + 1)
        return [(n, line) for n, line in numbered if line.strip() and line.lstrip()[0] != "#"]


@dataclass(frozen=True)
class LasText:
    """The sections by letter (`V`, `W`, `C`, `P`, `O`), the data, and how the text ends."""

    sections: dict[str, Section]
    data: Section
    ends_with_newline: bool


def read_las_text(content: bytes, findings: Findings) -> LasText:
    """Decode a LAS file and find its sections.

    Raises `InvalidInput` for a file that is empty, binary or without curves or data, and
    `NotSupported` for LAS 3.
    """
    lines = _decode(content, findings).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    marks = [n for n, line in enumerate(lines) if "~" in line[:64] and line.lstrip()[:1] == "~"]
    if not marks:
        raise InvalidInput(
            "No line begins with '~', so this is not a LAS file, or only the tail of one."
        )
    sections: dict[str, Section] = {}
    data: list[Section] = []
    for start, end in zip(marks, [*marks[1:], len(lines)], strict=True):
        title = lines[start].strip()[1:].strip()
        section = Section(title, start + 1, lines[start + 1 : end])
        letter = title[:1].upper()
        _refuse_las3(section, letter)
        if letter == "A" and not title.upper().startswith("API"):
            data.append(section)
        elif letter in _STANDARD and not title.upper().startswith("CORE"):
            if letter in sections and letter != "O":
                findings.warn(f"A second ~{letter} section in line {start + 1} was not read.")
            sections.setdefault(letter, section)
    if not data:
        raise InvalidInput(
            f"There is no ~A section: the file ends after ~{title} (line {start + 1}) without "
            "data. It may be truncated; get it again."
        )
    if len(data) > 1:
        raise InvalidInput(
            f"There are {len(data)} ~A sections (lines {data[0].line} and {data[1].line}); LAS 2 "
            "has one. Split the file."
        )
    return LasText(sections, data[0], lines[-1] == "")


def _refuse_las3(section: Section, letter: str) -> None:
    version = ""
    if letter == "V":
        version = next((line.split(".", 1)[1].split(":")[0].strip() for _, line in section.items()
                        if line.strip().upper().startswith("VERS") and "." in line), "")
    title = section.title.upper()
    if version.startswith("3") or title.startswith(("LOG_DEF", "LOG_DATA", "ASCII | LOG")):
        raise NotSupported(
            f"This is LAS {version or '3'} (line {section.line}), which is not supported. Export "
            "it as LAS 2.0."
        )


def _decode(content: bytes, findings: Findings) -> str:
    if not content.strip():
        raise InvalidInput("The file is empty.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _utf16(content, "utf-16")
    head = content[:1024]
    if head[1::2].count(0) > len(head) // 4:
        return _utf16(content, "utf-16-le")
    if head[0::2].count(0) > len(head) // 4:
        return _utf16(content, "utf-16-be")
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise InvalidInput(f"The file is binary or damaged: line {line} has a zero byte.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        findings.note(f"Not UTF-8 (line {line}): read as Latin-1.")
        return content.decode("latin-1")


def _utf16(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The file is damaged UTF-16 at byte {error.start}.") from error
