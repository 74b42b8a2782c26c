"""What the People screen lists, and in which words. No terminal, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum

from ..core.find import Finder, plain
from ..core.model import Kind, Person, Record
from ..core.roster import Roster
from .checkins import name_of
from .state import LiveState
from .words import _

SHOWN = 200
"""People listed for one search: nobody reads on, and more letters are faster."""


class Stands(StrEnum):
    """How somebody stands at present."""

    HERE = "here"
    AWAY = "away"
    """Checked in by radio, not in range now."""
    BY_HAND = "by hand"
    EXCUSED = "excused"
    NOT_YET = "not yet"


class PeopleState:
    """One search over the people of a running scan."""

    def __init__(self) -> None:
        self.roster = Roster()
        self.found: Sequence[Person] = ()
        self.more = False
        """More people match than are listed."""
        self._text = ""
        self._people: Sequence[Person] = ()
        self._finder = Finder(())
        self._badges: dict[str, list[str]] = {}
        self._all: list[Person] = []

    def look(self, roster: Roster, text: str) -> bool:
        """Search; False when nothing can have changed. Ten thousand people take milliseconds."""
        text = text.strip()
        if roster is self.roster and text == self._text:
            return False
        if roster is not self.roster:
            self._take(roster)
        self._text = text
        hits = self._finder.find(text, SHOWN + 1) if text else self._all
        self.more = bool(text) and len(hits) > SHOWN
        self.found = hits[:SHOWN] if text else hits
        return True

    def _take(self, roster: Roster) -> None:
        self.roster = roster
        if (people := roster.people) != self._people:  # an act seldom brings a new person
            self._people, self._finder = people, Finder(people)
            self._all = sorted(people, key=lambda person: plain(person.name))
        badges: dict[str, list[str]] = defaultdict(list)
        for badge in roster.badges:
            if owner := roster.owner(badge):
                badges[owner.user_id].append(badge)
        self._badges = dict(badges)

    def badges_of(self, user_id: str) -> Sequence[str]:
        """This person's badges."""
        return self._badges.get(user_id, ())


def stands(live: LiveState, user_id: str) -> Stands:
    """How a person stands; who came is here although excused before."""
    check_in = live.check_ins.of(user_id)
    if check_in and live.in_range(user_id):
        return Stands.HERE
    if check_in:
        return Stands.BY_HAND if check_in.by_hand else Stands.AWAY
    return Stands.EXCUSED if live.check_ins.excused(user_id) else Stands.NOT_YET


def short(ble_uuid: str, more: str) -> str:
    """A badge as people compare it: its first digits."""
    return f"{ble_uuid[:8]}{more}"


def act_words(record: Record, person: Person | None, more: str) -> str:
    """An act that is done, in a sentence."""
    name = name_of(person) if person else record.name or record.user
    words = {
        Kind.MANUAL: _("{name} is checked in by hand."),
        Kind.EXCUSED: _("{name} is excused."),
        Kind.ASSIGN: _("{name} has the badge {badge}."),
        Kind.WALK_IN: _("{name} is checked in as a walk-in."),
    }
    return words[record.kind].format(name=name, badge=short(record.ble_uuid, more))
