"""All that is PostgreSQL's own: connections, locks, errors, and how a batch is staged.

Who writes at the same time as whom is decided by two advisory locks, taken first in each
transaction: `write()` is alone, as on SQLite; batches run side by side, one at a time for each
event. So no statement meets a row that another transaction is about to write, and none deadlocks.
"""

from __future__ import annotations

import secrets
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from ...core.backend import BatchRecord, DatabaseUnavailable
from ...core.columns import BYTES, Columns, columns_of, packed
from ...core.live import Listener, Topic
from .new_rows import LOOK_FIRST
from .postgres_notify import Ears, announce

T = TypeVar("T")

CONNECTIONS = 10
"""Of one process, at most; more requests wait. Eight workers stay under PostgreSQL's own 100."""

CONNECT_SECONDS = 10
"""Unless the URL says connect_timeout. The default waits for minutes when a host is silent."""

ATTEMPTS = 10
"""For work that the database asks to repeat; each lets at least one other transaction end."""

REPEAT = {"40001", "40P01"}
"""Serialization failure, deadlock: nothing was stored, and the same again may succeed."""

PART = 1_000_000
"""Records staged and merged at once; PostgreSQL sorts on the disk what is too much for memory."""

ROWS_A_WRITE = 10_000
"""Rows handed to COPY at once: 500 kB; fewer cost time, more only memory."""

_LOCK = 0x68656164636F756E
"""The key of the lock that `write()` takes alone and batches share: the bytes of "headcoun"."""
_EVENTS = 0x68656164
"""The first half of the key of an event's lock; the other half is a checksum of its id."""

_MAINTENANCE = _LOCK + 1
"""The key of the lock of whoever does the maintenance."""
_TRY, _FREE = text("SELECT pg_try_advisory_lock(:lock)"), text("SELECT pg_advisory_unlock(:lock)")

_ALONE = text("SELECT pg_advisory_xact_lock(:lock)")
_EVENT = text(
    "SELECT pg_advisory_xact_lock_shared(:lock), pg_advisory_xact_lock(:events, :event_id)"
)

_SESSION = (
    "SET jit = off",  # compiling takes longer than any query here
    "SET client_min_messages = warning",
)
_STAGING = {
    "stage": "ble_uuid bytea, check_in_time bigint, scanner_id integer",
    "stage_badges": "ble_uuid bytea",
}
_PREPARE = """
SET LOCAL work_mem = '64MB';
SET LOCAL random_page_cost = 1.1;
SET LOCAL enable_hashagg = off;
SET LOCAL enable_material = off;
CREATE TEMP TABLE IF NOT EXISTS {table} ({columns}) ON COMMIT DELETE ROWS;
DELETE FROM {table}
"""
"""100,000 staged records are sorted in memory. Badges are read from memory or from an SSD: at the
default, 4, PostgreSQL reads all of a million for a batch of 20,000 (450 ms instead of 120). What is
sorted anyway needs no hash table to find duplicates (a million: 2.0 s instead of 3.2). What is
taken for one row is not kept in memory to be gone through for each staged record: it may be 100,000
(see _EVENT_KEYS). The table may hold what an earlier call in the same transaction left."""
_FEW = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
"""Look each one up by its key, however many rows the other tables have."""
FEW = 2_000
"""Rows below which that is said: PostgreSQL takes a small new table for ten pages, some thousand
rows, and would read a large event as a whole for one record. It is right about larger ones."""
_COPY = "COPY {table} FROM STDIN (FORMAT BINARY)"

_HEAD, _TAIL = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
"""Of COPY's binary form (PostgreSQL's manual, COPY, "Binary Format"): 1.3 times as fast as text."""
_RECORD = struct.Struct("!h i16s iq ii")
"""Three columns, each with its length in bytes before it."""
_BADGE = struct.Struct("!h i16s")

_PLAIN_TEXT = text("""
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS NULL
""")
_HOT_KEYS = text("""
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE contype = 'f' AND conrelid IN ('sightings'::regclass, 'attendance'::regclass)
""")

