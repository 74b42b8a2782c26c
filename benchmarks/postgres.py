"""POST /batchCheckIn on PostgreSQL 15 with its default settings, and through several workers.

The server is one of our own, as Debian's package makes it, on the same machine and disk.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
from tests.postgres import cluster, missing

from .bare import bare_postgres, options
from .batch import (
    EVENTS,
    LARGE,
    SMALL,
    START,
    body,
    client,
    compared,
    people,
    post,
    rates,
    server,
    set_up,
)
from .result import Result

STATIONS = 4
"""Posting at once, each for an event of its own."""
BATCH = 20_000
"""Records in one POST, as `sync` sends them."""
BATCHES = 5
USERS = """
INSERT INTO users (public_id, name, email, email_key, role, created_at)
SELECT 'u' || n, 'P' || n, 'p' || n, 'p' || n, 'user', 0 FROM generate_series(1, %s) n
"""


def measure() -> Iterator[Result]:
    """The figures, or a line that says what they need."""
    if why := missing():
        yield Result(f"PostgreSQL: left out. {why}", 0, "")
        return
    ids = people(LARGE)
    with cluster(fsync="on") as started, tempfile.TemporaryDirectory() as name:
        url = started.create()
        crowds = [f"{workers}-{number}" for workers in (1, 2) for number in range(STATIONS)]
        set_up(url, (), [*EVENTS, *crowds])
        fill(url, ids)
        found = rates(Path(name), url, ids)
        small = max(bare_postgres(url, event, ids[:SMALL]) for event in ("x", "y", "z"))
        large = bare_postgres(url, "bare", ids)
        one, two = (several(Path(name), url, ids, workers) for workers in (1, 2))
    yield Result(
        "batchCheckIn: 100,000 records in one POST, PostgreSQL",
        found.small,
        "records/s",
        floor="100,000/s",
        holds=found.small >= 100_000,
    )
    yield from compared("PostgreSQL", "postgresql", found, small, large)
    yield Result(
        f"{STATIONS} stations at once, 2 workers",
        two,
        "records/s",
        one,
        "1 worker",
        floor="both a quarter of one POST's rate",
        holds=min(one, two) >= found.small / 4,
        key="postgresql.workers",
    )


def fill(url: str, ids: Sequence[str]) -> None:
    """Everybody, by plain SQL: the import reads and checks each row, which takes minutes."""
    with psycopg.connect(**options(url), autocommit=True) as db:
        db.execute(USERS, [len(ids)])
        with db.cursor().copy("COPY badges (ble_uuid, user_id, assigned_at) FROM STDIN") as copy:
            for number, ident in enumerate(ids, 1):
                copy.write_row(("\\x" + ident.replace("-", ""), number, START))
        db.execute("ANALYZE")
        db.execute("CHECKPOINT")


def several(folder: Path, url: str, ids: Sequence[str], workers: int) -> float:
    """Records a second of several stations that post at once."""

    def station(base: str, event: str) -> None:
        with client(base) as connection:
            for number in range(BATCHES):
                some = ids[number * BATCH : (number + 1) * BATCH]
                post(connection, body(event, some), BATCH)

    with server(folder, url, workers) as base:
        with client(base) as first:
            assert first.get("/health").status_code == 200
        threads = [
            threading.Thread(target=station, args=(base, f"{workers}-{number}"))
            for number in range(STATIONS)
        ]
        begin = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return STATIONS * BATCHES * BATCH / (time.perf_counter() - begin)
