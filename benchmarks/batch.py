"""POST /batchCheckIn end to end, against one transaction a record and against one POST a record.

The server is a process of its own (`headcount serve`, SQLite with synchronous FULL); every record
is of another known person, so that each makes a row. The body is sent as it is, without gzip.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import httpx

from headcount.core.backend import NewEvent, PersonRow
from headcount.core.chain import DIGITS
from headcount.core.model import Instant, Record
from headcount.store.logline import encode
from headcount.store.server import open_store

from .bare import bare_sqlite, one_transaction_each
from .memory import peak_mib
from .result import Result

KEY = "bench"
SMALL, LARGE = 100_000, 1_000_000
ONE_BY_ONE = 2_000
PIECE = 1 << 18
"""Bytes of a body handed to the client at once."""
START = 1_753_000_000_000
LINEAR = 0.77
"""A record of a million may take 1.3 times as long as one of 100,000."""
MEGABYTES = 300
EVENTS = [
    "warm",
    "a",
    "b",
    "c",
    "owna",
    "ownb",
    "ownc",
    "la",
    "lb",
    "lc",
    "single",
    "loop",
    "x",
    "y",
    "z",
    "bare",
]


def people(count: int) -> list[str]:
    """bleUuids in no order, as in life."""
    return [str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))) for number in range(count)]


def body(event: str, ids: Sequence[str]) -> bytes:
    """A batch with the contract's three members in each record."""
    records = ",".join(
        f'{{"bleUuid":"{ident}","checkInTime":{START + number},"scannerId":"Entrance-Scanner-01"}}'
        for number, ident in enumerate(ids)
    )
    return f'{{"eventId":"{event}","records":[{records}]}}'.encode()


