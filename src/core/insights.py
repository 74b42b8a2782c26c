"""Insights: sentences with numbers, and the rows behind them, derived from an event's facts.

Each is a hint to a person, never a decision: no status, total or check-in follows from one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from .attendance import MINUTE_MS, Status
from .clocks import ClockNote
from .personal import ERASED
from .report import EventFacts, Report, build_report
from .sentences import Said, english, said
from .together import TOLERANCE_MS, Track, pairs_as_one

ROWS_LIMIT = 1000
"""Rows that one insight refers to, at most: some 60 kB. Its numbers count all of them."""

PEAK_MS = 15 * MINUTE_MS
"""The stretch in which arrivals are counted: short enough to see a queue, long enough to act on."""

PEAK_LEAST = 5
"""Arrivals below which a peak says nothing."""

IDLE_PERCENT = 5
"""A door that heard at most this share of the busiest one's badges is idle."""

IDLE_LEAST = 20
"""Badges at the busiest door below which the comparison is chance."""

DEAF_PERCENT = 5
"""Deaf for this share of the event, a scanner may have missed arrivals: a warning."""

MANY_SIGHTINGS = 4
"""An unknown badge seen so often stayed for a quarter of an hour with the default window: no
passer-by."""


class InsightKind(StrEnum):
    """What an insight is about."""

    NO_SHOWS = "noShows"
    WALK_INS = "walkIns"
    ARRIVAL_PEAK = "arrivalPeak"
    IDLE_DOOR = "idleDoor"
    MOVING_TOGETHER = "movingTogether"
    CLOCK_TROUBLE = "clockTrouble"
    DEAF_MINUTES = "deafMinutes"
    UNKNOWN_BADGES = "unknownBadges"
    SIGHTINGS_PURGED = "sightingsPurged"
    """What can't be looked at any more."""
    EXTERNAL = "external"
    """Told by another program."""


class Severity(StrEnum):
    """How much it matters."""

    INFO = "info"
    HINT = "hint"
    """May mean something: only a person can tell."""
    WARNING = "warning"
    """Something may be missing, or wrong."""


class RowKind(StrEnum):
    """What a reference names."""

    PERSON = "person"
    """A user's public id."""
    SCANNER = "scanner"
    """A scanner's name."""
    BADGE = "badge"
    """A bleUuid."""


class RowRef(NamedTuple):
    """A row of the report that an insight rests on."""

    kind: RowKind
    id: str


@dataclass(frozen=True, slots=True)
class Insight:
    """One sentence, and what it rests on."""

    id: str
    """The same for the same event, kind and subject, whatever the numbers are."""
    kind: InsightKind
    severity: Severity
    sentence: str
    numbers: dict[str, int]
    """Named counts; durations in ms, times in Unix ms."""
    rows: Sequence[RowRef]
    """At most ROWS_LIMIT."""


class DoorFacts(NamedTuple):
    """What one scanner heard at the event."""

    scanner_id: str
    badges: int
    """Different bleUuids, unknown ones too."""


def insight_id(event_id: str, kind: InsightKind, subject: str) -> str:
    """16 hexadecimal digits: 64 bits, as all public ids."""
    name = "\0".join((event_id, kind.value, subject))
    return hashlib.blake2b(name.encode(), digest_size=8).hexdigest()


NEED_SIGHTINGS = frozenset({InsightKind.IDLE_DOOR, InsightKind.MOVING_TOGETHER})
"""What can only be found while there are raw sightings."""


class _Book(NamedTuple):
    """What the rules read."""

    facts: EventFacts
    report: Report
    doors: Sequence[DoorFacts]

    def insight(
        self,
        kind: InsightKind,
        severity: Severity,
        sentence: Said,
        *,
        numbers: dict[str, int],
        rows: Sequence[RowRef],
        subject: str = "",
    ) -> Insight:
        name = insight_id(self.facts.event.id, kind, subject)
        return Insight(name, kind, severity, english(sentence), numbers, tuple(rows[:ROWS_LIMIT]))


