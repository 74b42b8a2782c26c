"""Sends many D-Bus messages without breaking the connection."""

from __future__ import annotations

import asyncio
import select
from collections import deque

from dbus_fast import Message
from dbus_fast.aio import MessageBus

_FULL_PAUSE = 0.001  # seconds; the bus empties a socket in less


class Outbox:
    """Messages in order, sent as fast as the bus takes them.

    dbus-fast gives a connection up when its socket is full, so nothing is sent before there is
    room. Run `post` as a task.
    """

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._waiting: deque[Message] = deque()
        self._posted = asyncio.Event()
        self._empty = asyncio.Event()

    def send(self, message: Message) -> None:
        if self._bus.connected:
            self._waiting.append(message)
            self._posted.set()
            self._empty.clear()

    async def flushed(self) -> None:
        """Wait until all has been sent."""
        if self._waiting:
            await self._empty.wait()

    async def post(self) -> None:
        poll = select.poll()
        poll.register(self._bus._fd or 0, select.POLLOUT)
        while True:
            await self._posted.wait()
            if not self._bus.connected:
                break
            if not poll.poll(0):
                await asyncio.sleep(_FULL_PAUSE)
                continue
            self._bus.send(self._waiting.popleft())
            if not self._waiting:
                self._posted.clear()
                self._empty.set()
        self._waiting.clear()
        self._empty.set()
