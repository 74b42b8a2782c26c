"""The main job with no hardware and no network: what `headcount demo` runs.

Everything is real but the phones and the clock: an embedded backend on loopback, the pipeline, the
durable log, the sync, the report. Seventy minutes pass in seconds on a virtual clock.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from ..ble.simulated import Crowd, SimulatedRadio, Visit
from ..clock import ManualClock, SystemClock
from ..config import Config, Server, Station
from ..core.attendance import MINUTE_MS
from ..core.backend import NewEvent, PersonRow
from ..core.news import News
from ..core.ports import Radio
from ..core.report import Report
from ..core.roster import Roster
from ..store.server import Store
from .admin import open_database
from .paths import database_url
from .radio import make_decoder
from .scan import Pace, ScanRun, Started, Summary
from .server import embedded
from .sync import Synced, make_client, sync, targets

EVENT = "rehearsal"
EVENT_MINUTES = 60
EARLY_MINUTES = 10
"""The scanner starts before the event, as people come before it."""
STRANGERS = 6
BACKGROUND_APPS = 3

GIVEN = ("Ada", "Bo", "Chidi", "Dana", "Emil", "Fatima", "Goran", "Hana", "Ilse", "Jun")
FAMILY = ("Abara", "Brandt", "Castillo", "Dvořák", "Eriksen", "Farkas", "Greco", "Haddad")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part, made from a seed."""

    registered: Sequence[PersonRow]
    """People with a registration; the last `absent` of them stay at home."""
    walk_ins: Sequence[PersonRow]
    """Known people without one, who come all the same."""
    absent: int

    @property
    def phones(self) -> list[str]:
        """The bleUuids of everybody who comes."""
        coming = self.registered[: len(self.registered) - self.absent]
        return [person.ble_uuid for person in (*coming, *self.walk_ins)]


@dataclass(frozen=True, slots=True)
class Demo:
    """How it went."""

    summary: Summary
    first: Synced
    second: Synced
    """The same log once more: it must change nothing."""
    report: Report
    stayed: int
    """Phones of known people that stayed in range to the end."""
    missing: Sequence[str]
    """Those of them without exactly one check-in. Empty, or the demo has failed."""


def make_cast(people: int, seed: int) -> Cast:
    """`people` registered persons (a tenth of them absent) and two walk-ins."""
    rng = random.Random(seed)  # noqa: S311 - a rehearsal must be repeatable
    rows = [_person(number, rng) for number in range(people + 2)]
    return Cast(rows[:people], rows[people:], absent=people // 10)


def _person(number: int, rng: random.Random) -> PersonRow:
    given, family = GIVEN[number % len(GIVEN)], FAMILY[number // len(GIVEN) % len(FAMILY)]
    badge = str(uuid.UUID(bytes=rng.randbytes(16), version=4))
    round_ = number // (len(GIVEN) * len(FAMILY))
    name = f"{given} {family} {round_ + 1}" if round_ else f"{given} {family}"
    return PersonRow(number + 2, name, f"person{number}@example.org", badge)


async def run_demo(folder: Path, *, people: int, seed: int, say: Callable[[str], None]) -> Demo:
    """Run it in `folder`. Raises HeadcountError."""
    key = secrets.token_urlsafe(24)
    config = Config(
        data_dir=str(folder),
        station=Station(scanner_id="Main entrance"),
        server=Server(scanner_key=SecretStr(key)),
    )
    cast = make_cast(people, seed)
    now = SystemClock().now().wall_ms
    with open_database(config) as store:
        _set_up(store, cast, now)
        say(f"Backend: event '{EVENT}' with {people} registered people, in {database_url(config)}")
        with embedded(config, store) as url:
            say(f"Backend listens on {url}")
            backend = config.backend.model_copy(update={"url": url, "key": SecretStr(key)})
            station = config.model_copy(update={"backend": backend})
            return await _act(station, cast, now, seed, say)


def _set_up(store: Store, cast: Cast, now: int) -> None:
    start = now - EVENT_MINUTES * MINUTE_MS
    event = NewEvent("Rehearsal evening", start, now, id=EVENT, rehearsal=True)
    store.create_event(event, now_ms=now)
    store.import_people(cast.registered, event_id=EVENT, now_ms=now)
    store.import_people(cast.walk_ins, now_ms=now)


async def _act(config: Config, cast: Cast, now: int, seed: int, say: Callable[[str], None]) -> Demo:
    await _sync(config)
    say("Station: roster fetched; the network is not needed from here on")
    summary, visits = await _scan(config, cast, now, seed)
    say(
        f"Scan: {summary.frames:,} adverts in {EARLY_MINUTES + EVENT_MINUTES} simulated minutes, "
        f"{summary.counters.records:,} records on disk, {summary.badges:,} badges"
    )
    first = await _sync(config)
    second = await _sync(config)
    say(
        f"Sync: {first.result.acknowledged:,} records acknowledged, "
        f"{first.result.checked_in:,} people checked in; again: {second.result.checked_in:,} more"
    )
    async with make_client(config) as client:
        report = await client.report(EVENT)
    stayed = {visit.ble_uuid for visit in visits if visit.registered and not visit.left_early}
    return Demo(summary, first, second, report, len(stayed), missing(report, stayed))


async def _sync(config: Config) -> Synced:
    def unheard(*_news: object) -> None:
        """The demo prints totals."""

    logs = targets(config, EVENT, None)
    outcome = await sync(config, logs, on_progress=unheard, on_retry=unheard)
    if outcome.error:
        raise outcome.error
    return outcome.done[0]


async def _scan(config: Config, cast: Cast, now: int, seed: int) -> tuple[Summary, Sequence[Visit]]:
    """Seventy minutes at the door, on a virtual clock that ends now."""
    minutes = EARLY_MINUTES + EVENT_MINUTES
    clock = ManualClock(wall_ms=now - minutes * MINUTE_MS)
    crowd = Crowd(
        phones=cast.phones,
        strangers=STRANGERS,
        background_apps=BACKGROUND_APPS,
        seed=seed,
        duration_seconds=minutes * 60,
        arrival_seconds=(EARLY_MINUTES + 20) * 60,
        interval_ms=2000,
        leave_early=0.1,
    )
    visits: list[Visit] = []

    def radio(_roster: Roster, pace: Pace) -> Radio:
        simulated = SimulatedRadio(make_decoder(config), clock, crowd, speed=0, pace=pace)
        visits.extend(simulated.visits)
        return simulated

    run = ScanRun(config, EVENT, clock=clock)
    summary = await run.run(radio, stop=asyncio.Event(), on_started=_unheard, on_news=_unheard)
    return summary, visits


def _unheard(_news: News | Started) -> None:
    """The demo prints totals, not each arrival."""


def missing(report: Report, stayed: set[str]) -> list[str]:
    """The badges of `stayed` that don't have exactly one check-in in the report."""
    checked_in = [row.ble_uuid for row in report.people if row.check_in_time is not None]
    return sorted(badge for badge in stayed if checked_in.count(badge) != 1)
