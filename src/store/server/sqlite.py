"""All that is SQLite's own: how the file is opened, locked and written, and how a batch is staged.

SQLite before 3.51.3 can corrupt a database when one connection restarts the write-ahead log while
another one checkpoints it. So there is one writing connection, which also does the checkpoints,
and every write holds a file lock that other processes on the same database respect.
"""

from __future__ import annotations

import itertools
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import Pool, QueuePool, StaticPool

from ...core.backend import BatchRecord
from ...core.columns import columns_of
from ...core.errors import HeadcountError, UsageError
from ...core.live import Listener, Topic
from ..log_segment import make_parents
from .filelock import FileLock
from .new_rows import ON_CONFLICT
from .sqlite_stage import PART, TABLES, fill_stage

T = TypeVar("T")

_log = logging.getLogger(__name__)

READERS = 8
"""Reading connections, at most; more requests wait. Each may cache 2 MiB of pages."""

_PRAGMAS = (
    "busy_timeout = 10000",  # ms; recovery after a crash can hold the lock for a moment
    "journal_mode = WAL",  # readers don't wait for the writer, nor the writer for them
    "synchronous = FULL",  # a commit is on the disk when it returns; NORMAL could lose the last
    "foreign_keys = ON",  # SQLite's default is not to look
    "mmap_size = 0",  # a mapped page shows a disk error as SIGBUS, which ends the process
)
_WRITER_PRAGMAS = (
    "cache_size = -65536",  # KiB: the pages of a batch of 100,000 stay in memory until the commit
    "journal_size_limit = 67108864",  # bytes; a huge batch does not leave a huge log behind
)
_READER_PRAGMAS = (
    "query_only = ON",  # a reader that wrote would be a second writer
)
_BULK_PRAGMAS = (
    # Each row would look up its event, person and scanner, a sixth of a batch's time. All of them
    # were read in the same transaction, and nobody else writes meanwhile. (On PostgreSQL these
    # tables have no foreign keys at all.)
    "foreign_keys = OFF",
    "wal_autocheckpoint = 0",  # not within the commit, for which somebody waits
)
_USUAL_PRAGMAS = (
    "foreign_keys = ON",
    "wal_autocheckpoint = 1000",  # pages: SQLite's default
)


