"""The side that connects to another station, and keeps what it tells."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ..core.identity import clean_text
from ..core.lan import Copies, Copy, CopyRefused, LanTally
from ..core.ports import Clock
from .channel import Channel, Fleet, as_listener, close
from .pace import Pace
from .teller import BEAT_SECONDS, LINES_A_SECOND
from .wire import LINE_LIMIT, Members, Reason, Refused, Type, kind_of, lines_of, pack

logger = logging.getLogger(__name__)

CONNECT_SECONDS: Final = 5.0
SILENT_SECONDS: Final = 3 * BEAT_SECONDS
"""Without a word for three beats a station counts as lost."""
TAKEN_A_SECOND: Final = 2 * LINES_A_SECOND
"""A teller that does not keep its own pace is not let go faster: TCP holds it back."""


@dataclass(slots=True)
class Heard:
    """What is known of one other station."""

    scanner_id: str = ""
    instance: str = ""
    connected: bool = False
    last_ms: int = 0
    ahead_ms: int = 0
    records: int = 0
    trouble: str = ""


class Sink:
    """Where a hearer puts what it hears; `lines` come after they are in the copy."""

    def __init__(
        self,
        copies: Copies,
        *,
        on_change: Callable[[], None],
        on_lines: Callable[[str, Sequence[bytes]], None],
    ) -> None:
        self.copies = copies
        self.changed = on_change
        self.lines = on_lines


class Hearer:
    """One connection at a time to one address."""

    def __init__(self, fleet: Fleet, sink: Sink, clock: Clock, tally: LanTally) -> None:
        self._fleet, self._sink = fleet, sink
        self._clock, self._tally = clock, tally
        self.heard = Heard()

    async def hear(self, address: str, port: int, welcome: Callable[[Heard], bool]) -> None:
        """Connect, and keep what is told until the connection ends.

        `welcome` says whether a station that has proved itself is wanted (it may be connected
        already, or be this one). Raises Refused, OSError.
        """
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(address, port, limit=LINE_LIMIT)
        try:
            channel = await as_listener(reader, writer, self._fleet)
            await self._meet(channel)
            if welcome(self.heard):
                await self._listen(channel)
        finally:
            self.heard.connected = False
            self._sink.changed()
            await close(writer)

    async def _meet(self, channel: Channel) -> None:
        message = await channel.receive(SILENT_SECONDS)
        if kind_of(message) is not Type.WELCOME:
            raise Refused(Reason.NONSENSE, "no welcome")
        members = Members(message)
        name = clean_text(members.text("scannerId"))
        if not name:
            raise Refused(Reason.NONSENSE, "no name")
        self.heard.scanner_id, self.heard.instance = name, members.text("instance")
        self._note_time(members)

    def _note_time(self, members: Members) -> None:
        now = self._clock.now().wall_ms
        self.heard.last_ms = now
        self.heard.ahead_ms = members.number("time") - now

    async def _listen(self, channel: Channel) -> None:
        self.heard.connected = True
        self._sink.changed()
        copy: Copy | None = None
        pace = Pace(TAKEN_A_SECOND, self._clock)
        while True:
            message = await channel.receive(SILENT_SECONDS)
            kind = kind_of(message)
            if kind is Type.BEAT:
                self._note_time(Members(message))
            elif kind is Type.LOG and copy is None:
                copy = await self._open(Members(message).text("log"))
                await self._say_have(channel, copy)
            elif kind is Type.UNKNOWN and copy is not None:
                await self._keep(copy.set_aside)
                await self._say_have(channel, copy)
            elif kind is Type.LINES and copy is not None:
                await self._take(copy, lines_of(message), pace)
            else:
                raise Refused(Reason.NONSENSE, f"{kind.name} out of turn")
            self._sink.changed()

    async def _open(self, log: str) -> Copy:
        try:
            return await asyncio.to_thread(self._sink.copies.open, self.heard.scanner_id, log)
        except CopyRefused as error:
            raise self._not_kept(error) from None

    async def _take(self, copy: Copy, lines: Sequence[bytes], pace: Pace) -> None:
        await pace.spend(len(lines))
        await self._keep(copy.add, lines)
        self._tally.heard += len(lines)
        self.heard.last_ms = self._clock.now().wall_ms
        self.heard.records = copy.records
        self._sink.lines(self.heard.scanner_id, lines)

    async def _say_have(self, channel: Channel, copy: Copy) -> None:
        self.heard.records, self.heard.trouble = copy.records, ""
        at = copy.position
        await channel.send(pack(Type.HAVE, {"seq": at.seq, "id": at.id}))

    async def _keep(self, work: Callable[..., None], *args: object) -> None:
        try:
            await asyncio.to_thread(work, *args)
        except CopyRefused as error:
            raise self._not_kept(error) from None

    def _not_kept(self, error: CopyRefused) -> Refused:
        self.heard.trouble = str(error)
        return Refused(Reason.NOT_KEPT, str(error))
