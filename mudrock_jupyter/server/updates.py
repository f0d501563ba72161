"""Looking through an update before pycrdt decodes it.

pycrdt 0.14 trusts the numbers in an update: four bytes make it take 500 MB, and 200 kB of nested
lists end the process (a stack overflow cannot be caught). Here nothing is built: lengths are
compared with what is there, and nesting has an end. The format is Yjs's update of version 1.
"""

from __future__ import annotations

MAXIMUM_NESTING = 100
_HAS_ORIGIN, _HAS_RIGHT_ORIGIN, _HAS_PARENT_KEY, _KIND = 0x80, 0x40, 0x20, 0x1F
_NAMED_TYPES = {3, 5}  # XML elements and hooks carry a name
_TYPES = {0, 1, 2, 3, 4, 5, 6}
_FIXED_SIZES = {127: 0, 126: 0, 121: 0, 120: 0, 124: 4, 123: 8, 122: 8}


class BadUpdate(ValueError):
    """An update that is cut off, promises more than it holds, or nests without end."""


def check_update(update: bytes) -> None:
    """Raise `BadUpdate` for an update that must not reach pycrdt.

    >>> check_update(bytes([0, 0]))
    >>> check_update(bytes.fromhex("ffffff7a"))
    Traceback (most recent call last):
    mudrock_jupyter.server.updates.BadUpdate: 257949695 clients in 0 bytes
    """
    scan = _Scan(update)
    for _ in range(scan.count("clients", 3)):
        structs = scan.count("structs", 1)
        scan.skip_id()
        for _ in range(structs):
            scan.skip_struct()
    for _ in range(scan.count("clients", 2)):
        scan.number()
        for _ in range(scan.count("deletions", 2)):
            scan.skip_id()


def check_state_vector(vector: bytes) -> None:
    """Raise `BadUpdate` for a state vector that must not reach pycrdt."""
    scan = _Scan(vector)
    for _ in range(scan.count("clients", 2)):
        scan.skip_id()


def payload(frame: bytes) -> bytes:
    """Return what a sync frame carries behind its two types and its length."""
    scan = _Scan(frame, 2)
    size = scan.count("bytes", 1)
    return frame[scan.place : scan.place + size]


class _Scan:
    """A place in an update that only moves forward."""

    def __init__(self, data: bytes, place: int = 0) -> None:
        self.data, self.place = data, place

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise BadUpdate("a number of more than 64 bits")

    def byte(self) -> int:
        if self.place >= len(self.data):
            raise BadUpdate("it is cut off")
        self.place += 1
        return self.data[self.place - 1]

    def count(self, what: str, smallest: int) -> int:
        """Read how many follow; each takes `smallest` bytes or more."""
        number, left = self.number(), len(self.data) - self.place
        if number * smallest > left:
            raise BadUpdate(f"{number} {what} in {left} bytes")
        return number

    def skip(self, size: int) -> None:
        if size > len(self.data) - self.place:
            raise BadUpdate("it is cut off")
        self.place += size

    def skip_text(self) -> None:
        self.skip(self.number())

    def skip_id(self) -> None:
        self.number()
        self.number()

    def skip_struct(self) -> None:
        info = self.byte()
        kind = info & _KIND
        if kind in {0, 10}:  # collected garbage, a gap
            self.number()
            return
        if info & _HAS_ORIGIN:
            self.skip_id()
        if info & _HAS_RIGHT_ORIGIN:
            self.skip_id()
        if not info & (_HAS_ORIGIN | _HAS_RIGHT_ORIGIN):
            if self.number() == 1:
                self.skip_text()
            else:
                self.skip_id()
            if info & _HAS_PARENT_KEY:
                self.skip_text()
        self.skip_content(kind)

    def skip_content(self, kind: int) -> None:
        match kind:
            case 1:  # deleted
                self.number()
            case 2:  # JSON texts
                for _ in range(self.count("values", 1)):
                    self.skip_text()
            case 3 | 4 | 5:  # bytes, text, an embedded object
                self.skip_text()
            case 6:  # a format
                self.skip_text()
                self.skip_text()
            case 7:
                self.skip_type()
            case 8:
                for _ in range(self.count("values", 1)):
                    self.skip_value()
            case 9:  # a document in the document
                self.skip_text()
                self.skip_value()
            case _:
                raise BadUpdate(f"content of the unknown kind {kind}")

    def skip_type(self) -> None:
        if (shared := self.number()) not in _TYPES:
            raise BadUpdate(f"a shared type of the unknown kind {shared}")
        if shared in _NAMED_TYPES:
            self.skip_text()

    def skip_value(self, depth: int = 0) -> None:
        if depth > MAXIMUM_NESTING:
            raise BadUpdate(f"values nested more than {MAXIMUM_NESTING} deep")
        kind = self.byte()
        if kind in _FIXED_SIZES:
            self.skip(_FIXED_SIZES[kind])
        elif kind == 125:  # an integer: its sign is in the first byte
            self.number()
        elif kind in {119, 116}:
            self.skip_text()
        elif kind == 118:
            for _ in range(self.count("keys", 2)):
                self.skip_text()
                self.skip_value(depth + 1)
        elif kind == 117:
            for _ in range(self.count("items", 1)):
                self.skip_value(depth + 1)
        else:
            raise BadUpdate(f"a value of the unknown kind {kind}")
