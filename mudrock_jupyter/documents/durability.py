"""The question "is it saved?" and its answer, as frames beside those of y-protocols.

Frames of type 2 are Jupyter's own: a text, and for a request a number. `durable` is ours: "tell me
when everything I have sent so far is safe" (docs/decisions/0008-a-local-log-behind-the-rooms.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from pycrdt import Decoder, Encoder

RAW = 2
DURABLE = "durable"
Durable = Literal["saved", "waiting", "refused"]
_STATUSES: dict[object, Durable] = {
    "saved": "saved",
    "waiting": "waiting",
    "refused": "refused",
}


@dataclass(frozen=True)
class Answer:
    """`saved`, `waiting` (another answer follows) or `refused`, and why."""

    number: int
    status: Durable
    message: str = ""


def request_durable(number: int) -> bytes:
    """Return the frame that asks whether everything sent so far is durable."""
    encoder = Encoder()
    encoder.write_var_uint(RAW)
    encoder.write_var_string(DURABLE)
    encoder.write_var_uint(number)
    return encoder.to_bytes()


def durable_request(frame: bytes) -> int | None:
    """Return the number of a request for durability; None for any other frame.

    >>> durable_request(request_durable(7)), durable_request(bytes([0, 2, 0]))
    (7, None)
    """
    if not frame or frame[0] != RAW:
        return None
    decoder = Decoder(frame)
    try:
        decoder.read_var_uint()
        return decoder.read_var_uint() if decoder.read_var_string() == DURABLE else None
    except (IndexError, ValueError):
        return None


def answer_durable(number: int, status: str, message: str = "") -> bytes:
    """Return the frame that answers: `saved`, `waiting` or `refused`, and why."""
    answer = {"type": DURABLE, "responseTo": number, "status": status}
    encoder = Encoder()
    encoder.write_var_uint(RAW)
    encoder.write_var_string(json.dumps(answer | ({"message": message} if message else {})))
    return encoder.to_bytes()


def durable_answer(frame: bytes) -> Answer | None:
    """Return what a frame answers; None if it is no such answer.

    >>> durable_answer(answer_durable(7, "waiting", "The disk is full."))
    Answer(number=7, status='waiting', message='The disk is full.')
    >>> durable_answer(bytes([2, 2, 123, 125]))
    """
    notice = read_notice(frame)
    number, status = notice.get("responseTo"), _STATUSES.get(str(notice.get("status")))
    if notice.get("type") != DURABLE or not isinstance(number, int) or status is None:
        return None
    return Answer(number, status, str(notice.get("message") or ""))


def read_notice(frame: bytes) -> dict[str, object]:
    r"""Return the JSON object in a frame of type 2; empty if there is none.

    >>> read_notice(b'\x02\x13{"type":"conflict"}')
    {'type': 'conflict'}
    """
    try:
        content = json.loads(Decoder(frame[1:]).read_var_string())
    except (IndexError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
