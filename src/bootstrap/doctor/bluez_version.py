"""BlueZ's version and the traps that are known of it."""

from __future__ import annotations

import re
import subprocess  # nosec B404 - BlueZ's own programs, to ask their version
from collections.abc import Sequence
from pathlib import Path

from ...core.doctor import Area, Finding, Severity, good

PROGRAMS = (
    Path("/usr/libexec/bluetooth/bluetoothd"),  # Debian 12 and newer, Fedora
    Path("/usr/lib/bluetooth/bluetoothd"),  # older Debian, Arch
    Path("/usr/bin/bluetoothctl"),
)
"""Each of them prints the version; D-Bus does not tell it."""

OLDEST = (5, 66)
"""Debian 12's; what this program is tried with."""

QUIET_AFTER = (5, 87)
"""Newer ones tell a signal strength only after a change of 8 dB, unless the filter has an RSSI; the
scanner always sets one, so that this costs nothing here and explains what other programs show."""

_PATIENCE = 5.0
"""Seconds: it prints one line."""

_INSTALL = "sudo apt update && sudo apt install bluez"


def bluez_version(programs: Sequence[Path] = PROGRAMS) -> Finding:
    """The version of the first program that says one."""
    version = next(filter(None, map(_version_of, programs)), None)
    if version is None:
        return Finding(
            Area.RADIO,
            "bluez-version",
            Severity.WARNING,
            "BlueZ, the Bluetooth service of Linux, is not installed here.",
            "A scan needs it; in a container the host's may do, over D-Bus.",
            _INSTALL,
        )
    words = ".".join(map(str, version))
    if version < OLDEST:
        return Finding(
            Area.RADIO,
            "bluez-version",
            Severity.WARNING,
            f"BlueZ {words} is older than 5.66.",
            "This program is not tried with it; a scan may end without a word.",
            _INSTALL,
        )
    if version > QUIET_AFTER:
        return Finding(
            Area.RADIO,
            "bluez-version",
            Severity.NOTE,
            f"BlueZ {words}: it tells the signal of a steady phone only when a program asks.",
            "This program asks (radio.rssi_filter); others may show a phone once and never again.",
        )
    return good(Area.RADIO, "bluez-version", f"BlueZ {words}.")


def version_of_bluez(programs: Sequence[Path] = PROGRAMS) -> str:
    """The version in digits; empty where no program says one."""
    version = next(filter(None, map(_version_of, programs)), ())
    return ".".join(map(str, version))


def _version_of(program: Path) -> tuple[int, int] | None:
    if not program.exists():
        return None
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603 - a fixed path, no shell
            [program, "--version"], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else None
