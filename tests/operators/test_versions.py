"""Which version of an operator a node gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import mudrock_jupyter as mr
from mudrock_jupyter.operators import registry
from mudrock_jupyter.operators.declare import Operator
from mudrock_jupyter.operators.versions import Unresolved, channel_of, read_version
from mudrock_jupyter.spec.pipeline import VersionRule

ALL = ["0.9.0", "1.0.0", "1.2.0", "1.10.0", "2.0.0", "2.1.0-beta.1", "2.1.0-rc.1", "3.0.0.dev1"]


@pytest.fixture
def declare() -> Iterator[Callable[..., Operator]]:
    """Declare versions of the operator `mine`; forget them afterwards."""
    registry.all_operators()

    def declare(*versions: str) -> Operator:
        for version in versions:
            def mine(gr: mr.Expr, factor: float = 1.0) -> mr.Expr:
                """Do something."""
                return gr * factor

            made = mr.operator("mine", family="mine", version=version,
                               inputs={"gr": mr.Curve("GR")}, outputs={"x": mr.Curve("X")})(mine)
        return made

    yield declare
    registry._operators.pop("mine", None)


def rule(strategy: str, version: str | None = None, channel: str | None = None) -> VersionRule:
    return VersionRule.model_validate(
        {"strategy": strategy, "version": version, "channel": channel})


@pytest.mark.parametrize(("wanted", "version"), [
    (rule("latest"), "2.0.0"),
    (rule("pinned", "1.2.0"), "1.2.0"),
    (rule("pinned", "1.2"), "1.2.0"),
    (rule("pinned", "2.1.0-beta.1"), "2.1.0-beta.1"),
    (rule("compatible", "1.0.0"), "1.10.0"),
    (rule("compatible", "1.3"), "1.10.0"),
    (rule("compatible", "0.9.0"), "0.9.0"),
    (rule("compatible", "2.0.0"), "2.0.0"),
    (rule("compatible", "2.1.0-beta.1"), "2.1.0-rc.1"),
    (rule("channel"), "2.0.0"),
    (rule("channel", channel="stable"), "2.0.0"),
    (rule("channel", channel="rc"), "2.1.0-rc.1"),
    (rule("channel", channel="beta"), "2.1.0-rc.1"),
    (rule("channel", channel="dev"), "3.0.0.dev1"),
])
def test_a_rule_finds_its_version(
    wanted: VersionRule, version: str, declare: Callable[..., Operator]
) -> None:
    declare(*ALL)
    found = registry.resolve("mine", wanted)
    assert isinstance(found, Operator)
    assert found.version == version


@pytest.mark.parametrize(("wanted", "code", "words"), [
    (rule("pinned", "1.1.0"), "unknown_version",
     "mine is not installed in version 1.1.0. Installed: 0.9.0, 1.0.0, 1.2.0, 1.10.0, 2.0.0"),
    (rule("compatible", "1.11"), "unknown_version", "no version compatible with 1.11"),
    (rule("compatible", "4.0.0"), "unknown_version", "Installed: 0.9.0"),
    (rule("pinned"), "invalid_version", "'pinned' names no version"),
    (rule("compatible", "newest"), "invalid_version", "'newest' is no version"),
    (rule("channel", channel="stabel"), "invalid_version", "Did you mean 'stable'?"),
])
def test_a_rule_that_finds_none_says_what_there_is(
    wanted: VersionRule, code: str, words: str, declare: Callable[..., Operator]
) -> None:
    declare(*ALL)
    found = registry.resolve("mine", wanted)
    assert isinstance(found, Unresolved)
    assert found.code == code
    assert words in found.message
    assert found.advice


def test_an_operator_without_a_stable_version_gives_its_newest(
    declare: Callable[..., Operator]
) -> None:
    declare("0.1.0a1", "0.1.0b1")
    assert registry.get("mine").version == "0.1.0b1"
    stable = registry.resolve("mine", rule("channel"))
    assert isinstance(stable, Unresolved)
    assert "no version in 'stable'" in stable.message


def test_the_catalogue_lists_an_operator_once(declare: Callable[..., Operator]) -> None:
    declare(*ALL)
    (card,) = [card for card in registry.catalogue() if card["id"] == "mine"]
    assert card["version"] == "2.0.0"
    assert len(card["versions"]) == len(ALL)


def test_the_same_version_is_replaced(declare: Callable[..., Operator]) -> None:
    declare("1.0.0", "1.0.0")
    again = declare("1.0")
    assert registry.get("mine") is again
    assert registry.versions("mine") == ["1.0"]


def test_a_version_that_is_none_is_refused(declare: Callable[..., Operator]) -> None:
    with pytest.raises(mr.InvalidInput, match=r"Write for example 1\.2\.0"):
        declare("first")
    assert registry.find("mine") is None


def test_a_version_says_its_channel() -> None:
    assert [channel_of(read_version(each)) for each in ALL[-3:]] == ["beta", "rc", "dev"]


@pytest.mark.parametrize("operator", registry.all_operators(), ids=lambda operator: operator.id)
def test_ours_are_stable(operator: Operator) -> None:
    assert channel_of(read_version(operator.version)) == "stable"
