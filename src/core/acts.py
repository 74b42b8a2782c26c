"""What an operator does, as facts: check in by hand, take back, excuse, assign a badge, a walk-in.

An act is a line of the log like a sighting: appended, never changed. What holds at present is
folded from all of them, in the order of the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .errors import UsageError
from .identity import canonical, clean_text
from .model import ACTS, NIL_UUID, Instant, Kind, Logged, Person, Record
from .roster import Roster

UNDO_MINUTES = 15.0
"""How long an operator can take back an own act: product.md's default."""

NAME_LIMIT = 200
"""Characters of a name, email or reason that are kept; the backend's own limit."""

ID_LIMIT = 128
"""Characters of a user's or record's id."""


class WalkIns(StrEnum):
    """What to do with a person who is not on the roster."""

    ALLOW = "allow"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that an operator wants done; the log makes a durable record of it."""

    kind: Kind
    """One of ACTS."""
    user: str = ""
    """The person's public id; a walk-in's is made by the station. Not needed by a void."""
    ble_uuid: str = NIL_UUID
    """The person's badge, or the one to be assigned; NIL_UUID for none."""
    by: str = ""
    """The operator's or station's name."""
    why: str = ""
    of: str = ""
    """A void: the id of the record that is taken back."""
    of_time_ms: int | None = None
    """A void of a sighting: that sighting's `checkInTime`, Unix ms."""
    name: str = ""
    email: str = ""


def to_record(act: Act, scanner_id: str, instant: Instant) -> Record:
    """The record of an act, with clean texts. Raises UsageError for one that says too little."""
    record = Record(
        ble_uuid=canonical(act.ble_uuid) or "",
        scanner_id=scanner_id,
        instant=instant,
        kind=act.kind,
        why=clean_text(act.why, NAME_LIMIT),
        of=clean_text(act.of, ID_LIMIT),
        of_time_ms=act.of_time_ms,
        user=clean_text(act.user, ID_LIMIT),
        by=clean_text(act.by) or scanner_id,
        name=clean_text(act.name, NAME_LIMIT),
        email=clean_text(act.email, NAME_LIMIT),
    )
    if missing := _missing(record):
        raise UsageError(f"An act of kind {act.kind} needs {missing}.", safe="Nothing was written.")
    return record


def _missing(record: Record) -> str:
    """What an act still needs, in words; empty for a whole one."""
    if record.kind not in ACTS:
        return "to be one of an operator's"
    if not record.ble_uuid:
        return "a bleUuid of 32 hexadecimal digits"
    if record.kind is Kind.VOID:
        return "" if record.of and record.why else "the id of a record and a reason"
    if not record.user:
        return "a person"
    if record.kind is Kind.ASSIGN and record.ble_uuid == NIL_UUID:
        return "a badge"
    return "a name" if record.kind is Kind.WALK_IN and not record.name else ""


def can_undo(act: Logged, now: Instant, minutes: float = UNDO_MINUTES, by: str = "") -> bool:
    """Whether an operator may still take this back: an own act, not older than `minutes`.

    By the monotonic clock of the same boot, since the wall clock may jump. `by`: the operator's
    name; empty: anybody at this station.
    """
    record = act.record
    own = not by or clean_text(by) == record.by
    age = now.mono - record.instant.mono
    recent = record.instant.boot == now.boot and 0 <= age <= minutes * 60
    return own and recent and record.kind in ACTS - {Kind.VOID}


@dataclass(slots=True)
class ActBook:
    """All acts of a log, and what holds of them at present."""

    acts: dict[str, Logged] = field(default_factory=dict)
    """Every act but voids, by record id, in the order of the log."""
    voids: dict[str, Logged] = field(default_factory=dict)
    """The first void of each record, by the id of the record that it takes back."""

    def add(self, logged: Logged) -> bool:
        """Take up an act; False if it is none, or known already."""
        record = logged.record
        if record.kind not in ACTS or logged.id in self.acts:
            return False
        if record.kind is Kind.VOID:
            return self.voids.setdefault(record.of, logged) is logged
        self.acts[logged.id] = logged
        return True

    def is_void(self, record_id: str) -> bool:
        """Whether this record, an act or a sighting, was taken back."""
        return record_id in self.voids

    def _holding(self, *kinds: Kind) -> Iterable[Logged]:
        return (
            act
            for act in self.acts.values()
            if act.record.kind in kinds and act.id not in self.voids
        )

    @property
    def by_hand(self) -> Mapping[str, Logged]:
        """Who is checked in by hand: the first such act of each user id, walk-ins too."""
        return _first_of_each(self._holding(Kind.MANUAL, Kind.WALK_IN))

    @property
    def excused(self) -> Mapping[str, Logged]:
        """Who is excused: the first such act of each user id."""
        return _first_of_each(self._holding(Kind.EXCUSED))

    @property
    def walk_ins(self) -> list[Person]:
        """People whom this station has added."""
        return [
            Person(act.record.user, act.record.name, act.record.email, registered=False)
            for act in self._holding(Kind.WALK_IN)
        ]

    @property
    def assigned(self) -> dict[str, str]:
        """Badges that were given out here (bleUuid to user id): a person's last one only."""
        newest = {act.record.user: act.record.ble_uuid for act in self._holding(Kind.ASSIGN)}
        owners = {act.record.ble_uuid: act.record.user for act in self._holding(Kind.ASSIGN)}
        return {badge: user for user, badge in newest.items() if owners[badge] == user}

    def apply(self, roster: Roster) -> Roster:
        """The roster with the walk-ins and badges of these acts."""
        return roster.with_people(self.walk_ins).with_badges(self.assigned)


def fold(logged: Iterable[Logged]) -> ActBook:
    """The acts of a log; other records are passed over."""
    book = ActBook()
    for entry in logged:
        book.add(entry)
    return book


def _first_of_each(acts: Iterable[Logged]) -> Mapping[str, Logged]:
    first: dict[str, Logged] = {}
    for act in acts:
        first.setdefault(act.record.user, act)
    return first
