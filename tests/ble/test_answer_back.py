"""The whole round over the fake BlueZ: a rotating badge is heard, counted, and told so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from headcount.bootstrap.badge import rotating
from headcount.bootstrap.paths import make_data_dir, state_dir
from headcount.bootstrap.radio import RadioChoice, make_radio
from headcount.bootstrap.scan import ScanRun
from headcount.clock import ManualClock
from headcount.config.sections import AnswerBack, Config, Identify
from headcount.core.answer_back import HeardMe, heard_me, hears, is_for
from headcount.core.answer_board import PAGE_MS
from headcount.core.badge import Broadcast
from headcount.core.identity import from_bytes
from headcount.core.model import Event, Person
from headcount.core.news import News, RosterRenewed, Sighted
from headcount.core.rotation import DayKey, day_of, window_of
from headcount.rotating import day_key, id_at
from headcount.store.day_keys import save_day_keys
from headcount.store.station import StationStore

from .fake_bluez import FakeBlueZ
from .test_badge import SECRET, broadcasting

EVENT, ADA = "autumn-2026", Person("1", "Ada Lovelace")


@dataclass
class Scan:
    """A scan with Bluetooth whose time the test turns."""

    clock: ManualClock
    run: ScanRun
    told: list[News] = field(default_factory=list)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Turn the time page by page until something is so."""
        async with asyncio.timeout(8):
            while not condition():
                self.clock.advance(PAGE_MS / 1000)
                await asyncio.sleep(0.01)

    def knows(self) -> bool:
        return any(isinstance(news, RosterRenewed) for news in self.told)

    def sighted(self) -> list[tuple[str, Person | None]]:
        return [(news.ble_uuid, news.person) for news in self.told if isinstance(news, Sighted)]


def station(tmp_path: Path, now_ms: int, **more: Any) -> Config:
    """A data directory that knows the event, Ada, and her day's key."""
    config = Config(data_dir=str(tmp_path), identify=Identify(min_hits=1), **more)
    make_data_dir(config)
    store, day = StationStore(state_dir(config)), day_of(now_ms)
    store.save_events([Event(EVENT, "Autumn", 0, now_ms * 2, rotating=True)], now_ms)
    store.save_roster(EVENT, [(ADA, ())], now_ms)
    save_day_keys(store.folder, EVENT, [DayKey("1", day, day_key(SECRET, day))])
    return config


@asynccontextmanager
async def scanning(config: Config, clock: ManualClock) -> AsyncIterator[Scan]:
    stop = asyncio.Event()
    scan = Scan(clock, ScanRun(config, EVENT, clock=clock, real=True))
    task = asyncio.create_task(
        scan.run.run(
            lambda roster, pace: make_radio(
                config, RadioChoice(), clock=clock, roster=roster, pace=pace
            ),
            stop=stop,
            on_started=lambda _: None,
            on_news=scan.told.append,
        )
    )
    try:
        yield scan
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)


@pytest.mark.usefixtures("bleak_connection")
async def test_a_rotating_badge_is_heard_counted_and_told_so(
    bluez: FakeBlueZ, tmp_path: Path
) -> None:
    clock = ManualClock()
    config = station(tmp_path, clock.now().wall_ms, answer_back=AnswerBack(enabled=True))
    async with scanning(config, clock) as scan:
        await scan.until(lambda: scan.knows() and bluez.scanning())
        async with broadcasting(rotating(SECRET, Broadcast("")), clock) as told:
            await told.until(shown=1)
            await scan.until(lambda: bool(scan.sighted()))
        shown = from_bytes(id_at(SECRET, window_of(clock.now().wall_ms)))
        assert scan.sighted() == [(shown, ADA)]
        await scan.until(lambda: bool(counted(bluez, shown, clock.now().wall_ms)))
        assert answer_back(scan) == "on the air, hci0"
    assert bluez.adverts.on_air == {}
    beacon = [
        member for member, what in bluez.adverts.asked if 0xFFFF in what.get("ManufacturerData", {})
    ]
    assert beacon[:4] == ["Register", "Unregister"] * 2  # one after the other, never two at once
    assert beacon[-1] == "Unregister"
    assert len(beacon) % 2 == 0


def counted(bluez: FakeBlueZ, ble_uuid: str, now_ms: int) -> HeardMe | None:
    """What an app with this id makes of what is on the air now."""
    for shown in list(bluez.adverts.on_air.values()):
        payload = shown.get("ManufacturerData", {}).get(0xFFFF, b"")
        if hears(payload, now_ms) and is_for(payload, EVENT, now_ms):
            return heard_me(payload, ble_uuid, now_ms)
    return None


@pytest.mark.usefixtures("bleak_connection")
async def test_a_beacon_that_fails_leaves_the_scan_alone(bluez: FakeBlueZ, tmp_path: Path) -> None:
    bluez.adverts.slots = 0
    clock = ManualClock()
    config = station(tmp_path, clock.now().wall_ms, answer_back=AnswerBack(enabled=True))
    async with scanning(config, clock) as scan:
        await scan.until(lambda: "takes no further" in answer_back(scan))
        await scan.until(lambda: scan.knows() and bluez.scanning())
        bluez.adverts.slots = 4
        async with broadcasting(rotating(SECRET, Broadcast("")), clock):
            await scan.until(lambda: bool(scan.sighted()))
        await scan.until(lambda: answer_back(scan) == "on the air, hci0")


def answer_back(scan: Scan) -> str:
    pulse = scan.run.pulse()
    return pulse.answer_back if pulse else ""
