"""What a peer may send into a room, looked at before anything is decoded."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mudrock_jupyter.documents.durability import RAW
from mudrock_jupyter.server.updates import BadUpdate, check_state_vector, check_update, payload

SYNC, AWARENESS = 0, 1
MAXIMUM_FRAME = 16 * 1024 * 1024
MAXIMUM_AWARENESS = 64 * 1024
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
