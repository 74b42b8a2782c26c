"""The station's clock starts in 1970, jumps ten years either way, and goes back in the middle."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from headcount.bootstrap.admin import open_database
from headcount.bootstrap.paths import default_database, log_path, state_dir
from headcount.bootstrap.scan import Pace, ScanRun
from headcount.bootstrap.server import embedded
from headcount.bootstrap.sync import LogSync, make_client, make_patience, make_syncer, targets
from headcount.clock import ManualClock
from headcount.config import Config, Sync
from headcount.core.acts import Act
from headcount.core.battery import Battery
from headcount.core.clocks import TOLERANCE_MS
from headcount.core.model import ACTS, Advertisement, Hearing, HearingChanged, Kind, LogLine
from headcount.core.ports import Clock, Radio, RadioCounters, RadioListener
from headcount.core.pulse import HeardFormat
from headcount.core.roster import Roster
from headcount.recorder import Recorder
from headcount.store.log_reader import read_all
from headcount.store.logline import LogEntry, decode
from headcount.store.server import Store
from headcount.store.station import StationStore

from .evidence import ATTENDANCE, badges, configured, on_server, set_up
from .figure import Harness, Outcome

PEOPLE = badges(40)
MINUTES = 180
SWITCHED_ON = 1_000.0
"""Monotonic seconds at which a scan begins."""
HOUR_MS = 3_600_000
TEN_YEARS_MS = 3652 * 24 * HOUR_MS
PRESENT = 0.3
"""Chance that a person who is there is heard in a minute: often within the dedupe window, often
after it, now and then after the away time."""
BATCH_RECORDS = 200
ACT_MINUTES = 5
"""An operator does something so often; of people whom the backend does not know, so that the
attendance stays that of the sightings."""

ACT_TIMES = """
SELECT a.record_id, a.time FROM acts a JOIN events e ON e.id = a.event_id WHERE e.public_id = ?
"""

Jumps = Sequence[tuple[int, int]]
"""From this minute on, what the wall clock is ahead, ms."""


class Heard(NamedTuple):
    """What must not depend on the wall clock."""

    ble_uuid: str
    mono: int | None
    kind: str


@dataclass(slots=True)
class Tally:
    records: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    """Times at the server that are not the true ones, in the order in which they were."""
    different: int = 0
    """Records that a station with a right clock would not have written, or would have."""
    changed: int = 0
    """Rows that were others after everything was sent again."""
    corrected: int = 0
    furthest: int = 0
    """Milliseconds by which a corrected time differed from the truth at most."""

    @property
    def outcome(self) -> Outcome:
        bad = self.lost + self.doubled + self.wrong + self.different + self.changed
        return Outcome(
            bad,
            f"{self.records:,} records, {self.corrected:,} rows corrected: {self.lost} lost, "
            f"{self.doubled} doubled, {self.wrong} at a wrong time or out of order, "
            f"{self.different} that a right clock would not have made, {self.changed} changed by "
            f"sending again; the truth is known to {self.furthest} ms",
        )


class JumpingRadio:
    """People come and go for some hours; now and then somebody sets the clock."""

    frames = identified = background_apps = 0
    heard_formats: Sequence[HeardFormat] = ()
    batteries: Mapping[str, Battery] = {}

    def __init__(
        self, clock: ManualClock, right_ms: int, seed: int, jumps: Jumps, pace: Pace
    ) -> None:
        self._clock = clock
        self._right_ms = right_ms
        self._chance = random.Random(seed)
        self._jumps = dict(jumps)
        self._pace = pace

    async def run(self, listener: RadioListener) -> None:
        listener.hearing(HearingChanged(Hearing.HEARS, self._clock.now().mono, "a crowd"))
        for minute in range(MINUTES):
            if minute in self._jumps:
                right = self._right_ms + round((self._clock.now().mono - SWITCHED_ON) * 1000)
                self._clock.set_wall(max(60_000, right + self._jumps[minute]))
            for badge in PEOPLE:
                if self._chance.random() < PRESENT:
                    await self._hear(listener, badge)
            if minute % ACT_MINUTES == 0:
                assert isinstance(listener, Recorder)
                listener.act(Act(Kind.MANUAL, user=f"u{minute}", by="Eve"))
            self._clock.advance_to(SWITCHED_ON + (minute + 1) * 60.0)
            await self._pace()

    async def _hear(self, listener: RadioListener, badge: str) -> None:
        for _ in range(2):
            self._clock.advance(0.25)
            listener.advertisement(Advertisement(badge, -50, self._clock.now().mono))
        await self._pace()

    def counters(self) -> RadioCounters:
        return self

    def trouble(self) -> str:
        return ""


async def scan(config: Config, event: str, clock: ManualClock, seed: int, jumps: Jumps) -> None:
    """One scan of some hours, on a virtual clock, through the whole station."""
    right = clock.now().wall_ms

    def radio(_roster: Roster, pace: Pace) -> Radio:
        return JumpingRadio(clock, right, seed, jumps, pace)

    run = ScanRun(config, event, clock=clock)
    stop = asyncio.Event()
    await run.run(radio, stop=stop, on_started=lambda _: None, on_news=lambda _: None)


def plan(chance: random.Random, right_ms: int) -> Jumps:
    """1970 at first, then each of the other errors, in any order and at any moment."""
    errors = [0, TEN_YEARS_MS, -TEN_YEARS_MS, -HOUR_MS]
    chance.shuffle(errors)
    moments = sorted(chance.sample(range(1, MINUTES), len(errors)))
    return [(0, -right_ms), *zip(moments, errors, strict=True)]


def lines(config: Config, event: str) -> list[LogEntry]:
    found = (each for each in read_all(log_path(config, event)) if isinstance(each, LogLine))
    return [entry for entry in (decode(each.raw) for each in found) if entry.kind != Kind.GAP]


def heard(config: Config, event: str) -> list[Heard]:
    return [Heard(entry.ble_uuid, entry.mono, entry.kind) for entry in lines(config, event)]


async def sync(config: Config, event: str, clock: Clock | None) -> None:
    store = StationStore(state_dir(config))
    async with make_client(config, clock) as client:
        patience = make_patience(ManualClock(), 1, lambda _error, _wait: None)
        target = targets(config, event, None)[0]
        syncer = make_syncer(config, client, patience)
        await LogSync(config, target, syncer, store, ManualClock()).run()


def act_times(config: Config, event: str) -> dict[str, int]:
    """The times at the server, by the records' ids."""
    with closing(sqlite3.connect(default_database(config), timeout=30)) as db:
        return dict(db.execute(ACT_TIMES, (event,)).fetchall())


