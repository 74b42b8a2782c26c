"""Gives beacons to many people, one after the other: whose turn it is, and what was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .acts import Act, ActBook
from .csv_rows import read_rows
from .desk import Desk
from .errors import UsageError
from .find import plain
from .holding import Held, Holding, HoldRules, Verdict
from .model import Instant, Kind, Person
from .pulse import Nearby
from .roster import Roster


class Given(NamedTuple):
    """A beacon that was given here."""

    turn: int
    person: Person
    ble_uuid: str


class Enrolment:
    """The people of one round. It makes acts and does none: the caller hands them to the log."""

    def __init__(self, people: Iterable[Person], rules: HoldRules | None = None) -> None:
        self.people = list(people)
        self.given: list[Given] = []
        """In the order in which they were given; what was taken back is out again."""
        self._turn = 0
        self._holding = Holding(rules)

    @property
    def person(self) -> Person | None:
        """Whose turn it is; None when all had theirs."""
        return self.people[self._turn] if self._turn < len(self.people) else None

    @property
    def following(self) -> Sequence[Person]:
        """Who comes then."""
        return self.people[self._turn + 1 :]

    def badge_of(self, person: Person) -> str:
        """What this person was given here; empty for nothing."""
        mine = (each.ble_uuid for each in reversed(self.given) if each.person == person)
        return next(mine, "")

    def skip(self) -> None:
        """The next person's turn."""
        self._turn = min(self._turn + 1, len(self.people))
        self._holding.forget()

    def back(self) -> None:
        """The turn of the person before."""
        self._turn = max(self._turn - 1, 0)
        self._holding.forget()

    def hear(self, nearby: Iterable[Nearby]) -> None:
        """Take up who is in range now."""
        for each in nearby:
            self._holding.heard(each.ble_uuid, each.rssi, each.mono)

    def held(self, mono: float, roster: Roster) -> Held:
        """What is held close at this time, monotonic seconds."""
        return self._holding.look(mono, roster.owner)

    def give(self, held: Held, desk: Desk, roster: Roster) -> Act:
        """The act that gives what is held to whose turn it is. Raises UsageError."""
        person = self.person
        if person is None:
            raise UsageError("Everybody on the list had their turn.", safe="Nothing was written.")
        if held.verdict is Verdict.TAKEN and held.owner:
            raise UsageError(
                f"This badge is {held.owner.name}'s.",
                safe="Nothing was written.",
                remedy="Take another one; the People screen moves a badge to somebody else.",
            )
        if held.verdict is not Verdict.FOUND:
            raise UsageError(
                "No single badge is held close.",
                safe="Nothing was written.",
                remedy="Hold one at the scanner for some seconds, and the others away.",
            )
        return desk.assign(roster, person.user_id, held.ble_uuid)

    def was_given(self, act: Act) -> None:
        """The act was handed to the log: the next person's turn."""
        if person := self.person:
            self.given.append(Given(self._turn, person, act.ble_uuid))
            self.skip()

    def take_back(self, desk: Desk, book: ActBook, now: Instant) -> Act:
        """The act that takes back what was given last. Raises UsageError."""
        if not self.given:
            raise UsageError("Nothing was given here that could be taken back.")
        last = self.given[-1]
        mine = (
            act.id
            for act in reversed(book.acts.values())
            if act.record.kind is Kind.ASSIGN
            and (act.record.user, act.record.ble_uuid) == (last.person.user_id, last.ble_uuid)
            and not book.is_void(act.id)
        )
        record_id = next(mine, "")
        if not record_id:
            raise UsageError(
                "The last one is not on the disk yet.", remedy="Try again in a moment."
            )
        return desk.undo(book, now, record_id, "")

    def was_taken_back(self) -> None:
        """The act was handed to the log: it is that person's turn again."""
        self._turn = self.given.pop().turn
        self._holding.forget()


def without_badge(roster: Roster) -> list[Person]:
    """Who has no badge, by name."""
    having = {owner.user_id for badge in roster.badges if (owner := roster.owner(badge))}
    people = [person for person in roster.people if person.user_id not in having]
    return sorted(people, key=lambda person: plain(person.name))


def in_order(text: str, roster: Roster) -> tuple[list[Person], list[str]]:
    """The people of a CSV file in its order, and what is wrong with the other rows.

    Columns: `userId`, `email` or `name`; who has a badge is left out. Raises UsageError for a file
    with none of these columns.
    """
    rows, wrong = read_rows(text, ())
    if rows and not {"userid", "email", "name"} & rows[0].cells.keys():
        raise UsageError(
            "The first line has none of the columns userId, email, name.",
            remedy="Write one of them as the first line.",
        )
    meant, people = _Meant(roster), dict[str, Person]()
    troubles = [f"Row {each.row}: {each.message}." for each in wrong]
    for row in rows:
        try:
            person = meant.by(row.cells)
        except UsageError as error:
            troubles.append(f"Row {row.row}: {error.what}")
        else:
            people[person.user_id] = person
    return list(people.values()), troubles


class _Meant:
    """Whom a row means."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._free = {person.user_id for person in without_badge(roster)}
        self._by: dict[str, list[Person]] = {}
        for person in roster.people:
            for text in {plain(person.name), person.email.casefold()} - {""}:
                self._by.setdefault(text, []).append(person)

    def by(self, cells: Mapping[str, str]) -> Person:
        """The one person without a badge, by the first cell that says something."""
        email, name = cells.get("email", "").casefold(), plain(cells.get("name", ""))
        by_id = self._roster.person(cells.get("userid", ""))
        found = [by_id] if by_id else self._by.get(email) or self._by.get(name, [])
        if len(found) != 1:
            many = "Several people have this name." if found else "Nobody on the roster."
            raise UsageError(many)
        if found[0].user_id not in self._free:
            raise UsageError(f"{found[0].name} has a badge.")
        return found[0]
