"""Amounts of bytes, as they are written in settings and shown in tables."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mudrock_jupyter.spec.errors import InvalidInput
from mudrock_jupyter.spec.sizes import parse_size, size_text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("0 GB", 0),
        ("12 B", 12),
        ("20 GB", 20 * 10**9),
        ("500MB", 500 * 10**6),
        (" 1.5 kB ", 1500),
        ("2 KB", 2000),
        ("10 GiB", 10 * 2**30),
        ("1tib", 2**40),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text, of="LIMIT") == size


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("plenty", "LIMIT is 'plenty', which is no size. Write it as '20 GB'"),
        ("-1 GB", "no size"),
        ("nan GB", "no size"),
        ("1e9 B", "no size"),
        ("", "no size"),
        ("٣ GB", "no size"),
        ("20", "without a unit"),
        ("20 GBB", "'GBB' is no unit of size. Did you mean 'GB'?"),
    ],
)
def test_nonsense_is_refused_with_an_example(text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(says)):
        parse_size(text, of="LIMIT")


@given(st.integers(0, 999 * 10**12))
def test_a_size_that_is_shown_can_be_read_again(size: int) -> None:
    assert parse_size(size_text(size), of="LIMIT") == pytest.approx(size, rel=0.006)
