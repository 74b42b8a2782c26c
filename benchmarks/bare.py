"""The peers of the batch endpoint: SQL on the same tables, from rows that are ready in memory."""

from __future__ import annotations

import sqlite3
import struct
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

START = 1_753_000_000_000

PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "cache_size = -65536",
    "journal_size_limit = 67108864",
)
SCANNER = "INSERT INTO scanners (name, last_contact) VALUES ('bare', 0) ON CONFLICT DO NOTHING"
KEYS = (
    "SELECT e.id, n.id FROM events e CROSS JOIN scanners n"
    " WHERE e.public_id = '{}' AND n.name = 'bare'"
)
SIGHTINGS = """
INSERT INTO sightings (event_id, ble_uuid, check_in_time, scanner_id)
SELECT {}, ble_uuid, check_in_time, {} FROM stage WHERE true ORDER BY ble_uuid, check_in_time
ON CONFLICT DO NOTHING
"""
ARRIVALS = """
INSERT INTO attendance (event_id, user_id, check_in_time, scanner_id)
SELECT {}, b.user_id, s.check_in_time, {} FROM stage s CROSS JOIN badges b
WHERE b.ble_uuid = s.ble_uuid ORDER BY b.user_id, s.check_in_time
ON CONFLICT DO NOTHING
"""
Rows = Sequence[tuple[bytes, int]]


def rows(ids: Sequence[str]) -> Rows:
    return [(uuid.UUID(ident).bytes, START + number) for number, ident in enumerate(ids)]


def bare_sqlite(database: Path, event: str, ids: Sequence[str]) -> float:
    """Records a second: staged one statement a row, then the two statements, one commit."""
    ready = rows(ids)
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        for pragma in PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
        db.execute(SCANNER)
        keys = db.execute(KEYS.format(event)).fetchone()
        db.execute("CREATE TEMP TABLE stage (ble_uuid BLOB, check_in_time INTEGER)")
        begin = time.perf_counter()
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO stage VALUES (?, ?)", ready)
        db.execute(SIGHTINGS.format(*keys))
        assert db.execute(ARRIVALS.format(*keys)).rowcount == len(ids)
        db.execute("COMMIT")
        return len(ids) / (time.perf_counter() - begin)


def options(url: str) -> dict[str, Any]:
    """psycopg's, of a URL of our own."""
    parsed = make_url(url)
    return {"host": parsed.query["host"], "user": parsed.username, "dbname": parsed.database}


def bare_postgres(url: str, event: str, ids: Sequence[str]) -> float:
    """Records a second: COPY in its binary form, then the two statements, one commit."""
    ready = rows(ids)
    pack = struct.Struct("!hi16siq").pack
    with closing(psycopg.connect(**options(url))) as db:
        db.execute(SCANNER)
        keys = db.execute(KEYS.format(event).encode()).fetchone() or ()
        db.execute("CREATE TEMP TABLE stage (ble_uuid bytea, check_in_time bigint)")
        db.commit()
        begin = time.perf_counter()
        cursor = db.cursor()
        with cursor.copy("COPY stage FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
            copy.write(b"".join([pack(2, 16, badge, 8, at) for badge, at in ready]))
            copy.write(b"\xff\xff")
        cursor.execute(SIGHTINGS.format(*keys).encode())
        cursor.execute(ARRIVALS.format(*keys).encode())
        assert cursor.rowcount == len(ids)
        db.commit()
        return len(ids) / (time.perf_counter() - begin)


LOOK_UP = "SELECT user_id FROM badges WHERE ble_uuid = ?"
KNOWN = "SELECT check_in_time FROM attendance WHERE event_id = ? AND user_id = ?"
SIGHTING = "INSERT OR IGNORE INTO sightings VALUES (?, ?, ?, ?)"
ARRIVAL = (
    "INSERT INTO attendance (event_id, user_id, check_in_time, scanner_id) VALUES (?, ?, ?, ?)"
)


def one_transaction_each(database: Path, ids: Sequence[str]) -> float:
    """Records a second of the plain loop on the same tables: four statements and a commit each."""
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        for pragma in PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
        db.execute(SCANNER)
        event, scanner = db.execute(KEYS.format("loop")).fetchone()
        begin = time.perf_counter()
        for badge, at in rows(ids):
            db.execute("BEGIN IMMEDIATE")
            user = db.execute(LOOK_UP, (badge,)).fetchone()[0]
            db.execute(SIGHTING, (event, badge, at, scanner))
            if db.execute(KNOWN, (event, user)).fetchone() is None:
                db.execute(ARRIVAL, (event, user, at, scanner))
            db.execute("COMMIT")
        return len(ids) / (time.perf_counter() - begin)