def own_body(event: str, ids: Sequence[str]) -> bytes:
    """The same people as the lines of our own log, from a station whose clock is right."""
    boot, session, chain = str(uuid.UUID(int=7)), "5b1e0c7f2a90d4e3", "8d1c" * (DIGITS // 4)
    lines = (
        encode(
            Record(
                ident, "Entrance-Scanner-01", Instant(START + at, 1000 + at / 1000, boot), rssi=-61
            ),
            at + 1,
            session,
            chain,
        ).strip()
        for at, ident in enumerate(ids)
    )
    now = time.time_ns() // 1_000_000
    clock = {"wall": now, "mono": now - START + 1_000_000, "boot": boot}
    head = f'{{"eventId":"{event}","clock":{json.dumps(clock)},"records":['
    return head.encode() + b",".join(lines) + b"]}"


def set_up(url: str, ids: Sequence[str], events: Sequence[str]) -> None:
    """A database with everybody in it."""
    store = open_store(url)
    for event in events:
        store.create_event(NewEvent(event, START, START + 1, id=event), now_ms=START)
    rows = [PersonRow(n, f"P{n}", f"p{n}@example.org", ident) for n, ident in enumerate(ids)]
    for begin in range(0, len(rows), 50_000):
        store.import_people(rows[begin : begin + 50_000], now_ms=START)
    store.close()


class Served(NamedTuple):
    """A running server."""

    url: str
    pid: int


@contextmanager
def server(folder: Path, database_url: str, workers: int = 1) -> Iterator[str]:
    """The URL of `headcount serve` on a free port."""
    with serving(folder, database_url, workers) as served:
        yield served.url


@contextmanager
def serving(folder: Path, database_url: str, workers: int = 1) -> Iterator[Served]:
    """`headcount serve` on a free port."""
    environ = {
        **os.environ,
        "SCANNER_API_KEY": KEY,
        "HEADCOUNT_DATA_DIR": str(folder),
        "HEADCOUNT_SERVER__MAX_BODY_MIB": "512",
    }
    command = [sys.executable, "-m", "headcount", "serve", "--port", "0", "--json"]
    command += ["--database-url", database_url, "--workers", str(workers)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Served(json.loads(process.stdout.readline())["url"], process.pid)
        finally:
            process.send_signal(signal.SIGTERM)


def post(client: httpx.Client, data: bytes, expected: int) -> float:
    """Seconds of one POST; the answer must be the right one."""
    length = {"Content-Length": str(len(data))}
    begin = time.perf_counter()
    answer = client.post("/batchCheckIn", content=_pieces(data), headers=length)
    seconds = time.perf_counter() - begin
    assert answer.status_code == 200, answer.text
    assert answer.json()["checkedIn"] == expected, answer.text
    return seconds


def _pieces(data: bytes) -> Iterator[bytes]:
    """httpx copies what is left of a piece after each write: of 113 MB that took two seconds."""
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


@contextmanager
def client(base: str) -> Iterator[httpx.Client]:
    """A station's connection."""
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=base, headers=headers, timeout=300) as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Rates:
    """Records a second through HTTP."""

    small: float
    """100,000 in one POST, the best of three."""
    large: float
    """1,000,000 in one POST, the best of three."""
    single: float
    """One POST each, one after the other."""
    own: float
    """100,000 lines of our own log in one POST, the best of three."""
    megabytes: float
    """The most memory that the server had, after all of these but the single ones."""


def rates(folder: Path, url: str, ids: Sequence[str]) -> Rates:
    """Measure one backend; the database has the events of `EVENTS`."""
    with serving(folder, url) as (base, pid), client(base) as station:
        post(station, body("warm", ids[:1000]), 1000)
        seconds = [post(station, body(event, ids[:SMALL]), SMALL) for event in "abc"]
        own = [post(station, own_body(f"own{n}", ids[:SMALL]), SMALL) for n in "abc"]
        large = [post(station, body(f"l{n}", ids), LARGE) for n in "abc"]
        megabytes = peak_mib(pid)
        begin = time.perf_counter()
        for number in range(ONE_BY_ONE):
            post(station, body("single", ids[number : number + 1]), 1)
        single = time.perf_counter() - begin
    small, own_lines = SMALL / min(seconds), SMALL / min(own)
    return Rates(small, LARGE / min(large), ONE_BY_ONE / single, own_lines, megabytes)


def measure() -> Iterator[Result]:
    """The batch endpoint's figures on SQLite."""
    ids = people(LARGE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "bench.sqlite3"
        url = f"sqlite:///{file}"
        set_up(url, ids, EVENTS)
        loop = one_transaction_each(file, ids[:ONE_BY_ONE])
        found = rates(folder, url, ids)
        small = max(bare_sqlite(file, event, ids[:SMALL]) for event in ("x", "y", "z"))
        large = bare_sqlite(file, "bare", ids)
    yield Result(
        "batchCheckIn: 100,000 records in one POST, SQLite FULL",
        found.small,
        "records/s",
        loop,
        "one transaction each",
        "200,000/s and ratio 25",
        found.small >= 200_000 and found.small >= 25 * loop,
    )
    yield from compared("SQLite FULL", "sqlite", found, small, large)


def compared(name: str, key: str, found: Rates, small: float, large: float) -> Iterator[Result]:
    """Beside the same statements without HTTP, validation and answer."""
    bare = "bare set-based SQL"
    what = f"batchCheckIn: 100,000 records, {name}"
    half = found.small >= 0.5 * small
    yield Result(what, found.small, "records/s", small, bare, "ratio 0.5", half, f"{key}.small")
    half = found.large >= 0.5 * large
    what = f"batchCheckIn: 1,000,000 records, {name}"
    yield Result(what, found.large, "records/s", large, bare, "ratio 0.5", half, f"{key}.large")
    what = f"batchCheckIn: 100,000 of our own log's lines, {name}"
    yield Result(what, found.own, "records/s", found.small, "three members")
    linear = found.large >= LINEAR * found.small
    floor = f"linear: ratio over {LINEAR}"
    yield Result("the same", found.large, "records/s", found.small, "at 100,000", floor, linear)
    what = f"the server's memory, 1,000,000 records in one POST, {name}"
    small_enough = found.megabytes < MEGABYTES
    floor = f"under {MEGABYTES} MB"
    yield Result(what, found.megabytes, "MB", floor=floor, holds=small_enough)
    what = f"batchCheckIn: one POST each, {name}"
    yield Result(what, found.single, "records/s", key=f"{key}.single")
