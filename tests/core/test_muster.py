"""The muster list's rules."""

from __future__ import annotations

import pytest

from headcount.core.model import Person
from headcount.core.muster import Heard, Line, Muster

A, B, STRANGER = "badge-a", "badge-b", "badge-x"
PEOPLE = [(Person("ada", "Ada"), (A,)), (Person("bob", "Bob"), (B,))]
NIL = "00000000-0000-0000-0000-000000000000"


def sighting(badge: str, seconds: int, *, id: str = "", kind: str = "sighting") -> Line:  # noqa: A002
    return Line(kind, badge, seconds * 1000, float(seconds), id)


def mustered(*lines: Line, now: int = 1000, live: dict[str, float] | None = None) -> list[str]:
    """Each person as `name: group`, and the number of unknown badges at the end."""
    muster = Muster(PEOPLE)
    for line in lines:
        muster.add(line)
    people, unknown = muster.here(now * 1000, float(now), (live or {}).items())
    return [f"{each.name}: {each.heard}" for each in people] + [str(unknown)]


@pytest.mark.parametrize(
    ("last", "group"),
    [(999, "just now"), (881, "just now"), (880, "lately"), (401, "lately"), (400, "checked in")],
)
def test_the_group_is_how_recently_somebody_was_heard(last: int, group: str) -> None:
    assert mustered(sighting(A, last)) == [f"Ada: {group}", "0"]


def test_a_running_scan_knows_better_than_the_log() -> None:
    assert mustered(sighting(A, 100), live={A: 995.0}) == ["Ada: just now", "0"]


def test_a_departure_says_when_somebody_was_heard_last() -> None:
    lines = [sighting(A, 100), sighting(A, 700, kind="departure")]
    assert mustered(*lines) == ["Ada: lately", "0"]


def test_a_departure_alone_checks_nobody_in() -> None:
    assert mustered(sighting(A, 990, kind="departure")) == ["0"]


def test_unknown_badges_are_counted_while_they_are_heard() -> None:
    assert mustered(sighting(STRANGER, 990), sighting("badge-y", 10)) == ["1"]


def test_a_person_checked_in_by_hand_is_here_without_a_badge() -> None:
    by_hand = Line("manual", NIL, 500_000, None, "m-1", user="bob")
    assert mustered(by_hand) == ["Bob: checked in", "0"]
    muster = Muster(PEOPLE)
    muster.add(by_hand)
    muster.add(sighting(B, 990))
    ((bob,), _) = muster.here(1_000_000, 1000.0)
    assert (bob.by_hand, bob.checked_in_ms, bob.heard) == (True, 500_000, Heard.JUST_NOW)


def test_a_walk_in_has_the_name_that_was_typed() -> None:
    line = Line("walkIn", NIL, 500_000, None, "w-1", user="new", name="Cem")
    assert mustered(line) == ["Cem: checked in", "0"]


def test_what_was_taken_back_does_not_count() -> None:
    by_hand = Line("manual", NIL, 500_000, None, "m-1", user="bob")
    void = Line("void", NIL, 600_000, None, "v-1", of="m-1")
    assert mustered(by_hand, void) == ["0"]
    assert mustered(by_hand, void, sighting(B, 990, id="s-1")) == ["Bob: just now", "0"]


def test_an_assigned_badge_is_its_new_owners() -> None:
    assign = Line("assign", STRANGER, 600_000, None, "a-1", user="bob")
    assert mustered(sighting(STRANGER, 990), assign) == ["Bob: just now", "0"]
    void = Line("void", NIL, 700_000, None, "v-1", of="a-1")
    assert mustered(sighting(STRANGER, 990), assign, void) == ["1"]


def test_one_person_with_two_badges_is_one_person() -> None:
    muster = Muster([(Person("ada", "Ada"), (A, B))])
    muster.add(sighting(A, 100))
    muster.add(sighting(B, 990))
    ((ada,), _) = muster.here(1_000_000, 1000.0)
    assert (ada.checked_in_ms, ada.heard_seconds) == (100_000, 10.0)


def test_lines_of_another_boot_are_told_by_the_wall_clock() -> None:
    muster = Muster(PEOPLE)
    muster.add(Line("sighting", A, 700_000, None))
    ((ada,), _) = muster.here(1_000_000, 5.0)
    assert ada.heard_seconds == 300.0


def test_a_clock_that_went_back_makes_nobody_be_heard_in_the_future() -> None:
    muster = Muster(PEOPLE)
    muster.add(Line("sighting", A, 2_000_000, None))
    ((ada,), _) = muster.here(1_000_000, 5.0)
    assert ada.heard_seconds == 0.0
