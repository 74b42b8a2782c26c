"""The station's service: radio -> identify -> dedupe -> log -> subscribers.

Everything here runs on the event loop and blocks on nothing: advertisements wait in a bounded
queue, records go to the log's own thread, and subscribers hear of a sighting once it is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .core.dedupe import IdentifyRules, LastSeen, Tracker
from .core.errors import LogUnwritable
from .core.model import (
    NIL_UUID,
    Advertisement,
    CoverageGap,
    HearingChanged,
    Instant,
    Kind,
    Logged,
    Record,
)
from .core.news import Left, LogTroubled, News, Sighted
from .core.ports import Clock, Radio, SightingLog
from .core.pulse import Nearby
from .core.roster import Roster

QUEUE = 20_000
"""Advertisements that may wait: forty seconds of the most that one radio can receive (about 500/s,
docs/architecture.md). When full the oldest go: a phone repeats itself, a record doesn't."""

SLICE = 1_000
"""Advertisements handled before other tasks get a turn: about 5 ms."""

SWEEP_SECONDS = 1.0
"""How often departures are looked for; the away time is minutes."""

LAST_SEEN_SECONDS = 60.0
"""A stay's end is worth a line of its own if it is a minute or more after its last sighting."""


@dataclass(slots=True)
class Counters:
    """Totals of one scan session."""

    advertisements: int = 0
    overflowed: int = 0
    """Advertisements dropped because the queue was full."""
    strangers: int = 0
    """In strict mode: advertisements of ids that are not on the roster."""
    records: int = 0
    """Records that are safe on the disk."""
    arrivals: int = 0


