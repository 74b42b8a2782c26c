"""What a station does with one that has the key, and tells it bad things; and how it is found."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import ifaddr
import pytest
from tests.lan.stations import (
    HOST,
    KEY,
    START,
    Station,
    badge,
    listening,
    record,
    until,
)

from headcount.clock import ManualClock
from headcount.core.lan import CopyRefused, Position
from headcount.lan.channel import Channel, Fleet, as_teller
from headcount.lan.discovery import announced, is_near
from headcount.lan.fleet import Found
from headcount.lan.pace import FORGET_SECONDS, WRONG_TRIES, Pace, Tries
from headcount.lan.secure import fleet_mark
from headcount.lan.wire import Members, Type, kind_of, pack, pack_lines
from headcount.store import peer_copies
from headcount.store.logline import encode
from headcount.store.peer_copies import PeerCopies, copies_of

HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202eNorth"
Tell = Callable[[Channel], Awaitable[None]]


def line(seq: int, scanner: str = "North") -> bytes:
    return encode(record(seq, scanner), seq, "5b1e0c7f2a90d4e3", "0" * 32)[:-1]


def forged(text: bytes) -> bytes:
    """Anything, with a right checksum."""
    return b'%s,"crc":"%08x"}' % (text, zlib.crc32(text))


@contextlib.asynccontextmanager
async def bad_teller(tell: Tell, name: str = "North") -> AsyncIterator[int]:
    """A station with the right key that greets, names its log, and then does as `tell` does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(Exception):
            channel = await as_teller(reader, writer, Fleet(KEY, "evening", bytes))
            who = {"scannerId": name, "instance": "bad", "time": START}
            await channel.send(pack(Type.WELCOME, who))
            await channel.send(pack(Type.LOG, {"log": "bad-1"}))
            assert kind_of(await channel.receive(5)) is Type.HAVE
            await tell(channel)
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def no_lines(channel: Channel) -> None:
    await channel.send(pack_lines([b'{"bleUuid":"x"}']))


async def a_line_again(channel: Channel) -> None:
    await channel.send(pack_lines([line(1), line(2), line(2)]))


async def backwards(channel: Channel) -> None:
    await channel.send(pack_lines([line(5), line(4)]))


async def no_object(channel: Channel) -> None:
    await channel.send(pack_lines([forged(b'{"bleUuid":[' + b"[" * 40_000)]))


async def no_members(channel: Channel) -> None:
    await channel.send(pack_lines([forged(b'{"bleUuid":1,"checkInTime":2')]))


async def odd_kind(channel: Channel) -> None:
    await channel.send(pack_lines([line(1).replace(b"sighting", b"sightinG")]))


async def log_twice(channel: Channel) -> None:
    await channel.send(pack(Type.LOG, {"log": "other"}))


async def welcome_twice(channel: Channel) -> None:
    await channel.send(pack(Type.WELCOME, {}))


async def no_type(channel: Channel) -> None:
    await channel.send(b"\xff")


@pytest.mark.parametrize(
    "tell",
    [
        no_lines,
        a_line_again,
        backwards,
        no_object,
        no_members,
        odd_kind,
        log_twice,
        welcome_twice,
        no_type,
    ],
)
async def test_a_bad_teller_is_dropped_and_nothing_of_it_kept(tmp_path: Path, tell: Tell) -> None:
    south = Station(tmp_path, "South")
    async with listening(south), bad_teller(tell) as port:
        south.fleet.found(Found(HOST, port, south.fleet.mark))
        await until(lambda: south.fleet.tally.refused)
        assert south.kept in ({}, {"North": b""})
        assert (south.lines, south.fleet.tally.heard) == ([], 0)
        assert [door.connected for door in south.fleet.doors] in ([False], [])


async def test_hostile_names_are_harmless(tmp_path: Path) -> None:
    async def tell(channel: Channel) -> None:
        await channel.send(pack_lines([line(1, HOSTILE)]))

    south = Station(tmp_path, "South")
    async with listening(south), bad_teller(tell, HOSTILE) as port:
        south.fleet.found(Found(HOST, port, south.fleet.mark))
        await until(lambda: south.fleet.tally.heard)
        door = south.fleet.doors[0]
        assert door.scanner_id == "]0;owned[2JNorth"
        assert [path.name.split(".")[0] for path in copies_of(south.path)] == ["_0_owned_2JNorth"]
        assert copies_of(south.path)[0].read_bytes().isascii()


