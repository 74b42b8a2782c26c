"""What the server has at the end, against what the station's log says."""

from __future__ import annotations

import sqlite3
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from headcount.bootstrap.paths import default_database, log_path, make_data_dir
from headcount.config import Backend, Config, Server
from headcount.core.backend import NewEvent, PersonRow
from headcount.core.model import LogLine
from headcount.store.log_reader import read_all
from headcount.store.logline import decode
from headcount.store.server import open_store

KEY = "torture-scanner-key"
START = 1_753_000_000_000
HOUR_MS = 3_600_000
FAR = 4_000_000_000_000
"""An event that ends in 2096 is never over: its log is not archived in the middle of a run."""

SIGHTINGS = """
    SELECT ble_uuid, check_in_time, scanners.name FROM sightings
    JOIN events ON events.id = sightings.event_id
    JOIN scanners ON scanners.id = sightings.scanner_id WHERE events.public_id = ?"""
ATTENDANCE = """
    SELECT badges.ble_uuid, check_in_time, scanners.name FROM attendance
    JOIN events ON events.id = attendance.event_id
    JOIN scanners ON scanners.id = attendance.scanner_id
    JOIN badges ON badges.user_id = attendance.user_id WHERE events.public_id = ?"""
CHECKED_IN = """
    SELECT sum(checked_in) FROM batches
    JOIN events ON events.id = batches.event_id WHERE events.public_id = ?"""


class Fact(NamedTuple):
    """One record, as both sides name it."""

    ble_uuid: str
    time_ms: int
    scanner_id: str


def badges(count: int) -> list[str]:
    """bleUuids in no order, as in life."""
    return [str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))) for number in range(count)]


def configured(folder: Path, url: str = "http://127.0.0.1:9") -> Config:
    """Station and backend in one directory."""
    key = SecretStr(KEY)
    return Config(
        data_dir=str(folder),
        server=Server(scanner_key=key),
        backend=Backend(url=url, key=key),
    )


def set_up(config: Config, ids: Sequence[str], events: Iterable[str]) -> None:
    """A database with these people, registered for every event."""
    make_data_dir(config)
    rows = [PersonRow(n, f"P{n}", f"p{n}@example.org", each) for n, each in enumerate(ids)]
    store = open_store(f"sqlite:///{default_database(config)}")
    with closing(store):
        for event in events:
            store.create_event(NewEvent(event, START, FAR, id=event), now_ms=START)
            store.import_people(rows, event_id=event, now_ms=START)


def logged(config: Config, event: str) -> list[Fact]:
    """Every intact line of the event's log, in order."""
    lines = (each for each in read_all(log_path(config, event)) if isinstance(each, LogLine))
    return [fact_of(line.raw) for line in lines]


def fact_of(raw: bytes) -> Fact:
    entry = decode(raw)
    assert entry.check_in_time is not None
    return Fact(entry.ble_uuid, entry.check_in_time, entry.scanner_id)


def on_server(config: Config, event: str, sql: str = SIGHTINGS) -> list[Fact]:
    """The server's rows, read from its database."""
    with closing(sqlite3.connect(default_database(config), timeout=30)) as db:
        rows = db.execute(sql, (event,)).fetchall()
    return [Fact(str(uuid.UUID(bytes=ble_uuid)), time, name) for ble_uuid, time, name in rows]


def checked_in(config: Config, event: str) -> int:
    """How many new people the server's answers counted, all together."""
    with closing(sqlite3.connect(default_database(config), timeout=30)) as db:
        return int(db.execute(CHECKED_IN, (event,)).fetchone()[0] or 0)


class Difference(NamedTuple):
    """How the server differs from what it should hold; all zeros when it does not."""

    missing: int
    """Records that the server does not have."""
    doubled: int
    """Records that it has more than once, or that nobody sent."""
    wrong: int
    """People whose row is not their earliest sighting, who have several, or who were counted as
    new more than once."""

    @property
    def bad(self) -> int:
        return sum(self)


def compare(config: Config, event: str, sent: Iterable[Fact], known: Iterable[str]) -> Difference:
    """What the server has of an event, against what was sent; `known` are people's badges."""
    have, want = Counter(on_server(config, event)), set(sent)
    people = set(known)
    rows = on_server(config, event, ATTENDANCE)
    should = earliest(fact for fact in want if fact.ble_uuid in people)
    wrong = len(set(rows) ^ set(should)) + len(rows) - len(set(rows))
    return Difference(
        missing=len(want - have.keys()),
        doubled=have.total() - len(want & have.keys()),
        wrong=wrong + abs(checked_in(config, event) - len(should)),
    )


def earliest(facts: Iterable[Fact]) -> list[Fact]:
    """Each person's first fact."""
    first: dict[str, Fact] = {}
    time: Callable[[Fact], int] = lambda fact: fact.time_ms  # noqa: E731
    for fact in sorted(facts, key=time):
        first.setdefault(fact.ble_uuid, fact)
    return list(first.values())
