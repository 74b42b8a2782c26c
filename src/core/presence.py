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
    stays: list[Interval] = []
    for time in sorted_times:
        if stays and time - stays[-1].end <= away_ms:
            stays[-1] = Interval(stays[-1].start, time)
        else:
            stays.append(Interval(time, time))
    return tuple(stays)


def covered(stays: Sequence[Interval], start: int, end: int) -> int:
    """Milliseconds of [start, end] that the stays cover."""
    return sum(max(0, min(stay.end, end) - max(stay.start, start)) for stay in stays)
