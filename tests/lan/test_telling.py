"""Stations tell one another their logs: what arrives, what resumes, and who is let in."""

from __future__ import annotations

import asyncio
import contextlib
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.lan.stations import HOST, KEY, OTHER_KEY, Station, listening, until

from headcount.lan import teller
from headcount.lan.channel import Channel, as_listener
from headcount.lan.fleet import Found
from headcount.lan.wire import FRAME_LIMIT, MAGIC, SIZE, Type, kind_of, pack, pack_lines
from headcount.store.log_verify import verify
from headcount.store.peer_copies import copies_of

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def test_three_doors_have_one_anothers_logs(tmp_path: Path) -> None:
    doors = [Station(tmp_path, name) for name in ("North", "South", "Yard")]
    north, south, yard = doors
    await north.write(0, 300)
    async with listening(*doors):
        for door in doors:
            for other in doors:
                door.find(other)  # itself too, as an announcement comes back
        await until(lambda: south.kept.get("North") == north.own == yard.kept.get("North"))
        await asyncio.gather(south.write(500, 3), yard.write(600, 2), north.write(300, 5))
        await until(
            lambda: all(
                door.kept == {other.name: other.own for other in doors if other is not door}
                for door in doors
            )
        )
        copy = copies_of(south.path)[0]
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
        assert verify(copy).intact  # checksums, numbers and chain, as in the log itself
        assert [(door.scanner_id, door.connected, door.records) for door in north.fleet.doors] == [
            ("South", True, 3),
            ("Yard", True, 2),
        ]
        assert (north.fleet.tally.told, north.fleet.tally.heard) == (610, 5)
        assert not any(door.fleet.tally.refused or door.fleet.tally.strangers for door in doors)


async def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    north, south = Station(tmp_path, "North"), Station(tmp_path, "South")
    await north.write(0, 50)
    async with listening(north):
        south.find(north)
        await until(lambda: south.kept.get("North") == north.own)
    await south.fleet.stop()
    south.copies.close()
    await asyncio.to_thread(south.log.close)
    copy = copies_of(south.path)[0]
    copy.write_bytes(copy.read_bytes() + b'{"bleUuid":"half a li')  # a power cut

    again, back = Station(tmp_path, "North"), Station(tmp_path, "South")
    await again.write(50, 20)
    async with listening(again, back):
        back.find(again)
        await until(lambda: back.kept.get("North") == again.own)
        await until(lambda: back.fleet.tally.heard)
        assert (back.fleet.tally.heard, back.fleet.doors[0].records) == (20, 70)


async def test_another_log_of_the_same_scanner_gets_a_copy_of_its_own(tmp_path: Path) -> None:
    """A card that was changed, or a log that was cut: nothing of the old copy is lost."""
    north, south = Station(tmp_path, "North"), Station(tmp_path, "South")
    await north.write(0, 10)
    async with listening(north):
        south.find(north)
        await until(lambda: south.kept.get("North") == north.own)
        first = north.own
    kept = first.splitlines(keepends=True)
    north.path.write_bytes(b"".join(kept[:4]))  # the card gave back an older state
    again = Station(tmp_path, "North")
    await again.write(90, 8)  # other records with the numbers 5 to 12
    async with listening(again, south):
        south.find(again)
        await until(lambda: len(copies_of(south.path)) == 2)
        await until(lambda: again.own in [path.read_bytes() for path in copies_of(south.path)])
    assert first in [path.read_bytes() for path in copies_of(south.path)]


@pytest.mark.parametrize(
    ("key", "event"), [(OTHER_KEY, "evening"), (KEY, "morning")], ids=["key", "event"]
)
async def test_a_stranger_gets_nothing_and_gives_nothing(
    tmp_path: Path, key: bytes, event: str
) -> None:
    north, stranger = Station(tmp_path, "North"), Station(tmp_path, "Stranger", key, event)
    await asyncio.gather(north.write(0, 5), stranger.write(5, 5))
    async with listening(north, stranger):
        north.find(stranger)
        assert (north.fleet.tally.strangers, north.fleet.doors) == (1, [])
        # one that copies our mark is found out by the handshake, on both sides
        for one, other in ((north, stranger), (stranger, north)):
            one.fleet.found(Found(HOST, other.port, one.fleet.mark))
        await until(lambda: north.fleet.tally.refused >= 2 and stranger.fleet.tally.refused >= 2)
        assert (north.kept, stranger.kept) == ({}, {})
        assert (north.fleet.doors, stranger.fleet.doors) == ([], [])
        assert north.fleet.tally.told == stranger.fleet.tally.told == 0


async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"GET / HTTP/1.1\r\nHost: door\r\n\r\n")
    await reader.read()


