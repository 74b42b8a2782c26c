"""LEAdvertisingManager1 of the fake BlueZ: clients broadcast, and its own scans hear them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message, MessageType, unpack_variants
from dbus_fast.aio import MessageBus

from .fake_devices import Advert

MANAGER = "org.bluez.LEAdvertisingManager1"
ADVERTISEMENT = "org.bluez.LEAdvertisement1"
PROPERTIES = "org.freedesktop.DBus.Properties"

OWN_ADDRESS = "00:1A:7D:DA:71:13"

Registered = dict[str, Any]


@dataclass
class Adverts:
    """Who broadcasts what. `frame` puts one advertisement into the air."""

    frame: Callable[[str, Advert], None]
    on_air: dict[tuple[str, str], Registered] = field(default_factory=dict)
    """Properties of each advertisement by (unique bus name, object path)."""
    seen: list[Registered] = field(default_factory=list)
    """All that were ever registered."""
    asked: list[tuple[str, Registered]] = field(default_factory=list)
    """Every Register and Unregister that was granted, in order, with what it was about."""
    slots: int = 4
    """How many the controller can broadcast at once."""
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def clear(self) -> None:
        """The daemon forgets all."""
        self.on_air.clear()
        self._tell()

    def client_gone(self, sender: str) -> None:
        for key in [key for key in self.on_air if key[0] == sender]:
            del self.on_air[key]
        self._tell()

    def wait(self, condition: Callable[[Adverts], bool], seconds: float = 10.0) -> None:
        """Block until something is so. Not on the client's own event loop."""
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), seconds), self.on_air

    async def answer(self, bus: MessageBus, message: Message, adapter: str) -> Message:
        """The answer to RegisterAdvertisement or UnregisterAdvertisement."""
        key = (message.sender or "", message.body[0])
        if message.member == "UnregisterAdvertisement":
            if key not in self.on_air:
                return Message.new_error(message, "org.bluez.Error.DoesNotExist", "Does Not Exist")
            self.asked.append(("Unregister", self.on_air.pop(key)))
            self._tell()
            return Message.new_method_return(message)
        if len(self.on_air) >= self.slots:
            text = "Maximum advertisements reached"
            return Message.new_error(message, "org.bluez.Error.NotPermitted", text)
        return await self._register(bus, message, adapter)

    async def _register(self, bus: MessageBus, message: Message, adapter: str) -> Message:
        """Ask the client for its object's properties, as BlueZ does, then answer."""
        asked = await bus.call(
            Message(
                destination=message.sender,
                path=message.body[0],
                interface=PROPERTIES,
                member="GetAll",
                signature="s",
                body=[ADVERTISEMENT],
            )
        )
        if asked.message_type is MessageType.ERROR:
            return Message.new_error(message, "org.bluez.Error.Failed", "Failed to parse")
        shown: Registered = unpack_variants(asked.body[0])
        self.on_air[message.sender or "", message.body[0]] = shown
        self.seen.append(shown)
        self.asked.append(("Register", shown))
        self.frame(
            adapter,
            Advert(
                OWN_ADDRESS,
                uuids=shown.get("ServiceUUIDs", ()),
                manufacturer=shown.get("ManufacturerData", {}),
            ),
        )
        self._tell()
        return Message.new_method_return(message)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()
