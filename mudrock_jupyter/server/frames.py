"""What a peer may send into a room, looked at before anything is decoded.

Type 2 is Jupyter's own: a text, and for a request a number. `durable` is ours: "tell me when
everything I have sent so far is safe" (docs/decisions/0008-a-local-log-behind-the-rooms.md).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from pycrdt import Decoder, Encoder

from mudrock_jupyter.server.updates import BadUpdate, check_state_vector, check_update, payload

SYNC, AWARENESS, RAW = 0, 1, 2
MAXIMUM_FRAME = 16 * 1024 * 1024
MAXIMUM_AWARENESS = 64 * 1024
DURABLE = "durable"
SYNC_STEP1 = 0
_SYNC_TYPES = 3


def refuse(frame: object) -> str:
    """Say why a frame is not taken; empty if it is.

    >>> refuse(bytes([0, 2, 2, 0, 0])), refuse("text"), refuse(bytes([9, 0]))
    ('', 'Only binary frames are taken.', 'Frames of type 9 are not known.')
    """
    if not isinstance(frame, bytes):
        return "Only binary frames are taken."
    if len(frame) < 2:
        return "The frame is empty."
    if frame[0] not in {SYNC, AWARENESS, RAW}:
        return f"Frames of type {frame[0]} are not known."
    if frame[0] == SYNC and frame[1] >= _SYNC_TYPES:
        return f"Sync messages of type {frame[1]} are not known."
    if frame[0] != SYNC:
        large = len(frame) > MAXIMUM_AWARENESS
        return f"The frame is larger than {MAXIMUM_AWARENESS // 1024} kB." if large else ""
    try:
        check = check_state_vector if frame[1] == SYNC_STEP1 else check_update
        check(payload(frame))
    except BadUpdate as error:
        return f"The update cannot be read: {error}."
    return ""


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


def request_durable(number: int) -> bytes:
    """Return the frame that asks whether everything sent so far is durable."""
    encoder = Encoder()
    encoder.write_var_uint(RAW)
    encoder.write_var_string(DURABLE)
    encoder.write_var_uint(number)
    return encoder.to_bytes()


def answer_durable(number: int, status: str, message: str = "") -> bytes:
    """Return the answer: `saved`, `waiting` (another one follows) or `refused`, and why."""
    answer = {"type": DURABLE, "responseTo": number, "status": status}
    encoder = Encoder()
    encoder.write_var_uint(RAW)
    encoder.write_var_string(json.dumps(answer | ({"message": message} if message else {})))
    return encoder.to_bytes()


@dataclass
class Allowance:
    """How much a peer may send: so much per second, and `burst` seconds' worth at once.

    >>> allowance = Allowance(per_second=10, burst=2)
    >>> allowance.spend(15, now=0), allowance.spend(15, now=0)
    (0.0, 1.0)
    """

    per_second: float
    burst: float
    left: float | None = None
    since: float = 0.0

    def spend(self, amount: float, now: float | None = None) -> float:
        """Take `amount`; return the seconds to wait before the next."""
        now = time.monotonic() if now is None else now
        most = self.per_second * self.burst
        left = most if self.left is None else self.left + (now - self.since) * self.per_second
        self.left, self.since = min(most, left) - amount, now
        return max(0.0, -self.left / self.per_second)
