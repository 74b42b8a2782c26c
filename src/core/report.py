"""An event's report: facts in, rows out. CLI, HTTP and TUI show the same rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from .attendance import MINUTE_MS, Rules, Status, Verdict, derive_status
from .clocks import DAY_MS, ClockFacts, ClockNote, note_of
from .model import Event
from .report_accepted import accepted_ids, bridged, bridges, minimum_id, scanner_id
from .rotation import Assurance
from .seals import Acceptance, Seal, digest_of
from .sentences import Said, english, said


class Method(StrEnum):
    """How a check-in came about."""

    SCANNED = "scanned"
    MANUAL = "manual"


class PersonFacts(NamedTuple):
    """A person who is registered for the event, or was seen at it."""

    user_id: str
    name: str
    email: str
    ble_uuid: str
    """The badge assigned last; empty for none."""
    registration: str
    """pending, approved, rejected, cancelled; empty for none."""
    check_in_time: int | None
    """The attendance row's earliest sighting, Unix ms."""
    scanner_id: str
    """The scanner of that sighting; empty for none."""
    sightings: Sequence[int]
    """Times of all sightings of all of the person's badges, Unix ms, ascending."""
    corrected: int = 0
    """The largest correction of these times, ms; 0 where the scanners' clocks were right."""
    by_hand: Sequence[int] = ()
    """Times of the check-ins by hand that hold, Unix ms, ascending."""
    method: Method | None = None
    """How the attendance row came about; None without one."""
    excused: str | None = None
    """Why the person is excused (may be empty); None for not excused."""
    assurance: Assurance = Assurance.LOW
    """The best that a sighting of this person gives."""


class UnknownFacts(NamedTuple):
    """A bleUuid that nobody owns (yet)."""

    ble_uuid: str
    first_seen: int
    last_seen: int
    sightings: int
    scanner_id: str
    """The scanner of the first sighting."""
    replay: bool = False
    """A rotating id of somebody, heard out of its time: a copy, or a scanner's clock is wrong."""


class ScannerFacts(NamedTuple):
    """What is known of one scanner's records for this event."""

    scanner_id: str
    covered_until: int
    """Up to when its records are in, Unix ms: the watermark."""
    open_sessions: int
    """Scan sessions that have begun and of which no end is known."""


class GapFacts(NamedTuple):
    """A stretch in which a scanner's radio was deaf, Unix ms."""

    scanner_id: str
    start: int
    end: int
    why: str


class VoidFacts(NamedTuple):
    """A record that was taken back, by whom, when (Unix ms) and why. Both stay on record."""

    record_id: str
    kind: str
    """What was taken back: `sighting` or an act's kind; empty while that record is not in."""
    user_id: str
    """Whom it was about; empty for nobody known."""
    name: str
    by: str
    time: int
    why: str
    scanner_id: str


@dataclass(frozen=True, slots=True)
class EventFacts:
    """Everything that a report is folded from."""

    event: Event
    people: Sequence[PersonFacts]
    unknown: Sequence[UnknownFacts]
    scanners: Sequence[ScannerFacts]
    gaps: Sequence[GapFacts]
    rules: Rules = field(default_factory=Rules)
    clocks: Sequence[ClockFacts] = ()
    created_at: int = 0
    """When the event was created, Unix ms."""
    refused: int = 0
    """Records that the server refused."""
    voids: Sequence[VoidFacts] = ()
    acceptances: Sequence[Acceptance] = ()
    """Of the close-out."""
    seals: Sequence[Seal] = ()
    """By version."""
    folded: frozenset[str] = frozenset()
    """Ids of people some of whose sightings were purged: as many times stand for them, evenly
    spaced."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person in the report. Times are Unix ms, durations ms; None where never seen."""

    user_id: str
    name: str
    email: str
    ble_uuid: str
    registration: str
    status: Status
    rule: str
    """The rule that decided the status, in words."""
    check_in_time: int | None
    first_seen: int | None
    last_seen: int | None
    dwell_ms: int
    """From first to last seen, absences included."""
    present_ms: int
    """Time present within the event's start and end."""
    scanner_id: str
    sightings: int
    corrected: int = 0
    """By how much the times were corrected, because a scanner's clock was wrong: the largest one;
    0 for none."""
    method: Method | None = None
    """How the check-in came about; None without one."""
    assurance: Assurance | None = None
    """The best that a sighting of this person gives; None for not heard."""
    reason: Said = field(default_factory=dict)
    """`rule` as a code, and what is put in."""


@dataclass(frozen=True, slots=True)
class Totals:
    """People, never sums of doors."""

    registered: int
    checked_in: int
    """People with a check-in, registered or not."""
    not_expected: int
    """People with a check-in and no approved registration."""
    absent: int
    unknown: int
    """bleUuids that nobody owns."""
    replays: int = 0
    """Of them rotating ids that were heard out of their time."""


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one event."""

    event: Event
    provisional: bool
    missing: Sequence[str]
    """Why it is provisional, one sentence each."""
    totals: Totals
    people: Sequence[PersonRow]
    unknown: Sequence[UnknownFacts]
    scanners: Sequence[ScannerFacts]
    gaps: Sequence[GapFacts]
    generated_at: int
    clocks: Sequence[ClockNote] = ()
    """Scanners whose clock was wrong, or can't be verified."""
    refused: int = 0
    """Records that the server refused; they are with the station that sent them."""
    voids: Sequence[VoidFacts] = ()
    seals: Sequence[Seal] = ()
    """By version; empty until the event is closed."""
    changed: bool = False
    """The facts are others than those of the last seal: this is another version of the report."""
    missing_said: Sequence[Said] = ()
    """`missing` as codes, and what is put in."""


