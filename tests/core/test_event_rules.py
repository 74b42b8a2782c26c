"""What an event's rules lead to, in words, and which rules have a sense."""

from __future__ import annotations

import pytest

from headcount.core.attendance import MINUTE_MS, Rules
from headcount.core.event_rules import RANGES, effect, out_of_range
from headcount.core.model import Event

NINE = 9 * 60


def time_of_day(ms: int) -> str:
    hours, minutes = divmod(ms // MINUTE_MS, 60)
    return f"{hours:02}:{minutes:02}"


def class_of(minutes: int, **rules: int | str) -> Event:
    start = NINE * MINUTE_MS
    return Event("e", "Class", start, start + minutes * MINUTE_MS, **rules)  # type: ignore[arg-type]


def test_the_effect_is_shown_on_people_who_come_and_go() -> None:
    assert effect(class_of(180), time_of_day) == (
        "Someone who comes at 09:08 and stays is present, at 09:12 late. "
        "Who comes at the start and leaves at 11:13 has left early: "
        "75 % of the time are needed, until 11:15. Sightings before 08:45 do not count. "
        "A person not heard for more than 10 min counts as away meanwhile. "
        "Whoever registers waits for an admin's approval."
    )


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (class_of(180, late_after_minutes=5), "at 09:03 and stays is present, at 09:07 late"),
        (class_of(180, late_after_minutes=0), "at 09:00 and stays is present, at 09:02 late"),
        (class_of(180, late_after_minutes=60), "at 09:58 and stays is partial, at 10:02 late"),
        (class_of(10), "Whoever comes before the end is in time."),
        (class_of(180, minimum_presence_percent=0), "However short the stay, it counts."),
        (class_of(180, minimum_presence_percent=100), "leaves at 11:58 was there in part: 100 %"),
        (class_of(180, check_in_opens_minutes=0), "Sightings before 09:00 do not count."),
        (class_of(180, away_minutes=20), "more than 20 min"),
        (class_of(180, approval="auto"), "Whoever registers is approved at once."),
    ],
)
def test_each_rule_shows_in_the_effect(event: Event, says: str) -> None:
    assert says in effect(event, time_of_day)


@pytest.mark.parametrize("name", RANGES)
def test_rules_have_a_range(name: str) -> None:
    least, most = RANGES[name]
    for value, wrong in ((least, False), (most, False), (least - 1, True), (most + 1, True)):
        assert (out_of_range(Rules(**{name: value})) == (name, least, most)) is wrong
