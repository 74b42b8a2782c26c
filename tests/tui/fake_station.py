"""A station without radio, files or network: tests turn its clock and tell its news."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from headcount.clock import ManualClock
from headcount.core.acts import Act, ActBook, WalkIns, to_record
from headcount.core.battery import LowBattery
from headcount.core.desk import Desk as Rules
from headcount.core.errors import BackendUnreachable, HeadcountError
from headcount.core.model import Event, Instant, Logged, Person
from headcount.core.news import Acted, News, Sighted
from headcount.core.pulse import Nearby, Pulse
from headcount.core.roster import Roster
from headcount.tui.ports import Begun, Counts, Desk, Ended, Events, Facts, Health, Link, Setting
from headcount.tui.ports_log import LogReview
from headcount.tui.ports_muster import MusterDesk
from headcount.tui.ports_sync import SyncDesk

NOW = 1_793_556_000_000
"""2026-11-01 18:00 UTC."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def uuid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def person(number: int, name: str = "", *, registered: bool = True) -> Person:
    return Person(f"user{number}", name or f"Person {number}", registered=registered)


def event(name: str, start: int, hours: float = 3) -> Event:
    """An event that starts `start` ms after NOW."""
    ident = name.lower().replace(" ", "-")
    return Event(ident, name, NOW + start, NOW + start + round(hours * HOUR), "UTC")


@dataclass
class FakePeople:
    """The people of a running scan, with a disk that writes when it is told to."""

    clock: ManualClock
    fetched: Roster
    rules: Rules = field(default_factory=lambda: Rules("Door", 15.0, WalkIns.ALLOW))
    book: ActBook = field(default_factory=ActBook)
    tell: Callable[[News], None] = lambda _news: None
    disk_waits: bool = False
    waiting: list[Act] = field(default_factory=list)

    @property
    def roster(self) -> Roster:
        made = self.__dict__.get("_made")
        if made is None or made[0] != len(self.book.acts) + len(self.book.voids):
            made = (len(self.book.acts) + len(self.book.voids), self.book.apply(self.fetched))
            self.__dict__["_made"] = made
        roster: Roster = made[1]
        return roster

    def now(self) -> Instant:
        return self.clock.now()

    def new_id(self) -> str:
        return f"new{len(self.book.acts)}"

    def act(self, act: Act) -> None:
        self.waiting.append(act)
        if not self.disk_waits:
            self.write()

    def write(self) -> None:
        """The disk takes what waits."""
        for act in self.waiting:
            record = to_record(act, "Door", self.now())
            number = len(self.book.acts) + len(self.book.voids) + 1
            logged = Logged(number, f"run-{number}", record)
            self.book.add(logged)
            about = self.book.acts.get(record.of, logged).record.user
            self.tell(Acted(logged.id, record, self.roster.person(about)))
        self.waiting.clear()


@dataclass
class FakeStation:
    """Set what it answers, then let the screens ask."""

    known: Events = field(default_factory=Events)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    counted: dict[str, Counts] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    begun: Begun | None = None
    heard: Sequence[Nearby] = ()
    low: Sequence[LowBattery] = ()
    frames: int = 0
    told_facts: Facts = field(default_factory=lambda: Facts(0, 500.0, Link.OFFLINE))
    fetch_error: HeadcountError | None = None
    scan_error: HeadcountError | None = None
    rehearsal: bool = False
    time_zone: str = "UTC"
    scanned: list[str] = field(default_factory=list)
    fetched: int = 0
    created: list[Event] = field(default_factory=list)
    closed: bool = False
    tell: Callable[[News], None] = lambda _news: None
    staff: FakePeople | None = None
    """The people of the running scan; None: the scan has none."""
    _stop: asyncio.Event | None = None

    def people(self) -> FakePeople | None:
        running = self._stop is not None and not self._stop.is_set()
        return self.staff if running else None

    def now(self) -> Instant:
        return self.clock.now()

    def events(self) -> Events:
        return self.known

    def counts(self, event_id: str) -> Counts:
        return self.counted.get(event_id, Counts(0, 0))

    async def fetch(self) -> int:
        self.fetched += 1
        if self.fetch_error:
            raise self.fetch_error
        return len(self.known.listed)

    async def scan(
        self, event_id: str, on_begun: Callable[[Begun], None], on_news: Callable[[News], None]
    ) -> Ended:
        self.scanned.append(event_id)
        if self.scan_error:
            raise self.scan_error
        event = self.event(event_id)
        begun = self.begun or Begun(event, "Entrance-1", "/data/log.jsonl")
        self.begun = replace(begun, event=event)
        self._stop = asyncio.Event()
        self.tell = on_news
        if self.staff:
            self.staff.tell = on_news
        on_begun(self.begun)
        await self._stop.wait()
        return Ended(event, begun.log, records=3, badges=3, unsent=3, rehearsal=self.rehearsal)

    def event(self, event_id: str) -> Event:
        known = {each.event.id: each.event for each in self.known.listed}
        return known.get(event_id, Event(event_id, "", 0, 0))

    def stop(self) -> None:
        if self._stop:
            self._stop.set()

    def pulse(self) -> Pulse | None:
        near, low = self.heard, self.low
        return Pulse(self.now(), self.frames, self.frames, 0, len(near), near, low_batteries=low)

    def facts(self, event_id: str) -> Facts:
        return self.told_facts

    def create_event(self, event: Event) -> None:
        self.created.append(event)

    def rehearse(self) -> FakeStation:
        raise NotImplementedError

    def settings(self) -> Sequence[Setting]:
        return [
            Setting("radio.adapter", "hci0", "/home/op/config.toml", "Bluetooth adapter."),
            Setting("identify.min_hits", "2", "", "How often it must be heard."),
        ]

    def health(self) -> Sequence[Health]:
        return [Health("Adapter", "hci0", good=True), Health("Disk", "12 MiB free", good=False)]

    def recall(self, key: str) -> object:
        return self.values.get(key)

    def remember(self, key: str, value: object) -> None:
        self.values[key] = value

    def review(self, event_id: str) -> LogReview:
        raise NotImplementedError

    def sync(self) -> SyncDesk:
        raise NotImplementedError

    def muster(self, event_id: str) -> MusterDesk:
        raise NotImplementedError

    def close(self) -> None:
        self.closed = True

    # --- what tests do ---

    def arrive(self, number: int, name: str = "", *, registered: bool = True) -> None:
        """Somebody's first sighting."""
        owner = person(number, name, registered=registered)
        self.tell(Sighted(uuid(number), owner, self.now().wall_ms, -60, arrival=True))

    def near(self, number: int, rssi: int, name: str = "", *, owned: bool = True) -> Nearby:
        """A badge heard just now."""
        owner = person(number, name) if owned else None
        return Nearby(uuid(number), owner, rssi, self.now().mono)


def desk(station: FakeStation, **more: object) -> Desk:
    """What the application is given."""
    return Desk(station, bell=False, language="en", **more)  # type: ignore[arg-type] # any field


OFFLINE = BackendUnreachable(
    "The backend at http://127.0.0.1:8765 does not answer.", remedy="Check the network."
)
