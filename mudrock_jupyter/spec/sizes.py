"""Amounts of bytes as people write and read them."""

from __future__ import annotations

import re

from mudrock_jupyter.spec.errors import InvalidInput, did_you_mean

_PREFIXES = "kMGT"
_UNITS = {
    "B": 1,
    **{f"{prefix}B": 1000**power for power, prefix in enumerate(_PREFIXES, 1)},
    **{f"{prefix.upper()}iB": 1024**power for power, prefix in enumerate(_PREFIXES, 1)},
}
_BY_LOWER = {unit.lower(): size for unit, size in _UNITS.items()}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", re.ASCII)


def parse_size(text: str, of: str) -> int:
    """Read an amount of bytes; only 0 needs no unit.

    `of` is what the amount is for, named in the error. Raises `InvalidInput` for anything else.

    >>> parse_size("20 GB", of="MUDROCK_CACHE_LIMIT"), parse_size("1.5 KiB", of="the limit")
    (20000000000, 1536)
    >>> parse_size("0", of="MUDROCK_CACHE_LIMIT")
    0
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(f"{of} is {text!r}, which is no size. {_EXAMPLES}")
    amount, unit = float(match[1]), match[2]
    if not unit and amount:
        raise InvalidInput(f"{of} is {text!r}, without a unit. {_EXAMPLES}")
    factor = _BY_LOWER.get(unit.lower() or "b")
    if factor is None:
        near = did_you_mean(unit, _UNITS)
        raise InvalidInput(f"{of} is {text!r}: {unit!r} is no unit of size.{near} {_EXAMPLES}")
    return int(amount * factor)


def size_text(size: float) -> str:
    """Return an amount of bytes in the unit that reads best.

    >>> size_text(0), size_text(999), size_text(1_250_000), size_text(20e9)
    ('0 B', '999 B', '1.25 MB', '20 GB')
    """
    units = ["B", *(f"{prefix}B" for prefix in _PREFIXES)]
    # 999.5 of a unit would be shown as 1e+03.
    while size >= 999.5 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.3g} {units[0]}"


_EXAMPLES = "Write it as '20 GB', '500 MB' or '0'."
