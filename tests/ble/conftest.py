"""A private D-Bus with a fake BlueZ for tests of the real radio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest
from bleak.backends.bluezdbus import manager

from .fake_bluez import FakeBlueZ, PrivateBus, need_dbus

__all__ = ["need_dbus"]


@pytest.fixture
def private_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateBus]:
    """A D-Bus daemon that this process and its children take for the system's."""
    need_dbus()
    with PrivateBus() as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        yield bus


@pytest.fixture
def bluez(private_bus: PrivateBus) -> Iterator[FakeBlueZ]:
    """A fake BlueZ with the adapter hci0, powered."""
    with FakeBlueZ(private_bus.address) as fake:
        yield fake


@pytest.fixture
async def bleak_connection() -> AsyncIterator[None]:
    """Close the connection that bleak keeps for an event loop, which else leaks at its end."""
    yield
    known = manager._global_instances.pop(asyncio.get_running_loop(), None)
    bus = known._bus if known is not None else None
    if bus is not None:
        bus.disconnect()
        with suppress(Exception):  # whatever ended it, it has ended
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
