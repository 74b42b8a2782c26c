"""`headcount badge`: what is registered with BlueZ, heard by a scan, and taken back at the end."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from headcount.bootstrap.badge import Schedule, always, broadcast, read_secret, rotating
from headcount.cli import cli
from headcount.clock import ManualClock
from headcount.core.badge import BadgeFormat, Broadcast, checked_badge
from headcount.core.errors import RadioError, RadioReason, UsageError
from headcount.core.identity import from_bytes
from headcount.core.rotation import WINDOW_MS, window_of
from headcount.rotating import id_at

from .fake_bluez import FakeBlueZ, PrivateBus
from .scan_harness import listening

ADA = "9f2c0000-0000-4000-8000-000000000001"
SECRET = bytes(range(32))


@dataclass
class Told:
    """Remembers what the badge said, and wakes whoever waits for it."""

    shown: list[Broadcast] = field(default_factory=list)
    losses: list[RadioError | None] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def on_air(self, broadcast: Broadcast, adapter: str) -> None:
        assert adapter == "hci0"
        self.shown.append(broadcast)
        self.news.set()

    def lost(self, error: RadioError | None, wait: float) -> None:
        assert wait > 0
        self.losses.append(error)
        self.news.set()

    async def until(self, *, shown: int = 0, losses: int = 0) -> None:
        async with asyncio.timeout(8):
            while len(self.shown) < shown or len(self.losses) < losses:
                self.news.clear()
                await self.news.wait()


async def _asleep() -> None:
    """Whoever just told something is in its next wait; that takes a few turns and no time."""
    for _ in range(5):
        await asyncio.sleep(0)


@asynccontextmanager
async def broadcasting(schedule: Schedule, clock: ManualClock | None = None) -> AsyncIterator[Told]:
    told, stop = Told(), asyncio.Event()
    clock = clock or ManualClock()
    task = asyncio.create_task(
        broadcast(schedule, adapter="", clock=clock, stop=stop, watcher=told)
    )
    try:
        yield told
    finally:
        stop.set()
        await asyncio.wait_for(task, 8)


@pytest.mark.usefixtures("bleak_connection")
@pytest.mark.parametrize("form", list(BadgeFormat))
async def test_a_scan_hears_the_badge(bluez: FakeBlueZ, form: BadgeFormat) -> None:
    async with listening() as ear, broadcasting(always(Broadcast(ADA, form))) as told:
        await told.until(shown=1)
        await ear.until(lambda: ADA in ear.ids())
    assert bluez.adverts.on_air == {}  # taken back


async def test_what_bluez_is_asked_for(bluez: FakeBlueZ) -> None:
    pattern = Broadcast(ADA, BadgeFormat.IBEACON, interval_ms=250, major=7, minor=513)
    async with broadcasting(always(pattern)) as told:
        await told.until(shown=1)
    assert bluez.adverts.seen == [
        {
            "Type": "broadcast",
            "MinInterval": 250,
            "MaxInterval": 250,
            "ManufacturerData": {
                0x4C: bytes.fromhex("0215" + ADA.replace("-", "") + "0007" + "0201" + "c5")
            },
        }
    ]


async def test_a_rotating_badge_changes_its_id_with_the_window(bluez: FakeBlueZ) -> None:
    clock = ManualClock()
    now = clock.now().wall_ms
    async with broadcasting(rotating(SECRET, Broadcast("")), clock) as told:
        await told.until(shown=1)
        await _asleep()
        clock.advance((WINDOW_MS - now % WINDOW_MS) / 1000)
        await told.until(shown=2)
        assert len(bluez.adverts.on_air) == 1
    windows = [window_of(now), window_of(now) + 1]
    assert [each.ble_uuid for each in told.shown] == [
        from_bytes(id_at(SECRET, window)) for window in windows
    ]


async def test_it_comes_back_after_a_restart_of_the_daemon(bluez: FakeBlueZ) -> None:
    clock = ManualClock()
    async with broadcasting(always(Broadcast(ADA)), clock) as told:
        await told.until(shown=1)
        bluez.restart()
        await told.until(losses=1)
        await _asleep()
        clock.advance(60)
        await told.until(shown=2)
        assert len(bluez.adverts.on_air) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("no adapter", RadioReason.NO_ADAPTER),
        ("off", RadioReason.POWERED_OFF),
        ("no slot", RadioReason.BUSY),
        ("no manager", RadioReason.NO_LOW_ENERGY),
        ("no daemon", RadioReason.NO_DAEMON),
    ],
)
async def test_why_it_can_not_broadcast(bluez: FakeBlueZ, fault: str, reason: RadioReason) -> None:
    match fault:
        case "no adapter":
            bluez.remove_adapter()
        case "off":
            bluez.power(on=False)
        case "no slot":
            bluez.adverts.slots = 0
        case "no manager":
            bluez.remove_adapter()
            bluez.add_adapter(broadcasts=False)
        case _:
            bluez.stop()
    stop = asyncio.Event()
    with pytest.raises(RadioError) as caught:
        await broadcast(
            always(Broadcast(ADA)), adapter="", clock=ManualClock(), stop=stop, watcher=Told()
        )
    assert caught.value.reason is reason
    assert caught.value.remedy


@pytest.mark.usefixtures("private_bus")
def test_the_command_says_what_it_broadcasts(private_bus: PrivateBus) -> None:
    with FakeBlueZ(private_bus.address) as bluez:
        result = CliRunner().invoke(cli, ["badge", ADA.upper(), "--duration", "0.2", "--json"])
        assert result.exit_code == 0, result.output
        assert f'"bleUuid": "{ADA}"' in result.stdout or f'"bleUuid":"{ADA}"' in result.stdout
        assert len(bluez.adverts.seen) == 1
        assert bluez.adverts.on_air == {}


@pytest.mark.parametrize("text", ["", "ada", "0" * 32, "f" * 32, ADA + "0"])
def test_what_is_no_badge(text: str) -> None:
    with pytest.raises(UsageError, match="no bleUuid"):
        checked_badge(text)


@pytest.mark.parametrize("args", [[], [ADA, "--rotating", "secret"]])
def test_one_of_two_ids(args: list[str]) -> None:
    result = CliRunner().invoke(cli, ["badge", *args])
    assert isinstance(result.exception, UsageError)


def test_the_secret_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(base64.b64encode(SECRET) + b"\n")
    path.chmod(0o640)
    with pytest.raises(UsageError, match="can be read by others"):
        read_secret(path)
    path.chmod(0o600)
    assert read_secret(path) == SECRET
    path.write_bytes(base64.b64encode(SECRET[:9]))
    with pytest.raises(UsageError, match="9 bytes, not 32"):
        read_secret(path)
    path.write_text("not base64!")
    with pytest.raises(UsageError, match="can't be read"):
        read_secret(path)
