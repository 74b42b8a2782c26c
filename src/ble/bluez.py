"""What BlueZ says over D-Bus, beside bleak: is the adapter there, on, discovering? Linux only.

The D-Bus interface is BlueZ's: doc/org.bluez.Adapter.rst and org.bluez.Device.rst.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple, Self

from dbus_fast import Message, MessageType, Variant, unpack_variants
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusError

from ..core.ports import Clock
from . import dbus
from .dbus import TROUBLE
from .scan_adapter import AdapterState
from .scan_errors import radio_error, reason_of_dbus_error

_BLUEZ = "org.bluez"
_ROOT = "/org/bluez/"
_ADAPTER = "org.bluez.Adapter1"
_DEVICE = "org.bluez.Device1"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_OBJECTS = "org.freedesktop.DBus.ObjectManager"
_DBUS = "org.freedesktop.DBus"

_RECONNECT_FIRST = 0.5  # a restarted bus needs about this long to open its socket
_RECONNECT_MAX = 30.0
_POWER_TRIES = 5  # BlueZ answers Busy while it is still switching, which takes about a second
_POWER_PAUSE = 1.0

_RULES = (
    f"type='signal',sender='{_DBUS}',member='NameOwnerChanged',arg0='{_BLUEZ}'",
    # arg0 keeps the flood of Device1 changes away from this connection.
    (
        f"type='signal',sender='{_BLUEZ}',interface='{_PROPERTIES}',"
        f"member='PropertiesChanged',arg0='{_ADAPTER}'"
    ),
    f"type='signal',sender='{_BLUEZ}',interface='{_OBJECTS}',arg0path='{_ROOT}'",
)

_log = logging.getLogger(__name__)


class CachedDevice(NamedTuple):
    """A device that BlueZ knows from before."""

    address: str
    service_uuids: tuple[str, ...]
    service_data: tuple[str, ...]
    """The UUIDs of its service data."""


class BlueZWatch:
    """Follows one adapter: the named one, or the first that can scan.

    `on_state` is called on the event loop for every change. Use it as an async context manager; it
    connects by itself, again and again, and never raises for want of D-Bus: the state says so. A
    bus that it could never reach is no news: bleak may have other means.
    `timeout` is for one call, in seconds.
    """

    def __init__(
        self,
        adapter: str,
        *,
        on_state: Callable[[AdapterState], None],
        clock: Clock,
        timeout: float,
    ) -> None:
        self._named = adapter
        self._followed = adapter
        self._on_state = on_state
        self._clock = clock
        self._timeout = timeout
        self._bus: MessageBus | None = None
        self._owner = ""
        self._adapters: dict[str, dict[str, Any]] = {}  # Adapter1 properties by name: hci0
        self._told: AdapterState | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._switching_on: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._connect()
        except BaseException:  # cancelled half-way: __aexit__ will not be called
            self._disconnect()
            raise
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._switching_on is not None:
            await asyncio.wait({self._switching_on}, timeout=self._timeout)
        for task in (self._keeper, self._refreshing, self._switching_on):
            if task is not None:
                task.cancel()
                await asyncio.wait({task})
        bus = self._bus
        self._disconnect()
        if bus is not None:  # its socket is closed in a later turn of the event loop
            await asyncio.wait({asyncio.ensure_future(dbus.gone(bus))}, timeout=self._timeout)

    @property
    def following(self) -> str:
        """The adapter that the states are about; empty before there was one."""
        return self._followed

    def choose(self) -> str:
        """The adapter to scan with, such as hci0; empty: leave the choice (and the error) to bleak.

        bleak takes any powered adapter of several; this takes the first one by name.
        """
        if self._named:
            return self._named
        if best := self._best():
            self._followed = best
        return best

    async def cached_devices(self) -> list[CachedDevice]:
        """Devices of the followed adapter that BlueZ knows already; none if it does not say."""
        prefix = f"{_ROOT}{self._followed}/"
        try:
            objects = await self._objects()
        except TROUBLE as error:
            _log.debug("no cached devices: %r", error)
            return []
        return [
            CachedDevice(
                device["Address"],
                tuple(device.get("UUIDs", ())),
                tuple(device.get("ServiceData", ())),
            )
            for path, interfaces in objects.items()
            if path.startswith(prefix) and (device := interfaces.get(_DEVICE))
        ]

    async def reset(self) -> None:
        """Switch the followed adapter off and on. It is left on, also when this is cancelled.

        Raises RadioError when BlueZ refuses, OSError or EOFError when it is gone.
        """
        try:
            try:
                await self._power(on=False)
            finally:
                self._switching_on = asyncio.create_task(self._power_on())
                await asyncio.shield(self._switching_on)
        except DBusError as error:
            reason = reason_of_dbus_error(error.type)
            raise radio_error(reason, adapter=self._followed, detail=str(error)) from error

    async def _power_on(self) -> None:
        for _ in range(_POWER_TRIES - 1):
            with suppress(DBusError):
                await self._power(on=True)
                return
            await self._clock.sleep(_POWER_PAUSE)
        await self._power(on=True)

    async def _power(self, *, on: bool) -> None:
        body = [_ADAPTER, "Powered", Variant("b", on)]
        path = f"{_ROOT}{self._followed}"
        await self._call(_BLUEZ, path, _PROPERTIES, "Set", "ssv", body)

    # The connection

    async def _keep(self) -> None:
        """Reconnect whenever the bus goes away."""
        wait = _RECONNECT_FIRST
        while True:
            if self._bus is not None:
                wait = _RECONNECT_FIRST
                await dbus.gone(self._bus)
                self._disconnect()
                self._publish()
            await self._clock.sleep(wait)
            wait = min(wait * 2, _RECONNECT_MAX)
            await self._connect()

    async def _connect(self) -> None:
        """Connect and learn the present state; on any trouble, stay disconnected."""
        try:
            self._bus = bus = await dbus.connect(self._timeout)
            bus.add_message_handler(self._on_message)
            for rule in _RULES:
                await dbus.listen(bus, self._timeout, rule)
            await self._learn()
        except TROUBLE as error:
            _log.debug("no D-Bus: %r", error)
            self._disconnect()
        else:
            self._publish()

    def _disconnect(self) -> None:
        bus, self._bus = self._bus, None
        self._owner = ""
        self._adapters.clear()
        if bus is not None and bus.connected:
            bus.disconnect()

    async def _learn(self) -> None:
        """Ask who owns org.bluez, without starting it, and what adapters there are."""
        self._owner = await dbus.owner_of(self._bus, self._timeout, _BLUEZ)
        if not self._owner:
            return
        for path, interfaces in (await self._objects()).items():
            if _ADAPTER in interfaces:
                self._adapters[path.removeprefix(_ROOT)] = interfaces[_ADAPTER]

    async def _objects(self) -> dbus.Objects:
        return await dbus.objects_of(self._bus, self._timeout, _BLUEZ)

    async def _call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: list[Any] | None = None,
    ) -> list[Any]:
        return await dbus.call(
            self._bus, self._timeout, destination, path, interface, member, signature, body
        )

    # Signals

    def _on_message(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.member == "NameOwnerChanged" and message.body[0] == _BLUEZ:
            self._owner_changed(message.body[2])
        elif message.member == "InterfacesAdded" and _ADAPTER in message.body[1]:
            self._adapters[_name(message.body[0])] = unpack_variants(message.body[1][_ADAPTER])
            self._publish()
        elif message.member == "InterfacesRemoved" and _ADAPTER in message.body[1]:
            self._adapters.pop(_name(message.body[0]), None)
            self._publish()
        elif message.member == "PropertiesChanged" and message.body[0] == _ADAPTER:
            adapter = self._adapters.setdefault(_name(message.path or ""), {})
            adapter.update(unpack_variants(message.body[1]))
            self._publish()

    def _owner_changed(self, owner: str) -> None:
        """A new owner knows nothing of our scan, so the old one is seen to go first."""
        self._owner = ""
        self._adapters.clear()
        self._publish()
        if self._refreshing is not None:
            self._refreshing.cancel()
        if owner:
            self._refreshing = asyncio.create_task(self._refresh())

    async def _refresh(self) -> None:
        try:
            await self._learn()
        except TROUBLE as error:  # the signals will tell, or the next owner
            _log.debug("the new BlueZ does not say what it has: %r", error)
        self._publish()

    def _publish(self) -> None:
        """Tell a new state. In place of an adapter that is gone, follow the next one."""
        self._tell()
        if not self._named and self._followed not in self._adapters and (best := self._best()):
            self._followed = best
            self._tell()

    def _tell(self) -> None:
        state = self._state()
        if state != self._told:
            self._told = state
            self._on_state(state)

    def _state(self) -> AdapterState:
        found = self._adapters.get(self._followed)
        return AdapterState(
            bus=self._bus is not None,
            daemon=bool(self._owner),
            present=found is not None,
            powered=bool(found and found.get("Powered")),
            discovering=bool(found and found.get("Discovering")),
            name=self._followed,
        )

    def _best(self) -> str:
        """The first powered adapter that can scan, hci2 before hci10."""
        able = [
            name
            for name, found in self._adapters.items()
            if found.get("Powered") and "central" in found.get("Roles", ("central",))
        ]
        return min(able, key=lambda name: (len(name), name), default="")


def _name(path: str) -> str:
    return path.removeprefix(_ROOT)
