"""Clocks lie: what a station's monotonic time says about its wall time.

A record carries the wall clock (`checkInTime`) and the time since boot (`mono`). At sync the
station sends both clocks as they are now, the server looks at its own, and so knows when that boot
was at zero. From then on a record of the boot happened at `zero + mono`, whatever its wall clock
said. The zero point is measured once and kept, so that any repetition gives the same time.
"""

from __future__ import annotations

from typing import NamedTuple

DAY_MS = 86_400_000

TOLERANCE_MS = 5_000
"""A difference below this corrects nothing, so that ordinary stations show the times they wrote.
The measurement is late by the way of the request: two lost packets of its connection cost 3 s (TCP
waits 1 and 2 s, RFC 6298, 2.1 and 5.5), compressing a large batch up to 1 s. Nor does anybody's
attendance turn on less than five seconds."""


class StationClock(NamedTuple):
    """A station's clocks at the moment of sending."""

    wall: int
    """Unix milliseconds, as the station believes."""
    mono: int
    """Milliseconds since its boot."""
    boot: str
    """Names the boot."""


class ClockFacts(NamedTuple):
    """What the backend knows of one scanner's clock during one boot, at one event."""

    scanner_id: str
    boot: str
    zero: int | None
    """When the boot's clock was at zero, Unix ms by the server; None if it was never measured."""
    least_offset: int
    """The least wall time less monotonic time of its records, ms."""
    most_offset: int
    first_time: int
    """The earliest wall time of its records, Unix ms."""
    last_time: int
    received_at: int
    """When the server first met this boot, Unix ms."""


class ClockNote(NamedTuple):
    """A scanner whose clock was wrong, or can't be judged, during one boot. Milliseconds."""

    scanner_id: str
    boot: str
    verified: bool
    """Measured by the server: its records were corrected. If not, they are as they were written."""
    least: int
    """The least correction of its records; 0 where nothing was measured."""
    most: int
    first_time: int
    """The earliest time that it wrote, uncorrected, Unix ms."""
    last_time: int


def correction(zero: int, mono: int, wall: int) -> int:
    """Milliseconds to add to a record's wall time; 0 where the difference is no clock error."""
    difference = zero + mono - wall
    return difference if abs(difference) >= TOLERANCE_MS else 0


def note_of(clock: ClockFacts, not_before: int) -> ClockNote | None:
    """What people should know of this clock; None for one that is fine, as far as can be told.

    A boot that was over before its station met the server can't be measured. Its times are suspect
    when they can't be true (before `not_before`, or after they were received), or when the wall
    clock was set in the middle.
    """
    least = 0 if clock.zero is None else clock.zero - clock.most_offset
    most = 0 if clock.zero is None else clock.zero - clock.least_offset
    if clock.zero is not None:
        fine = max(abs(least), abs(most)) < TOLERANCE_MS
    else:
        possible = not_before <= clock.first_time and clock.last_time <= clock.received_at
        fine = possible and clock.most_offset - clock.least_offset < TOLERANCE_MS
    if fine:
        return None
    verified = clock.zero is not None
    return ClockNote(
        clock.scanner_id, clock.boot, verified, least, most, clock.first_time, clock.last_time
    )
