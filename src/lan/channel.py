"""An authenticated, encrypted channel over a TCP connection; both sides of its handshake."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from .secure import (
    MAC_SIZE,
    NONCE_SIZE,
    PUBLIC_SIZE,
    TAG_SIZE,
    Half,
    Random,
    Sealer,
    require_same,
)
from .wire import FRAME_LIMIT, MAGIC, SIZE, Reason, Refused

HANDSHAKE_SECONDS: Final = 5.0
"""A LAN answers in milliseconds; who takes longer holds a place."""
SEND_SECONDS: Final = 20.0
"""A listener that takes nothing for so long is gone, or stuck."""
BUFFER: Final = FRAME_LIMIT
"""Bytes that are read ahead of a connection: one message."""
_HELLO_SIZE: Final = NONCE_SIZE + PUBLIC_SIZE


@dataclass(frozen=True, slots=True)
class Fleet:
    """What all stations of an event share, and where randomness comes from."""

    key: bytes
    event_id: str
    random: Random


class Channel:
    """Messages, each whole, once and in order, or none at all."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        send_key: bytes,
        receive_key: bytes,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._sealer, self._opener = Sealer(send_key), Sealer(receive_key)

    async def send(self, message: bytes) -> None:
        """Send one message. Raises Refused, OSError."""
        sealed = self._sealer.seal(message)
        self._writer.write(SIZE.pack(len(sealed)) + sealed)
        async with _within(SEND_SECONDS):
            await self._writer.drain()

    async def receive(self, seconds: float) -> bytes:
        """The next message, within this time. Raises Refused, OSError."""
        async with _within(seconds):
            (size,) = SIZE.unpack(await self._next_size())
            if not TAG_SIZE < size <= FRAME_LIMIT + TAG_SIZE:
                raise Refused(Reason.TOO_LONG, f"a message of {size} bytes")
            return self._opener.open(await _exactly(self._reader, size))

    async def _next_size(self) -> bytes:
        """Raises ConnectionResetError where the other side has ended between two messages."""
        try:
            return await self._reader.readexactly(SIZE.size)
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise Refused(Reason.CUT_OFF) from None
            raise ConnectionResetError from None


async def as_listener(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fleet: Fleet
) -> Channel:
    """The side that connects. Raises Refused, OSError."""
    async with _within(HANDSHAKE_SECONDS):
        half = Half(fleet.random)
        writer.write(MAGIC + half.hello)
        theirs = await _exactly(reader, _HELLO_SIZE + MAC_SIZE)
        session = half.meet(fleet.key, fleet.event_id, half.hello, theirs[:_HELLO_SIZE])
        require_same(theirs[_HELLO_SIZE:], session.teller_proof)
        writer.write(session.listener_proof)
        await writer.drain()
    keys = {"send_key": session.listener_key, "receive_key": session.teller_key}
    return Channel(reader, writer, **keys)


async def as_teller(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fleet: Fleet
) -> Channel:
    """The side that is connected to. Raises Refused, OSError."""
    async with _within(HANDSHAKE_SECONDS):
        said = await _exactly(reader, len(MAGIC))
        if said != MAGIC:
            raise Refused(Reason.NONSENSE)
        theirs = await _exactly(reader, _HELLO_SIZE)
        half = Half(fleet.random)
        session = half.meet(fleet.key, fleet.event_id, theirs, half.hello)
        writer.write(half.hello + session.teller_proof)
        await writer.drain()
        require_same(await _exactly(reader, MAC_SIZE), session.listener_proof)
    keys = {"send_key": session.teller_key, "receive_key": session.listener_key}
    return Channel(reader, writer, **keys)


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection, whatever state it is in, without waiting for the other side."""
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Refused(Reason.TOO_SLOW) from None


async def _exactly(reader: asyncio.StreamReader, size: int) -> bytes:
    try:
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError:
        raise Refused(Reason.CUT_OFF) from None
