"""One person at one event: the facts, and the rule that decided the status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .access import UserNotFound
from .attendance import MINUTE_MS, Rules
from .model import Event
from .presence import Interval, fold_intervals
from .report import EventFacts, GapFacts, PersonRow, ScannerFacts, VoidFacts, build_report
from .sentences import Said


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """What explains a status. Times are Unix ms."""

    event: Event
    person: PersonRow
    """The report's row: `status`, and `rule`, which decided it."""
    rules: Rules
    stays: Sequence[Interval]
    """From first to last seen, gaps shorter than the away time closed."""
    seen: Sequence[int]
    """Every sighting, ascending."""
    by_hand: Sequence[int]
    """Check-ins by hand that hold, ascending."""
    excused: str | None
    voids: Sequence[VoidFacts]
    """What was taken back of this person's."""
    gaps: Sequence[GapFacts]
    scanners: Sequence[ScannerFacts]
    missing: Sequence[str]
    """Why the status may still change; empty: it is final."""
    generated_at: int
    missing_said: Sequence[Said] = ()
    """`missing` as codes, and what is put in."""


def build_record(facts: EventFacts, user_id: str, now_ms: int) -> PersonRecord:
    """One person's record as of `now_ms`. Raises UserNotFound."""
    person = next((each for each in facts.people if each.user_id == user_id), None)
    if person is None:
        raise UserNotFound("Nobody with this id is registered for the event, or was seen at it.")
    report = build_report(replace(facts, people=[person]), now_ms)
    return PersonRecord(
        event=facts.event,
        person=report.people[0],
        rules=facts.rules,
        stays=fold_intervals(person.sightings, facts.rules.away_minutes * MINUTE_MS),
        seen=list(person.sightings),
        by_hand=list(person.by_hand),
        excused=person.excused,
        voids=[each for each in facts.voids if each.user_id == user_id],
        gaps=facts.gaps,
        scanners=facts.scanners,
        missing=report.missing,
        missing_said=report.missing_said,
        generated_at=now_ms,
    )