_EVENT_KEYS = text("""
SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE attname = 'event_id' AND atttypid = 'integer'::regtype AND coalesce(attstattarget, -1) <> 0
  AND relkind = 'r' AND relnamespace = current_schema()::regnamespace
""")
"""Statistics of these columns mislead: the event that is on now is the one that they don't know, so
that PostgreSQL takes it for one row, and compares each staged record with all that the event has
(20,000 with 80,000: minutes). Without any it takes each event for a two hundredth of the table."""


class PostgresDatabase:
    """One PostgreSQL database, shared with any number of other processes."""

    new_rows = LOOK_FIRST
    part = PART

    def __init__(self, url: URL) -> None:
        self._name = secrets.token_hex(8)
        self._where = f"{url.host or url.query.get('host') or 'this machine'}, {url.database}"
        patience = url.query.get("connect_timeout", CONNECT_SECONDS)
        self._writer = create_engine(
            url,
            isolation_level="READ COMMITTED",  # a statement sees what was stored before its lock
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,  # PostgreSQL may have been restarted meanwhile
            hide_parameters=True,  # an error in a log shows the statement, not people's names
            connect_args={"connect_timeout": patience},
        )
        event.listen(self._writer, "connect", _prepare)
        event.listen(self._writer, "checkin", self._returned)
        self._is_closed = False
        self._reader = self._writer.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot: everything read inside belongs to one moment.

        Raises DatabaseUnavailable if the database does not answer.
        """
        with self._explained("read"), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, alone; durable when the block has ended without an error.

        Raises DatabaseUnavailable if the database does not allow it; then nothing is stored, unless
        the connection broke during the last step, the commit.
        """
        with self._explained("written"), self._writer.begin() as connection:
            connection.execute(_ALONE, {"lock": _LOCK})
            yield connection

    def run(
        self,
        work: Callable[[Connection], T],
        *,
        event_id: str,
        bulk: bool = False,  # noqa: ARG002 - the hot tables have no foreign keys
    ) -> T:
        """One transaction for what changes one event; repeated as a whole after a deadlock."""
        key = zlib.crc32(event_id.encode(errors="replace")) - 2**31
        lock = {"lock": _LOCK, "events": _EVENTS, "event_id": key}
        with self._explained("written"):
            for _ in range(ATTEMPTS - 1):
                try:
                    return self._once(work, lock)
                except (DBAPIError, psycopg.Error) as error:
                    if _state(error) not in REPEAT:
                        raise
            return self._once(work, lock)

    def _once(self, work: Callable[[Connection], T], lock: Mapping[str, int]) -> T:
        with self._writer.begin() as connection:
            connection.execute(_EVENT, lock)
            return work(connection)

    def stage(
        self, connection: Connection, records: Sequence[BatchRecord], scanners: Mapping[str, int]
    ) -> None:
        """Fill the TEMP table `stage`; the statements that read it sort."""
        pack = _RECORD.pack

        def rows(some: Columns) -> bytes:
            ids = packed(some.ble_uuids)
            badges = (ids[at : at + BYTES] for at in range(0, len(ids), BYTES))
            keys = map(scanners.__getitem__, some.scanners)
            columns = (repeat(3), repeat(16), badges, repeat(8), some.times, repeat(4), keys)
            return b"".join(map(pack, *columns))

        parts = columns_of(records).parts(ROWS_A_WRITE)
        _copy(connection, "stage", map(rows, parts), len(records))

    def stage_badges(self, connection: Connection, ble_uuids: Sequence[bytes]) -> None:
        """Fill the TEMP table `stage_badges`."""
        rows = b"".join([_BADGE.pack(1, 16, badge) for badge in ble_uuids])
        _copy(connection, "stage_badges", [rows], len(ble_uuids))

    def announce(self, connection: Connection, topics: Iterable[Topic]) -> None:
        """By NOTIFY: it is delivered after the commit, and not at all without one."""
        announce(connection, topics, self._name)

    def hear(self, tell: Listener) -> Callable[[], None]:
        """By LISTEN, on a connection of its own."""
        return Ears(self._connect, tell, self._name).close

    def _connect(self) -> psycopg.Connection[Any]:
        """One beside the pool."""
        engine = self._writer
        args, options = engine.dialect.create_connect_args(engine.url)
        options.setdefault("connect_timeout", CONNECT_SECONDS)
        return psycopg.connect(*args, **options, autocommit=True)

    def finish_migration(self, connection: Connection) -> None:
        """Text sorts by code points; the hot tables lose foreign keys; all events look alike.

        A database's own order depends on its language. Foreign keys would take two thirds of a
        batch's time; what they check is true by the way the rows are made: each key was read in the
        same transaction, and nothing is deleted meanwhile, since only `write()` deletes.
        """
        for table, column in connection.execute(_PLAIN_TEXT).all():
            _alter(connection, f'"{table}" ALTER COLUMN "{column}" TYPE text COLLATE "C"')
        for table, name in connection.execute(_HOT_KEYS).all():
            _alter(connection, f'{table} DROP CONSTRAINT "{name}"')
        for (table,) in connection.execute(_EVENT_KEYS).all():
            _alter(connection, f"{table} ALTER COLUMN event_id SET STATISTICS 0")
            # its type of before: only what was known of the column is forgotten
            _alter(connection, f"{table} ALTER COLUMN event_id TYPE integer")

    @contextmanager
    def maintaining(self) -> Iterator[bool]:
        """A lock of the session: the server frees it when this process or its connection dies.

        Raises DatabaseUnavailable.
        """
        with self._explained("read"), self._writer.connect() as connection:
            mine = bool(connection.scalar(_TRY, {"lock": _MAINTENANCE}))
            connection.commit()
            try:
                yield mine
            finally:
                connection.execute(_FREE, {"lock": _MAINTENANCE})
                connection.commit()

    def close(self) -> None:
        """Close all connections; those that a thread still works with, as soon as it is done."""
        self._is_closed = True
        self._writer.dispose()

    def _returned(self, _connection: object, entry: ConnectionPoolEntry) -> None:
        if self._is_closed:
            entry.close()

    @contextmanager
    def _explained(self, done: str) -> Iterator[None]:
        """Errors that are the database's doing become words for people."""
        try:
            yield
        except (DBAPIError, psycopg.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            if not isinstance(cause, _OUTSIDE):
                raise
            what = f"could not be {done}" if _state(cause) else "can't be reached"
            raise DatabaseUnavailable(
                f"The database ({self._where}) {what}: {_first_line(cause)}.",
                safe="What was acknowledged before is safe; this request counts as not stored.",
                remedy="Check that PostgreSQL runs, has space, and lets this user in (the password "
                "can be in PGPASSWORD or in ~/.pgpass), then try again.",
            ) from error


_OUTSIDE = (
    psycopg.OperationalError,  # not there, stopped, full, cancelled, deadlocked
    psycopg.InterfaceError,  # the connection broke
    psycopg.InternalError,  # a standby, or a transaction that the server ended
    psycopg.errors.InsufficientPrivilege,
)


def _state(error: BaseException) -> str | None:
    """The five characters of the SQL standard that say what kind of error it is."""
    return getattr(getattr(error, "orig", error), "sqlstate", None)


def _first_line(error: BaseException | None) -> str:
    """libpq's words; the lines below hold hints and, for some errors, values."""
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__


def _prepare(connection: psycopg.Connection[Any], _record: object) -> None:
    """Each new connection."""
    connection.autocommit = True
    for statement in _SESSION:
        connection.execute(statement)
    connection.autocommit = False


def _alter(connection: Connection, change: str) -> None:
    """The names come from the database's own catalogue, of tables that our migrations made."""
    connection.exec_driver_sql(f"ALTER TABLE {change}")


def _copy(connection: Connection, table: str, rows: Iterable[bytes], count: int) -> None:
    """Fill a temporary table by COPY, through the driver: SQLAlchemy knows none."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - `create_engine` made it
    with driver.cursor() as cursor:
        cursor.execute(_PREPARE.format(table=table, columns=_STAGING[table]))
        with cursor.copy(_COPY.format(table=table)) as copy:
            copy.write(_HEAD)
            for some in rows:
                copy.write(some)
            copy.write(_TAIL)
        if count < FEW:
            cursor.execute(_FEW)
