"""The side that tells the own log to whoever proves to be of the fleet."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import Final

from ..core.lan import Cursor, Feed, LanTally, Position
from ..core.ports import Clock
from .channel import Channel, Fleet, as_teller, close
from .pace import Pace, Tries
from .wire import (
    LINE_LIMIT,
    Members,
    Reason,
    Refused,
    Type,
    kind_of,
    pack,
    pack_lines,
)

logger = logging.getLogger(__name__)

MOST_LISTENERS: Final = 32
"""Connections at once: a fleet has a few doors."""
MOST_STRANGERS: Final = 8
"""Of them, such as have not proved anything yet."""
LINES_A_SECOND: Final = 500
"""To each listener: a thousand earlier check-ins in two seconds, and a Pi's other work goes on."""
LINES_AT_ONCE: Final = 200
BEAT_SECONDS: Final = 5.0
"""Silence after which a teller says that it is there."""
REPLY_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Identity:
    """Who tells."""

    scanner_id: str
    instance: str
    """Random for each start: tells this run from any other, and a station from itself."""


class Teller:
    """Serves connections: handshake, then lines as they come, and a beat in between."""

    def __init__(
        self, fleet: Fleet, me: Identity, feed: Feed, clock: Clock, tally: LanTally
    ) -> None:
        self._fleet, self._me, self._feed = fleet, me, feed
        self._clock, self._tally = clock, tally
        self._tries = Tries(clock)
        self._tasks: set[asyncio.Task[None]] = set()
        self._unproved = 0
        self._new = asyncio.Event()

    def fresh(self) -> None:
        """The log has new durable lines; on the event loop's thread."""
        self._new.set()
        self._new = asyncio.Event()

    async def start(self, address: str, port: int) -> asyncio.Server:
        """Listen. Raises OSError."""
        return await asyncio.start_server(self._connected, address, port, limit=LINE_LIMIT)

    async def stop(self) -> None:
        """End every connection."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Not a coroutine: this object keeps its tasks, and ends them."""
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = str((writer.get_extra_info("peername") or ("?",))[0])
        try:
            if self._is_too_much(address):
                self._tally.refused += 1
                return
            await self._tell(await self._prove(reader, writer))
        except Refused as error:
            self._tally.refused += 1
            self._tries.wrong(address)
            logger.info("a listener on the LAN was refused: %s", error)
        except OSError:
            pass  # gone; it comes again
        except Exception:  # a defect here must not end the scan
            logger.exception("telling another station failed")
        finally:
            await close(writer)

    def _is_too_much(self, address: str) -> bool:
        full = len(self._tasks) > MOST_LISTENERS or self._unproved >= MOST_STRANGERS
        return full or self._tries.too_many(address)

    async def _prove(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Channel:
        self._unproved += 1
        try:
            return await as_teller(reader, writer, self._fleet)
        finally:
            self._unproved -= 1

    async def _tell(self, channel: Channel) -> None:
        who = {"scannerId": self._me.scanner_id, "instance": self._me.instance}
        await channel.send(pack(Type.WELCOME, {**who, "time": self._clock.now().wall_ms}))
        cursor = await self._agree(channel, await self._named(channel))
        pace = Pace(LINES_A_SECOND, self._clock)
        while True:
            new = self._new  # taken before reading: what comes meanwhile sets it
            lines = await asyncio.to_thread(cursor.read, LINES_AT_ONCE, LINE_LIMIT)
            if lines:
                await channel.send(pack_lines(lines))
                self._tally.told += len(lines)
                await pace.spend(len(lines))
            else:
                await self._idle(channel, new)

    async def _named(self, channel: Channel) -> str:
        """The log's name, once it has a first line."""
        while True:
            new = self._new
            if name := await asyncio.to_thread(self._feed.name):
                return name
            await self._idle(channel, new)

    async def _idle(self, channel: Channel, new: asyncio.Event) -> None:
        """Say that this station is there, and wait for news, until the next beat at most."""
        await channel.send(pack(Type.BEAT, {"time": self._clock.now().wall_ms}))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT_SECONDS):
                await new.wait()

    async def _agree(self, channel: Channel, name: str) -> Cursor:
        """From which line on to tell: after the listener's last one, or from the first."""
        await channel.send(pack(Type.LOG, {"log": name}))
        cursor = await self._wanted(channel)
        if cursor is None:
            await channel.send(pack(Type.UNKNOWN, {}))
            cursor = await self._wanted(channel)
        if cursor is None:
            raise Refused(Reason.NONSENSE, "a position that this log has not")
        return cursor

    async def _wanted(self, channel: Channel) -> Cursor | None:
        message = await channel.receive(REPLY_SECONDS)
        if kind_of(message) is not Type.HAVE:
            raise Refused(Reason.NONSENSE, "something else than a position")
        members = Members(message)
        after = Position(members.number("seq"), members.text("id"))
        return await asyncio.to_thread(self._feed.cursor, after)
