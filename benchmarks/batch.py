"""POST /batchCheckIn end to end, against one transaction a record and against one POST a record.

The server is a process of its own (`headcount serve`, SQLite with synchronous FULL); every record
is of another known person, so that each makes a row. The body is sent as it is, without gzip.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from headcount.core.backend import NewEvent, PersonRow
from headcount.core.chain import DIGITS
from headcount.core.model import Instant, Record
from headcount.store.logline import encode
from headcount.store.server import open_store

from .result import Result

KEY = "bench"
SMALL, LARGE = 100_000, 1_000_000
ONE_BY_ONE = 2_000
START = 1_753_000_000_000


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


@contextmanager
def server(folder: Path, database_url: str) -> Iterator[str]:
    """`headcount serve` on a free port."""
    environ = {
        **os.environ,
        "SCANNER_API_KEY": KEY,
        "HEADCOUNT_DATA_DIR": str(folder),
        "HEADCOUNT_SERVER__MAX_BODY_MIB": "512",
    }
    command = [sys.executable, "-m", "headcount", "serve", "--port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--database-url", database_url], env=environ, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.send_signal(signal.SIGTERM)


def post(client: httpx.Client, data: bytes, expected: int) -> float:
    """Seconds of one POST; the answer must be the right one."""
    begin = time.perf_counter()
    answer = client.post("/batchCheckIn", content=data)
    seconds = time.perf_counter() - begin
    assert answer.status_code == 200, answer.text
    assert answer.json()["checkedIn"] == expected, answer.text
    return seconds


LOOK_UP = "SELECT user_id FROM badges WHERE ble_uuid = ?"
KNOWN = "SELECT check_in_time FROM attendance WHERE event_id = ? AND user_id = ?"
SIGHTING = "INSERT OR IGNORE INTO sightings VALUES (?, ?, ?, ?)"
ARRIVAL = (
    "INSERT INTO attendance (event_id, user_id, check_in_time, scanner_id) VALUES (?, ?, ?, ?)"
)


def one_transaction_each(database: Path, ids: Sequence[str]) -> float:
    """Records a second of the plain loop on the same tables: four statements and a commit each."""
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            db.execute(f"PRAGMA {pragma}")
        event = db.execute("SELECT id FROM events WHERE public_id = 'loop'").fetchone()[0]
        db.execute("INSERT INTO scanners (name, last_contact) VALUES ('loop', 0)")
        scanner = db.execute("SELECT id FROM scanners WHERE name = 'loop'").fetchone()[0]
        begin = time.perf_counter()
        for number, ident in enumerate(ids):
            badge, at = uuid.UUID(ident).bytes, START + number
            db.execute("BEGIN IMMEDIATE")
            user = db.execute(LOOK_UP, (badge,)).fetchone()[0]
            db.execute(SIGHTING, (event, badge, at, scanner))
            if db.execute(KNOWN, (event, user)).fetchone() is None:
                db.execute(ARRIVAL, (event, user, at, scanner))
            db.execute("COMMIT")
        return len(ids) / (time.perf_counter() - begin)


def measure() -> list[Result]:
    """The batch endpoint's figures."""
    ids = people(LARGE)
    events = ["warm", *"abc", "owna", "ownb", "ownc", "large", "single", "loop"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'bench.sqlite3'}"
        set_up(url, ids, events)
        loop = one_transaction_each(folder / "bench.sqlite3", ids[:ONE_BY_ONE])
        headers = {"Authorization": f"Bearer {KEY}"}
        with (
            server(folder, url) as base,
            httpx.Client(base_url=base, headers=headers, timeout=300) as client,
        ):
            post(client, body("warm", ids[:1000]), 1000)
            seconds = [post(client, body(event, ids[:SMALL]), SMALL) for event in "abc"]
            small = SMALL / min(seconds)
            own = SMALL / min(post(client, own_body(f"own{n}", ids[:SMALL]), SMALL) for n in "abc")
            large = LARGE / post(client, body("large", ids), LARGE)
            begin = time.perf_counter()
            for number in range(ONE_BY_ONE):
                post(client, body("single", ids[number : number + 1]), 1)
            single = ONE_BY_ONE / (time.perf_counter() - begin)
    return [
        Result(
            "batchCheckIn: 100,000 records in one POST, SQLite FULL",
            small,
            "records/s",
            loop,
            "one transaction each",
            "150,000/s and ratio 25",
            small >= 150_000 and small >= 25 * loop,
        ),
        Result(
            "batchCheckIn: 100,000 of our own log's lines in one POST",
            own,
            "records/s",
            small,
            "three members",
        ),
        Result(
            "batchCheckIn: 100,000 records in one POST", small, "records/s", single, "one POST each"
        ),
        Result(
            "batchCheckIn: 1,000,000 records in one POST",
            large,
            "records/s",
            small,
            "at 100,000",
            "linear: ratio over 0.67",
            large >= 0.67 * small,
        ),
    ]
