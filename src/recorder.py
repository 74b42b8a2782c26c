"""The station's service: radio -> identify -> dedupe -> log -> subscribers.

Everything here runs on the event loop and blocks on nothing: advertisements wait in a bounded
queue, records go to the log's own thread, and subscribers hear of a sighting once it is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .core.acts import Act, ActBook, to_record
from .core.dedupe import IdentifyRules, LastSeen, Tracker
from .core.errors import LogUnwritable
from .core.model import (
    ACTS,
    NIL_UUID,
    Advertisement,
    CoverageGap,
    HearingChanged,
    Instant,
    Kind,
    Logged,
    Person,
    Record,
)
from .core.news import Acted, Left, LogTroubled, News, RosterRenewed, Sighted
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
    acts: int = 0
    """What operators did, as far as it is safe on the disk."""


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
        self._fetched = roster
        self._roster = roster
        self._scanner_id = scanner_id
        self._strict = strict
        self._tracker = Tracker(rules)
        self._queue: deque[Advertisement] = deque()
        self._wake = asyncio.Event()
        self._arrived: Counter[str] = Counter()
        """Sightings of each badge in this log that were not taken back, without copies."""
        self._first: dict[str, int] = {}
        """When each badge was heard first, Unix ms."""
        self._ids_of: defaultdict[str, set[str]] = defaultdict(set)
        """The badges in this log of each person, by user id."""
        self._copies: set[str] = set()
        """Rotating ids that were heard out of their time."""
        self._subscribers: list[Callable[[News], None]] = []
        self._swept = clock.now().mono
        self.acts = ActBook()
        """What operators did in this log, of this run and before. Read only."""
        self.counters = Counters()

    def subscribe(self, subscriber: Callable[[News], None]) -> None:
        """Call `subscriber` with every piece of news, on the event loop's thread."""
        self._subscribers.append(subscriber)

    def restore(
        self,
        logged: Iterable[tuple[str, float | None]],
        first: Mapping[str, int] | None = None,
    ) -> None:
        """Take up an existing log: (bleUuid, monotonic time or None if the window is over).

        `first`: when each was heard first, Unix ms: a rotating id is somebody's in its time only.
        """
        self._first.update(first or {})
        for ble_uuid, mono in logged:
            self._arrived[ble_uuid] += 1
            if mono is not None:
                self._tracker.remember(ble_uuid, mono)
        self._set_copies_apart()

    def restore_acts(self, logged: Iterable[Logged]) -> None:
        """Take up the acts of an existing log, after `restore`."""
        self._take_up(list(logged))

    @property
    def roster(self) -> Roster:
        """The people as fetched, with this log's walk-ins and assigned badges."""
        return self._roster

    @property
    def checked_in(self) -> set[str]:
        """User ids of those who are checked in: heard, or by hand. Unknown badges are nobody."""
        heard = (self._owner(badge) for badge, times in self._arrived.items() if times > 0)
        return {person.user_id for person in heard if person} | set(self.acts.by_hand)

    @property
    def in_range(self) -> int:
        """People and unknown badges that are here now."""
        return len(self.nearby())

    def nearby(self) -> list[Nearby]:
        """Who is here now: of a person with several badges (or ids) the one heard last."""
        now, found = self._clock.now(), dict[str, Nearby]()
        for ble_uuid, rssi, mono in self._tracker.signals():
            person = self._roster.owner(ble_uuid, now.at(mono).wall_ms)
            who = person.user_id if person else ble_uuid
            if who not in found or found[who].mono < mono:
                found[who] = Nearby(ble_uuid, person, rssi, mono)
        return list(found.values())

    @property
    def arrived(self) -> int:
        """People and unknown badges in this log whose sightings were not all taken back."""
        return len({self._who(badge) for badge, times in self._arrived.items() if times > 0})

    # --- what the operator does ---

    def act(self, act: Act) -> None:
        """Hand an act to the log; subscribers hear of it (`Acted`) once it is on the disk.

        Raises UsageError for an act that says too little, LogUnwritable when the log can't take it.
        """
        self._log.append(to_record(act, self._scanner_id, self._clock.now()))

    def renew(self, roster: Roster) -> None:
        """Go on with a newer roster; what operators did here holds with it, too."""
        self._fetched = roster
        self._roster = self.acts.apply(roster)
        self._set_copies_apart()
        self._tell(RosterRenewed(self._roster))

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
            if entry.record.kind in ACTS:
                self._take_up([entry])
                self._tell_act(entry)
            else:
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
            if gone := self._tracker.sweep(now):
                self._depart(gone)

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
        if self._strict and self._is_stranger(ble_uuid, mono):
            self.counters.strangers += 1
        elif self._tracker.heard(ble_uuid, rssi, mono):
            record = Record(ble_uuid, self._scanner_id, self._instant(mono), rssi=rssi)
            if not self._append(record):
                self._tracker.unlog(ble_uuid)

    def _is_stranger(self, ble_uuid: str, mono: float) -> bool:
        """Nobody on the roster has it; a copied id is logged all the same."""
        if self._roster.owner(ble_uuid) is not None:
            return False
        heard_ms = self._instant(mono).wall_ms
        roster = self._roster
        return roster.owner(ble_uuid, heard_ms) is None and not roster.copied(ble_uuid, heard_ms)

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
        badge, time_ms = record.ble_uuid, record.instant.wall_ms
        if self._roster.copied(badge, time_ms):
            new = badge not in self._copies
            self._copies.add(badge)
            self._tell(Sighted(badge, None, time_ms, record.rssi, new, copied=True))
            return
        person = self._roster.owner(badge, time_ms)
        arrival = self._arrived[badge] <= 0 and not self._has_come(person)
        self._first.setdefault(badge, time_ms)
        self._arrived[badge] += 1
        if person:
            self._ids_of[person.user_id].add(badge)
        self.counters.arrivals += arrival
        self._tell(Sighted(badge, person, time_ms, record.rssi, arrival))

    def _has_come(self, person: Person | None) -> bool:
        """Whether another badge of this person is in the log."""
        badges = self._ids_of[person.user_id] if person else ()
        return any(self._arrived[badge] > 0 for badge in badges)

    def _owner(self, badge: str) -> Person | None:
        """Whose a badge of this log is."""
        return self._roster.owner(badge, self._first.get(badge))

    def _who(self, badge: str) -> str:
        """What is counted once: a person, or a badge that nobody owns."""
        person = self._owner(badge)
        return person.user_id if person else badge

    def _set_copies_apart(self) -> None:
        """Whose the badges of this log are by another roster."""
        self._ids_of.clear()
        for badge in list(self._arrived):
            first = self._first.get(badge)
            if first is not None and self._roster.copied(badge, first):
                del self._arrived[badge]
                self._copies.add(badge)
            elif person := self._owner(badge):
                self._ids_of[person.user_id].add(badge)

    def _tell_act(self, logged: Logged) -> None:
        self.counters.acts += 1
        record = logged.record
        about = self.acts.acts.get(record.of, logged).record.user
        person = self._roster.person(about) or self._roster.owner(record.ble_uuid)
        self._tell(Acted(logged.id, record, person))

    def _take_up(self, logged: Sequence[Logged]) -> None:
        """Note acts; a void of a badge's only sighting makes it one that has not arrived."""
        new = [entry for entry in logged if self.acts.add(entry)]
        for record in (entry.record for entry in new):
            self._void(record)
        if new:
            self._roster = self.acts.apply(self._fetched)
            self._set_copies_apart()

    def _void(self, act: Record) -> None:
        """A sighting that was taken back; a copied id's counted nowhere anyway."""
        if act.kind is not Kind.VOID or act.of_time_ms is None:
            return
        if not self._roster.copied(act.ble_uuid, act.of_time_ms):
            self._arrived[act.ble_uuid] -= 1

    def _depart(self, gone: Sequence[LastSeen]) -> None:
        """Log who was last heard when, and tell who has left: with none of their badges here."""
        here = {each.person.user_id for each in self.nearby() if each.person}
        for badge in gone:
            self._last_seen(badge)
            last_ms = self._instant(badge.last_seen).wall_ms
            person = self._roster.owner(badge.ble_uuid, last_ms)
            if person is None or person.user_id not in here:
                self._tell(Left(badge.ble_uuid, person, last_ms))

    def _tell(self, news: News) -> None:
        for subscriber in self._subscribers:
            subscriber(news)
