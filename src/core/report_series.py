"""What the report's plots show: pure series of bars. People are counted, never sums of doors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from .attendance import Status, status_word
from .report import PersonRow, Report

MINUTE_MS = 60_000
BARS = 40
"""At most, of a series over time: what a terminal of 80 columns and a page can both show."""

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)
"""Minutes of one bar: what people read off a clock."""

DOORS = 12
"""Doors with a bar of their own; the rest share one."""


class Axis(StrEnum):
    """What the bars stand for."""

    TIME = "time"
    """`start` is Unix ms."""
    MINUTES = "minutes"
    """`start` is a number of minutes."""
    WORDS = "words"
    """`word` says it."""


class Bar(NamedTuple):
    """One bar: how many people."""

    people: int
    start: int = 0
    word: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """The bars of one plot, in order."""

    title: str
    axis: Axis
    bars: Sequence[Bar]
    step: int = 0
    """Minutes from one bar to the next; 0 for words."""

    @property
    def most(self) -> int:
        """The largest bar's people."""
        return max((bar.people for bar in self.bars), default=0)


def all_series(report: Report) -> tuple[Series, ...]:
    """Every plot of a report, in the order in which they are shown."""
    people = report.people
    event = report.event
    return (
        arrivals(people, event.start, event.end),
        presence(people, event.end - event.start),
        by_status(people, provisional=report.provisional),
        by_door(people),
    )


def arrivals(people: Sequence[PersonRow], start: int, end: int) -> Series:
    """Check-ins over time: from the first one or the start to the last one or the end.

    Clocks that were wrong by days must not stretch it: who came more than the event's length (at
    least an hour) before or after it is counted in the first or last bar.
    """
    room = max(end - start, 60 * MINUTE_MS)
    times = [
        min(max(row.check_in_time, start - room), end + room)
        for row in people
        if row.check_in_time is not None
    ]
    if not times:
        return Series("Arrivals", Axis.TIME, ())
    first, last = min([*times, start]), max([*times, end])
    step = _step(last - first)
    width = step * MINUTE_MS
    origin = first - first % width
    counts = Counter((time - origin) // width for time in times)
    bars = [
        Bar(counts[place], origin + place * width) for place in range((last - origin) // width + 1)
    ]
    return Series("Arrivals", Axis.TIME, bars, step)


def presence(people: Sequence[PersonRow], length_ms: int) -> Series:
    """How long those who came were present within the event: a histogram in minutes."""
    stays = [row.present_ms // MINUTE_MS for row in people if row.check_in_time is not None]
    if not stays:
        return Series("Time present", Axis.MINUTES, ())
    most = max([*stays, length_ms // MINUTE_MS, 1])
    step = next((step for step in STEPS if most // step < BARS // 2), -(-most // (BARS // 2)))
    counts = Counter(stay // step for stay in stays)
    bars = [Bar(counts[place], place * step) for place in range(most // step + 1)]
    return Series("Time present", Axis.MINUTES, bars, step)


def by_status(people: Sequence[PersonRow], *, provisional: bool = False) -> Series:
    """People by status, in the order of the product's words; none that nobody has."""
    counts = Counter(row.status for row in people)
    bars = [
        Bar(counts[status], word=status_word(status, provisional=provisional))
        for status in Status
        if counts[status]
    ]
    return Series("Status", Axis.WORDS, bars)


def by_door(people: Sequence[PersonRow]) -> Series:
    """People by the door of their check-in: everybody counts once, however many doors saw them."""
    counts = Counter(row.scanner_id or "no door" for row in people if row.check_in_time is not None)
    doors = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = doors if len(doors) <= DOORS else doors[: DOORS - 1]
    bars = [Bar(count, word=door) for door, count in shown]
    if rest := doors[len(shown) :]:
        bars.append(Bar(sum(count for _, count in rest), word=f"{len(rest)} other doors"))
    return Series("Door of check-in", Axis.WORDS, bars)


def _step(length_ms: int) -> int:
    """The shortest step that needs no more than BARS bars."""
    minutes = length_ms // MINUTE_MS
    return next((step for step in STEPS if minutes // step < BARS), -(-minutes // BARS))
