"""Which room a document may be opened in, and what stands in the way: decisions, no effects.

A room's id is `format:type:fileId`. A `*.mudrock` file has exactly one, `text:mudrock:<fileId>`:
a second room of another type would save over the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

SUFFIX = ".mudrock"
FORMAT = "text"
TYPE = "mudrock"


@dataclass(frozen=True)
class Room:
    """The parts of a document room's id."""

    format: str
    type: str
    file_id: str

    @classmethod
    def parse(cls, room_id: str) -> Room | None:
        """Read a room id; None for rooms that stand for no file (awareness, forks).

        >>> Room.parse("text:mudrock:5b1f")
        Room(format='text', type='mudrock', file_id='5b1f')
        >>> Room.parse("JupyterLab:globalAwareness") is None
        True
        """
        parts = room_id.split(":", 2)
        return cls(*parts) if len(parts) == 3 else None


@dataclass(frozen=True)
class Refusal:
    """Why a room is not opened: an HTTP status, what happened and what to do."""

    status: HTTPStatus
    message: str


def is_document(path: str) -> bool:
    """Tell whether a contents path names a pipeline document.

    >>> is_document("north-sea/porosity.mudrock"), is_document("notes.txt")
    (True, False)
    """
    return path.strip("/").lower().endswith(SUFFIX)


def refuse_type(path: str, room_format: str, room_type: str) -> Refusal | None:
    """Refuse a pipeline document in any room but its own, and its room to any other file."""
    ours = (room_format, room_type) == (FORMAT, TYPE)
    if is_document(path) and not ours:
        return Refusal(
            HTTPStatus.CONFLICT,
            f"'{path}' is a mudrock pipeline and cannot be opened as {room_format}:{room_type}: "
            "two kinds of rooms on one file save over each other. Open it with the pipeline "
            f"editor (format '{FORMAT}', type '{TYPE}').",
        )
    if ours and not is_document(path):
        return Refusal(
            HTTPStatus.BAD_REQUEST,
            f"'{path}' is not a mudrock pipeline: only *{SUFFIX} files open in the pipeline "
            "editor. Rename the file, or open it as text.",
        )
    return None


def refuse_alias(path: str, target: str) -> Refusal:
    """Refuse a link to a document: each name of a file would get a room of its own."""
    return Refusal(
        HTTPStatus.CONFLICT,
        f"'{path}' is another name of '{target}': two rooms on one file save over each other. "
        f"Open '{target}'.",
    )


def refuse_quoted(room_id: str) -> Refusal:
    """Refuse a percent-encoded room id: upstream takes it for a room of no file."""
    return Refusal(
        HTTPStatus.BAD_REQUEST,
        f"The room id '{room_id}' is percent-encoded, and names a room that nobody saves. "
        f"Ask for '{FORMAT}:{TYPE}:<file id>' as it stands.",
    )


def refuse_missing(path: str | None) -> Refusal:
    """Refuse a document that is not there."""
    named = f"'{path}'" if path else "The document"
    return Refusal(
        HTTPStatus.NOT_FOUND,
        f"{named} does not exist on this Jupyter server. Create the file first "
        "(File > New, or project.pipeline(...) in a notebook), then open it.",
    )


def refuse_reader(path: str) -> Refusal:
    """Refuse someone who may read documents but not write them."""
    return Refusal(
        HTTPStatus.FORBIDDEN,
        f"You may read '{path}' but not change it, and everyone in a room can write. "
        "Ask the server's owner for write permission on contents, or open a copy.",
    )


def refuse_unwritable(path: str) -> Refusal:
    """Refuse a document whose edits could never be saved."""
    return Refusal(
        HTTPStatus.FORBIDDEN,
        f"'{path}' is read-only for the Jupyter server, so edits could not be saved. "
        "Make the file and its folder writable (chmod u+w), or open a copy.",
    )
