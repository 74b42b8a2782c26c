"""Presence: from first seen to last seen, gaps shorter than the away time closed.

Gaps of 30-80 s at two metres are normal for Bluetooth, so a departure is inferred backwards from
last seen, with minutes of grace.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Interval(NamedTuple):
    """First and last sighting of one stay, Unix milliseconds, both inclusive."""

    start: int
    end: int


def fold_intervals(sorted_times: Iterable[int], away_ms: int) -> tuple[Interval, ...]:
    """Join ascending times into stays; a gap longer than `away_ms` begins a new one."""
    times = iter(sorted_times)
    stays: list[Interval] = []
    for start in times:
        end = start
        for time in times:
            if time - end > away_ms:
                stays.append(Interval(start, end))
                start = time  # noqa: PLW2901 - a new stay begins
            end = time
        stays.append(Interval(start, end))
    return tuple(stays)


def covered(stays: Sequence[Interval], start: int, end: int) -> int:
    """Milliseconds of [start, end] that the stays cover."""
    return sum(max(0, min(stay.end, end) - max(stay.start, start)) for stay in stays)
