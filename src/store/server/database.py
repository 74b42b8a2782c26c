"""What the queries need of a database, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError

from ...core.backend import BatchRecord
from ...core.errors import UsageError
from ...core.live import Listener, Topic
from .new_rows import NewRows

T = TypeVar("T")

POSTGRESQL = {"postgresql+psycopg", "postgresql", "postgres"}
"""The first is SQLAlchemy's own way of writing it; hosting services hand out the others."""


class Database(Protocol):
    """Transactions, and what each database does best in its own way: staging and inserting."""

    new_rows: NewRows
    part: int
    """Records that are best staged and merged at once."""

    def read(self) -> AbstractContextManager[Connection]:
        """A snapshot: everything read inside belongs to one moment."""

    def write(self) -> AbstractContextManager[Connection]:
        """One transaction, alone; durable when the block has ended without an error."""

    def run(self, work: Callable[[Connection], T], *, event_id: str, bulk: bool = False) -> T:
        """One transaction for what changes one event only, and nothing that is not the event's.

        No other such work on this event runs meanwhile, and no `write()`; other events may.
        `work` must be repeatable: it is run again, from the beginning, if the database asks for it.
        `bulk`: it writes many rows, and each key in them was read in the same transaction.
        """

    def stage(
        self, connection: Connection, records: Sequence[BatchRecord], scanners: Mapping[str, int]
    ) -> None:
        """Fill the temporary table `stage` anew, in the order that `new_rows` wants.

        Duplicates stay. At most `part` records at a time.
        It has ble_uuid (16 bytes), check_in_time, scanner_id; `scanners` has the keys by name.
        """

    def stage_badges(self, connection: Connection, ble_uuids: Sequence[bytes]) -> None:
        """Fill the temporary table `stage_badges` (ble_uuid)."""

    def announce(self, connection: Connection, topics: Iterable[Topic]) -> None:
        """Tell other processes, once the transaction is committed, what it wrote to."""

    def hear(self, tell: Listener) -> Callable[[], None]:
        """Pass on what others announce, from a thread; the result ends it.

        Says EVERYTHING when something may have been missed. Where others can't be heard: nothing.
        """

    def finish_migration(self, connection: Connection) -> None:
        """Give new tables what only this database needs."""

    def maintaining(self) -> AbstractContextManager[bool]:
        """Inside, True for one process at a time: whoever gets False leaves maintenance to it."""

    def close(self) -> None:
        """Close all connections."""


def open_database(url: str) -> Database:
    """Open by SQLAlchemy URL. Raises UsageError for a URL that this version can't serve."""
    parsed = _parse(url)
    if parsed.drivername in POSTGRESQL:
        if not parsed.database:
            raise _unusable("The database URL names no database")
        from .postgres import PostgresDatabase

        return PostgresDatabase(parsed.set(drivername="postgresql+psycopg"))
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise _unusable(f"This version can't use {parsed.drivername}, only SQLite and PostgreSQL")
    if parsed.database in {None, "", ":memory:"}:
        raise _unusable("The database URL names no file")
    from .sqlite import SqliteDatabase

    return SqliteDatabase(Path(str(parsed.database)))


def _parse(url: str) -> URL:
    """The URL's parts. An error shows none of them: one may be a password."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise _unusable("The database URL is not of the form dialect://…") from None


def _unusable(what: str) -> UsageError:
    return UsageError(
        f"{what}.",
        remedy="Use --database-url sqlite:///FILE or postgresql://USER@HOST/DATABASE.",
    )
