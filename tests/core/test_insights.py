"""Insights: what is said, with which numbers, about whom; and when nothing is said."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest

from headcount.core.clocks import ClockFacts
from headcount.core.insights import (
    ROWS_LIMIT,
    DoorFacts,
    Insight,
    InsightKind,
    Severity,
    find_insights,
)
from headcount.core.model import Event
from headcount.core.personal import ERASED
from headcount.core.report import EventFacts, GapFacts, PersonFacts, ScannerFacts, UnknownFacts
from headcount.core.together import Pair, Track, pairs_as_one

START = 1_753_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE
END = START + 2 * HOUR
EVENT = Event("e1", "Opening", START, END)
DOOR = ScannerFacts("Door", END, 0)
BADGE = "9f2c4a6e-0b1d-4c3e-8f5a-7d9b1c3e5f70"


def person(name: str, *times: int, registration: str = "approved") -> PersonFacts:
    """Times are minutes from the start."""
    seen = tuple(START + minute * MINUTE for minute in times)
    first = seen[0] if seen else None
    return PersonFacts(name, name.title(), "", "", registration, first, "Door", seen)


def facts(*people: PersonFacts, **members: object) -> EventFacts:
    plain = EventFacts(EVENT, people, (), (DOOR,), ())
    return replace(plain, **members)  # type: ignore[arg-type]


def look(known: EventFacts, *doors: DoorFacts, now: int = END + HOUR) -> dict[str, Insight]:
    return {each.kind.value: each for each in find_insights(known, doors, now)}


def test_no_shows_and_walk_ins_are_counted_and_named() -> None:
    came, walked = person("ana", 0, 100), person("wim", 5, registration="")
    found = look(facts(came, person("ben"), walked, person("cid")))
    missing, unasked = found["noShows"], found["walkIns"]
    assert missing.sentence == "2 of 3 registered people did not come (67 %)."
    assert missing.numbers == {"people": 2, "registered": 3, "percent": 67}
    assert [row.id for row in missing.rows] == ["ben", "cid"]
    assert unasked.sentence == "1 of 2 people who came had no approved registration."
    assert [row.id for row in unasked.rows] == ["wim"]


def test_after_a_purge_nothing_is_said_that_needs_single_sightings() -> None:
    """Stand-ins of purged sightings are evenly spaced: they look as if badges moved as one."""
    pair = [person(name, *range(0, 60, 10)) for name in ("ana", "ben")]
    doors = (DoorFacts("Door", 0), DoorFacts("Gate", 40))
    assert look(facts(*pair), *doors).keys() == {"movingTogether", "idleDoor"}
    purged = look(facts(*pair, folded=frozenset({"ana", "ben"})), *doors)
    assert purged.keys() == {"sightingsPurged"}
    assert "can't be looked for any more" in purged["sightingsPurged"].sentence
    erased = [pair[0], pair[1]._replace(name=ERASED)]
    assert look(facts(*erased, folded=frozenset({"ben"})), *doors).keys() == {"idleDoor"}


@pytest.mark.parametrize(
    ("scanners", "now"),
    [((), END + HOUR), ((DOOR,), END - 1), ((ScannerFacts("Door", START, 1),), END + HOUR)],
    ids=["nobody synced", "still on", "a scanner is out"],
)
def test_nobody_is_missed_while_the_report_is_provisional(
    scanners: tuple[ScannerFacts, ...], now: int
) -> None:
    known = facts(person("ana", 0), person("ben"), scanners=scanners)
    doors = (DoorFacts("Door", 0), DoorFacts("North", 100))
    assert {"noShows", "idleDoor"}.isdisjoint(look(known, *doors, now=now))


@pytest.mark.parametrize(
    ("minutes", "words", "people"),
    [
        ([-14, -13, -2, 1, 20], "from 15 to 0 minutes before the start", 3),
        ([0, 16, 17, 18, 30], "from 15 to 30 minutes after the start", 3),
        ([0, 14, 15, 29, 90], "from 0 to 15 minutes after the start", 2),
    ],
)
def test_the_peak_is_the_fullest_quarter_of_an_hour(
    minutes: list[int], words: str, people: int
) -> None:
    found = look(facts(*(person(f"p{minute}", minute) for minute in minutes)))["arrivalPeak"]
    assert found.sentence == f"Most people arrived {words}: {people} of 5."
    assert found.numbers["until"] - found.numbers["from"] == 15 * MINUTE
    assert len(found.rows) == people


def test_four_arrivals_have_no_peak() -> None:
    assert "arrivalPeak" not in look(facts(*(person(f"p{i}", 0) for i in range(4))))


@pytest.mark.parametrize(
    ("north", "busiest", "idle"), [(0, 20, True), (1, 20, True), (2, 20, False), (0, 19, False)]
)
def test_a_door_that_hears_next_to_nothing_is_idle(north: int, busiest: int, idle: bool) -> None:
    known = facts(scanners=(DOOR, ScannerFacts("North", END, 0)))
    doors = [DoorFacts("Door", busiest)] + ([DoorFacts("North", north)] if north else [])
    found = look(known, *doors).get("idleDoor")
    assert (found is not None) == idle
    if found:
        assert found.severity is Severity.HINT
        assert found.sentence.startswith(f"North heard {north} badges, the busiest door 20:")


@pytest.mark.parametrize(
    ("gaps", "minutes", "severity"),
    [
        ([(0, 4), (2, 5)], 5, Severity.INFO),
        ([(0, 4), (10, 14)], 8, Severity.WARNING),
        ([(-30, 2), (119, 300)], 3, Severity.INFO),
        ([(-30, 0), (120, 300)], 0, None),
    ],
    ids=["overlapping", "serious", "clipped", "outside"],
)
def test_deaf_minutes_count_once_and_within_the_event(
    gaps: list[tuple[int, int]], minutes: int, severity: Severity | None
) -> None:
    stretches = [GapFacts("Door", START + a * MINUTE, START + b * MINUTE, "") for a, b in gaps]
    found = look(facts(gaps=stretches)).get("deafMinutes")
    assert (found.severity if found else None) is severity
    if found:
        assert found.numbers["deafMs"] == minutes * MINUTE
        assert f"Door was deaf for {minutes} min" in found.sentence


@pytest.mark.parametrize(
    ("zero", "severity", "words"),
    [(START, Severity.INFO, "wrong by up to 90 s"), (None, Severity.WARNING, "may be wrong")],
)
def test_a_wrong_clock_is_told(zero: int | None, severity: Severity, words: str) -> None:
    offset = START - 90_000 if zero else 0
    clock = ClockFacts("Door", "b", zero, offset, offset, 5, 6, END)
    found = look(facts(clocks=(clock,), created_at=START))["clockTrouble"]
    assert found.severity is severity
    assert words in found.sentence


def test_unknown_badges_that_stay_are_named_the_most_seen_first() -> None:
    others = [
        UnknownFacts(BADGE, START, END, 4, "Door"),
        UnknownFacts(BADGE.replace("9", "8"), START, END, 31, "Door"),
        UnknownFacts(BADGE.replace("9", "7"), START, END, 3, "Door"),
    ]
    found = look(facts(unknown=others))["unknownBadges"]
    assert found.numbers == {"badges": 2, "most": 31}
    assert [row.id for row in found.rows] == [BADGE.replace("9", "8"), BADGE]


def test_two_badges_that_move_as_one_are_a_hint_in_words_for_people() -> None:
    times = (0, 5, 10, 15, 40, 45)
    found = look(facts(person("ana", *times), person("ben", *times), person("cid", 1, 5, 10)))
    pair = found["movingTogether"]
    assert pair.severity is Severity.HINT
    assert [row.id for row in pair.rows] == ["ana", "ben"]
    assert pair.sentence.startswith("The badges of Ana and Ben were seen within 5 s of one another")
    assert "6 times" in pair.sentence


WALK = (0, 300, 600, 900, 2400, 2700)


def track(name: str, seconds: tuple[int, ...], late: int = 0) -> Track:
    return Track(name, [START + second * 1000 + late for second in seconds])


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([track("b", WALK, 5000)], [Pair("a", "b", 6)]),
        ([track("b", WALK, 5001)], []),
        ([track("b", (*WALK[:-1], 2710))], []),
        ([track("b", (*WALK, 3000))], []),
        ([track("b", WALK[:-1])], []),
        ([track("b", WALK), track("c", WALK)], [Pair("a", "b", 6), Pair("a", "c", 6),
                                                Pair("b", "c", 6)]),
        ([track(name, WALK) for name in "bcd"], []),
    ],
    ids=["late by the tolerance", "later", "parted", "one more", "few", "three", "a group"],
)  # fmt: skip
def test_only_what_is_seen_together_each_time_is_a_pair(
    others: list[Track], expected: list[Pair]
) -> None:
    assert pairs_as_one([track("a", WALK), *others]) == expected


def test_an_insight_keeps_its_id_while_its_numbers_change() -> None:
    before = look(facts(person("ana", 0), person("ben")))["noShows"]
    after = look(facts(person("ana", 0), person("ben"), person("cid")))["noShows"]
    assert before.id == after.id
    assert before.sentence != after.sentence
    elsewhere = replace(facts(person("ana", 0), person("ben")), event=replace(EVENT, id="e2"))
    assert look(elsewhere)["noShows"].id != before.id


def test_a_large_event_is_looked_at_in_time_and_refers_to_a_bounded_number_of_rows() -> None:
    rng = random.Random(1)
    people = [person(f"p{i}", *range(rng.randrange(20), 100, 5)) for i in range(5_000)]
    people += [person(f"q{i}") for i in range(1_500)]
    begin = time.process_time()
    found = look(facts(*people))
    assert time.process_time() - begin < 10
    assert found["noShows"].numbers["people"] == 1_500
    assert len(found["noShows"].rows) == ROWS_LIMIT
    assert InsightKind.MOVING_TOGETHER.value not in found