async def test_it_is_not_taken_in_faster_than_the_pace(tmp_path: Path) -> None:
    async def tell(channel: Channel) -> None:
        for first in range(1, 100_000, 200):
            await channel.send(pack_lines([line(seq) for seq in range(first, first + 200)]))

    south = Station(tmp_path, "South")
    async with listening(south), bad_teller(tell) as port:
        south.fleet.found(Found(HOST, port, south.fleet.mark))
        await until(lambda: south.fleet.tally.heard >= 1000)
        await asyncio.sleep(0.2)
        assert south.fleet.tally.heard <= 2000  # of the 100,000 that are pressed on it


async def test_pace_and_tries_by_the_clock() -> None:
    clock = ManualClock()
    pace, tries = Pace(100, clock), Tries(clock)
    clock.advance(10)
    await pace.spend(100)  # a second's worth at once
    waiting = asyncio.create_task(pace.spend(50))
    await asyncio.sleep(0)
    clock.advance(0.49)
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.advance(0.02)
    await waiting
    for _ in range(WRONG_TRIES):
        assert not tries.too_many("a")
        tries.wrong("a")
    assert tries.too_many("a")
    assert not tries.too_many("b")
    clock.advance(FORGET_SECONDS)
    assert not tries.too_many("a")


def test_copies_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies = PeerCopies(tmp_path / "attendance_log.jsonl")
    copy = copies.open("North", "s-1")
    copy.add([line(1), line(2)])
    monkeypatch.setattr(peer_copies, "COPY_LIMIT", 900)
    with pytest.raises(CopyRefused, match="has reached"):
        copy.add([line(seq) for seq in range(3, 9)])
    assert copy.position == Position(2, "5b1e0c7f2a90d4e3-2")
    monkeypatch.setattr(peer_copies, "FREE_LIMIT", 1 << 60)
    with pytest.raises(CopyRefused, match="nearly full"):
        copy.add([line(3)])
    for number in range(2, peer_copies.MOST_COPIES + 1):
        copies.open("North", f"s-{number}")
    with pytest.raises(CopyRefused, match="copies already"):
        copies.open("North", "s-99")
    copies.close()
    assert [entry.ble_uuid for entry in copies.entries()] == [badge(1), badge(2)]


async def test_announcements_tell_no_names_and_bring_stations_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real multicast DNS on loopback, and without netlink: the service's sandbox has none."""
    monkeypatch.delattr(ifaddr, "get_adapters")
    north, south = Station(tmp_path, "Reception of Dr. Ada"), Station(tmp_path, "South")
    await north.write(0, 5)
    async with listening(north, south), contextlib.AsyncExitStack() as stack:
        seen: list[Found] = []
        lost: list[int] = []
        for door in (north, south):
            here = Found(HOST, door.port, door.fleet.mark, door.fleet._me.instance)
            found = seen.append if door is north else door.fleet.found
            mine = (
                stack
                if door is south
                else await stack.enter_async_context(contextlib.AsyncExitStack())
            )
            await mine.enter_async_context(
                announced(here, found, lambda _address, port: lost.append(port))
            )
        await until(lambda: south.kept.get("Reception_of_Dr_Ada") == north.own)
        await until(lambda: any(found.port == south.port for found in seen))
        assert all(set(found.instance) <= set("0123456789abcdef") for found in seen)
        assert {found.mark for found in seen} == {fleet_mark(KEY, "evening")}
    assert south.port in lost or north.port in lost


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("192.168.1.20", True),
        ("10.0.0.3", True),
        ("169.254.7.7", True),
        ("8.8.8.8", False),
        ("127.0.0.1", False),  # a service of this very machine
        ("0.0.0.0", False),
        ("224.0.0.251", False),
    ],
)
def test_no_announcement_leads_out_of_the_house(address: str, near: bool) -> None:
    assert is_near(address, "192.168.1.7") is near
    assert is_near(HOST, HOST)  # a LAN of one machine, for tests


def test_members_are_checked() -> None:
    members = Members(b"\x01" + b'{"a":"x","n":3,"t":true,"f":1.5}')
    assert (members.text("a"), members.number("n")) == ("x", 3)
    for name in ("t", "f", "a", "none"):
        with pytest.raises(Exception, match="not this protocol"):
            members.number(name)
