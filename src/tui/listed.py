"""Events in a list: which fit the letters that were typed, and in which order they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ports import Listed


def fits(listed: Listed, letters: str) -> bool:
    """Whether name or id has all the words that were typed, in any order."""
    text = f"{listed.event.name} {listed.event.id}".casefold()
    return all(word in text for word in letters.casefold().split())


def rank(listed: Listed, now: int) -> tuple[int, int, str]:
    """The place in the list: what is on now, then what comes, then what is over."""
    event = listed.event
    if event.start <= now <= event.end:
        return 0, event.start, event.id
    return (1, event.start, event.id) if now < event.start else (2, -event.end, event.id)
