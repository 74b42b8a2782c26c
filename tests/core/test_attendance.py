"""Presence intervals, attendance status and the report, as tables."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headcount.core.attendance import MINUTE_MS, Rules, Status, derive_status
from headcount.core.model import Event
from headcount.core.presence import Interval, covered, fold_intervals
from headcount.core.report import (
    EventFacts,
    PersonFacts,
    ScannerFacts,
    UnknownFacts,
    build_report,
)

HOUR = 60 * MINUTE_MS
START = 1_753_000_000_000
EVENT = Event("e1", "Evening", START, START + HOUR)


def minutes(*values: float) -> list[int]:
    return [START + round(value * MINUTE_MS) for value in values]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([], []),
        ([5], [(5, 5)]),
        ([0, 10, 20], [(0, 20)]),
        ([0, 10, 21], [(0, 10), (21, 21)]),
    ],
)
def test_fold_intervals(times: list[int], expected: list[tuple[int, int]]) -> None:
    assert list(fold_intervals(times, away_ms=10)) == expected


def test_covered_counts_only_the_stretch() -> None:
    assert covered([Interval(-5, 3), Interval(8, 20)], 0, 10) == 5


@given(st.lists(st.integers(0, 10_000)), st.integers(1, 500))
def test_stays_are_apart_and_hold_every_sighting(times: list[int], away: int) -> None:
    stays = fold_intervals(sorted(times), away)
    assert all(any(stay.start <= time <= stay.end for stay in stays) for time in times)
    assert all(b.start - a.end > away for a, b in itertools.pairwise(stays))


@pytest.mark.parametrize(
    ("seen", "status", "rule"),
    [
        (range(0, 61, 5), Status.PRESENT, "present 100 %"),
        (range(-10, 61, 5), Status.PRESENT, "present 100 %"),
        (range(10, 61, 5), Status.PRESENT, "present 83 %"),
        (range(11, 61, 5), Status.LATE, "first seen 11 min after the start"),
        (range(0, 31, 5), Status.LEFT_EARLY, "last seen 30 min early; present 50 %, minimum 75 %"),
        ([0, 5, 55, 60], Status.PARTIAL, "present 16 %, minimum 75 %"),
        ([], Status.ABSENT, "never seen"),
        ([-60], Status.ABSENT, "seen only outside the event's time"),
    ],
)
def test_status_of_a_registered_person(seen: list[int], status: Status, rule: str) -> None:
    verdict = derive_status(
        minutes(*seen), start=START, end=START + HOUR, rules=Rules(), registered=True
    )
    assert (verdict.status, verdict.rule) == (status, rule)


def test_somebody_without_a_registration_is_not_expected() -> None:
    verdict = derive_status(
        minutes(*range(0, 61, 5)), start=START, end=START + HOUR, rules=Rules(), registered=False
    )
    assert verdict.status is Status.NOT_EXPECTED
    assert verdict.rule == "no approved registration; otherwise present: present 100 %"


def test_changing_a_rule_changes_the_status_not_the_facts() -> None:
    seen = minutes(*range(11, 61, 5))
    lenient = derive_status(
        seen, start=START, end=START + HOUR, rules=Rules(late_after_minutes=15), registered=True
    )
    assert lenient.status is Status.PRESENT


def person(name: str, *seen: float, registration: str = "approved") -> PersonFacts:
    times = minutes(*seen)
    first = times[0] if times else None
    door = "door" if times else ""
    return PersonFacts(name, name, "", "", registration, first, door, times)


FACTS = EventFacts(
    event=EVENT,
    people=[
        person("Zoe", *range(0, 61, 5)),
        person("Abe"),
        person("Walk-in", 1, registration=""),
        person("Pending", registration="pending"),
    ],
    unknown=[UnknownFacts("ff", START, START, 1, "door")],
    scanners=[ScannerFacts("door", START + HOUR, open_sessions=0)],
    gaps=[],
)


def test_the_report_counts_people() -> None:
    totals = build_report(FACTS, START + 2 * HOUR).totals
    counts = (totals.registered, totals.checked_in, totals.not_expected, totals.absent)
    assert counts == (2, 2, 1, 1)
    assert totals.unknown == 1


def test_the_report_lists_arrivals_first() -> None:
    rows = build_report(FACTS, START + 2 * HOUR).people
    assert [row.name for row in rows] == ["Zoe", "Walk-in", "Abe", "Pending"]
    assert (rows[0].dwell_ms, rows[0].present_ms, rows[0].scanner_id) == (HOUR, HOUR, "door")


@pytest.mark.parametrize(
    ("scanners", "now", "missing"),
    [
        ([ScannerFacts("door", START + HOUR, 0)], START + HOUR, []),
        ([ScannerFacts("door", START + 5, 0)], START + HOUR, []),
        ([], START + HOUR, ["Attendance data has not been synced"]),
        ([ScannerFacts("door", START + HOUR, 0)], START, ["has not ended"]),
        ([ScannerFacts("door", START + 5, 1)], START + HOUR, ["Scanner door is still scanning"]),
    ],
)
def test_provisional_until_all_scanners_are_in(
    scanners: list[ScannerFacts], now: int, missing: list[str]
) -> None:
    report = build_report(replace(FACTS, scanners=scanners), now)
    assert report.provisional == bool(missing)
    assert len(report.missing) == len(missing)
    assert all(part in said for part, said in zip(missing, report.missing, strict=True))


def test_an_event_that_runs_is_judged_up_to_now() -> None:
    facts = replace(FACTS, people=[person("Zoe", 0, 5, 10)])
    assert build_report(facts, START + 10 * MINUTE_MS).people[0].status is Status.PRESENT


@pytest.mark.parametrize(
    ("by_hand", "sightings", "registered", "expected", "rule"),
    [
        ([START], [], True, Status.PRESENT, "checked in by hand"),
        ([START - 60 * MINUTE_MS], [], True, Status.PRESENT, "checked in by hand"),
        ([START + 11 * MINUTE_MS], [], True, Status.LATE, "first 11 min after the start"),
        ([START + 11 * MINUTE_MS], [START], True, Status.PRESENT, "checked in by hand"),
        ([START + HOUR + 60 * MINUTE_MS], [], True, Status.PRESENT, "checked in by hand"),
        ([START], [], False, Status.NOT_EXPECTED, "otherwise present"),
    ],
)
def test_whoever_is_checked_in_by_hand_is_here_however_long_the_phone_was_heard(
    by_hand: list[int], sightings: list[int], registered: bool, expected: Status, rule: str
) -> None:
    verdict = derive_status(
        sightings,
        start=START,
        end=START + HOUR,
        rules=Rules(),
        registered=registered,
        by_hand_ms=by_hand,
        excused="ill",
    )
    assert verdict.status is expected
    assert rule in verdict.rule


@pytest.mark.parametrize(
    ("excused", "registered", "expected", "rule"),
    [
        ("ill", True, Status.EXCUSED, "excused: ill"),
        ("", True, Status.EXCUSED, "excused"),
        (None, True, Status.ABSENT, "never seen"),
        ("ill", False, Status.NOT_EXPECTED, "never seen"),
    ],
)
def test_whoever_was_not_seen_may_be_excused(
    excused: str | None, registered: bool, expected: Status, rule: str
) -> None:
    verdict = derive_status(
        [], start=START, end=START + HOUR, rules=Rules(), registered=registered, excused=excused
    )
    assert verdict.status is expected
    assert rule in verdict.rule
