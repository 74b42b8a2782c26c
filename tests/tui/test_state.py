"""What the live screen shows, without a terminal: counting people, order, history, gaps."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.tui.fake_station import MINUTE, NOW, event, person, uuid

from headcount.core.errors import LogUnwritable, RadioReason
from headcount.core.model import CoverageGap, Hearing, HearingChanged, Instant, Person
from headcount.core.news import Left, LogTroubled, Sighted
from headcount.core.pulse import Nearby, Pulse
from headcount.tui.checkins import ARRIVALS_KEPT
from headcount.tui.ports import Begun, Facts, Link
from headcount.tui.state import HISTORY, LiveState
from headcount.tui.trust import trust

MONO = 5_000.0
AT = Instant(NOW, MONO, "boot")


def begun(registered: int = 3, **more: object) -> Begun:
    return Begun(event("Evening", 0), "Door", "/log", registered=registered, **more)  # type: ignore[arg-type] # any field


def sighted(number: int, owner: Person | None, *, arrival: bool = True, at: int = NOW) -> Sighted:
    return Sighted(uuid(number), owner, at, -60, arrival=arrival)


def pulse(*nearby: Nearby, seconds: float = 0.0, frames: int = 0) -> Pulse:
    return Pulse(AT.at(MONO + seconds), frames, frames, 0, 0, nearby)


def near(number: int, rssi: int = -60, owner: Person | None = None, seconds: float = 0.0) -> Nearby:
    return Nearby(uuid(number), owner, rssi, MONO + seconds)


def live(*news: Sighted) -> LiveState:
    state = LiveState()
    state.begin(begun())
    for each in news:
        state.news(each, AT)
    return state


def test_people_are_counted_not_badges() -> None:
    state = live(sighted(1, person(1)), sighted(2, person(1)), sighted(3, person(3)))
    state.pulse(pulse(near(1, owner=person(1)), near(2, owner=person(1)), near(9)))
    counters = state.counters
    assert (counters.here, counters.checked_in, counters.unknown) == (1, 2, 1)
    assert [arrival.name for arrival in state.arrivals] == ["Person 3", "Person 1"]


def test_seen_again_is_no_arrival() -> None:
    state = live(sighted(1, person(1)), sighted(1, person(1), arrival=False))
    assert len(state.arrivals) == 1


def test_after_a_restart_the_earlier_arrivals_are_there() -> None:
    state = LiveState()
    state.begin(begun(before=[sighted(1, person(1), at=NOW - MINUTE), sighted(2, None)]))
    state.news(sighted(1, person(1)), AT)
    assert state.counters.checked_in == 1
    assert [arrival.name for arrival in state.arrivals] == ["", "Person 1"]
    assert state.per_minute(NOW, 2) == [1, 0]


def test_who_has_left_is_here_no_longer_but_checked_in() -> None:
    state = live(sighted(1, person(1)))
    state.pulse(pulse(near(1, owner=person(1))))
    state.news(Left(uuid(1), person(1), NOW), AT)
    state.pulse(pulse(seconds=1))
    assert (state.counters.here, state.counters.checked_in) == (0, 1)


def test_the_strongest_stand_first_by_their_last_seconds() -> None:
    """One weak advert of a near phone does not move it down."""
    state = live()
    a, b = person(1, "Ann"), person(2, "Ben")
    for second in range(4):
        state.pulse(pulse(near(1, -50, a, second), near(2, -60, b, second), seconds=second))
    state.pulse(pulse(near(1, -70, a, 4), near(2, -60, b, 4), seconds=4))
    assert [(seen.name, seen.rssi) for seen in state.seen] == [("Ann", -70), ("Ben", -60)]


def test_unknown_badges_stand_apart_the_strongest_first() -> None:
    state = live()
    state.pulse(pulse(near(1, -80), near(2, -40), near(3, -60, person(3))))
    assert [seen.ble_uuid for seen in state.unknown] == [uuid(2), uuid(1)]
    assert [seen.name for seen in state.seen] == ["Person 3"]


def test_the_signals_history_has_holes_where_nothing_was_heard() -> None:
    state = live()
    for second, heard_at in enumerate([0, 0, 2, 3]):
        badge = near(1, -50 - second, person(1), heard_at)
        state.pulse(pulse(badge, seconds=second))
    assert list(state.seen[0].history) == [-50, None, -52, -53]


def test_the_history_is_short_and_forgotten_with_the_badge() -> None:
    state = live()
    for second in range(HISTORY + 5):
        state.pulse(pulse(near(1, -50, None, second), seconds=second))
    assert len(state.unknown[0].history) == HISTORY
    state.pulse(pulse(seconds=30))
    state.pulse(pulse(near(1, -50, None, 31), seconds=31))
    assert len(state.unknown[0].history) == 1


def test_adverts_a_second() -> None:
    state = live()
    for second in range(20):
        state.pulse(pulse(seconds=second, frames=41 * second))
    assert state.rate == pytest.approx(41)


def test_a_gap_is_kept_with_its_wall_times() -> None:
    state = live()
    gap = CoverageGap(MONO - 90, MONO - 30, RadioReason.POWERED_OFF)
    state.news(HearingChanged(Hearing.HEARS, MONO, "It hears again.", gap=gap), AT)
    assert [(g.start, g.end) for g in state.gaps] == [(NOW - 90_000, NOW - 30_000)]
    assert state.deaf_minutes(NOW, 3) == [True, True, False]


def test_the_countdown_to_the_next_recovery_step() -> None:
    state = live()
    state.news(HearingChanged(Hearing.DEAF, MONO, "Deaf.", retry_in=8.0), AT)
    assert state.deaf
    assert [state.retry_in(MONO + s) for s in (0, 3, 20)] == [8.0, 5.0, 0.0]


def test_a_clock_that_jumps_is_noticed_and_one_that_drifts_is_not() -> None:
    state = live()
    state.pulse(pulse())
    state.pulse(Pulse(Instant(NOW + 10_500, MONO + 10, "boot"), 0, 0, 0, 0))
    assert state.jumped_ms == 0
    state.pulse(Pulse(Instant(NOW + 3_620_000, MONO + 20, "boot"), 0, 0, 0, 0))
    assert state.jumped_ms == 3_600_000


def test_names_from_outside_are_cleaned() -> None:
    hostile = person(1, "A\x1b[2Jn\u202en\n")
    state = live(sighted(1, hostile))
    state.pulse(pulse(near(1, owner=hostile)))
    assert state.arrivals[0].name == "A[2Jnn"
    assert state.seen[0].name == "A[2Jnn"


def test_the_arrivals_list_is_bounded() -> None:
    state = live(*(sighted(n, person(n)) for n in range(ARRIVALS_KEPT + 50)))
    assert len(state.arrivals) == ARRIVALS_KEPT
    assert state.counters.checked_in == ARRIVALS_KEPT + 50
    assert state.arrivals[0].name == f"Person {ARRIVALS_KEPT + 49}"


class Counted(list[Nearby]):
    """Badges in range that count how often each of them is looked at."""

    looks = 0

    def __iter__(self) -> Iterator[Nearby]:
        for badge in super().__iter__():
            self.looks += 1
            yield badge


def test_thousands_of_phones_cost_one_pass_and_one_name_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Work grows with the badges in range: none is looked at again and again, no name is cleaned
    twice, and of each no more is kept than what is drawn. `make bench` has the time."""
    state, rng, cleaned = live(), random.Random(1), []

    def counted(text: str) -> str:
        cleaned.append(text)
        return text

    monkeypatch.setattr("headcount.tui.state.clean_text", counted)
    people = [person(n) for n in range(5000)]
    looks = []
    for second in range(12):
        badges = Counted(near(n, rng.randint(-90, -40), people[n], second) for n in range(5000))
        state.pulse(replace(pulse(seconds=second), nearby=badges))
        looks.append(badges.looks)
    assert max(looks) <= 3 * 5000
    assert len(cleaned) == 5000
    assert len(state.seen) == 5000
    assert {len(seen.history) for seen in state.seen} == {HISTORY}


