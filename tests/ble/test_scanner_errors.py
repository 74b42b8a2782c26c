"""Every way in which listening can fail to begin is a typed error with a remedy."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from headcount.core.errors import RadioError, RadioReason

from .fake_bluez import HANG, FakeBlueZ, PrivateBus, need_dbus
from .scan_harness import QUICK, Ear, listening, radio

pytestmark = pytest.mark.usefixtures("bleak_connection")


async def _refused(**options: str) -> RadioError:
    timings = replace(QUICK, start_timeout=0.5, call_timeout=0.2)
    with pytest.raises(RadioError) as caught:
        async with asyncio.timeout(8):
            await radio(timings, **options).run(Ear())
    assert caught.value.exit_code == 3
    return caught.value


async def test_no_dbus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'none'}")
    error = await _refused()
    assert error.reason is RadioReason.NO_DBUS
    assert "systemctl start dbus" in error.remedy


async def test_no_daemon(private_bus: PrivateBus) -> None:
    error = await _refused()
    assert error.reason is RadioReason.NO_DAEMON
    assert "sudo systemctl start bluetooth" in error.remedy


async def test_no_adapter(bluez: FakeBlueZ) -> None:
    bluez.remove_adapter()
    error = await _refused()
    assert error.reason is RadioReason.NO_ADAPTER
    assert "bluetoothctl list" in error.remedy


@pytest.mark.parametrize("adapter", ["", "hci0"])
async def test_powered_off(bluez: FakeBlueZ, adapter: str) -> None:
    bluez.power(on=False)
    error = await _refused(adapter=adapter)
    assert error.reason is RadioReason.POWERED_OFF
    assert "bluetoothctl power on" in error.remedy
    assert "rfkill unblock bluetooth" in error.remedy


async def test_classic_bluetooth_only(bluez: FakeBlueZ) -> None:
    bluez.remove_adapter()
    bluez.add_adapter(roles=("peripheral",))
    error = await _refused()
    assert error.reason is RadioReason.NO_LOW_ENERGY
    assert "--adapter" in error.remedy


async def test_named_adapter_missing(bluez: FakeBlueZ) -> None:
    error = await _refused(adapter="hci9")
    assert error.reason is RadioReason.ADAPTER_MISSING
    assert "hci9" in error.what
    assert "bluetoothctl list" in error.remedy


@pytest.mark.parametrize("member", ["GetManagedObjects", "SetDiscoveryFilter", "StartDiscovery"])
async def test_not_in_the_group(bluez: FakeBlueZ, member: str) -> None:
    bluez.fail(member, "org.freedesktop.DBus.Error.AccessDenied")
    error = await _refused()
    assert error.reason is RadioReason.NOT_PERMITTED
    assert "sudo usermod -aG bluetooth $USER, then sign in again" in error.remedy


async def test_dbus_refuses_this_user(monkeypatch: pytest.MonkeyPatch) -> None:
    need_dbus()
    with PrivateBus(auth="DBUS_COOKIE_SHA1") as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        error = await _refused()
    assert error.reason is RadioReason.DENIED_BY_SYSTEM
    assert "container" in error.remedy


async def test_a_second_scan_of_the_same_program(bluez: FakeBlueZ) -> None:
    async with listening():
        error = await _refused()
        assert error.reason is RadioReason.BUSY
        assert bluez.scanning()


@pytest.mark.parametrize("member", ["GetManagedObjects", "SetDiscoveryFilter", "StartDiscovery"])
async def test_a_daemon_that_does_not_answer(bluez: FakeBlueZ, member: str) -> None:
    bluez.fail(member, HANG)
    error = await _refused()
    assert error.reason is RadioReason.TIMED_OUT
    assert "systemctl restart bluetooth" in error.remedy


async def test_an_error_that_nobody_expected_keeps_its_words(bluez: FakeBlueZ) -> None:
    bluez.fail("StartDiscovery", "org.bluez.Error.Failed", "the moon is in the way")
    error = await _refused()
    assert error.reason is RadioReason.UNKNOWN
    assert "the moon is in the way" in error.what
    assert error.remedy
