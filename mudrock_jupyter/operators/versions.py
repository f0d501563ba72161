"""Versions of an operator: which of those that are there a node gets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from mudrock_jupyter.operators.declare import Operator
from mudrock_jupyter.spec.errors import InvalidInput, did_you_mean
from mudrock_jupyter.spec.pipeline import VersionRule

CHANNELS = ("stable", "rc", "beta", "alpha", "dev")
"""The channels, steadiest first. A version itself says which it is in: 1.2.0-beta.1 is a beta."""

Versions = Mapping[Version, Operator]
_LETTERS = {"a": "alpha", "b": "beta", "rc": "rc"}


@dataclass(frozen=True)
class Unresolved:
    """Why a node's rule leads to no operator: a problem's code, message and advice."""

    code: str
    message: str
    advice: str


def read_version(text: str) -> Version:
    """Read a version; raises `InvalidInput` for what is none.

    >>> read_version("1.2.0-beta.1") < read_version("1.2.0")
    True
    """
    try:
        return Version(text)
    except InvalidVersion:
        raise InvalidInput(
            f"{text!r} is no version. Write for example 1.2.0 or 1.2.0-beta.1."
        ) from None


def channel_of(version: Version) -> str:
    """Return the channel a version is in.

    >>> channel_of(read_version("2.0.0rc1"))
    'rc'
    """
    if version.is_devrelease:
        return "dev"
    return _LETTERS[version.pre[0]] if version.pre else "stable"


def newest(versions: Collection[Version]) -> Version:
    """Return the newest stable version, or the newest of all where none is stable.

    >>> str(newest([read_version(text) for text in ("1.0.0", "1.1.0", "2.0.0-beta.1")]))
    '1.1.0'
    """
    if len(versions) == 1:  # nearly always, and asked for each node
        return next(iter(versions))
    return max(versions, key=lambda version: (not version.is_prerelease, version))


def choose(versions: Versions, rule: VersionRule) -> Operator | Unresolved:
    """Return the version of an operator that a rule asks for, or why there is none.

    Prereleases are taken where a rule names one or its channel, or where nothing is stable yet.
    """
    found = _CHOICES[rule.strategy](versions, rule)
    return found if isinstance(found, Unresolved) else versions[found]


def _latest(versions: Versions, rule: VersionRule) -> Version:
    return newest(versions)


def _pinned(versions: Versions, rule: VersionRule) -> Version | Unresolved:
    wanted = _named(versions, rule)
    if isinstance(wanted, Unresolved) or wanted in versions:
        return wanted
    return _unknown(versions, f"is not installed in version {wanted}")


def _compatible(versions: Versions, rule: VersionRule) -> Version | Unresolved:
    wanted = _named(versions, rule)
    if isinstance(wanted, Unresolved):
        return wanted
    fitting = [
        version
        for version in versions
        if _line(version) == _line(wanted)
        and version >= wanted
        and (wanted.is_prerelease or not version.is_prerelease)
    ]
    return newest(fitting) if fitting else _unknown(
        versions, f"has no version compatible with {wanted}"
    )


def _channel(versions: Versions, rule: VersionRule) -> Version | Unresolved:
    channel = rule.channel or "stable"
    if channel not in CHANNELS:
        return Unresolved(
            "invalid_version",
            f"There is no channel {channel!r}.{did_you_mean(channel, CHANNELS)}",
            f"There are: {', '.join(CHANNELS)}.",
        )
    open_to = CHANNELS[: CHANNELS.index(channel) + 1]
    fitting = [version for version in versions if channel_of(version) in open_to]
    return max(fitting) if fitting else _unknown(versions, f"has no version in {channel!r}")


_CHOICES: Mapping[str, Callable[[Versions, VersionRule], Version | Unresolved]] = {
    "pinned": _pinned,
    "latest": _latest,
    "compatible": _compatible,
    "channel": _channel,
}


def _named(versions: Versions, rule: VersionRule) -> Version | Unresolved:
    """Return the version a rule names."""
    advice = f"Name one of {_listed(versions)}, or take the latest."
    if rule.version is None:
        message = f"The rule {rule.strategy!r} names no version."
        return Unresolved("invalid_version", message, advice)
    try:
        return read_version(rule.version)
    except InvalidInput as error:
        return Unresolved("invalid_version", str(error), advice)


def _line(version: Version) -> tuple[int, ...]:
    """Return what stays the same while nothing breaks: the major version; below 1 the minor too."""
    return (version.major,) if version.major else (0, version.minor)


def _unknown(versions: Versions, says: str) -> Unresolved:
    (id, *_) = {operator.id for operator in versions.values()}
    return Unresolved(
        "unknown_version",
        f"{id} {says}. Installed: {_listed(versions)}.",
        "Choose one of these or the latest, or install the package that has the other.",
    )


def _listed(versions: Iterable[Version]) -> str:
    return ", ".join(str(version) for version in sorted(versions))
