"""Who is checked in, since when and how: heard by the radio, or by an operator's act. Pure.

A sighting costs a few dictionary operations. An act, which a person makes, costs one pass over
everybody who came: taking back, and giving somebody a badge that was heard before, reach back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import KeysView
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..core.acts import ActBook
from ..core.identity import clean_text
from ..core.model import Kind, Logged, Person
from ..core.news import Acted, Sighted
from ..core.roster import Roster

ARRIVALS_KEPT = 500
"""Newest arrivals that can be scrolled through; the log has them all."""
MINUTES = 60
"""Minutes of arrivals that are kept for the chart."""
MINUTE_MS = 60_000


class Arrival(NamedTuple):
    """Somebody's check-in, or an unknown badge's first sighting."""

    ble_uuid: str
    name: str
    """Empty: nobody owns the badge."""
    registered: bool
    time_ms: int
    by_hand: bool = False
    user_id: str = ""
    copied: bool = False
    """A rotating id, heard out of its time: nobody's check-in."""


class CheckIn(NamedTuple):
    """How somebody is checked in."""

    time_ms: int
    by_hand: bool


@dataclass(slots=True)
class CheckIns:
    """Folded from sightings and acts that are on the disk."""

    arrivals: deque[Arrival] = field(default_factory=lambda: deque(maxlen=ARRIVALS_KEPT))
    """The newest first."""
    book: ActBook = field(default_factory=ActBook)
    """The operators' acts of this log."""
    _first: dict[str, Sighted] = field(default_factory=dict)
    """The first sighting of each badge, in the order of the log."""
    _people: dict[str, Person] = field(default_factory=dict)
    """Whom acts were about."""
    _of: dict[str, CheckIn] = field(default_factory=dict)
    _unknown: set[str] = field(default_factory=set)
    _heard: set[str] = field(default_factory=set)
    """User ids of those who were heard at all."""
    _minutes: dict[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of people who are checked in."""
        return len(self._of)

    @property
    def people(self) -> KeysView[str]:
        """The user ids of those who are checked in."""
        return self._of.keys()

    def of(self, user_id: str) -> CheckIn | None:
        """How this person is checked in; None for not at all."""
        return self._of.get(user_id)

    def excused(self, user_id: str) -> bool:
        """Whether an operator has excused this person."""
        return user_id in self.book.excused

    @property
    def never_heard(self) -> set[str]:
        """Those who are checked in by hand, and whom no radio has anything to say about."""
        return set(self.book.by_hand) - self._heard

    def per_minute(self, newest: int, minutes: int) -> list[int]:
        """Arrivals in each of the minutes (since 1970) up to `newest`."""
        return [self._minutes.get(m, 0) for m in range(newest - minutes + 1, newest + 1)]

    # --- what happens ---

    def sighted(self, sighted: Sighted) -> bool:
        """Take in a sighting; whether somebody has arrived by it."""
        person = sighted.person
        if not sighted.arrival and (person is None or person.user_id in self._of):
            return False
        self._first.setdefault(sighted.ble_uuid, sighted)
        return self._arrive_by_radio(sighted, person)

    def acted(self, acted: Acted) -> None:
        """Take in an act that is on the disk."""
        if acted.person:
            self._people[acted.person.user_id] = acted.person
        if not self.book.add(Logged(0, acted.id, acted.record)):
            return
        record = acted.record
        if record.kind is Kind.VOID and record.of_time_ms is not None:
            self._forget_sighting(record.ble_uuid, record.of_time_ms)
        self._fold_again()

    def renewed(self, roster: Roster) -> None:
        """A newer roster: it may know whose badges were heard before."""
        for uuid, sighted in self._first.items():
            if owner := roster.owner(uuid):
                self._first[uuid] = replace(sighted, person=owner)
        for user_id in self._people:
            self._people[user_id] = roster.person(user_id) or self._people[user_id]
        self._fold_again()

    def _forget_sighting(self, ble_uuid: str, time_ms: int) -> None:
        """A first sighting was taken back; the badge arrives when it is heard again."""
        first = self._first.get(ble_uuid)
        if first and first.time_ms == time_ms:
            del self._first[ble_uuid]

    def _fold_again(self) -> None:
        self.arrivals.clear()
        for known in (self._of, self._unknown, self._heard, self._minutes):
            known.clear()
        given = self.book.assigned
        came: list[tuple[int, Sighted | Logged]] = [
            *((sighted.time_ms, sighted) for sighted in self._first.values()),
            *((act.record.instant.wall_ms, act) for act in self.book.by_hand.values()),
        ]
        for _time, each in sorted(came, key=lambda pair: pair[0]):
            if isinstance(each, Sighted):
                owner = each.person or self._people.get(given.get(each.ble_uuid, ""))
                self._arrive_by_radio(each, owner)
            else:
                self._arrive_by_hand(each)

    def _arrive_by_radio(self, sighted: Sighted, person: Person | None) -> bool:
        uuid, time_ms = sighted.ble_uuid, sighted.time_ms
        if person is None:
            if new := uuid not in self._unknown:
                self._unknown.add(uuid)
                self.arrivals.appendleft(
                    Arrival(
                        clean_text(uuid),
                        "",
                        registered=False,
                        time_ms=time_ms,
                        copied=sighted.copied,
                    )
                )
            return new
        self._heard.add(person.user_id)
        return self._arrive(person, clean_text(uuid), CheckIn(time_ms, by_hand=False))

    def _arrive_by_hand(self, act: Logged) -> None:
        record = act.record
        person = self._people.get(record.user) or Person(
            record.user, record.name or record.user, registered=record.kind is not Kind.WALK_IN
        )
        self._arrive(person, record.ble_uuid, CheckIn(record.instant.wall_ms, by_hand=True))

    def _arrive(self, person: Person, ble_uuid: str, check_in: CheckIn) -> bool:
        if person.user_id in self._of:
            return False  # a second badge of the same person, or by hand and heard
        self._of[person.user_id] = check_in
        self.arrivals.appendleft(
            Arrival(
                ble_uuid,
                name_of(person),
                person.registered,
                check_in.time_ms,
                check_in.by_hand,
                person.user_id,
            )
        )
        self._count_minute(check_in.time_ms // MINUTE_MS)
        return True

    def _count_minute(self, minute: int) -> None:
        self._minutes[minute] = self._minutes.get(minute, 0) + 1
        if len(self._minutes) > 4 * MINUTES:
            oldest = max(self._minutes) - 2 * MINUTES
            self._minutes = {m: n for m, n in self._minutes.items() if m >= oldest}


def name_of(person: Person) -> str:
    """The person's name, fit for a terminal; never empty."""
    return clean_text(person.name) or clean_text(person.user_id)
