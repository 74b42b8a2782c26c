"""Many alike in one minute are one entry with a count: a flood of wrong keys fills no disk."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from .audit import Actor, Entry

MINUTE_MS = 60_000

SOURCES = 100
"""Kinds of repeats that are told apart within a minute. More come only from an attack with many
addresses; then the rest of the minute is one entry: at most 202 entries a minute, 60 MB a day."""

_REST = "rest"


class Flood:
    """The first of a kind is to be written at once; its repeats within the minute later, as one."""

    def __init__(self, sources: int = SOURCES) -> None:
        self._sources = sources
        self._minute = 0
        self._repeats: dict[Hashable, Entry | None] = {}

    def take(self, key: Hashable, entry: Entry) -> list[Entry]:
        """What is to be written now."""
        due = self.due(entry.at)
        if key not in self._repeats and len(self._repeats) >= self._sources:
            key, entry = _REST, _anonymous(entry)
        if key not in self._repeats:
            self._repeats[key] = None
            return [*due, entry]
        known = self._repeats[key]
        if known is None:
            self._repeats[key] = entry
        else:
            known.times += 1
        return due

    def due(self, now_ms: int) -> list[Entry]:
        """The repeats of a minute that is over."""
        minute = now_ms // MINUTE_MS
        if minute == self._minute:
            return []
        return self._begin(minute)

    def rest(self) -> list[Entry]:
        """All that was counted and not written: for the end."""
        return self._begin(self._minute)

    def _begin(self, minute: int) -> list[Entry]:
        repeats = [entry for entry in self._repeats.values() if entry is not None]
        self._minute, self._repeats = minute, {}
        return repeats


def _anonymous(entry: Entry) -> Entry:
    return replace(
        entry,
        actor=Actor.ANYONE,
        actor_id="",
        address="",
        request_id="",
        subject="",
        details={"sources": "many"},
    )
