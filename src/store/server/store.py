"""The backend's store: each method is one transaction, or one snapshot."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, text

from ...core.backend import (
    Batch,
    ImportResult,
    NewEvent,
    Page,
    PersonRow,
    Registration,
    User,
)
from ...core.log_heads import Head, NotedHead
from ...core.model import BatchAnswer, Event
from ...core.refusals import RefusedAtServer
from ...core.report import EventFacts
from . import accounts, acts, events, facts, heads, lists, merge, people, refusals
from .account_store import AccountStore
from .database import open_database
from .migrate import migrate


def random_id() -> str:
    """16 hexadecimal digits: 64 bits, so a billion ids collide with a chance of 3 %."""
    return secrets.token_hex(8)


def open_store(url: str, *, new_id: Callable[[], str] = random_id) -> Store:
    """Open the database of an SQLAlchemy URL, creating and migrating it if need be.

    Raises UsageError for a URL or database that this version can't serve.
    """
    database = open_database(url)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return Store(database, new_id)


def open_migrated_store(url: str) -> Store:
    """The store of a database that another process has just opened: it asks nothing of it yet.

    So a worker can start while the database is away. Raises UsageError for a wrong URL.
    """
    return Store(open_database(url), random_id)


class Store(AccountStore):
    """Implements `core.backend.Backend`; safe to use from several threads."""

    def merge_batch(self, batch: Batch, *, received_ms: int) -> BatchAnswer:
        """Merge a batch; durable on return. Raises EventNotFound and stores nothing."""

        def work(connection: Connection) -> BatchAnswer:
            return merge.merge_batch(self._database, connection, batch, received_ms)

        if batch.acts:  # they change people and badges, which all events share
            with self._database.write() as connection:
                return work(connection)
        return self._database.run(work, event_id=batch.event_id)

    def create_event(self, event: NewEvent, *, now_ms: int) -> Event:
        """Create an event; the same again is no error. Raises EventExists on other content."""
        with self._database.write() as connection:
            return events.create_event(connection, event, self._new_id, now_ms)

    def event(self, event_id: str) -> Event:
        """One event. Raises EventNotFound."""
        with self._database.read() as connection:
            return events.event_value(events.event_row(connection, event_id))

    def events(self, *, limit: int, cursor: str = "") -> Page[Event]:
        """All events by start, then id. Raises UsageError for a cursor of another list."""
        with self._database.read() as connection:
            return lists.list_events(connection, limit, cursor)

    def users(self, *, limit: int, cursor: str = "") -> Page[User]:
        """All users by name, then id. Raises UsageError for a cursor of another list."""
        with self._database.read() as connection:
            return lists.list_users(connection, limit, cursor)

    def import_people(
        self, rows: Sequence[PersonRow], *, event_id: str = "", now_ms: int
    ) -> ImportResult:
        """Create, update and register people; row errors are in the result."""
        with self._database.write() as connection:
            result = people.import_people(
                self._database,
                connection,
                rows,
                event_id=event_id,
                new_id=self._new_id,
                now_ms=now_ms,
            )
            acts.after_import(connection, rows)
            return result

    def registrations(self, event_id: str, *, limit: int, cursor: str = "") -> Page[Registration]:
        """The event's registrations by name, then user id. Raises EventNotFound, UsageError."""
        with self._database.read() as connection:
            return lists.list_registrations(connection, event_id, limit, cursor)

    def report_facts(self, event_id: str) -> EventFacts:
        """Everything that the event's report is folded from. Raises EventNotFound."""
        with self._database.read() as connection:
            return facts.report_facts(connection, event_id)

    def refusals(self, event_id: str, *, limit: int, cursor: str = "") -> Page[RefusedAtServer]:
        """The event's refused records. Raises EventNotFound, UsageError."""
        with self._database.read() as connection:
            return refusals.list_refusals(connection, event_id, limit, cursor)

    def note_head(self, event_id: str, head: Head, *, now_ms: int) -> NotedHead:
        """Keep a log's head. Raises HeadContradicted, EventNotFound."""
        with self._database.write() as connection:
            return heads.note_head(connection, event_id, head, now_ms)

    def create_admin(self, name: str, email: str, *, token_hash: str, now_ms: int) -> User:
        """Create an admin, or make the user with this email one, and add a token."""
        with self._database.write() as connection:
            return accounts.create_admin(
                connection,
                name,
                email,
                token_hash=token_hash,
                new_id=self._new_id,
                now_ms=now_ms,
            )

    def ping(self) -> None:
        """Answer, or raise."""
        with self._database.read() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all connections."""
        self._database.close()
