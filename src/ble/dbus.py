"""Calls over the system's D-Bus. Linux only.

The bus's address can be set with DBUS_SYSTEM_BUS_ADDRESS, as for every D-Bus program.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import Any, cast

from dbus_fast import BusType, Message, MessageType, unpack_variants
from dbus_fast.aio import MessageBus
from dbus_fast.auth import AuthExternal
from dbus_fast.errors import DBusError, DBusFastError

TROUBLE = (OSError, EOFError, DBusFastError)
"""What a call over D-Bus can raise; time-outs and lost connections are OSErrors."""

Objects = dict[str, dict[str, dict[str, Any]]]
"""Of each object's path: its interfaces, and of each its properties."""

_DBUS, _DBUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"


async def connect(seconds: float) -> MessageBus:
    """A connection of its own to the system's bus, within `seconds`. Raises TROUBLE."""
    async with asyncio.timeout(seconds):
        return await MessageBus(bus_type=BusType.SYSTEM, auth=AuthExternal(_uid())).connect()


async def call(
    bus: MessageBus | None,
    seconds: float,
    destination: str,
    path: str,
    interface: str,
    member: str,
    signature: str = "",
    body: list[Any] | None = None,
) -> list[Any]:
    """Call a method and return what it answers, within `seconds`.

    Raises TROUBLE; a DBusError carries the error's name as `type`.
    """
    if bus is None:
        raise ConnectionError("not connected to D-Bus")
    message = Message(
        destination=destination,
        path=path,
        interface=interface,
        member=member,
        signature=signature,
        body=body or [],
    )
    async with asyncio.timeout(seconds):
        # dbus-fast answers None when the connection ends meanwhile.
        reply = cast("Message | None", await bus.call(message))
    if reply is None:
        raise ConnectionError("D-Bus went away")
    if reply.message_type is MessageType.ERROR:
        raise DBusError(reply.error_name or "", str(reply.body[0] if reply.body else ""), reply)
    return reply.body


async def objects_of(bus: MessageBus | None, seconds: float, destination: str) -> Objects:
    """All objects of a program on the bus, within `seconds`. Raises TROUBLE."""
    manager = "org.freedesktop.DBus.ObjectManager"
    (objects,) = await call(bus, seconds, destination, "/", manager, "GetManagedObjects")
    return cast("Objects", unpack_variants(objects))


async def owner_of(bus: MessageBus | None, seconds: float, name: str) -> str:
    """Who owns a name on the bus, without starting it; empty for nobody. Raises TROUBLE."""
    try:
        (owner,) = await call(bus, seconds, _DBUS, _DBUS_PATH, _DBUS, "GetNameOwner", "s", [name])
    except DBusError:
        return ""
    return str(owner)


async def listen(bus: MessageBus | None, seconds: float, rule: str) -> None:
    """Have the bus hand on the signals that match `rule`, within `seconds`. Raises TROUBLE."""
    await call(bus, seconds, _DBUS, _DBUS_PATH, _DBUS, "AddMatch", "s", [rule])


async def gone(bus: MessageBus) -> None:
    """Wait until a connection has ended."""
    with suppress(Exception):  # whatever ended it, it has ended
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


def _uid() -> int | None:
    """bleak's variable for containers, so that both connections authenticate alike."""
    try:
        return int(os.environ.get("BLEAK_DBUS_AUTH_UID", ""))
    except ValueError:
        return None
