"""Who is here at the other doors: others' logs, folded with the roster known here.

People are counted, not doors: whoever passed two of them is one. Times are Unix ms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from .muster import LATELY_SECONDS, Line, Muster
from .roster import Roster

MOST_NAMES: Final = 64
"""Scanner names that are told apart; only a broken or hostile station has more."""


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


class Doors:
    """Folds lines as they are told."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._people = [(person, ()) for person in roster.people]
        self._doors: dict[str, Muster] = {}

    def add(self, scanner_id: str, line: Line) -> None:
        """Take up one line of another door's log."""
        muster = self._doors.get(scanner_id)
        if muster is None:
            if len(self._doors) >= MOST_NAMES:
                return
            muster = self._doors[scanner_id] = Muster(self._people)
        owner = self._roster.owner(line.ble_uuid, line.time_ms)
        muster.add(line._replace(ble_uuid=owner.user_id) if owner else line)

    def elsewhere(self, now_ms: int, ahead_ms: Mapping[str, int]) -> Elsewhere:
        """Everybody as of now; `ahead_ms`: how far each door's clock is ahead of this one's."""
        came: dict[str, Came] = {}
        here: set[str] = set()
        for scanner_id, muster in self._doors.items():
            ahead = ahead_ms.get(scanner_id, 0)
            people, _unknown = muster.here(now_ms + ahead, 0.0)
            for each in people:
                time_ms = each.checked_in_ms - ahead
                if each.key not in came or came[each.key].time_ms > time_ms:
                    came[each.key] = Came(scanner_id, time_ms)
                if each.heard_seconds is None or each.heard_seconds < LATELY_SECONDS:
                    here.add(each.key)
        return Elsewhere(came, frozenset(here))


def checked_in_anywhere(own: Iterable[str], elsewhere: Elsewhere) -> int:
    """How many people are checked in at any door; `own`: user ids of those at this one."""
    return len(elsewhere.came.keys() | set(own))
