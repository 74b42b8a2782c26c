"""How the real radio notices that it is deaf, and recovers; over a fake BlueZ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from headcount.core.errors import RadioReason
from headcount.core.model import Hearing

from .fake_bluez import FakeBlueZ, PrivateBus, phones
from .scan_harness import QUICK, Ear, listening, radio

pytestmark = pytest.mark.usefixtures("bleak_connection")

PATIENT = replace(QUICK, silence_alarm=30.0, retry_first=30.0, retry_max=60.0)
"""Only news from BlueZ can bring this one to act within a test."""


async def _hears(ear: Ear) -> None:
    await ear.until(lambda: Hearing.HEARS in ear.states())


async def _recovers(ear: Ear) -> None:
    """Wait until it hears after a gap, and for one frame more."""
    await ear.until(lambda: bool(ear.gaps()) and ear.changes[-1].state is Hearing.HEARS)
    before = len(ear.heard)
    await ear.until(lambda: len(ear.heard) > before)


async def test_power_off_is_told_at_once_and_power_on_mends_it_at_once(bluez: FakeBlueZ) -> None:
    bluez.broadcast(phones(3), interval=0.03)
    async with listening(radio(PATIENT)) as ear:
        await _hears(ear)
        bluez.power(on=False)
        await ear.until(lambda: ear.deaf(RadioReason.POWERED_OFF))
        assert "bluetoothctl power on" in ear.changes[-1].remedy
        bluez.power(on=True)
        await _recovers(ear)
        (gap,) = ear.gaps()
        assert gap.why is RadioReason.POWERED_OFF
        assert gap.start == ear.of(Hearing.DEAF)[0].mono
        assert gap.start < gap.end <= ear.changes[-1].mono


async def test_power_off_does_not_look_like_frames(bluez: FakeBlueZ) -> None:
    """BlueZ takes the RSSI of every device back, and bleak passes that on as a frame."""
    listener = radio(PATIENT)
    async with listening(listener) as ear:
        bluez.advertise(*phones(3))
        await ear.until(lambda: len(ear.heard) == 3)
        bluez.power(on=False)
        await ear.until(lambda: ear.deaf(RadioReason.POWERED_OFF))
        assert (len(ear.heard), listener.counters().frames) == (3, 3)


async def test_a_restarted_daemon_is_noticed_and_the_scan_resumed(bluez: FakeBlueZ) -> None:
    bluez.broadcast(phones(3), interval=0.03)
    async with listening(radio(PATIENT)) as ear:
        await _hears(ear)
        bluez.stop()
        await ear.until(lambda: ear.deaf(RadioReason.NO_DAEMON))
        bluez.start()
        await _recovers(ear)
        assert [gap.why for gap in ear.gaps()] == [RadioReason.NO_DAEMON]


async def test_a_dongle_pulled_and_plugged_in_again_resumes_the_scan(bluez: FakeBlueZ) -> None:
    bluez.broadcast(phones(3), interval=0.03)
    async with listening(radio(PATIENT, adapter="hci0")) as ear:
        await _hears(ear)
        bluez.remove_adapter()
        await ear.until(lambda: ear.deaf(RadioReason.ADAPTER_MISSING))
        bluez.add_adapter(powered=False)
        bluez.power(on=True)
        await _recovers(ear)
        assert [gap.why for gap in ear.gaps()] == [RadioReason.ADAPTER_MISSING]


async def test_without_a_choice_another_adapter_takes_over(bluez: FakeBlueZ) -> None:
    bluez.add_adapter("hci1")
    async with listening(radio(PATIENT)) as ear:
        bluez.remove_adapter("hci0")
        bluez.broadcast(phones(3), interval=0.03, adapter="hci1")
        await _recovers(ear)


async def test_a_discovery_that_bluez_ended_is_started_again(bluez: FakeBlueZ) -> None:
    bluez.broadcast(phones(3), interval=0.03)
    async with listening(radio()) as ear:
        await _hears(ear)
        bluez.drop_discovery()
        await _recovers(ear)
        assert [gap.why for gap in ear.gaps()] == [RadioReason.SCAN_DIED]


async def test_a_restarted_message_bus_is_survived(
    private_bus: PrivateBus, bluez: FakeBlueZ
) -> None:
    bluez.broadcast(phones(3), interval=0.03)
    async with listening(radio()) as ear:
        await _hears(ear)
        private_bus.stop()
        await ear.until(lambda: ear.deaf(RadioReason.NO_DBUS))
        private_bus.start()
        bluez.restart()
        await _recovers(ear)
        # The daemon's name may leave the bus a moment before the bus itself goes.
        assert ear.gaps()[0].why in {RadioReason.NO_DBUS, RadioReason.NO_DAEMON}


async def test_silence_is_told_and_proven_by_a_restart(bluez: FakeBlueZ) -> None:
    bluez.broadcast(phones(3), interval=0.03)
    async with listening(radio()) as ear:
        await _hears(ear)
        bluez.deafen(until="restart")
        await ear.until(lambda: Hearing.SILENT in ear.states())
        assert "an empty room, or" in ear.of(Hearing.SILENT)[0].message
        await _recovers(ear)
        (gap,) = ear.gaps()
        assert gap.why is RadioReason.SILENT
        assert gap.end - gap.start >= QUICK.restart_after


async def test_what_a_restart_does_not_cure_a_reset_of_the_adapter_does(bluez: FakeBlueZ) -> None:
    bluez.broadcast(phones(3), interval=0.03)
    async with listening(radio()) as ear:
        await _hears(ear)
        bluez.deafen(until="power")
        await _recovers(ear)
        assert [gap.why for gap in ear.gaps()] == [RadioReason.SILENT]
        assert Hearing.DEAF not in ear.states()


async def test_an_empty_room_makes_no_gap(bluez: FakeBlueZ) -> None:
    once_silent = replace(QUICK, restart_after=30.0)
    async with listening(radio(once_silent)) as ear:
        await ear.until(lambda: ear.states()[-1] is Hearing.SILENT)
        bluez.advertise(*phones(1))
        await ear.until(lambda: ear.states()[-1] is Hearing.HEARS)
        assert ear.gaps() == []
    assert bluez.calls.count("StartDiscovery") == 1


async def test_without_bluez_own_word_silence_alone_revives_the_scan(bluez: FakeBlueZ) -> None:
    bluez.broadcast(phones(3), interval=0.03)
    async with listening(radio(watch_bluez=False)) as ear:
        await _hears(ear)
        bluez.power(on=False)
        bluez.power(on=True)
        await _recovers(ear)


async def test_a_gap_that_is_open_at_the_end_is_told(bluez: FakeBlueZ) -> None:
    bluez.broadcast(phones(3), interval=0.03)
    async with listening(radio(PATIENT)) as ear:
        await _hears(ear)
        bluez.power(on=False)
        await ear.until(lambda: ear.deaf(RadioReason.POWERED_OFF))
        died = ear.changes[-1].mono
    (gap,) = ear.gaps()
    assert (gap.start, gap.why) == (died, RadioReason.POWERED_OFF)


async def test_a_start_that_hangs_while_recovering_is_tried_again(bluez: FakeBlueZ) -> None:
    bluez.broadcast(phones(3), interval=0.03)
    async with listening(radio(replace(QUICK, start_timeout=0.3))) as ear:
        await _hears(ear)
        bluez.fail("StartDiscovery", "hang")
        bluez.drop_discovery()
        await ear.until(lambda: ear.deaf(RadioReason.TIMED_OUT))
        bluez.heal("StartDiscovery")
        await _recovers(ear)


async def test_an_orphaned_scan_is_ended_by_a_reset(bluez: FakeBlueZ) -> None:
    """A start that timed out may leave a discovery behind that answers InProgress for ever."""
    bluez.broadcast(phones(3), interval=0.03)
    async with listening(radio()) as ear:
        await _hears(ear)
        bluez.fail("StopDiscovery", "org.bluez.Error.Failed")
        bluez.deafen(until="restart")
        await ear.until(lambda: ear.deaf(RadioReason.BUSY))
        await _recovers(ear)


FAULTS: dict[str, Callable[[FakeBlueZ], None]] = {
    "power": lambda bluez: bluez.power(on=False),
    "daemon": lambda bluez: bluez.stop(),
    "dongle": lambda bluez: bluez.remove_adapter(),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_dead_radio_can_be_stopped(bluez: FakeBlueZ, fault: str) -> None:
    async with listening(radio()) as ear:
        FAULTS[fault](bluez)
        await ear.until(lambda: Hearing.DEAF in ear.states())