Fold = Callable[[PersonFacts, int, int, Rules], PersonRow]
"""One person's row, from the facts, the event's start and end so far (Unix ms), and its rules."""


def build_report(
    facts: EventFacts,
    now_ms: int,
    fold: Fold | None = None,
    digest: Callable[[EventFacts], str] = digest_of,
) -> Report:
    """Fold the facts into rows, as of `now_ms` (an event that still runs is judged up to now).

    `fold` may know the rows of people about whom nothing has changed; it gives what `fold_person`
    gives. So with `digest`, which gives what `digest_of` gives.
    """
    end = max(facts.event.start, min(facts.event.end, now_ms))
    accepted = accepted_ids(facts)
    gaps = bridges(facts, accepted)
    one = partial(fold_person, gaps=gaps) if gaps else fold or fold_person
    people = [
        _accepted(one(person, facts.event.start, end, facts.rules), accepted)
        for person in facts.people
    ]
    people.sort(
        key=lambda row: (row.first_seen is None, row.first_seen or 0, row.name, row.user_id)
    )
    missing = missing_of(facts.event, facts.scanners, accepted, now_ms)
    return Report(
        event=facts.event,
        provisional=bool(missing),
        missing=[english(each) for each in missing],
        missing_said=missing,
        totals=_totals(people, facts.unknown),
        people=people,
        unknown=facts.unknown,
        scanners=facts.scanners,
        gaps=facts.gaps,
        generated_at=now_ms,
        clocks=_clock_notes(facts),
        refused=facts.refused,
        voids=facts.voids,
        seals=facts.seals,
        changed=bool(facts.seals) and facts.seals[-1].digest != digest(facts),
    )


def _accepted(row: PersonRow, accepted: frozenset[str]) -> PersonRow:
    """Whoever is below the minimum counts as present, where that was accepted."""
    is_below = row.status in {Status.PARTIAL, Status.LEFT_EARLY}
    if not is_below or minimum_id(row.user_id) not in accepted:
        return row
    reason = said("rule.accepted", row.reason, status=row.status.value)
    return replace(row, status=Status.PRESENT, rule=english(reason), reason=reason)


def _clock_notes(facts: EventFacts) -> list[ClockNote]:
    """Records older than the event, and than the day before it starts, can't be true."""
    not_before = min(facts.created_at, facts.event.start - DAY_MS)
    found = (note_of(clock, not_before) for clock in facts.clocks)
    return [note for note in found if note is not None]


def fold_person(
    person: PersonFacts, start: int, end: int, rules: Rules, gaps: Sequence[GapFacts] = ()
) -> PersonRow:
    """One person's row: a `Fold`. In `gaps` people count as present who were heard around them."""
    registered = person.registration == "approved"
    verdict: Verdict = derive_status(
        bridged(person.sightings, gaps, rules.away_minutes * MINUTE_MS),
        start=start,
        end=end,
        rules=rules,
        registered=registered,
        by_hand_ms=person.by_hand,
        excused=person.excused,
    )
    first = person.sightings[0] if person.sightings else None
    last = person.sightings[-1] if person.sightings else None
    return PersonRow(
        user_id=person.user_id,
        name=person.name,
        email=person.email,
        ble_uuid=person.ble_uuid,
        registration=person.registration,
        status=verdict.status,
        rule=verdict.rule,
        check_in_time=person.check_in_time,
        first_seen=first,
        last_seen=last,
        dwell_ms=0 if first is None or last is None else last - first,
        present_ms=verdict.present_ms,
        scanner_id=person.scanner_id,
        sightings=len(person.sightings),
        corrected=person.corrected,
        method=person.method,
        assurance=person.assurance if person.sightings else None,
        reason=verdict.reason,
    )


def _totals(people: Sequence[PersonRow], unknown: Sequence[UnknownFacts]) -> Totals:
    checked_in = [row for row in people if row.check_in_time is not None]
    return Totals(
        registered=sum(row.registration == "approved" for row in people),
        checked_in=len(checked_in),
        not_expected=sum(row.registration != "approved" for row in checked_in),
        absent=sum(row.status is Status.ABSENT for row in people),
        unknown=len(unknown),
        replays=sum(each.replay for each in unknown),
    )


def missing_of(
    event: Event, scanners: Sequence[ScannerFacts], accepted: frozenset[str], now_ms: int
) -> list[Said]:
    """Say what a final report still needs. No absence counts before all scanners are in."""
    if not scanners:
        return [said("missing.nothing")]
    missing = []
    if now_ms < event.end:
        missing.append(said("missing.end"))
    missing.extend(
        said("missing.scanner", scanner=scanner.scanner_id)
        for scanner in scanners
        if scanner.open_sessions
        and scanner.covered_until < event.end
        and scanner_id(scanner.scanner_id) not in accepted
    )
    return missing
