"""What each RadioReason means to people: what happened, and the command that mends it."""

from __future__ import annotations

from typing import NamedTuple

from ..core.errors import RadioError, RadioReason

_TENTHS_BELOW = 2.0  # seconds; below, "0.4 s" says more than "0 s"
_MINUTES_FROM = 120.0  # seconds; from here on nobody counts seconds


class _Words(NamedTuple):
    what: str
    remedy: str


_WORDS = {
    RadioReason.NO_DBUS: _Words(
        "The system's message bus (D-Bus) does not answer, so Bluetooth cannot be reached.",
        "Start it: sudo systemctl start dbus. In a container, pass the host's "
        "/run/dbus/system_bus_socket in.",
    ),
    RadioReason.NO_DAEMON: _Words(
        "The Bluetooth service (bluetoothd) is not running.",
        "Start it: sudo systemctl start bluetooth. If it is not there: sudo apt install bluez.",
    ),
    RadioReason.NO_ADAPTER: _Words(
        "This machine has no Bluetooth adapter.",
        "Plug a Bluetooth dongle in, and check with: bluetoothctl list",
    ),
    RadioReason.ADAPTER_MISSING: _Words(
        "The Bluetooth adapter {adapter} is not there.",
        "Plug it in again, or choose another one with --adapter: bluetoothctl list names them.",
    ),
    RadioReason.POWERED_OFF: _Words(
        "The Bluetooth adapter{named} is switched off.",
        "Turn it on: bluetoothctl power on. If that is refused: sudo rfkill unblock bluetooth. "
        "On macOS and Windows: in the system's settings.",
    ),
    RadioReason.NO_LOW_ENERGY: _Words(
        "The Bluetooth adapter{named} cannot scan for Bluetooth Low Energy.",
        "Plug in a dongle with Bluetooth 4.0 or newer, and choose it with --adapter.",
    ),
    RadioReason.NOT_PERMITTED: _Words(
        "This user is not allowed to use Bluetooth.",
        "Join the group: sudo usermod -aG bluetooth $USER, then sign in again.",
    ),
    RadioReason.DENIED_BY_SYSTEM: _Words(
        "The system refuses access to Bluetooth.",
        "In a container, run as a user that the host's D-Bus knows, or set BLEAK_DBUS_AUTH_UID. "
        "On macOS and Windows: allow Bluetooth for this program in the privacy settings.",
    ),
    RadioReason.BUSY: _Words(
        "The Bluetooth adapter{named} is busy with another scan of this program.",
        "Stop the other scan, or restart Bluetooth: sudo systemctl restart bluetooth.",
    ),
    RadioReason.TIMED_OUT: _Words(
        "The Bluetooth service does not answer.",
        "Restart it: sudo systemctl restart bluetooth.",
    ),
    RadioReason.SCAN_DIED: _Words(
        "The Bluetooth scan has ended by itself.",
        "If it does not come back: sudo systemctl restart bluetooth.",
    ),
    RadioReason.SILENT: _Words(
        "The Bluetooth scan heard nothing, although it looked healthy.",
        "If it happens again: sudo systemctl restart bluetooth.",
    ),
    RadioReason.UNSUPPORTED: _Words(
        "Bluetooth scanning does not work on this system.",
        "Use Linux with BlueZ 5.66 or newer, macOS or Windows, or another --radio.",
    ),
    RadioReason.UNKNOWN: _Words(
        "Bluetooth cannot be used.",
        "Look for the cause: headcount doctor, and journalctl -u bluetooth.",
    ),
}

_REASONS_BY_DBUS_ERROR = {
    # D-Bus specification, "Standard errors"; BlueZ: src/error.c. Seen with bleak 3.1.
    "org.freedesktop.DBus.Error.ServiceUnknown": RadioReason.NO_DAEMON,
    "org.freedesktop.DBus.Error.NameHasNoOwner": RadioReason.NO_DAEMON,
    "org.freedesktop.DBus.Error.NoReply": RadioReason.TIMED_OUT,
    "org.freedesktop.DBus.Error.Timeout": RadioReason.TIMED_OUT,
    "org.freedesktop.DBus.Error.TimedOut": RadioReason.TIMED_OUT,
    "org.freedesktop.DBus.Error.Disconnected": RadioReason.NO_DBUS,
    "org.freedesktop.DBus.Error.NoServer": RadioReason.NO_DBUS,
    "org.freedesktop.DBus.Error.AccessDenied": RadioReason.NOT_PERMITTED,
    "org.freedesktop.DBus.Error.AuthFailed": RadioReason.DENIED_BY_SYSTEM,
    "org.freedesktop.DBus.Error.UnknownObject": RadioReason.ADAPTER_MISSING,
    # An adapter that has just gone: its object answers no method any more.
    "org.freedesktop.DBus.Error.UnknownMethod": RadioReason.ADAPTER_MISSING,
    "org.bluez.Error.NotReady": RadioReason.POWERED_OFF,
    "org.bluez.Error.InProgress": RadioReason.BUSY,
    "org.bluez.Error.Busy": RadioReason.BUSY,
    "org.bluez.Error.NotAuthorized": RadioReason.NOT_PERMITTED,
    "org.bluez.Error.NotPermitted": RadioReason.NOT_PERMITTED,
    "org.bluez.Error.NotSupported": RadioReason.NO_LOW_ENERGY,
}


def reason_of_dbus_error(name: str) -> RadioReason:
    """The reason behind a D-Bus error name; a service that could not be spawned is no daemon."""
    if name.startswith("org.freedesktop.DBus.Error.Spawn."):
        return RadioReason.NO_DAEMON
    return _REASONS_BY_DBUS_ERROR.get(name, RadioReason.UNKNOWN)


def radio_error(reason: RadioReason, *, adapter: str = "", detail: str = "") -> RadioError:
    """The error for a reason, with words for people. `detail` is the system's own message."""
    words = _WORDS[reason]
    what = words.what.format(adapter=adapter or "in use", named=f" {adapter}" if adapter else "")
    if detail:
        what = f"{what} ({detail})"
    return RadioError(
        reason, what, remedy=words.remedy, safe="What was heard before is in the log."
    )


def span(seconds: float) -> str:
    """Seconds for people: 0.4 s, 45 s, 12 min."""
    if seconds < _TENTHS_BELOW:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < _MINUTES_FROM else f"{seconds / 60:.0f} min"
