"""What the watch beside bleak sees of BlueZ, and how it resets an adapter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from headcount.ble.bluez import BlueZWatch, CachedDevice
from headcount.ble.scan_adapter import AdapterState
from headcount.clock import SystemClock
from headcount.core.errors import RadioError, RadioReason

from .fake_bluez import Advert, FakeBlueZ, PrivateBus

IDLE = AdapterState(discovering=False, name="hci0")
OFF = IDLE._replace(powered=False)
ABSENT = OFF._replace(present=False)
NO_DAEMON = ABSENT._replace(daemon=False)
NO_BUS = NO_DAEMON._replace(bus=False)


class _HastyClock(SystemClock):
    """Sleeps no longer than it must, and says so."""

    def __init__(self, on_sleep: Callable[[], None] = lambda: None) -> None:
        self._on_sleep = on_sleep

    async def sleep(self, seconds: float) -> None:
        self._on_sleep()
        await super().sleep(min(seconds, 0.01))


class _Log:
    """The states that were told, and a wait for the next ones."""

    def __init__(self) -> None:
        self.states: list[AdapterState] = []
        self.news = asyncio.Event()

    def __call__(self, state: AdapterState) -> None:
        self.states.append(state)
        self.news.set()

    async def until(self, *states: AdapterState) -> None:
        """Wait until just these have been told last, in this order."""
        async with asyncio.timeout(8):
            while tuple(self.states[-len(states) :]) != states:
                self.news.clear()
                await self.news.wait()


def _watch(log: Callable[[AdapterState], None], adapter: str = "hci0") -> BlueZWatch:
    return BlueZWatch(adapter, on_state=log, clock=_HastyClock(), timeout=1.0)


async def test_it_tells_the_first_state_and_each_change_once(bluez: FakeBlueZ) -> None:
    log = _Log()
    async with _watch(log):
        await log.until(IDLE)
        bluez.power(on=False)
        bluez.power(on=False)
        bluez.remove_adapter()
        bluez.add_adapter()
        await log.until(IDLE, OFF, ABSENT, IDLE)


async def test_a_restarted_daemon_is_seen_to_go_and_to_come(bluez: FakeBlueZ) -> None:
    log = _Log()
    async with _watch(log):
        bluez.restart()
        await log.until(IDLE, NO_DAEMON, IDLE)


async def test_a_daemon_that_hands_its_name_over_is_another_daemon(
    private_bus: PrivateBus, bluez: FakeBlueZ
) -> None:
    log = _Log()
    async with _watch(log):
        with FakeBlueZ(private_bus.address):  # waits in the queue for the name
            bluez.stop()
            await log.until(IDLE, NO_DAEMON, IDLE)


async def test_a_lost_bus_is_told_and_found_again(
    private_bus: PrivateBus, bluez: FakeBlueZ
) -> None:
    log = _Log()
    async with _watch(log):
        bluez.stop()
        private_bus.stop()
        await log.until(IDLE, NO_DAEMON, NO_BUS)
        private_bus.start()
        bluez.start()
        await log.until(IDLE)


async def test_a_bus_that_was_never_there_is_no_news(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'none'}")
    log = _Log()
    async with _watch(log) as watch:
        assert watch.choose() == "hci0"
        assert await watch.cached_devices() == []
    assert log.states == []


async def test_it_lists_what_bluez_has_in_its_cache(bluez: FakeBlueZ) -> None:
    bluez.add_adapter("hci1")
    uuid = "9f2c0000-0000-4000-8000-000000000001"
    bluez.cache(Advert("C0:00:00:00:00:01", uuids=[uuid], service_data={uuid: b"x"}))
    bluez.cache(Advert("C0:00:00:00:00:02"))
    bluez.cache(Advert("C0:00:00:00:00:03"), adapter="hci1")
    async with _watch(_Log()) as watch:
        assert await watch.cached_devices() == [
            CachedDevice("C0:00:00:00:00:01", (uuid,), (uuid,)),
            CachedDevice("C0:00:00:00:00:02", (), ()),
        ]


@pytest.mark.parametrize(
    ("powered", "chosen"),
    [
        ({"hci0": True, "hci10": True, "hci2": True}, "hci0"),
        ({"hci0": False, "hci10": True, "hci2": True}, "hci2"),
        ({"hci0": False, "hci10": False, "hci2": False}, ""),
    ],
)
async def test_without_a_name_it_takes_the_first_that_is_on(
    bluez: FakeBlueZ, powered: dict[str, bool], chosen: str
) -> None:
    bluez.remove_adapter()
    for name, on in powered.items():
        bluez.add_adapter(name, powered=on)
    async with _watch(_Log(), adapter="") as watch:
        assert watch.choose() == chosen


async def test_a_reset_switches_off_and_on(bluez: FakeBlueZ) -> None:
    log = _Log()
    async with _watch(log) as watch:
        await watch.reset()
        await log.until(IDLE, OFF, IDLE)


async def test_a_reset_that_is_cancelled_leaves_the_adapter_on(bluez: FakeBlueZ) -> None:
    resets: list[asyncio.Task[None]] = []

    def busy_when_off(state: AdapterState) -> None:
        if state == OFF:
            bluez.fail("Set", "org.bluez.Error.Busy")

    def cancel() -> None:  # in the pause before it is switched on once more
        bluez.heal("Set")
        resets[0].cancel()

    clock = _HastyClock(on_sleep=cancel)
    async with BlueZWatch("hci0", on_state=busy_when_off, clock=clock, timeout=1.0) as watch:
        resets.append(asyncio.create_task(watch.reset()))
        with pytest.raises(asyncio.CancelledError):
            await resets[0]
    assert bluez.powered()


async def test_a_busy_adapter_is_asked_again(bluez: FakeBlueZ) -> None:
    clock = _HastyClock(on_sleep=lambda: bluez.heal("Set"))

    def busy_when_off(state: AdapterState) -> None:
        if state == OFF:
            bluez.fail("Set", "org.bluez.Error.Busy")

    async with BlueZWatch("hci0", on_state=busy_when_off, clock=clock, timeout=1.0) as watch:
        await watch.reset()
    assert bluez.powered()


async def test_a_reset_that_is_refused_says_why(bluez: FakeBlueZ) -> None:
    bluez.fail("Set", "org.freedesktop.DBus.Error.AccessDenied")
    async with _watch(_Log()) as watch:
        with pytest.raises(RadioError) as caught:
            await watch.reset()
    assert caught.value.reason is RadioReason.NOT_PERMITTED
