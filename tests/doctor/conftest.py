"""A machine as a directory, and the fake BlueZ, for check-ups whose faults are made for real."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest
from tests.ble.conftest import bluez, private_bus

from headcount.bootstrap.doctor.access import Who
from headcount.bootstrap.doctor.examine import Surroundings
from headcount.clock import ManualClock
from headcount.core.doctor import Finding

__all__ = ["bluez", "private_bus"]

NOW = 1_790_000_000_000


class Write(Protocol):
    def __call__(self, files: dict[str, str]) -> None: ...


HEALTHY = {
    "sys/class/bluetooth/hci0/type": "primary",
    "sys/class/rfkill/rfkill0/type": "bluetooth",
    "sys/class/rfkill/rfkill0/name": "hci0",
    "sys/class/rfkill/rfkill0/soft": "0",
    "sys/class/rfkill/rfkill0/hard": "0",
    "sys/class/rfkill/rfkill1/type": "wlan",
    "sys/class/rfkill/rfkill1/soft": "1",
    "sys/class/rtc/rtc0/name": "rtc",
    "sys/devices/system/clocksource/clocksource0/current_clocksource": "arch_sys_counter\n",
    "usr/share/dbus-1/system.d/bluetooth.conf": '<allow send_destination="org.bluez"/>',
    "usr/libexec/bluetooth/bluetoothd": "#!/bin/sh\necho 5.82\n",
}
"""A Raspberry Pi with a clock module."""


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Surroundings:
    root = tmp_path / "machine"
    write(root, HEALTHY)
    return Surroundings(
        root=root,
        bluez=(root / "usr/libexec/bluetooth/bluetoothd",),
        who=Who(1000, "ada", {"ada", "bluetooth"}),
        clock=ManualClock(NOW),
        linux=True,
    )


def owned(around: Surroundings, uid: int) -> Surroundings:
    return replace(around, who=replace(around.who, uid=uid))


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}
