"""Which installed distributions headcount needs, directly or through others."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

Key = tuple[str, str]
"""A distribution's canonical name and one of its extras; an empty extra for the bare one."""


def needed(*extras: str) -> dict[str, Distribution]:
    """By canonical name: what `headcount[extras]` needs here, itself left out.

    Raises PackageNotFoundError for a requirement that is not installed.
    """
    found: dict[str, Distribution] = {}
    seen: set[Key] = set()
    waiting: list[Key] = [("headcount", extra) for extra in ("", *extras)]
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        found[key[0]] = distribution(key[0])
        waiting.extend(requirements(found[key[0]], key[1]))
    del found["headcount"]
    return found


def requirements(package: Distribution, extra: str = "") -> Iterator[Key]:
    """What a distribution requires on this machine, each with each of its extras."""
    for text in package.requires or ():
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
            name = canonicalize_name(wanted.name)
            yield name, ""
            yield from ((name, each) for each in wanted.extras)
