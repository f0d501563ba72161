"""How much memory a run may take."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mudrock_jupyter.spec.errors import InvalidInput

VARIABLE = "MUDROCK_MEMORY_LIMIT"
_SHARE = 0.5
_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
          "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


def memory_limit() -> int:
    """Return how many bytes of results a run keeps in memory before it moves them to disk.

    `MUDROCK_MEMORY_LIMIT` says it ("4 GB"); without it, half of the machine's memory, or of what
    a container may use. Raises `InvalidInput` for what is no size.
    """
    text = os.environ.get(VARIABLE, "").strip()
    return parse_size(text, VARIABLE) if text else int(_SHARE * _available())


def parse_size(text: str, what: str) -> int:
    """Return a size in bytes.

    >>> parse_size("1.5 GB", "limit")
    1500000000
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?I?B)?", text.strip().upper())
    if match is None or (match[2] or "") not in _UNITS:
        raise InvalidInput(f'{what} is {text!r}, which is no size. Write for example: "4 GB"')
    return int(float(match[1]) * _UNITS[match[2] or ""])


def _available() -> int:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):  # Windows
        total = 8 * 2**30
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(path).read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return total