FACTS = Facts(unsent=7, disk_hours=9.4, link=Link.OFFLINE)


def words(state: LiveState, facts: Facts = FACTS, wall_ms: int = NOW) -> str:
    return " · ".join(fact.words for fact in trust(state, facts, wall_ms))


def test_the_trust_line_says_it_all() -> None:
    state = LiveState()
    state.begin(begun(roster=312, fetched_ms=NOW - 14 * MINUTE))
    state.news(HearingChanged(Hearing.HEARS, MONO, "It hears."), AT)
    for second in range(6):
        state.pulse(pulse(seconds=second, frames=41 * second))
    assert words(state) == (
        "Radio hears 41/s · Clock ok · Roster 312, 14 min old · Disk 9 h · Unsent 7 · offline"
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (HearingChanged(Hearing.DEAF, MONO, "Deaf."), "Radio is deaf"),
        (HearingChanged(Hearing.SILENT, MONO, "Nothing."), "Radio hears nothing"),
        (LogTroubled(LogUnwritable("Full."), 12), "Disk fails, 12 in memory"),
    ],
)
def test_trouble_changes_its_word(change: HearingChanged | LogTroubled, expected: str) -> None:
    state = live()
    state.news(change, AT)
    assert expected in words(state)


def test_a_clock_from_before_the_program_is_wrong() -> None:
    assert "Clock is wrong" in words(live(), wall_ms=86_400_000)


def test_a_roster_never_fetched_is_unknown() -> None:
    assert "Roster unknown" in words(live())