async def low_order(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(MAGIC + bytes(64))  # the public key 0: a shared secret that everybody knows
    await reader.read()


async def no_proof(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(MAGIC + bytes(range(64)))
    said = await reader.readexactly(96)
    writer.write(said[-32:])  # the teller's own proof, reflected
    assert await reader.read() == b""


async def breaks_off(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(MAGIC + bytes(10))


async def endless(channel: Channel, writer: asyncio.StreamWriter) -> None:
    writer.write(SIZE.pack(FRAME_LIMIT * 2))


async def changed(channel: Channel, writer: asyncio.StreamWriter) -> None:
    writer.write(SIZE.pack(40) + bytes(40))


async def replayed(channel: Channel, writer: asyncio.StreamWriter) -> None:
    sealed = channel._sealer.seal(pack(Type.HAVE, {"seq": 9, "id": "x"}))
    writer.write((SIZE.pack(len(sealed)) + sealed) * 2)


async def truncated(channel: Channel, writer: asyncio.StreamWriter) -> None:
    sealed = channel._sealer.seal(pack(Type.HAVE, {"seq": 0, "id": ""}))
    writer.write((SIZE.pack(len(sealed)) + sealed)[:-3])
    writer.write_eof()


async def out_of_turn(channel: Channel, _writer: asyncio.StreamWriter) -> None:
    await channel.send(pack_lines([b"{}"]))


async def wrong_members(channel: Channel, _writer: asyncio.StreamWriter) -> None:
    await channel.send(pack(Type.HAVE, {"seq": "1", "id": 1}))


async def not_json(channel: Channel, _writer: asyncio.StreamWriter) -> None:
    await channel.send(bytes([Type.HAVE]) + b"[" * 50_000)


async def unknown_twice(channel: Channel, _writer: asyncio.StreamWriter) -> None:
    for _ in range(2):
        await channel.send(pack(Type.HAVE, {"seq": 3, "id": "never"}))


@pytest.mark.parametrize("attack", [nonsense, low_order, no_proof, breaks_off])
async def test_who_proves_nothing_is_dropped_and_counted(
    tmp_path: Path, attack: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> None:
    north = Station(tmp_path, "North")
    await north.write(0, 5)
    async with listening(north):
        reader, writer = await asyncio.open_connection(HOST, north.port)
        with contextlib.suppress(ConnectionError):
            await attack(reader, writer)
        writer.close()
        await until(lambda: north.fleet.tally.refused == 1)
        assert north.fleet.tally.told == 0
        await still_tells(north, tmp_path)


@pytest.mark.parametrize(
    "attack",
    [endless, changed, replayed, truncated, out_of_turn, wrong_members, not_json, unknown_twice],
)
async def test_who_has_the_key_but_breaks_the_rules_is_dropped_and_counted(
    tmp_path: Path, attack: Callable[[Channel, asyncio.StreamWriter], Awaitable[None]]
) -> None:
    north = Station(tmp_path, "North")
    await north.write(0, 5)
    async with listening(north):
        reader, writer = await asyncio.open_connection(HOST, north.port)
        channel = await as_listener(reader, writer, north.fleet._fleet)
        assert kind_of(await channel.receive(5)) is Type.WELCOME
        with contextlib.suppress(ConnectionError):
            await attack(channel, writer)
        await until(lambda: north.fleet.tally.refused == 1)
        assert north.fleet.tally.told == 0
        writer.close()
        await still_tells(north, tmp_path)


async def still_tells(north: Station, folder: Path) -> None:
    """An honest station is served all the same."""
    south = Station(folder, "South")
    async with listening(south):
        south.find(north)
        await until(lambda: south.kept.get("North") == north.own)


async def test_a_flood_of_strangers_takes_no_place(tmp_path: Path) -> None:
    north, south = Station(tmp_path, "North"), Station(tmp_path, "South")
    await north.write(0, 5)
    async with listening(north, south):
        silent = [await asyncio.open_connection(HOST, north.port) for _ in range(40)]
        await until(lambda: north.fleet.tally.refused >= 40 - teller.MOST_STRANGERS)
        await until(lambda: len(north.fleet.teller._tasks) <= teller.MOST_STRANGERS)
        for _reader, writer in silent:
            writer.close()
        await until(lambda: not north.fleet.teller._tasks)
        assert north.fleet.teller._tries.too_many(HOST)  # for a minute
        north.fleet.teller._tries._wrong.clear()  # which is over
        south.find(north)
        await until(lambda: south.kept.get("North") == north.own)
        for number in range(500):
            south.fleet.found(Found(f"192.168.{number // 250}.{number % 250}", 9, "0" * 16))
            south.fleet.found(Found(HOST, 20_000 + number, south.fleet.mark))
        assert south.fleet.tally.strangers <= 64
        assert len(south.fleet._tried) <= 64
        assert [door.scanner_id for door in south.fleet.doors] == ["North"]