class SqliteDatabase:
    """One SQLite file: many readers with snapshots, one writer at a time."""

    new_rows = ON_CONFLICT
    part = PART

    def __init__(self, path: Path) -> None:
        _create_private(path)
        self._is_closed = False
        self._thread_lock = threading.Lock()
        self._maintenance = threading.Lock()
        self._file_lock = FileLock(path.with_name(path.name + ".lock"))
        self._writer = _engine(path, (*_PRAGMAS, *_WRITER_PRAGMAS), TABLES, StaticPool)
        event.listen(self._writer, "begin", _begin_writing)
        self._reader = _engine(path, (*_PRAGMAS, *_READER_PRAGMAS), (), QueuePool)
        event.listen(self._reader, "begin", _begin_reading)
        with self._file_lock:  # the first connection ever turns the log on, and must be alone
            self._writer.connect().close()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot: everything read inside belongs to one moment."""
        with self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, alone; durable when the block has ended without an error.

        Raises HeadcountError if the disk or the file does not allow it; then nothing is stored.
        """
        with self._thread_lock, self._file_lock, _explained(), self._writer.begin() as connection:
            yield connection

    def run(
        self,
        work: Callable[[Connection], T],
        *,
        event_id: str,  # noqa: ARG002 - one writer
        bulk: bool = False,
    ) -> T:
        """One transaction, alone. After a bulk its log is moved once the caller has an answer."""
        if not bulk:
            with self.write() as connection:
                return work(connection)
        with self._thread_lock, self._file_lock, _explained(), self._in_bulk() as connection:
            result = work(connection)
        threading.Thread(target=self._checkpoint, name="checkpoint").start()
        return result

    @contextmanager
    def _in_bulk(self) -> Iterator[Connection]:
        """A transaction whose keys are known to be right."""
        with self._writer.connect() as connection:
            driver = _driver(connection)
            _set(driver, _BULK_PRAGMAS)
            try:
                with connection.begin():
                    yield connection
            finally:
                _set(driver, _USUAL_PRAGMAS)

    def _checkpoint(self) -> None:
        """Move what is in the log to its place; what fails is left to the next commit."""
        with self._thread_lock:
            if self._is_closed:
                return
            try:
                with self._file_lock, _explained(), self._writer.connect() as connection:
                    _set(_driver(connection), ("wal_checkpoint(PASSIVE)",))
            except HeadcountError as error:
                _log.warning("what was stored could not be moved to its place yet: %s", error)

    def stage(
        self, connection: Connection, records: Sequence[BatchRecord], scanners: Mapping[str, int]
    ) -> None:
        """Fill the TEMP table `stage` anew, in the order of the bleUuid."""
        fill_stage(_driver(connection).cursor(), columns_of(records), scanners)

    def stage_badges(self, connection: Connection, ble_uuids: Sequence[bytes]) -> None:
        """Fill the TEMP table `stage_badges`."""
        cursor = _driver(connection).cursor()
        cursor.execute("DELETE FROM stage_badges")
        cursor.executemany("INSERT INTO stage_badges VALUES (?)", zip(ble_uuids))

    def announce(self, connection: Connection, topics: Iterable[Topic]) -> None:
        """Nobody can be told: other processes read the versions."""

    def hear(self, tell: Listener) -> Callable[[], None]:  # noqa: ARG002 - nothing is heard
        """Nothing is heard."""
        return _nothing

    def finish_migration(self, connection: Connection) -> None:
        """SQLite's form is the one that the migrations write."""

    @contextmanager
    def maintaining(self) -> Iterator[bool]:
        """A backend on SQLite is one process, so a lock of its threads is enough."""
        mine = self._maintenance.acquire(blocking=False)
        try:
            yield mine
        finally:
            if mine:
                self._maintenance.release()

    def close(self) -> None:
        """Close all connections; the last one to go checkpoints, hence the lock."""
        with self._thread_lock, self._file_lock:
            self._is_closed = True
            self._reader.dispose()
            self._writer.dispose()


def _nothing() -> None:
    """Ends what was not begun."""


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        raise HeadcountError(
            f"The database could not be written: {getattr(error, 'orig', error)}.",
            safe="Nothing of this request was stored; what was stored before is safe.",
            remedy="Check the disk's free space and the file's owner, then try again.",
        ) from error


def _driver(connection: Connection) -> sqlite3.Connection:
    """The driver's own: SQLAlchemy's executemany needs four times as long to stage a batch."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - `_opener` made it
    return driver


def _set(driver: sqlite3.Connection, pragmas: Iterable[str]) -> None:
    """Outside of a transaction, or it has no effect."""
    for pragma in pragmas:
        driver.execute(f"PRAGMA {pragma}").fetchall()


def _begin_writing(connection: Connection) -> None:
    """Take the write lock at once: a lock taken later could fail in the middle."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _engine(path: Path, pragmas: Sequence[str], tables: Sequence[str], pool: type[Pool]) -> Engine:
    sizes = {"pool_size": READERS, "max_overflow": 0} if pool is QueuePool else {}
    return create_engine(
        "sqlite://",
        creator=_opener(path, pragmas, tables),
        poolclass=pool,
        hide_parameters=True,  # an error in a log shows the statement, not people's names
        **sizes,
    )


def _opener(
    path: Path, pragmas: Sequence[str], tables: Sequence[str]
) -> Callable[[], sqlite3.Connection]:
    """The one place where a connection is opened."""

    def connect() -> sqlite3.Connection:
        # isolation_level None: this module says BEGIN itself, so that reads are snapshots too.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for statement in itertools.chain((f"PRAGMA {pragma}" for pragma in pragmas), tables):
                connection.execute(statement)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise _unusable(path, str(error)) from error
        return connection

    return connect


def _create_private(path: Path) -> None:
    """Only the owner may read names and tokens; SQLite gives its side files the same mode."""
    try:
        make_parents(path)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


def _unusable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"The database {path} can't be used: {why}.",
        remedy="Give --database-url the path of a headcount database that this user may write.",
    )
