"""A private D-Bus daemon and a fake `org.bluez`, so that unmodified bleak runs without hardware.

Both are plain context managers with blocking methods, for sync and async tests alike, and for
subprocesses (give them `DBUS_SYSTEM_BUS_ADDRESS`). The fake runs in a thread of its own:

    with PrivateBus() as bus, FakeBlueZ(bus.address) as bluez:
        bluez.broadcast(phones(200), interval=0.5)
        bluez.wait_scanning()
        bluez.power(on=False)

What it copies from BlueZ: one discovery session for each client, UUIDs that accumulate for each
address, RSSI told only on a change of 8 dB unless a filter asks for more, RSSI taken back when the
discovery ends, and devices forgotten 30 s after their last advertisement.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from .fake_adverts import MANAGER, Adverts
from .fake_devices import Adapter, Advert, Device, phone_address, phone_uuid, phones
from .fake_outbox import Outbox
from .private_bus import PrivateBus, need_dbus

__all__ = [
    "HANG",
    "Advert",
    "FakeBlueZ",
    "PrivateBus",
    "need_dbus",
    "phone_address",
    "phone_uuid",
    "phones",
]

T = TypeVar("T")

ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECTS = "org.freedesktop.DBus.ObjectManager"
HANG = "hang"
"""As a fault: the call is never answered."""


class BlueZError(Exception):
    """Answered to the client as a D-Bus error."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class FakeBlueZ:
    """The fake daemon. Every method may be called from any thread and returns when it is done."""

    def __init__(
        self, address: str, *, adapters: Sequence[str] = ("hci0",), forget_after: float = 30.0
    ) -> None:
        self._address = address
        self._forget_after = forget_after
        self._adapters = {f"/org/bluez/{name}": Adapter(f"/org/bluez/{name}") for name in adapters}
        self._faults: dict[str, tuple[str, str]] = {}
        self._bus: MessageBus | None = None
        self._broadcasts: set[asyncio.Task[None]] = set()
        self._tasks: list[asyncio.Task[None]] = []  # of a daemon's life
        self._outbox: Outbox | None = None
        self.adverts = Adverts(self._frame)
        """What clients broadcast through LEAdvertisingManager1."""
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bluez", daemon=True)
        self.calls: list[str] = []
        """Adapter1 methods that clients called, in order."""
        self.delivered = 0
        """Frames that were signalled to clients."""

    def __enter__(self) -> Self:
        self._thread.start()
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.silence()
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # The daemon's life

    def start(self) -> None:
        """Start the daemon (again). It knows its adapters, but no devices and no clients."""
        self._do(self._start())

    def stop(self) -> None:
        """Kill the daemon: its name leaves the bus, and nothing else is said."""
        self._do(self._stop())

    def restart(self) -> None:
        """Like `systemctl restart bluetooth`, only quicker."""
        self.stop()
        self.start()

    # Adapters

    def power(self, *, on: bool, adapter: str = "hci0") -> None:
        """Switch an adapter. Off ends every discovery; on does not bring it back."""
        self._do(self._call(lambda: self._power(self._path(adapter), on=on)))

    def add_adapter(
        self,
        adapter: str = "hci0",
        *,
        powered: bool = True,
        roles: tuple[str, ...] = ("central", "peripheral"),
        broadcasts: bool = True,
    ) -> None:
        """Plug a dongle in."""
        added = Adapter(self._path(adapter), powered, roles, broadcasts=broadcasts)
        self._do(self._call(lambda: self._add_adapter(added)))

    def remove_adapter(self, adapter: str = "hci0") -> None:
        """Pull the dongle out."""
        self._do(self._call(lambda: self._remove_adapter(self._path(adapter))))

    def drop_discovery(self, adapter: str = "hci0") -> None:
        """End every client's discovery, as after a controller's crash. The adapter stays on."""
        known = self._adapters[self._path(adapter)]
        self._do(self._call(lambda: self._end_discovery(known)))

    def deafen(self, *, until: str = "restart", adapter: str = "hci0") -> None:
        """Hear nothing although all looks well, until the scan's "restart" or a "power" cycle."""
        self._adapters[self._path(adapter)].deaf_until = until

    # Frames

    def advertise(self, *adverts: Advert, adapter: str = "hci0") -> None:
        """Put each frame into the air once. Whoever does not scan misses it."""
        self._do(self._call(lambda: self._advertise(self._path(adapter), adverts)))

    def broadcast(
        self, adverts: Sequence[Advert], *, interval: float = 0.1, adapter: str = "hci0"
    ) -> None:
        """Repeat the frames, each once in `interval` seconds, until `silence`."""
        self._do(self._broadcast(self._path(adapter), adverts, interval))

    def silence(self) -> None:
        """End every broadcast."""
        self._do(self._silence())

    def cache(self, advert: Advert, adapter: str = "hci0", *, announce: bool = False) -> None:
        """Let the daemon know a device from before, without a frame from it.

        `announce`: as after a restart, when BlueZ loads the paired devices and says so.
        """
        self._do(self._call(lambda: self._cache(self._path(adapter), advert, announce=announce)))

    def forget(self, address: str, adapter: str = "hci0") -> None:
        """Drop a device now, as after `forget_after` seconds without a frame."""
        known = self._adapters[self._path(adapter)].devices
        self._do(self._call(lambda: self._removed(known.pop(address).path, DEVICE)))

    # Faults and waiting

    def fail(self, member: str, error: str, text: str = "injected") -> None:
        """Answer this method with a D-Bus error; with the error HANG, do not answer at all."""
        self._faults[member] = (error, text)

    def heal(self, member: str) -> None:
        """Take a fault back."""
        self._faults.pop(member, None)

    def scanning(self, adapter: str = "hci0") -> bool:
        """Whether any client scans."""
        known = self._adapters.get(self._path(adapter))
        return known is not None and bool(known.sessions)

    def powered(self, adapter: str = "hci0") -> bool:
        """Whether the adapter is on."""
        return self._adapters[self._path(adapter)].powered

    def filter_of_scan(self, adapter: str = "hci0") -> dict[str, Any]:
        """The discovery filter of the one client that scans."""
        (chosen,) = self._adapters[self._path(adapter)].sessions.values()
        return chosen

    def wait_scanning(self, *, timeout: float = 10.0, adapter: str = "hci0") -> None:
        """Block until a client scans. Only for tests whose client is another process."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.scanning(adapter), timeout), "no scan began"

    @staticmethod
    def _path(adapter: str) -> str:
        return f"/org/bluez/{adapter}"

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _call(self, work: Callable[[], None]) -> None:
        work()
        if self._outbox is not None:
            await self._outbox.flushed()

    # From here on: in the fake's own thread

    async def _start(self) -> None:
        bus = MessageBus(bus_address=self._address, bus_type=BusType.SYSTEM)
        await bus.connect()
        bus.add_message_handler(self._handle)
        await bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="AddMatch",
                signature="s",
                body=["type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"],
            )
        )
        self._bus = bus
        self._outbox = Outbox(bus)
        await bus.request_name("org.bluez")
        self._tasks = [
            self._loop.create_task(self._forget()),
            self._loop.create_task(self._outbox.post()),
        ]

    async def _stop(self) -> None:
        bus, self._bus = self._bus, None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._outbox = None
        self.adverts.clear()
        for adapter in self._adapters.values():
            adapter.sessions.clear()
            adapter.filters.clear()
            adapter.devices.clear()
            adapter.discovering = False
            adapter.deaf_until = ""
        if bus is not None and bus.connected:
            bus.disconnect()
            with suppress(Exception):
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    def _power(self, path: str, *, on: bool) -> None:
        adapter = self._adapters[path]
        if not on:
            self._end_discovery(adapter)
        elif adapter.deaf_until == "power":
            adapter.deaf_until = ""
        adapter.powered = on
        self._properties_changed(path, ADAPTER, {"Powered": Variant("b", on)})

    def _add_adapter(self, adapter: Adapter) -> None:
        self._adapters[adapter.path] = adapter
        for name, properties in adapter.interfaces().items():
            self._added(adapter.path, name, properties)

    def _remove_adapter(self, path: str) -> None:
        adapter = self._adapters.pop(path)
        for device in adapter.devices.values():
            self._removed(device.path, DEVICE)
        self._removed(path, ADAPTER)

    def _end_discovery(self, adapter: Adapter) -> None:
        adapter.sessions.clear()
        if not adapter.discovering:
            return
        adapter.discovering = False
        self._properties_changed(adapter.path, ADAPTER, {"Discovering": Variant("b", False)})
        for device in adapter.devices.values():
            device.rssi = None
            self._properties_changed(device.path, DEVICE, {}, ["RSSI"])

    def _advertise(self, path: str, adverts: Sequence[Advert]) -> None:
        for advert in adverts:
            self._frame(path, advert)

    async def _broadcast(self, path: str, adverts: Sequence[Advert], interval: float) -> None:
        task = self._loop.create_task(self._repeat(path, list(adverts), interval))
        self._broadcasts.add(task)

    async def _repeat(self, path: str, adverts: list[Advert], interval: float) -> None:
        batch = max(1, round(len(adverts) * 0.005 / interval))  # a timer every 5 ms, not oftener
        while True:
            for start in range(0, len(adverts), batch):
                part = adverts[start : start + batch]
                for advert in part:
                    self._frame(path, advert)
                await asyncio.sleep(interval * len(part) / len(adverts))

    async def _silence(self) -> None:
        for task in self._broadcasts:
            task.cancel()
        await asyncio.gather(*self._broadcasts, return_exceptions=True)
        self._broadcasts.clear()

    def _cache(self, path: str, advert: Advert, *, announce: bool) -> None:
        adapter = self._adapters[path]
        device = self._new_device(adapter, advert)
        device.rssi = None
        if announce:
            self._added(device.path, DEVICE, device.properties())

    async def _forget(self) -> None:
        while True:
            await asyncio.sleep(min(self._forget_after / 4, 1.0))
            for adapter in self._adapters.values():
                self._forget_old(adapter)

    def _forget_old(self, adapter: Adapter) -> None:
        limit = self._loop.time() - self._forget_after
        for address in [key for key, device in adapter.devices.items() if device.heard < limit]:
            self._removed(adapter.devices.pop(address).path, DEVICE)

    def _frame(self, path: str, advert: Advert) -> None:
        adapter = self._adapters.get(path)
        if self._bus is None or adapter is None or not adapter.accepts(advert.rssi):
            return
        device = adapter.devices.get(advert.address)
        if device is None:
            device = self._new_device(adapter, advert)
            self._added(device.path, DEVICE, device.properties())
            self.delivered += 1
            return
        device.heard = self._loop.time()
        changed = device.merge(advert, every_rssi=adapter.every_rssi)
        if changed:
            self._properties_changed(device.path, DEVICE, changed)
            self.delivered += 1

    def _new_device(self, adapter: Adapter, advert: Advert) -> Device:
        path = f"{adapter.path}/dev_{advert.address.replace(':', '_')}"
        device = Device(path, adapter.path, advert.address, self._loop.time())
        device.merge(advert, every_rssi=True)
        adapter.devices[advert.address] = device
        return device

    # Messages

    def _send(self, message: Message) -> None:
        if self._outbox is not None:
            self._outbox.send(message)

    def _signal(self, path: str, interface: str, member: str, signature: str, body: Any) -> None:
        self._send(Message.new_signal(path, interface, member, signature, body))
        with self._changed:
            self._changed.notify_all()

    def _properties_changed(
        self,
        path: str,
        interface: str,
        changed: dict[str, Variant],
        invalidated: Sequence[str] = (),
    ) -> None:
        body = [interface, changed, list(invalidated)]
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", body)

    def _added(self, path: str, interface: str, properties: dict[str, Variant]) -> None:
        body = [path, {interface: properties}]
        self._signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", body)

    def _removed(self, path: str, interface: str) -> None:
        self._signal("/", OBJECTS, "InterfacesRemoved", "oas", [path, [interface]])

    # Calls

    def _handle(self, message: Message) -> bool:
        """Answer through the outbox, so that a reply never overtakes a signal."""
        if message.message_type is MessageType.SIGNAL:
            self._client_changed(message)
            return False
        if message.message_type is not MessageType.METHOD_CALL:
            return False
        member = message.member or ""
        if message.interface == ADAPTER:
            self.calls.append(member)
        if self._faults.get(member, ("", ""))[0] == HANG:
            return True
        adapter = self._adapters.get(message.path or "")
        if message.interface == MANAGER and adapter is not None and self._bus is not None:
            reply = self._error(message)
            work = self.adverts.answer(self._bus, message, adapter.path)
            self._loop.create_task(self._answer_later(reply, work))
            return True
        try:
            reply = self._error(message) or self._answer(message, member)
        except BlueZError as error:
            reply = Message.new_error(message, error.name, str(error))
        if reply is None:
            return False
        self._send(reply)
        return True

    async def _answer_later(
        self, reply: Message | None, work: Coroutine[Any, Any, Message]
    ) -> None:
        """For a method that asks the client something before it answers."""
        if reply is not None:
            work.close()
        self._send(reply or await work)

    def _error(self, message: Message) -> Message | None:
        fault = self._faults.get(message.member or "")
        return Message.new_error(message, *fault) if fault else None

    def _client_changed(self, message: Message) -> None:
        """A client that leaves the bus takes its discovery with it."""
        if message.member == "NameOwnerChanged" and not message.body[2]:
            self.adverts.client_gone(message.body[0])
            for adapter in self._adapters.values():
                adapter.filters.pop(message.body[0], None)
                if adapter.sessions.pop(message.body[0], None) is not None:
                    self._settle(adapter)

    def _answer(self, message: Message, member: str) -> Message | None:
        if message.interface == OBJECTS and member == "GetManagedObjects":
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [self._objects()])
        adapter = self._adapters.get(message.path or "")
        if adapter is None:
            raise BlueZError("org.freedesktop.DBus.Error.UnknownObject", "no such object")
        if message.interface == PROPERTIES:
            return self._property(adapter, message, member)
        methods: dict[str, Callable[[Adapter, Message], None]] = {
            "SetDiscoveryFilter": self._set_filter,
            "StartDiscovery": self._start_discovery,
            "StopDiscovery": self._stop_discovery,
        }
        if message.interface != ADAPTER or member not in methods:
            return None
        methods[member](adapter, message)
        return Message.new_method_return(message)

    def _objects(self) -> dict[str, dict[str, dict[str, Variant]]]:
        objects = {path: item.interfaces() for path, item in self._adapters.items()}
        for adapter in self._adapters.values():
            for device in adapter.devices.values():
                objects[device.path] = {DEVICE: device.properties()}
        return objects

    def _property(self, adapter: Adapter, message: Message, member: str) -> Message | None:
        if member == "Set" and message.body[1] == "Powered":
            self._power(adapter.path, on=message.body[2].value)
            return Message.new_method_return(message)
        if member == "GetAll":
            return Message.new_method_return(message, "a{sv}", [adapter.properties()])
        if member == "Get":
            return Message.new_method_return(message, "v", [adapter.properties()[message.body[1]]])
        return None

    def _set_filter(self, adapter: Adapter, message: Message) -> None:
        chosen = {name: variant.value for name, variant in message.body[0].items()}
        adapter.filters[message.sender or ""] = chosen

    def _start_discovery(self, adapter: Adapter, message: Message) -> None:
        sender = message.sender or ""
        if not adapter.powered:
            raise BlueZError("org.bluez.Error.NotReady", "Resource Not Ready")
        if sender in adapter.sessions:
            raise BlueZError("org.bluez.Error.InProgress", "Operation already in progress")
        adapter.sessions[sender] = adapter.filters.get(sender, {})
        if adapter.deaf_until == "restart":
            adapter.deaf_until = ""
        self._settle(adapter)

    def _stop_discovery(self, adapter: Adapter, message: Message) -> None:
        if not adapter.powered:
            raise BlueZError("org.bluez.Error.NotReady", "Resource Not Ready")
        if adapter.sessions.pop(message.sender or "", None) is None:
            raise BlueZError("org.bluez.Error.Failed", "No discovery started")
        self._settle(adapter)

    def _settle(self, adapter: Adapter) -> None:
        """Make Discovering follow the sessions."""
        if not adapter.sessions:
            self._end_discovery(adapter)
        elif not adapter.discovering:
            adapter.discovering = True
            self._properties_changed(adapter.path, ADAPTER, {"Discovering": Variant("b", True)})
        with self._changed:
            self._changed.notify_all()
