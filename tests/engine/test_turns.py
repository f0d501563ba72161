"""Quick turns last as long as the runs do."""

from __future__ import annotations

import sys

import pytest

from mudrock_jupyter.engine.turns import brisk_turns


def test_turns_are_as_before_after_the_last_run() -> None:
    usual = sys.getswitchinterval()
    with brisk_turns():
        inside = sys.getswitchinterval()
        assert inside < usual
        with pytest.raises(ZeroDivisionError), brisk_turns():
            assert sys.getswitchinterval() == inside
            _ = 1 / 0
        assert sys.getswitchinterval() == inside
    assert sys.getswitchinterval() == usual
