"""From what an operator types to an act: whom is meant, and whether it may be done."""

from __future__ import annotations

from dataclasses import dataclass

from .acts import Act, ActBook, WalkIns, can_undo
from .errors import UsageError
from .find import find_people
from .identity import canonical
from .model import NIL_UUID, Instant, Kind, Logged, Person
from .roster import Roster

CLAIM_SECONDS = 1.0
"""A badge claimed for a walk-in is two records, written by one key: no hands give it so soon."""
SHOWN = 5
"""People named when several may be meant: they are read aloud by screen readers."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The operator's rules; every method gives an act for the log, or raises UsageError."""

    by: str
    """The operator's or station's name."""
    undo_minutes: float
    walk_ins: WalkIns
    walk_ins_by: str = "station.walk_in_policy"
    """What decided `walk_ins`, in words."""

    def check_in(self, roster: Roster, who: str) -> Act:
        """Check one person in by hand."""
        person = one_person(roster, who)
        badge = next(iter(roster.badges_of(person.user_id)), NIL_UUID)
        return Act(Kind.MANUAL, person.user_id, badge, self.by)

    def excuse(self, roster: Roster, who: str, why: str) -> Act:
        """Mark one person as excused."""
        return Act(Kind.EXCUSED, one_person(roster, who).user_id, by=self.by, why=why)

    def assign(self, roster: Roster, who: str, badge: str) -> Act:
        """Give one person a badge."""
        ble_uuid = canonical(badge)
        if ble_uuid is None:
            raise UsageError(f"{badge!r} is no bleUuid.", remedy="Write its 32 hexadecimal digits.")
        return Act(Kind.ASSIGN, one_person(roster, who).user_id, ble_uuid, self.by)

    def walk_in(self, name: str, email: str, new_id: str, *, confirmed: bool) -> Act:
        """Add a person who is not on the roster, if the policy allows it."""
        if self.walk_ins is WalkIns.REFUSE:
            raise UsageError(
                f"This station does not take walk-ins ({self.walk_ins_by} is refuse).",
                remedy="Send the person to whoever registers people.",
            )
        if self.walk_ins is WalkIns.ASK and not confirmed:
            raise UsageError(
                f"{name} is not on the roster.",
                safe="Nothing was written.",
                remedy="Look for another spelling first; to add the person, confirm it (--yes).",
            )
        return Act(Kind.WALK_IN, new_id, by=self.by, name=name, email=email)

    def undo(self, book: ActBook, now: Instant, record_id: str, why: str) -> Act:
        """Take back an own act: the last one, or that with this id."""
        able = [
            act
            for act in book.acts.values()
            if not book.is_void(act.id) and can_undo(act, now, self.undo_minutes, self.by)
        ]
        mine = [act for act in able if record_id in {"", act.id}]
        if not mine:
            raise UsageError(
                f"There is nothing of {self.by} to undo in the last {self.undo_minutes:g} minutes.",
                safe="Nothing was changed.",
                remedy="Older acts are corrected at the backend, on record.",
            )
        return _void(mine[-1], self.by, why)

    def undo_all(self, book: ActBook, now: Instant, record_id: str, why: str) -> list[Act]:
        """As `undo`; of a badge claimed for a walk-in, both records, the badge's first."""
        last = book.acts[self.undo(book, now, record_id, why).of]
        return [_void(each, self.by, why) for each in reversed(_together(book, last))]


def _together(book: ActBook, act: Logged) -> list[Logged]:
    """The act and those that were one with it, in the order of the log."""
    if act.record.kind not in {Kind.WALK_IN, Kind.ASSIGN}:
        return [act]
    both = [each for each in book.acts.values() if each is act or _is_one_claim(each, act)]
    kinds = {each.record.kind for each in both}
    return [e for e in both if not book.is_void(e.id)] if Kind.WALK_IN in kinds else [act]


def _is_one_claim(one: Logged, other: Logged) -> bool:
    a, b = one.record, other.record
    same = (a.user, a.by, a.instant.boot) == (b.user, b.by, b.instant.boot)
    soon = abs(a.instant.mono - b.instant.mono) <= CLAIM_SECONDS
    return same and soon and a.kind != b.kind and a.kind in {Kind.WALK_IN, Kind.ASSIGN}


def _void(act: Logged, by: str, why: str) -> Act:
    record = act.record
    return Act(Kind.VOID, record.user, record.ble_uuid, by, why or "undone", of=act.id)


def one_person(roster: Roster, who: str) -> Person:
    """The one person whom a name, some letters, an email or an id means. Raises UsageError."""
    if person := roster.person(who):
        return person
    found = find_people(roster, who, limit=SHOWN + 1) if who.strip() else []
    exact = [person for person in found if who.casefold() in (person.name.casefold(), person.email)]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise UsageError(
            f"Nobody on the roster matches {who!r}.",
            safe="Nothing was written.",
            remedy="Try two letters of the name, or add the person as a walk-in.",
        )
    names = ", ".join(f"{person.name} ({person.user_id})" for person in found[:SHOWN])
    more = " and others" if len(found) > SHOWN else ""
    raise UsageError(
        f"{who!r} may mean {names}{more}.",
        safe="Nothing was written.",
        remedy="Write more of the name, or the id in brackets.",
    )