def find_insights(facts: EventFacts, doors: Sequence[DoorFacts], now_ms: int) -> list[Insight]:
    """All that can be said of the event as of `now_ms`, in the order of InsightKind.

    While the report is provisional nothing is said of who or what is missing.
    """
    book = _Book(facts, build_report(facts, now_ms), doors)
    return [insight for rule in _RULES for insight in rule(book)]


def is_purged(facts: EventFacts) -> bool:
    """Whether raw sightings were purged; an erasure alone takes away those of one person."""
    return any(each.user_id in facts.folded and each.name != ERASED for each in facts.people)


def _no_shows(book: _Book) -> Iterator[Insight]:
    if book.report.provisional:
        return
    absent = [row for row in book.report.people if row.status is Status.ABSENT]
    if not absent:
        return
    registered = book.report.totals.registered
    percent = round(100 * len(absent) / max(registered, 1))
    yield book.insight(
        InsightKind.NO_SHOWS,
        Severity.INFO,
        said("noShows", people=len(absent), registered=registered, percent=percent),
        numbers={"people": len(absent), "registered": registered, "percent": percent},
        rows=[RowRef(RowKind.PERSON, row.user_id) for row in absent],
    )


def _walk_ins(book: _Book) -> Iterator[Insight]:
    came = [row for row in book.report.people if row.check_in_time is not None]
    walked = [row for row in came if row.registration != "approved"]
    if not walked:
        return
    yield book.insight(
        InsightKind.WALK_INS,
        Severity.INFO,
        said("walkIns", people=len(walked), came=len(came)),
        numbers={"people": len(walked), "checkedIn": len(came)},
        rows=[RowRef(RowKind.PERSON, row.user_id) for row in walked],
    )


