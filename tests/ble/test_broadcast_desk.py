"""The screen's badge over the fake BlueZ: started, stopped by the daemon, back, taken back."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from headcount.bootstrap.broadcast_desk import StationBroadcast
from headcount.clock import ManualClock
from headcount.core.badge import BadgeFormat
from headcount.core.errors import RadioError, UsageError
from headcount.core.identity import from_bytes
from headcount.core.rotation import WINDOW_MS, window_of
from headcount.rotating import id_at
from headcount.tui.ports_broadcast import OnAir

from .fake_bluez import FakeBlueZ
from .test_badge import ADA, SECRET


class Screen:
    """What the screen is told, and its stop."""

    def __init__(self, clock: ManualClock) -> None:
        self.desk = StationBroadcast("", clock)
        self.clock = clock
        self.stop = asyncio.Event()
        self.told: list[OnAir] = []
        self.news = asyncio.Event()

    def tell(self, state: OnAir) -> None:
        self.told.append(state)
        self.news.set()

    async def next(self) -> OnAir:
        """The next that is told; the time is turned while nothing is."""
        count = len(self.told)
        async with asyncio.timeout(8):
            while len(self.told) == count:
                self.clock.advance(1)
                await asyncio.sleep(0.005)
        return self.told[-1]

    def begin(self, what: str) -> asyncio.Task[None]:
        return asyncio.create_task(
            self.desk.broadcast(what, BadgeFormat.SERVICE_UUID, self.stop, self.tell)
        )


async def test_what_the_screen_shows_is_so(bluez: FakeBlueZ) -> None:
    screen = Screen(ManualClock())
    task = screen.begin(ADA.upper())
    on_air = await screen.next()
    assert on_air.broadcast
    assert (on_air.broadcast.ble_uuid, on_air.adapter) == (ADA, "hci0")
    (registered,) = bluez.adverts.on_air.values()
    assert registered["ServiceUUIDs"] == [ADA]
    bluez.restart()  # the daemon ends it
    lost = await screen.next()
    assert (lost.broadcast, lost.wait) == (None, 1.0)
    assert (await screen.next()).broadcast == on_air.broadcast
    screen.stop.set()
    await asyncio.wait_for(task, 8)
    assert bluez.adverts.on_air == {}


async def test_a_secrets_file_rotates(bluez: FakeBlueZ, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(base64.b64encode(SECRET))
    file.chmod(0o600)
    screen = Screen(ManualClock())
    window = window_of(screen.clock.now().wall_ms)
    task = screen.begin(str(file))
    first = await screen.next()
    screen.clock.advance(WINDOW_MS / 1000 - 30)
    second = await screen.next()
    shown = [each.broadcast.ble_uuid for each in (first, second) if each.broadcast]
    assert shown == [from_bytes(id_at(SECRET, window + more)) for more in (0, 1)]
    task.cancel()  # as when the application ends
    await asyncio.gather(task, return_exceptions=True)
    assert bluez.adverts.on_air == {}


async def test_what_can_not_be_broadcast(bluez: FakeBlueZ, tmp_path: Path) -> None:
    screen = Screen(ManualClock())
    for what in ("no badge", str(tmp_path / "nothing")):
        with pytest.raises(UsageError):
            await screen.begin(what)
    bluez.remove_adapter()
    with pytest.raises(RadioError, match="no Bluetooth adapter"):
        await screen.begin(ADA)
    assert screen.told == []
