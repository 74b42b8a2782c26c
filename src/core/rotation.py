"""Rotating identifiers: which id a person's phone shows in which ten minutes.

The schedule is the Exposure Notification one ("Exposure Notification Cryptography Specification",
v1.2, Apple and Google, April 2020) with info strings of our own: a key for each person and UTC day,
from it a key for the day's ids, and one id for each of the day's 144 windows of ten minutes. An id
has 16 bytes, so that any phone can send it as an iBeacon's UUID.

A copied id is worthless an hour later. What this can't stop: a phone that somebody else carries,
and a relay that repeats an id at once.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
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
DAY_BYTES = ID_BYTES * WINDOWS

KEPT_WINDOWS = 64
"""Windows whose ids are at hand, the last used ones: an evening's, twice over."""
KEPT_IDS = 20_000
"""Ids that were asked for lately, also those of nobody: more than a hall's strangers."""
ROOM = 8
"""Places for each id among the marks: so few strangers share one that the search is rare."""

BY_ROTATION = "rotation"
"""Who said that a badge is somebody's, where that follows from a rotation secret."""


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


class IdTable:
    """Whose is which id, of some day keys.

    It takes 4 kB for each key: the ids in one piece, and a mark for each id's first bytes. A
    dictionary of all ids would take ten times as much; only the windows in use have one.
    """

    def __init__(self, days: Iterable[tuple[DayKey, bytes]]) -> None:
        """Beside each key its day's ids in one piece, in order."""
        keys, ids = [], []
        for key, some in days:
            keys.append(key)
            ids.append(some)
        self._keys = keys
        self._ids = b"".join(ids)
        self._shift = 32 - max(8, min(32, (len(keys) * WINDOWS * ROOM).bit_length()))
        self._marks = self._marked()
        self._windows: OrderedDict[int, dict[bytes, DayKey]] = OrderedDict()
        self._asked: OrderedDict[bytes, Shown | None] = OrderedDict()

    def __len__(self) -> int:
        """The number of day keys."""
        return len(self._keys)

    def __contains__(self, shown: bytes) -> bool:
        return self.get(shown) is not None

    def __getitem__(self, shown: bytes) -> Shown:
        found = self.get(shown)
        if found is None:
            raise KeyError(shown)
        return found

    def get(self, shown: bytes, heard_ms: int | None = None) -> Shown | None:
        """Whose the id is, or None; quick where it was heard (Unix ms) in its time."""
        if heard_ms is not None:
            around = window_of(heard_ms)
            for window in range(around - SLACK, around + SLACK + 1):
                if key := self._window(window).get(shown):
                    return Shown(key.user_id, window)
        if shown in self._asked:
            return self._asked[shown]
        found = self._asked[shown] = self._search(shown)
        if len(self._asked) > KEPT_IDS:
            self._asked.popitem(last=False)
        return found

    def _window(self, window: int) -> dict[bytes, DayKey]:
        found = self._windows.get(window)
        if found is None:
            day, at = divmod(window, WINDOWS)
            first, ids = at * ID_BYTES, self._ids
            starts = ((key, place * DAY_BYTES + first) for place, key in enumerate(self._keys))
            found = {ids[at : at + ID_BYTES]: key for key, at in starts if key.day == day}
            self._windows[window] = found
            if len(self._windows) > KEPT_WINDOWS:
                self._windows.popitem(last=False)
        return found

    def _marked(self) -> bytearray:
        marks, shift = bytearray(1 << (32 - self._shift)), self._shift
        words = array("I")
        words.frombytes(self._ids)
        for word in words[:: ID_BYTES // words.itemsize]:
            marks[word >> shift] = 1
        return marks

    def _search(self, shown: bytes) -> Shown | None:
        if not self._marks[array("I", shown)[0] >> self._shift]:
            return None
        at = self._ids.find(shown)
        while at % ID_BYTES and at >= 0:  # it began within another id
            at = self._ids.find(shown, at + 1)
        if at < 0:
            return None
        place, rest = divmod(at, DAY_BYTES)
        key = self._keys[place]
        return Shown(key.user_id, key.day * WINDOWS + rest // ID_BYTES)