def _arrival_peak(book: _Book) -> Iterator[Insight]:
    start = book.facts.event.start
    bins = [
        ((row.check_in_time - start) // PEAK_MS, row.user_id)
        for row in book.report.people
        if row.check_in_time is not None
    ]
    if len(bins) < PEAK_LEAST:
        return
    counts = Counter(place for place, _ in bins)
    peak, people = max(counts.items(), key=lambda item: (item[1], -item[0]))
    begin = start + peak * PEAK_MS
    yield book.insight(
        InsightKind.ARRIVAL_PEAK,
        Severity.INFO,
        _stretch(peak, people=people, came=len(bins)),
        numbers={"people": people, "checkedIn": len(bins), "from": begin, "until": begin + PEAK_MS},
        rows=[RowRef(RowKind.PERSON, user) for place, user in bins if place == peak],
    )


def _stretch(place: int, **counts: int) -> Said:
    """A bin in words, by the event's start: no time zone is needed to read it."""
    begin, until = (at * PEAK_MS // MINUTE_MS for at in (place, place + 1))
    code = "arrivalPeak.before" if place < 0 else "arrivalPeak.after"
    return said(code, begin=abs(begin), until=abs(until), **counts)


def _idle_doors(book: _Book) -> Iterator[Insight]:
    heard = {door.scanner_id: door.badges for door in book.doors}
    busiest = max(heard.values(), default=0)
    if book.report.provisional or busiest < IDLE_LEAST or is_purged(book.facts):
        return
    for scanner in book.facts.scanners:
        badges = heard.get(scanner.scanner_id, 0)
        if badges * 100 > busiest * IDLE_PERCENT:
            continue
        yield book.insight(
            InsightKind.IDLE_DOOR,
            Severity.HINT,
            said("idleDoor", scanner=scanner.scanner_id, badges=badges, busiest=busiest),
            numbers={"badges": badges, "busiest": busiest},
            rows=[RowRef(RowKind.SCANNER, scanner.scanner_id)],
            subject=scanner.scanner_id,
        )


def _moving_together(book: _Book) -> Iterator[Insight]:
    names = {person.user_id: person.name for person in book.facts.people}
    tracks = [
        Track(person.user_id, person.sightings)
        for person in book.facts.people
        if person.user_id not in book.facts.folded  # evenly spaced times look all alike
    ]
    for pair in pairs_as_one(tracks):
        yield book.insight(
            InsightKind.MOVING_TOGETHER,
            Severity.HINT,
            said(
                "movingTogether",
                one=names[pair.one],
                other=names[pair.other],
                seconds=TOLERANCE_MS // 1000,
                times=pair.times,
            ),
            numbers={"times": pair.times, "toleranceMs": TOLERANCE_MS},
            rows=[RowRef(RowKind.PERSON, pair.one), RowRef(RowKind.PERSON, pair.other)],
            subject=f"{pair.one} {pair.other}",
        )


def _clock_trouble(book: _Book) -> Iterator[Insight]:
    for note in book.report.clocks:
        yield book.insight(
            InsightKind.CLOCK_TROUBLE,
            Severity.INFO if note.verified else Severity.WARNING,
            _clock_words(note),
            numbers={"leastMs": note.least, "mostMs": note.most},
            rows=[RowRef(RowKind.SCANNER, note.scanner_id)],
            subject=f"{note.scanner_id}\0{note.boot}",
        )


def _clock_words(note: ClockNote) -> Said:
    if not note.verified:
        return said("clockTrouble.unmeasured", scanner=note.scanner_id)
    seconds = round(max(abs(note.least), abs(note.most)) / 1000)
    return said("clockTrouble.corrected", scanner=note.scanner_id, seconds=seconds)


def _deaf_minutes(book: _Book) -> Iterator[Insight]:
    event = book.facts.event
    for scanner in sorted({gap.scanner_id for gap in book.facts.gaps}):
        own = [gap for gap in book.facts.gaps if gap.scanner_id == scanner]
        clipped = [(max(gap.start, event.start), min(gap.end, event.end)) for gap in own]
        inside = [stretch for stretch in clipped if stretch[0] < stretch[1]]
        deaf = _union(inside)
        if deaf < MINUTE_MS:
            continue
        serious = deaf * 100 >= (event.end - event.start) * DEAF_PERCENT
        yield book.insight(
            InsightKind.DEAF_MINUTES,
            Severity.WARNING if serious else Severity.INFO,
            said("deafMinutes", scanner=scanner, minutes=deaf // MINUTE_MS),
            numbers={"deafMs": deaf, "stretches": len(inside)},
            rows=[RowRef(RowKind.SCANNER, scanner)],
            subject=scanner,
        )


def _union(stretches: Sequence[tuple[int, int]]) -> int:
    """The length of all stretches together; where they overlap, it counts once."""
    total, reached = 0, 0
    for start, end in sorted(stretches):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _unknown_badges(book: _Book) -> Iterator[Insight]:
    stayed = [each for each in book.facts.unknown if each.sightings >= MANY_SIGHTINGS]
    if not stayed:
        return
    stayed.sort(key=lambda each: (-each.sightings, each.ble_uuid))
    most = stayed[0].sightings
    yield book.insight(
        InsightKind.UNKNOWN_BADGES,
        Severity.HINT,
        said("unknownBadges", badges=len(stayed), least=MANY_SIGHTINGS, most=most),
        numbers={"badges": len(stayed), "most": most},
        rows=[RowRef(RowKind.BADGE, each.ble_uuid) for each in stayed],
    )


def _sightings_purged(book: _Book) -> Iterator[Insight]:
    if is_purged(book.facts):
        yield book.insight(
            InsightKind.SIGHTINGS_PURGED,
            Severity.INFO,
            said("sightingsPurged"),
            numbers={},
            rows=[],
        )


_RULES: tuple[Callable[[_Book], Iterator[Insight]], ...] = (
    _no_shows,
    _walk_ins,
    _arrival_peak,
    _idle_doors,
    _moving_together,
    _clock_trouble,
    _deaf_minutes,
    _unknown_badges,
    _sightings_purged,
)
