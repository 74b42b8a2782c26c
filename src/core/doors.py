"""Who is here at the other doors: others' logs, folded with the roster known here.

People are counted, not doors: whoever passed two of them is one. Times are Unix ms.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from .model import Kind
from .muster import LATELY_SECONDS, Line
from .roster import Roster

MOST_NAMES: Final = 64
"""Scanner names that are told apart; only a broken or hostile station has more."""

SAME_CLOCK_MS: Final = 2_000
"""A difference that the network's delay and the moment of asking may explain is none."""
_FIRSTS: Final = 8
"""Check-ins remembered of each: as many can be taken back before somebody has not come."""


class Came(NamedTuple):
    """Somebody's first check-in at another door."""

    scanner_id: str
    time_ms: int
    """By this machine's clock, as far as that door's is known."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the other doors know, as of one moment."""

    came: Mapping[str, Came] = field(default_factory=dict)
    """Who is checked in at any of them, by user id."""
    here: frozenset[str] = frozenset()
    """User ids of those who were heard there in the last ten minutes, or only ever by hand."""


@dataclass(slots=True)
class _Seen:
    """One person, or one badge that nobody is known to own, at one door."""

    firsts: list[tuple[str, int]] = field(default_factory=list)
    """The first check-ins: record id and time."""
    last_ms: int | None = None
    """When the radio heard them last; None for never."""


@dataclass(slots=True)
class _Door:
    name: str
    came: dict[str, Came] = field(default_factory=dict)
    """The first check-in that holds, by user id and this door's clock; kept up to date."""
    last: dict[str, int] = field(default_factory=dict)
    """When the radio heard each last; nobody who was never heard is in it."""
    people: dict[str, _Seen] = field(default_factory=dict)
    badges: dict[str, _Seen] = field(default_factory=dict)
    void: set[str] = field(default_factory=set)
    given: list[Line] = field(default_factory=list)
    """Acts that gave a badge to somebody."""
    stale: bool = False
    """An act reaches back: `came` and `last` are to be made anew."""

    def add(self, line: Line, owner: str) -> None:
        """Take up one line; `owner`: the user id of the badge's owner, empty for nobody known."""
        if line.kind == Kind.VOID:
            self.void.add(line.of)
            self.stale = True
        elif line.kind == Kind.ASSIGN:
            self.given.append(line)
            self.stale = True
        elif line.kind in {Kind.MANUAL, Kind.WALK_IN}:
            self._check_in(self.people.setdefault(line.user, _Seen()), line, line.user)
        elif line.kind in {Kind.SIGHTING, Kind.DEPARTURE}:
            known = self.people if owner else self.badges
            seen = known.setdefault(owner or line.ble_uuid, _Seen())
            seen.last_ms = max(seen.last_ms or 0, line.time_ms)
            if owner:
                self.last[owner] = seen.last_ms
            if line.kind == Kind.SIGHTING:
                self._check_in(seen, line, owner)

    def _check_in(self, seen: _Seen, line: Line, user: str) -> None:
        if len(seen.firsts) < _FIRSTS:
            seen.firsts.append((line.id, line.time_ms))
        if user and user not in self.came:
            self.came[user] = Came(self.name, line.time_ms)

    def refresh(self) -> None:
        """Take acts into account: what was taken back, and whose badges these were."""
        if not self.stale:
            return
        self.stale = False
        given = ((act.user, act.ble_uuid) for act in self.given if act.id not in self.void)
        by_badge = ((user, self.badges[badge]) for user, badge in given if badge in self.badges)
        self.came, self.last = {}, {}
        for user, seen in itertools.chain(self.people.items(), by_badge):
            first = next((time for id_, time in seen.firsts if id_ not in self.void), None)
            if first is not None:
                self.came.setdefault(user, Came(self.name, first))
            if seen.last_ms is not None:
                self.last[user] = max(self.last.get(user, 0), seen.last_ms)


class Doors:
    """Folds lines as they are told; `elsewhere` is cheap enough to be asked each second."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._doors: dict[str, _Door] = {}

    def add(self, scanner_id: str, line: Line) -> None:
        """Take up one line of another door's log."""
        if scanner_id not in self._doors and len(self._doors) >= MOST_NAMES:
            return
        owner = self._roster.owner(line.ble_uuid, line.time_ms)
        door = self._doors.setdefault(scanner_id, _Door(scanner_id))
        door.add(line, owner.user_id if owner else "")

    def elsewhere(self, now_ms: int, ahead_ms: Mapping[str, int]) -> Elsewhere:
        """Everybody as of now; `ahead_ms`: how far each door's clock is ahead of this one's."""
        came: dict[str, Came] = {}
        here: set[str] = set()
        for door in self._doors.values():
            door.refresh()
            ahead = ahead_ms.get(door.name, 0)
            ahead = ahead if abs(ahead) >= SAME_CLOCK_MS else 0
            since, last = now_ms + ahead - LATELY_SECONDS * 1000, door.last
            here.update(user for user in door.came if last.get(user, now_ms + ahead) > since)
            for user, first in door.came.items():
                mine = first._replace(time_ms=first.time_ms - ahead) if ahead else first
                known = came.setdefault(user, mine)
                if known.time_ms > mine.time_ms:
                    came[user] = mine
        return Elsewhere(came, frozenset(here))


def checked_in_anywhere(own: Iterable[str], elsewhere: Elsewhere) -> int:
    """How many people are checked in at any door; `own`: user ids of those at this one."""
    return len(elsewhere.came.keys() | set(own))
