"""Whether this user may use Bluetooth: the group, D-Bus' policy, and what BlueZ answers."""

from __future__ import annotations

import asyncio
import getpass
import grp
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...core.doctor import Area, Finding, Severity, good
from ...core.errors import RadioError

GROUP = "bluetooth"
"""The group that Debian's policy lets in (bluez: src/bluetooth.conf)."""

POLICIES = ("etc/dbus-1/system.d/bluetooth.conf", "usr/share/dbus-1/system.d/bluetooth.conf")

PATIENCE = 5.0
"""Seconds for one question to BlueZ; it answers in milliseconds."""


@dataclass(frozen=True, slots=True)
class Who:
    """Whose rights are asked about."""

    uid: int
    name: str
    groups: Collection[str]


def this_user() -> Who:
    """The user of this process, with the groups that it really has."""
    return Who(os.geteuid(), _user_name(), {_group_name(gid) for gid in os.getgroups()})


def access(who: Who, root: Path = Path("/")) -> Iterator[Finding]:
    """The group and the policy, below `root`."""
    yield _group(who)
    policies = [root / path for path in POLICIES]
    if any(map(_names_bluez, policies)):
        yield good(Area.RADIO, "dbus-policy", "D-Bus has BlueZ's policy.")
    else:
        yield Finding(
            Area.RADIO,
            "dbus-policy",
            Severity.WARNING,
            f"None of {' and '.join(map(str, policies))} speaks of BlueZ.",
            "Without a policy D-Bus lets nobody talk to BlueZ, and BlueZ can't start.",
            "sudo apt install --reinstall bluez && sudo systemctl reload dbus",
        )


def bluez_answers(adapter: str) -> Finding:
    """Whether BlueZ answers this user, and has an adapter that is on."""
    from ...ble.ask_bluez import ask_bluez

    try:
        name = asyncio.run(ask_bluez(adapter, seconds=PATIENCE))
    except RadioError as error:
        return radio_trouble("bluez", error)
    return good(Area.RADIO, "bluez", f"BlueZ answers; {name} is on.")


def radio_trouble(name: str, error: RadioError) -> Finding:
    """An obstacle of the radio as a finding."""
    why = "A scan can't begin, so that nobody is heard."
    return Finding(Area.RADIO, name, Severity.ERROR, error.what, why, error.remedy)


def _group(who: Who) -> Finding:
    if who.uid == 0 or GROUP in who.groups:
        return good(Area.RADIO, "group", f"{who.name} may use Bluetooth.")
    return Finding(
        Area.RADIO,
        "group",
        Severity.WARNING,
        f"{who.name} is not in the group {GROUP}.",
        "Debian lets only this group and whoever sits at the machine use Bluetooth; a service "
        "started at boot is neither.",
        f"sudo usermod -aG {GROUP} {who.name}, then sign in again",
    )


def _names_bluez(policy: Path) -> bool:
    try:
        return "org.bluez" in policy.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.geteuid())


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
