"""The sightings of the events that were asked about last, kept between reports.

Reading a million sightings takes most of a report's time, and after a sync nearly all of them are
the same. What is kept belongs to a version of the event's sightings (`tracked.py`); each batch of
this process leaves behind what it added, under the version it made. Where a version between the
kept one and the reader's snapshot has left nothing (another process wrote it, or it deleted
something), all is read again: so the result is always that of reading all.
"""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, repeat
from operator import itemgetter
from typing import Any, NamedTuple, overload

from sqlalchemy import Connection, text

Sighting = tuple[bytes, int, int]
"""ble_uuid, check_in_time, scanner_id."""

EVENTS = 4
"""Events whose sightings are kept, as many as reports."""

MOST = 3_000_000
"""Sightings that are kept of all events together, 36 MB; a badge counts as some."""
BADGE = 25
"""Sightings that take as much memory as what is kept of a badge besides."""

BATCH = 20_000
"""Sightings of a batch that are left behind, at most: as many as `sync` sends in one."""
LEFT = 100_000
"""Left behind for one event and not yet asked for, at most, 15 MB; more is read again."""

_SIGHTINGS = text("""
SELECT ble_uuid, check_in_time, scanner_id FROM sightings WHERE event_id = :event
ORDER BY ble_uuid, check_in_time, scanner_id
""")


class Times(array):  # type: ignore[type-arg] # array[int] is for type checkers only
    """Times in 8 bytes each, equal to any sequence of the same ones."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None


class Heard(Sequence[Sighting]):
    """The sightings of one badge by time, then scanner; never changed. Takes 12 bytes for each."""

    __slots__ = ("badge", "scanners", "times")

    def __init__(self, badge: bytes, times: Iterable[int], scanners: Iterable[int]) -> None:
        self.badge = badge
        self.times = Times("q", times)
        self.scanners = array("i", scanners)

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> Iterator[Sighting]:
        return zip(repeat(self.badge), self.times, self.scanners)

    @overload
    def __getitem__(self, at: int) -> Sighting: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Sighting]: ...
    def __getitem__(self, at: int | slice) -> Sighting | Sequence[Sighting]:
        if isinstance(at, slice):
            return Heard(self.badge, self.times[at], self.scanners[at])
        return self.badge, self.times[at], self.scanners[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def and_kept(self, sightings: Iterable[Sighting]) -> Heard:
        """These, and those that stand for purged ones: each counts, also at one moment."""
        rows = [*zip(self.times, self.scanners, strict=True), *(one[1:] for one in sightings)]
        times, scanners = zip(*sorted(rows), strict=True)
        return Heard(self.badge, times, scanners)

    def and_also(self, sightings: Iterable[Sighting]) -> Heard:
        """These and those; what is in both counts once."""
        every = set(zip(self.times, self.scanners, strict=True))
        every.update((time, scanner) for _, time, scanner in sightings)
        if len(every) == len(self):
            return self
        times, scanners = zip(*sorted(every), strict=True)
        return Heard(self.badge, times, scanners)


ByBadge = Mapping[bytes, Heard]


def read_all(connection: Connection, event: int) -> dict[bytes, Heard]:
    """All sightings of an event, in one ordered pass."""
    # The driver's own rows: a million of them cost SQLAlchemy's a third more time.
    rows: Any = connection.execute(_SIGHTINGS, {"event": event}).cursor
    found = {}
    for badge, some in groupby(rows, key=itemgetter(0)):
        _, times, scanners = zip(*some, strict=True)
        found[badge] = Heard(badge, times, scanners)
    return found


class _Kept(NamedTuple):
    version: int
    by_badge: ByBadge
    weight: int


class Kept:
    """What is kept of some events. Safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._left: dict[str, dict[int, Sequence[Sighting]]] = {}
        self._lock = threading.Lock()
        self._reading = threading.Lock()

    def leave(self, event_id: str, version: int, sightings: Sequence[Sighting]) -> None:
        """A committed batch made this version of the event's sightings by adding these."""
        with self._lock:
            left = self._left.get(event_id)
            if left is None:  # nobody has asked about this event
                return
            left[version] = sightings
            if sum(map(len, left.values())) > LEFT:
                left.clear()

    def read(self, connection: Connection, event_id: str, event: int, version: int) -> ByBadge:
        """The event's sightings at the version that this snapshot shows."""
        with self._reading:  # who asks for the same meanwhile waits, instead of reading it too
            with self._lock:
                before = self._kept.get(event_id)
                steps = self._steps(event_id, before, version)
            if before is None or steps is None:
                by_badge: ByBadge = read_all(connection, event)
            else:
                by_badge = _extended(before.by_badge, steps)
            self._keep(event_id, version, by_badge)
            return by_badge

    def _steps(
        self, event_id: str, before: _Kept | None, version: int
    ) -> list[Sequence[Sighting]] | None:
        """What was added since; None if that is not known."""
        left = self._left.setdefault(event_id, {})  # from now on batches leave what they add
        if before is None or before.version > version:
            return None
        steps = [left.get(each) for each in range(before.version + 1, version + 1)]
        known = [step for step in steps if step is not None]
        return known if len(known) == len(steps) else None

    def _keep(self, event_id: str, version: int, by_badge: ByBadge) -> None:
        with self._lock:
            before = self._kept.get(event_id)
            if before is not None and before.version >= version:
                self._kept.move_to_end(event_id)
                return
            self._kept[event_id] = _Kept(version, by_badge, _weight(by_badge))
            self._kept.move_to_end(event_id)
            left = self._left.get(event_id, {})
            for old in [each for each in left if each <= version]:
                del left[old]
            self._shrink()

    def _shrink(self) -> None:
        while len(self._kept) > EVENTS or sum(kept.weight for kept in self._kept.values()) > MOST:
            oldest, _ = self._kept.popitem(last=False)
            self._left.pop(oldest, None)


def _weight(by_badge: ByBadge) -> int:
    return sum(map(len, by_badge.values())) + BADGE * len(by_badge)


def _extended(before: ByBadge, steps: Iterable[Sequence[Sighting]]) -> ByBadge:
    added: dict[bytes, list[Sighting]] = defaultdict(list)
    for step in steps:
        for sighting in step:
            added[sighting[0]].append(sighting)
    if not added:
        return before
    changed = {
        badge: before.get(badge, Heard(badge, (), ())).and_also(some)
        for badge, some in added.items()
    }
    return {**before, **changed}
