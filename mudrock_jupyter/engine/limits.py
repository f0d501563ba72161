"""How much memory a run may take."""

from __future__ import annotations

import os
from pathlib import Path

from mudrock_jupyter.spec.sizes import parse_size

VARIABLE = "MUDROCK_MEMORY_LIMIT"
_SHARE = 0.5


def memory_limit() -> int:
    """Return how many bytes of results runs keep in memory before they move them to disk.

    `MUDROCK_MEMORY_LIMIT` says it ("4 GB"); without it, half of the machine's memory, or of what
    a container may use. Raises `InvalidInput` for what is no size.
    """
    text = os.environ.get(VARIABLE, "").strip()
    return parse_size(text, of=VARIABLE) if text else int(_SHARE * _available())


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
