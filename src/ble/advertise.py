"""Broadcasts a badge, or the answer-back beacon, through BlueZ. Linux only.

The D-Bus interface is BlueZ's: doc/org.bluez.LEAdvertisingManager.rst and
org.bluez.LEAdvertisement.rst. BlueZ reads the advertisement from an object of ours, once, when it
is registered; another id is another registration.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusError

from ..core.badge import OnAir
from ..core.errors import RadioError, RadioReason
from . import dbus
from .scan_errors import radio_error, reason_of_dbus_error

_BLUEZ = "org.bluez"
_ROOT = "/org/bluez/"
_ADAPTER = "org.bluez.Adapter1"
_MANAGER = "org.bluez.LEAdvertisingManager1"
_ADVERTISEMENT = "org.bluez.LEAdvertisement1"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_OBJECTS = "org.freedesktop.DBus.ObjectManager"
_OBJECT_PATH = "/headcount/badge"
_REFUSED = {"org.bluez.Error.NotPermitted", "org.bluez.Error.AlreadyExists"}
"""What BlueZ answers when the controller has no advertising slot left."""


class BadgeRadio:
    """One adapter that broadcasts. An async context manager; what it broadcasts ends with it.

    `adapter` is its name, or empty for the first that can. `timeout` is for one call, in seconds.
    Entering and `show` raise RadioError.
    """

    def __init__(self, adapter: str, *, timeout: float) -> None:
        self._named = adapter
        self._timeout = timeout
        self._bus: MessageBus | None = None
        self._path = ""
        self._shown: OnAir | None = None
        self.lost = asyncio.Event()
        """Set when the broadcast has ended without being asked to: BlueZ or the bus went away."""

    async def __aenter__(self) -> Self:
        try:
            self._bus = bus = await dbus.connect(self._timeout)
            bus.add_message_handler(self._on_message)
            self._path = self._choose(await self._adapters())
            await self._follow_daemon()
        except dbus.TROUBLE as error:
            self._disconnect()
            raise self._error(error) from error
        except BaseException:
            self._disconnect()
            raise
        self._watch = asyncio.create_task(self._watch_bus(bus))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watch.cancel()
        with suppress(*dbus.TROUBLE):
            await self._unregister()
        bus = self._bus
        self._disconnect()
        if bus is not None:
            await asyncio.wait({asyncio.ensure_future(dbus.gone(bus))}, timeout=self._timeout)

    @property
    def adapter(self) -> str:
        """The adapter that broadcasts, such as hci0."""
        return self._path.removeprefix(_ROOT)

    async def show(self, broadcast: OnAir) -> None:
        """Put this on the air in place of what was there before."""
        try:
            await self._unregister()
            self._shown = broadcast
            await self._call(
                self._path, _MANAGER, "RegisterAdvertisement", "oa{sv}", [_OBJECT_PATH, {}]
            )
        except dbus.TROUBLE as error:
            self._shown = None
            raise self._error(error) from error

    async def _unregister(self) -> None:
        if self._shown is not None:
            self._shown = None
            await self._call(self._path, _MANAGER, "UnregisterAdvertisement", "o", [_OBJECT_PATH])

    async def _adapters(self) -> dbus.Objects:
        found = await dbus.objects_of(self._bus, self._timeout, _BLUEZ)
        return {path: interfaces for path, interfaces in found.items() if _ADAPTER in interfaces}

    def _choose(self, adapters: dbus.Objects) -> str:
        """The D-Bus path of the adapter to use, hci2 before hci10."""
        wanted = {
            path: found
            for path, found in adapters.items()
            if not self._named or path == f"{_ROOT}{self._named}"
        }
        if not wanted:
            reason = RadioReason.ADAPTER_MISSING if self._named else RadioReason.NO_ADAPTER
            raise radio_error(reason, adapter=self._named)
        able = {path: found for path, found in wanted.items() if _MANAGER in found}
        if not able:
            raise _cannot_broadcast(self._named)
        powered = [path for path, found in able.items() if found[_ADAPTER].get("Powered")]
        if not powered:
            raise radio_error(RadioReason.POWERED_OFF, adapter=self._named)
        return min(powered, key=lambda path: (len(path), path))

    async def _follow_daemon(self) -> None:
        rule = (
            f"type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{_BLUEZ}'"
        )
        await dbus.listen(self._bus, self._timeout, rule)

    async def _watch_bus(self, bus: MessageBus) -> None:
        await dbus.gone(bus)
        self.lost.set()

    def _disconnect(self) -> None:
        bus, self._bus = self._bus, None
        if bus is not None and bus.connected:
            bus.disconnect()

    async def _call(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: list[Any] | None = None,
    ) -> list[Any]:
        return await dbus.call(
            self._bus, self._timeout, _BLUEZ, path, interface, member, signature, body
        )

    def _error(self, error: BaseException) -> RadioError:
        if isinstance(error, DBusError):
            if error.type in _REFUSED:
                return _no_slot(self.adapter)
            return radio_error(
                reason_of_dbus_error(error.type), adapter=self._named, detail=str(error)
            )
        if isinstance(error, TimeoutError):
            return radio_error(RadioReason.TIMED_OUT)
        return radio_error(RadioReason.NO_DBUS)

    # What BlueZ asks of our object

    def _on_message(self, message: Message) -> Message | bool | None:
        if message.member == "NameOwnerChanged" and message.body[0] == _BLUEZ:
            self.lost.set()
        if message.message_type is not MessageType.METHOD_CALL or message.path != _OBJECT_PATH:
            return None
        if message.interface == _ADVERTISEMENT and message.member == "Release":
            self.lost.set()
            return Message.new_method_return(message)
        if message.interface == _PROPERTIES and message.member == "GetAll" and self._shown:
            return Message.new_method_return(message, "a{sv}", [properties(self._shown)])
        return None


def properties(broadcast: OnAir) -> dict[str, Variant]:
    """The properties of org.bluez.LEAdvertisement1. Intervals are in ms there, too."""
    interval = Variant("u", broadcast.interval_ms)
    shared = {
        "Type": Variant("s", "broadcast"),
        "MinInterval": interval,
        "MaxInterval": interval,
    }
    if broadcast.service_uuids:
        shared["ServiceUUIDs"] = Variant("as", list(broadcast.service_uuids))
    data = {company: Variant("ay", raw) for company, raw in broadcast.manufacturer.items()}
    return shared | ({"ManufacturerData": Variant("a{qv}", data)} if data else {})


def _cannot_broadcast(adapter: str) -> RadioError:
    named = f" {adapter}" if adapter else ""
    return RadioError(
        RadioReason.NO_LOW_ENERGY,
        f"The Bluetooth adapter{named} cannot broadcast.",
        remedy="Use an adapter with Bluetooth 4.0 or newer and BlueZ 5.66 or newer: "
        "bluetoothctl show lists ActiveInstances where it can.",
    )


def _no_slot(adapter: str) -> RadioError:
    return RadioError(
        RadioReason.BUSY,
        f"The Bluetooth adapter {adapter} takes no further broadcast.",
        remedy="End another one ('headcount badge' elsewhere, bluetoothctl advertise off), or use "
        "a second adapter.",
    )
