"""Rotating identifiers: which id a person's phone shows in which ten minutes.

The schedule is the Exposure Notification one ("Exposure Notification Cryptography Specification",
v1.2, Apple and Google, April 2020) with info strings of our own: a key for each person and UTC day,
from it a key for the day's ids, and one id for each of the day's 144 windows of ten minutes. An id
has 16 bytes, so that any phone can send it as an iBeacon's UUID.

A copied id is worthless an hour later. What this can't stop: a phone that somebody else carries,
and a relay that repeats an id at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

WINDOW_MS = 600_000
"""An id is shown for ten minutes."""
WINDOWS = 144
"""Windows of a UTC day."""
DAY_MS = WINDOW_MS * WINDOWS
SLACK = 1
"""Windows before and after in which an id is still taken: clocks differ, and so do frames' ways."""
ID_BYTES = 16


class Assurance(StrEnum):
    """How much a sighting says about who was there."""

    LOW = "low"
    """A fixed id: whoever heard it once can send it for ever."""
    MEDIUM = "medium"
    """A rotating id, heard in its time."""


class DayKey(NamedTuple):
    """What a station needs to know a person on one UTC day, and on no other."""

    user_id: str
    day: int
    """Days since 1970-01-01, UTC."""
    key: bytes
    """16 bytes."""


class Shown(NamedTuple):
    """Whose an id is, and when it is shown."""

    user_id: str
    window: int
    """Windows since 1970-01-01, UTC."""

    @property
    def from_ms(self) -> int:
        """The first Unix ms at which it is taken."""
        return (self.window - SLACK) * WINDOW_MS

    @property
    def until_ms(self) -> int:
        """The first Unix ms at which it isn't taken any more."""
        return (self.window + 1 + SLACK) * WINDOW_MS

    def in_time(self, wall_ms: int) -> bool:
        """Whether an id heard then counts; outside its time it is a copy, or a clock is wrong."""
        return self.from_ms <= wall_ms < self.until_ms


def window_of(wall_ms: int) -> int:
    """The window of a time in Unix ms."""
    return wall_ms // WINDOW_MS


def day_of(wall_ms: int) -> int:
    """The UTC day of a time in Unix ms, days since 1970-01-01."""
    return wall_ms // DAY_MS


def days_of(start_ms: int, end_ms: int) -> range:
    """The days whose ids can be heard between two times, the slack of a window included."""
    slack = SLACK * WINDOW_MS
    return range(day_of(start_ms - slack), day_of(end_ms + slack) + 1)


def table(days: Iterable[tuple[DayKey, bytes]]) -> dict[bytes, Shown]:
    """Every id of some day keys; beside each key its day's ids in one piece, in order."""
    return {
        ids[at * ID_BYTES : (at + 1) * ID_BYTES]: Shown(key.user_id, key.day * WINDOWS + at)
        for key, ids in days
        for at in range(WINDOWS)
    }