class Recorder:
    """Turns advertisements into durable records. Implements core.ports.RadioListener."""

    def __init__(
        self,
        *,
        log: SightingLog,
        clock: Clock,
        roster: Roster,
        rules: IdentifyRules,
        scanner_id: str,
        strict: bool = False,
    ) -> None:
        self._log = log
        self._clock = clock
        self._roster = roster
        self._scanner_id = scanner_id
        self._strict = strict
        self._tracker = Tracker(rules)
        self._queue: deque[Advertisement] = deque()
        self._wake = asyncio.Event()
        self._arrived: set[str] = set()
        self._subscribers: list[Callable[[News], None]] = []
        self._swept = clock.now().mono
        self.counters = Counters()

    def subscribe(self, subscriber: Callable[[News], None]) -> None:
        """Call `subscriber` with every piece of news, on the event loop's thread."""
        self._subscribers.append(subscriber)

    def restore(self, logged: Iterable[tuple[str, float | None]]) -> None:
        """Take up an existing log: (bleUuid, monotonic time or None if the window is over)."""
        for ble_uuid, mono in logged:
            self._arrived.add(ble_uuid)
            if mono is not None:
                self._tracker.remember(ble_uuid, mono)

    @property
    def in_range(self) -> int:
        """Badges that are here now."""
        return self._tracker.in_range

    def nearby(self) -> list[Nearby]:
        """The badges that are here now, with their owners and signals."""
        owner = self._roster.owner
        return [
            Nearby(ble_uuid, owner(ble_uuid), rssi, mono)
            for ble_uuid, rssi, mono in self._tracker.signals()
        ]

    @property
    def arrived(self) -> int:
        """Different badges in this log."""
        return len(self._arrived)

    # --- what the radio tells ---

    def advertisement(self, advertisement: Advertisement) -> None:
        """Queue it; never blocks."""
        if len(self._queue) >= QUEUE:
            self._queue.popleft()
            self.counters.overflowed += 1
        self._queue.append(advertisement)
        if not self._wake.is_set():
            self._wake.set()

    def hearing(self, change: HearingChanged) -> None:
        """Log a coverage gap that has ended, and tell the subscribers."""
        if change.gap:
            self._append(self._gap_record(change.gap))
        self._tell(change)

    # --- what the log tells (on the event loop's thread) ---

    def durable(self, logged: Sequence[Logged]) -> None:
        """These records are on the disk."""
        self.counters.records += len(logged)
        for entry in logged:
            self._tell_logged(entry.record)

    def log_trouble(self, error: LogUnwritable | None, waiting: int) -> None:
        """The log can't write, or can again."""
        self._tell(LogTroubled(error, waiting))

    # --- the loop ---

    async def run(self, radio: Radio, stop: asyncio.Event) -> None:
        """Record until `stop` is set or the radio's source is used up.

        Raises RadioError if listening can't begin. What was heard has been handed to the log when
        this returns, however it returns.
        """
        pump = asyncio.create_task(self._pump())
        listen = asyncio.create_task(radio.run(self))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({pump, listen, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stopped, listen, pump):
                task.cancel()
            results = await asyncio.gather(listen, pump, return_exceptions=True)
            self.drain()
            self._note_who_is_here()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def pace(self) -> None:
        """Handle what waits: sources that are faster than real time await this at each step."""
        self.drain()
        await asyncio.sleep(0)

    def drain(self, limit: int | None = None) -> None:
        """Handle up to `limit` queued advertisements (None: all) and look for departures."""
        queue, handle = self._queue, self._handle
        for _ in range(len(queue) if limit is None else min(limit, len(queue))):
            handle(queue.popleft())
        now = self._clock.now().mono
        if now - self._swept >= SWEEP_SECONDS:
            self._swept = now
            for departed in self._tracker.sweep(now):
                self._last_seen(departed)
                self._tell_left(departed)

    async def _pump(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
            self.drain(SLICE)
            while self._queue:
                await asyncio.sleep(0)
                self.drain(SLICE)

    def _handle(self, advertisement: Advertisement) -> None:
        ble_uuid, rssi, mono = advertisement
        self.counters.advertisements += 1
        if self._strict and self._roster.owner(ble_uuid) is None:
            self.counters.strangers += 1
        elif self._tracker.heard(ble_uuid, rssi, mono):
            record = Record(ble_uuid, self._scanner_id, self._instant(mono), rssi=rssi)
            if not self._append(record):
                self._tracker.unlog(ble_uuid)

    def _note_who_is_here(self) -> None:
        """At the end of a scan: without it the last minutes of everybody's stay would be lost."""
        for badge in self._tracker.present():
            self._last_seen(badge)

    def _last_seen(self, badge: LastSeen) -> None:
        """Log when a badge was last heard, unless its last sighting says nearly the same."""
        if badge.last_seen - badge.logged >= LAST_SEEN_SECONDS:
            instant = self._instant(badge.last_seen)
            self._append(Record(badge.ble_uuid, self._scanner_id, instant, Kind.DEPARTURE))

    def _gap_record(self, gap: CoverageGap) -> Record:
        return Record(
            NIL_UUID,
            self._scanner_id,
            self._instant(gap.start),
            Kind.GAP,
            until_ms=self._instant(gap.end).wall_ms,
            why=gap.why,
        )

    def _append(self, record: Record) -> bool:
        """Hand a record to the log; False (and a warning to people) if memory is used up too."""
        try:
            self._log.append(record)
        except LogUnwritable as error:
            self._tell(LogTroubled(error, waiting=0))
            return False
        return True

    def _instant(self, mono: float) -> Instant:
        return self._clock.now().at(mono)

    def _tell_logged(self, record: Record) -> None:
        if record.kind is not Kind.SIGHTING:
            return
        person = self._roster.owner(record.ble_uuid)
        arrival = record.ble_uuid not in self._arrived
        self._arrived.add(record.ble_uuid)
        self.counters.arrivals += arrival
        time_ms = record.instant.wall_ms
        self._tell(Sighted(record.ble_uuid, person, time_ms, record.rssi, arrival))

    def _tell_left(self, badge: LastSeen) -> None:
        person = self._roster.owner(badge.ble_uuid)
        self._tell(Left(badge.ble_uuid, person, self._instant(badge.last_seen).wall_ms))

    def _tell(self, news: News) -> None:
        for subscriber in self._subscribers:
            subscriber(news)
