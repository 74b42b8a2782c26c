"""The network breaks at a random byte, in either direction, while the station syncs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from headcount.api.client import BackendClient
from headcount.bootstrap.admin import open_database
from headcount.bootstrap.paths import log_path, state_dir
from headcount.bootstrap.server import embedded
from headcount.bootstrap.sync import LogSync, make_client, targets
from headcount.clock import SystemClock
from headcount.config import Config
from headcount.core.errors import BackendUnreachable
from headcount.core.model import BatchAnswer, Instant, LogLine, Record, ScanSession
from headcount.store.log_reader import read_log
from headcount.store.logline import encode
from headcount.store.station import StationStore
from headcount.syncer import Patience, PostBatch, Syncer

from .evidence import START, badges, compare, configured, fact_of, on_server, set_up
from .figure import Harness, Outcome
from .proxy import Cut, How, Proxy, proxy

PEOPLE = badges(300)
STRANGERS = badges(400)[300:]
RECORDS = 100
"""New ones for each cut; they go in two batches, so that cuts fall between batches too."""
CUTS_A_LOG = 25
"""Then a new event and log, so that the checks after each cut stay quick."""
HOWS: Sequence[How] = ("RST", "FIN", "stall")
STALLED_SECONDS = 0.3
"""The client's time-out where the network stalls; else it is the default, for busy machines."""
CREDULOUS_CUTS = 20


class Credulous:
    """The control: a client that takes any closed connection for success."""

    def __init__(self, client: BackendClient) -> None:
        self._client = client

    async def __call__(
        self, event_id: str, raw_records: Sequence[bytes], sessions: Sequence[ScanSession], /
    ) -> BatchAnswer:
        try:
            return await self._client.post_batch(event_id, raw_records, sessions)
        except BackendUnreachable:
            return BatchAnswer(len(raw_records), 0, 0, 0)


@dataclass(slots=True)
class Tally:
    cuts: int = 0
    records: int = 0
    missing: int = 0
    doubled: int = 0
    wrong: int = 0
    not_there: int = 0
    """Records marked acknowledged that the server did not have, after any of the cuts."""
    answers_lost: int = 0
    """Cuts after which the server had records that the station did not know to be there."""

    @property
    def outcome(self) -> Outcome:
        bad = self.missing + self.doubled + self.wrong + self.not_there
        return Outcome(
            bad,
            f"{self.records:,} records: {self.missing} missing, {self.doubled} doubled, "
            f"{self.wrong} wrong rows, {self.not_there} acknowledged but not there; "
            f"{self.answers_lost} cuts lost only the answer",
        )


class Door:
    """One event's log, sync and check."""

    def __init__(self, config: Config, event: str, chance: random.Random, credulous: bool) -> None:
        self._config = config
        self._event = event
        self._chance = chance
        self._credulous = credulous
        self._path = log_path(config, event)
        self._path.parent.mkdir(parents=True)
        self._seq = 0

    def hear(self, count: int) -> None:
        """Append `count` records, as the station writes them."""
        with self._path.open("ab") as file:
            for _ in range(count):
                self._seq += 1
                badge = self._chance.choice(PEOPLE if self._seq % 10 else STRANGERS)
                instant = Instant(START + self._seq, float(self._seq), "boot")
                file.write(encode(Record(badge, "Door", instant, rssi=-60), self._seq, self._event))

    async def sync(self, patience_seconds: float) -> bool:
        """One try, without retries; True if the station believes that all is sent."""
        backend = self._config.backend.model_copy(update={"timeout_seconds": patience_seconds})
        config = self._config.model_copy(update={"backend": backend})
        clock = SystemClock()
        store = StationStore(state_dir(config))
        patience = Patience(clock=clock, rng=self._chance, attempts=1, on_retry=lambda *_: None)
        async with make_client(config) as client:
            post: PostBatch = Credulous(client) if self._credulous else client.post_batch
            syncer = Syncer(post, patience=patience, batch_records=RECORDS // 2)
            target = targets(config, self._event, None)[0]
            try:
                await LogSync(config, target, syncer, store, clock, lambda _: None).run()
            except BackendUnreachable:
                return False
        return True

    def check_acknowledged(self, tally: Tally) -> None:
        """What the receipt says is sent must be at the server, at every moment."""
        store = StationStore(state_dir(self._config))
        log = str(self._path.resolve())
        receipt = store.receipt(log, self._config.backend.url, self._event)
        acked = receipt.acked_bytes if receipt else 0
        lines = [each for each in read_log(self._path) if isinstance(each, LogLine)]
        marked = {fact_of(each.raw) for each in lines if each.start < acked}
        there = set(on_server(self._config, self._event))
        tally.not_there += len(marked - there)
        tally.answers_lost += len(there) > len(marked)

    def check_all(self, tally: Tally) -> None:
        """After the last, undisturbed sync: each record exactly once."""
        lines = [each for each in read_log(self._path) if isinstance(each, LogLine)]
        found = compare(self._config, self._event, (fact_of(each.raw) for each in lines), PEOPLE)
        tally.records += len(lines)
        tally.missing += found.missing
        tally.doubled += found.doubled
        tally.wrong += found.wrong


def cuts(chance: random.Random, sizes: dict[bool, int]) -> Iterator[Cut]:
    """Every way to break, in turns, at a random byte of what a whole sync sends."""
    while True:
        for how in HOWS:
            for upwards in (True, False):
                yield Cut(upwards, chance.randrange(sizes[upwards]), how)


async def _torture(config: Config, it: Proxy, times: int, *, credulous: bool) -> Tally:
    chance = random.Random(1)
    tally = Tally()
    plan: Iterator[Cut] | None = None
    for number in range(_events(times)):
        door = Door(config, f"e{number}", chance, credulous)
        door.hear(RECORDS)
        it.passed = {True: 0, False: 0}
        assert await door.sync(30)  # undisturbed: how much a sync sends
        plan = plan or cuts(chance, dict(it.passed))
        for _ in range(min(CUTS_A_LOG, times - tally.cuts)):
            door.hear(RECORDS)
            it.cut = cut = next(plan)
            while not cut.done:  # a sync with less to send ends before the byte
                if await door.sync(STALLED_SECONDS if cut.how == "stall" else 30):
                    door.hear(RECORDS)
            tally.cuts += 1
            door.check_acknowledged(tally)
        it.cut = None
        assert await door.sync(30)
        door.check_all(tally)
    return tally


def _events(times: int) -> int:
    return -(-times // CUTS_A_LOG)


def run(times: int, folder: Path, *, credulous: bool = False) -> Outcome:
    config = configured(folder)
    set_up(config, PEOPLE, [f"e{number}" for number in range(_events(times))])

    async def through_proxy(address: str) -> Tally:
        target = urlsplit(address)
        async with proxy(target.hostname or "", target.port or 0) as (it, url):
            station = configured(folder, url)
            return await _torture(station, it, times, credulous=credulous)

    with open_database(config) as store, embedded(config, store) as address:
        return asyncio.run(through_proxy(address)).outcome


def control(folder: Path) -> Outcome:
    return run(CREDULOUS_CUTS, folder, credulous=True)


HARNESSES = [
    Harness(
        name="network cuts",
        fault="network cut at a random byte, up or down, by RST, FIN or stall, during a sync",
        full=1_000,
        short=60,
        run=run,
        control=control,
    )
]
