"""One question to BlueZ over D-Bus, for a check-up."""

from __future__ import annotations

from typing import Any

from dbus_fast.errors import DBusError

from ..core.errors import RadioReason
from . import dbus
from .scan_errors import radio_error, reason_of_dbus_error

_ADAPTER = "org.bluez.Adapter1"


async def ask_bluez(adapter: str, *, seconds: float) -> str:
    """The name of the adapter that a scan would use. Raises RadioError.

    `adapter`: the one to use; empty for the first that is on. `seconds`: how long to wait.
    """
    try:
        objects = await _objects(seconds)
    except TimeoutError:
        raise radio_error(RadioReason.TIMED_OUT) from None
    except DBusError as error:
        raise radio_error(reason_of_dbus_error(error.type)) from None
    except dbus.TROUBLE:
        raise radio_error(RadioReason.NO_DBUS) from None
    found = {
        path.rpartition("/")[2]: interfaces[_ADAPTER]
        for path, interfaces in objects.items()
        if _ADAPTER in interfaces
    }
    return _usable(adapter, found)


async def _objects(seconds: float) -> dbus.Objects:
    bus = await dbus.connect(seconds)
    try:
        return await dbus.objects_of(bus, seconds, "org.bluez")
    finally:
        bus.disconnect()


def _usable(wanted: str, found: dict[str, dict[str, Any]]) -> str:
    if not found:
        raise radio_error(RadioReason.NO_ADAPTER)
    if wanted and wanted not in found:
        raise radio_error(RadioReason.ADAPTER_MISSING, adapter=wanted)
    names = [wanted] if wanted else sorted(found, key=lambda name: (len(name), name))
    on = [name for name in names if found[name].get("Powered")]
    if not on:
        raise radio_error(RadioReason.POWERED_OFF, adapter=wanted)
    able = [name for name in on if "central" in found[name].get("Roles", ("central",))]
    if not able:
        raise radio_error(RadioReason.NO_LOW_ENERGY, adapter=wanted)
    return able[0]
