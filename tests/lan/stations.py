"""Stations of a fleet on loopback, in one process: real logs, copies and connections."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from headcount.clock import SystemClock
from headcount.core.lan_key import key_bytes
from headcount.core.model import Instant, Kind, Logged, Record
from headcount.lan.channel import Fleet
from headcount.lan.fleet import Found, LanFleet
from headcount.lan.hearer import Sink
from headcount.lan.teller import Identity
from headcount.store.attendance_log import AttendanceLog
from headcount.store.log_feed import LogFeed
from headcount.store.peer_copies import PeerCopies, copies_of

HOST = "127.0.0.1"
START = 1_790_000_000_000
KEY = key_bytes("0123456789ABCDEFGHJKMNPQRS")
OTHER_KEY = key_bytes("ZZZZZ6789ABCDEFGHJKMNPQRST")
PATIENCE = 20.0


async def until(true: Callable[[], object]) -> None:
    """Wait for what real sockets and threads bring about."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - files and sockets set no event
            await asyncio.sleep(0.005)


def badge(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def record(number: int, scanner: str, kind: Kind = Kind.SIGHTING) -> Record:
    instant = Instant(START + number * 1000, float(number), "boot")
    return Record(badge(number), scanner, instant, kind, rssi=-60)


class Station:
    """A log that is written, told, and copies of others' logs."""

    def __init__(self, folder: Path, name: str, key: bytes = KEY, event: str = "evening") -> None:
        self.name, self.path = name, folder / name / "attendance_log.jsonl"
        self.loop = asyncio.get_running_loop()
        self.feed = LogFeed(self.path)
        self.copies = PeerCopies(self.path)
        self.durable = 0
        self.lines: list[tuple[str, bytes]] = []
        sink = Sink(self.copies, on_change=lambda: None, on_lines=self._heard)
        self.clock = SystemClock()
        self.fleet = LanFleet(
            Fleet(key, event, secrets.token_bytes),
            Identity(name, secrets.token_hex(8)),
            feed=self.feed,
            sink=sink,
            clock=self.clock,
        )
        self.log = AttendanceLog.open(
            self.path,
            session=secrets.token_hex(8),
            on_durable=self._on_durable,
            on_trouble=lambda _error: None,
        )
        self.port = 0

    def _on_durable(self, logged: Sequence[Logged]) -> None:
        file = self.log.segment()
        self.feed.safe(file, file.stat().st_size)
        self.loop.call_soon_threadsafe(self._fresh, len(logged))

    def _fresh(self, number: int) -> None:
        self.durable += number
        self.fleet.teller.fresh()

    def _heard(self, scanner: str, lines: Sequence[bytes]) -> None:
        self.lines += [(scanner, line) for line in lines]

    async def write(self, first: int, count: int) -> None:
        """So many sightings, and wait until the disk has them."""
        wanted = self.durable + count
        for number in range(first, first + count):
            self.log.append(record(number, self.name))
        await until(lambda: self.durable >= wanted)

    @property
    def own(self) -> bytes:
        return self.path.read_bytes()

    @property
    def kept(self) -> dict[str, bytes]:
        """The copies by their file's readable part."""
        return {path.name.split(".")[0]: path.read_bytes() for path in copies_of(self.path)}

    def find(self, other: Station) -> None:
        """As if it had been announced."""
        self.fleet.found(Found(HOST, other.port, other.fleet.mark, "any"))


@contextlib.asynccontextmanager
async def listening(*stations: Station) -> AsyncIterator[None]:
    """They listen, and are ended at last."""
    servers = []
    try:
        for station in stations:
            server = await station.fleet.teller.start(HOST, 0)
            servers.append(server)
            station.port = server.sockets[0].getsockname()[1]
        yield
    finally:
        for server in servers:
            server.close()
        for station in stations:
            await station.fleet.stop()
            station.copies.close()
            await asyncio.to_thread(station.log.close)
