"""What the queries need of a database, whichever it is; only SQLite so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError

from ...core.backend import BatchRecord
from ...core.errors import UsageError


class Database(Protocol):
    """Transactions, and the one thing that each database does best in its own way: staging."""

    def read(self) -> AbstractContextManager[Connection]:
        """A snapshot: everything read inside belongs to one moment."""

    def write(self) -> AbstractContextManager[Connection]:
        """One transaction; durable when the block has ended without an error."""

    def stage(
        self, connection: Connection, records: Sequence[BatchRecord], scanners: Mapping[str, int]
    ) -> None:
        """Fill the temporary table `stage`, in the order of the bleUuid; duplicates stay.

        It has ble_uuid (16 bytes), check_in_time, scanner_id; `scanners` has the keys by name.
        """

    def stage_badges(self, connection: Connection, ble_uuids: Sequence[bytes]) -> None:
        """Fill the temporary table `stage_badges` (ble_uuid)."""

    def close(self) -> None:
        """Close all connections."""


def open_database(url: str) -> Database:
    """Open by SQLAlchemy URL. Raises UsageError for a URL that this version can't serve."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _unusable("The database URL is not of the form dialect://…") from error
    if parsed.get_backend_name() != "sqlite":
        raise _unusable(f"This version can't use {parsed.get_backend_name()}, only SQLite")
    if parsed.database in {None, "", ":memory:"}:
        raise _unusable("The database URL names no file")
    from .sqlite import SqliteDatabase

    return SqliteDatabase(Path(str(parsed.database)))


def _unusable(what: str) -> UsageError:
    return UsageError(f"{what}.", remedy="Use --database-url sqlite:///FILE.")