def now_ms() -> int:
    """The server's clock is this machine's."""
    return time.time_ns() // 1_000_000


class Round:
    """One event: scanned with a clock that jumps, and with one that does not; then sent."""

    def __init__(self, folder: Path, url: str, number: int, tally: Tally) -> None:
        self._config = station(folder / f"station{number}", url)
        self._calm = station(folder / f"calm{number}", url)
        self._server = configured(folder)
        self._event = f"e{number}"
        self._number = number
        self._tally = tally

    async def run(self, store: Store, *, with_clock: bool) -> None:
        right = now_ms() - MINUTES * 60_000
        clock = ManualClock(right, SWITCHED_ON)
        jumps = plan(random.Random(self._number), right)
        await scan(self._config, self._event, clock, self._number, jumps)
        await scan(self._calm, self._event, ManualClock(right, SWITCHED_ON), self._number, ())
        one, two = heard(self._config, self._event), heard(self._calm, self._event)
        self._tally.different += len(set(one) ^ set(two)) + abs(len(one) - len(two))
        before = now_ms()
        await sync(self._config, self._event, clock if with_clock else None)
        self._compare(clock, before, now_ms())
        facts = store.report_facts(self._event)
        self._tally.corrected += sum(person.corrected != 0 for person in facts.people)
        await self._send_again(store, clock if with_clock else None)

    def _compare(self, clock: ManualClock, before: int, after: int) -> None:
        """The true time of a record is known but for the moment at which the server looked."""
        monos: dict[str, list[int]] = defaultdict(list)
        acts: dict[str, int] = {}
        for entry in lines(self._config, self._event):
            if entry.kind in ACTS:
                acts[entry.id] = entry.mono or 0
            else:
                monos[entry.ble_uuid].append(entry.mono or 0)
        times: dict[str, list[int]] = defaultdict(list)
        for ble_uuid, time_ms, _ in on_server(self._server, self._event):
            times[ble_uuid].append(time_ms)
        since = round(clock.now().mono * 1000)
        self._compare_acts(acts, before - since, after - since)
        for badge in monos.keys() | times.keys():
            mine, theirs = sorted(monos[badge]), sorted(times[badge])
            self._tally.records += len(mine)
            self._tally.lost += max(0, len(mine) - len(theirs))
            self._tally.doubled += max(0, len(theirs) - len(mine))
            for mono, time_ms in zip(mine, theirs, strict=False):
                self._judge(time_ms, before - since + mono, after - since + mono)
        first = {badge: min(found) for badge, found in times.items()}
        rows = {badge: at for badge, at, _ in on_server(self._server, self._event, ATTENDANCE)}
        self._tally.wrong += len(first.items() ^ rows.items())

    def _compare_acts(self, acts: dict[str, int], least_zero: int, most_zero: int) -> None:
        there = act_times(self._server, self._event)
        self._tally.records += len(acts)
        self._tally.lost += len(acts.keys() - there.keys())
        self._tally.doubled += len(there.keys() - acts.keys())
        for id_ in acts.keys() & there.keys():
            self._judge(there[id_], least_zero + acts[id_], most_zero + acts[id_])

    def _judge(self, time_ms: int, least: int, most: int) -> None:
        off = max(least - time_ms, time_ms - most, 0)
        if off >= TOLERANCE_MS:
            self._tally.wrong += 1
        else:
            self._tally.furthest = max(self._tally.furthest, off, most - least)

    async def _send_again(self, store: Store, clock: ManualClock | None) -> None:
        """The station has lost its small state, receipts and all, and some time has passed."""
        before, acts = store.report_facts(self._event), act_times(self._server, self._event)
        shutil.rmtree(state_dir(self._config))
        if clock:
            clock.advance(1.0)
        await sync(self._config, self._event, clock)
        self._tally.changed += before.people != store.report_facts(self._event).people
        self._tally.changed += acts != act_times(self._server, self._event)


def station(folder: Path, url: str) -> Config:
    config = configured(folder, url)
    return config.model_copy(update={"sync": Sync(batch_records=BATCH_RECORDS)})


def run(times: int, folder: Path, *, with_clock: bool = True) -> Outcome:
    config, tally = configured(folder), Tally()
    set_up(config, PEOPLE, [f"e{number}" for number in range(times)])
    with open_database(config) as store, embedded(config, store) as url:
        for number in range(times):
            asyncio.run(Round(folder, url, number, tally).run(store, with_clock=with_clock))
    return tally.outcome


def control(folder: Path) -> Outcome:
    """A client that does not say what its clocks show, as before."""
    return run(1, folder, with_clock=False)


HARNESSES = [
    Harness(
        name="clock",
        fault="the clock starts in 1970, jumps ten years either way, goes back an hour",
        full=100,
        short=3,
        run=run,
        control=control,
    )
]
