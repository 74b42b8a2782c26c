"""The backend's store: each method is one transaction, or one snapshot."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, text

from ...core.audit import note
from ...core.backend import (
    Batch,
    ImportResult,
    NewEvent,
    Page,
    PersonRow,
    Registration,
    User,
)
from ...core.live import Footing, Listener
from ...core.log_heads import Head, NotedHead
from ...core.model import BatchAnswer, Event
from ...core.records import RecentRecord, SessionRow
from ...core.refusals import RefusedAtServer
from ...core.report import EventFacts
from ...core.report_log import LogEntry
from . import (
    accounts,
    acts,
    events,
    facts,
    full_log,
    heads,
    lately,
    lists,
    live_tokens,
    merge,
    people,
    records,
    refusals,
    size,
)
from .care_store import CareStore
from .close_store import CloseStore
from .database import open_database
from .fleet_store import FleetStore
from .insight_store import InsightStore
from .migrate import migrate
from .participant_store import ParticipantStore
from .rotation import catch_up
from .rotation_store import RotationStore
from .rotation_tables import RotationTables
from .rules_store import RulesStore
from .seed_store import SeedStore
from .tracked import Tracked

T = TypeVar("T")

BULK = 5_000
"""Records of a batch for which it pays to prepare the database for many rows."""


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
    return Store(Tracked(database), new_id)


def open_migrated_store(url: str) -> Store:
    """The store of a database that another process has just opened: it asks nothing of it yet.

    So a worker can start while the database is away. Raises UsageError for a wrong URL.
    """
    return Store(Tracked(open_database(url)), random_id)


class Store(
    CareStore,
    RulesStore,
    CloseStore,
    InsightStore,
    SeedStore,
    ParticipantStore,
    FleetStore,
    RotationStore,
):
    """Implements `core.backend.Backend`; safe to use from several threads."""

    def __init__(self, database: Tracked, new_id: Callable[[], str]) -> None:
        super().__init__(database, new_id)
        self._tracked = database
        self._rotation = RotationTables(database)

    def merge_batch(self, batch: Batch, *, received_ms: int) -> BatchAnswer:
        """Merge a batch; durable on return. Raises EventNotFound and stores nothing."""

        def work(connection: Connection) -> BatchAnswer:
            answer = merge.merge_batch(
                self._database, connection, batch, received_ms, self._rotation
            )
            note(
                subject=f"events/{batch.event_id}",
                received=answer.received + len(batch.refused),
                checkedIn=answer.checked_in,
                unknown=answer.unknown,
                refused=len(answer.refused) + len(batch.refused),
            )
            return answer

        rotating = self._rotation.prepare(batch)
        if batch.acts or rotating:  # they change people and badges, which all events share
            with self._tracked.write(batch.event_id) as connection:
                return work(connection)
        bulk = len(batch.records) >= BULK
        return self._database.run(work, event_id=batch.event_id, bulk=bulk)

    def create_event(self, event: NewEvent, *, now_ms: int) -> Event:
        """Create an event; the same again is no error. Raises EventExists on other content."""
        with self._database.write() as connection:
            made = events.create_event(connection, event, self._new_id, now_ms)
            note(subject=f"events/{made.id}", after=asdict(made))
            return made

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
            imported = people.import_people(
                self._database,
                connection,
                rows,
                event_id=event_id,
                new_id=self._new_id,
                now_ms=now_ms,
            )
            acts.after_import(connection, rows)
            catch_up(connection, event_id)
            result = imported.result
            note(
                subject=f"events/{event_id}" if event_id else "",
                created=result.created,
                updated=result.updated,
                registered=result.registered,
            )
            return result

    def registrations(self, event_id: str, *, limit: int, cursor: str = "") -> Page[Registration]:
        """The event's registrations by name, then user id. Raises EventNotFound, UsageError."""
        with self._database.read() as connection:
            return lists.list_registrations(connection, event_id, limit, cursor)

    def lately_synced(self, since_ms: int, limit: int) -> list[str]:
        """Events with a batch since then, the latest first."""
        with self._database.read() as connection:
            return lately.lately_synced(connection, since_ms, limit)

    def report_facts(self, event_id: str) -> EventFacts:
        """Everything that the event's report is folded from. Raises EventNotFound."""
        with self._database.read() as connection:
            return facts.report_facts(connection, event_id, partial(self._tracked.heard, event_id))

    def read_log(self, event_id: str, use: Callable[[Iterator[LogEntry]], T]) -> T:
        """Call `use` with every record by time, in one snapshot. Raises EventNotFound."""
        with self._database.read() as connection:
            return use(full_log.read_log(connection, event_id))

    def refusals(self, event_id: str, *, limit: int, cursor: str = "") -> Page[RefusedAtServer]:
        """The event's refused records. Raises EventNotFound, UsageError."""
        with self._database.read() as connection:
            return refusals.list_refusals(connection, event_id, limit, cursor)

    def note_head(self, event_id: str, head: Head, *, now_ms: int) -> NotedHead:
        """Keep a log's head. Raises HeadContradicted, EventNotFound."""
        with self._database.write() as connection:
            return heads.note_head(connection, event_id, head, now_ms)

    def recent_records(self, event_id: str, *, limit: int, since: int = 0) -> list[RecentRecord]:
        """The newest sightings from `since` on, the newest first. Raises EventNotFound."""
        with self._database.read() as connection:
            return records.recent_records(connection, event_id, limit, since)

    def scan_sessions(
        self, event_id: str, *, limit: int, cursor: str = "", trash: bool = False
    ) -> Page[SessionRow]:
        """The event's scan sessions by start. Raises EventNotFound, UsageError."""
        with self._database.read() as connection:
            return records.scan_sessions(connection, event_id, limit, cursor, int(trash))

    def event_of_session(self, session_id: str) -> str:
        """The event that a session belongs to. Raises SessionNotFound."""
        with self._database.read() as connection:
            return records.event_of_session(connection, session_id)

    def session_records(
        self, session_id: str, *, limit: int, cursor: str = "", since: int = 0
    ) -> Page[RecentRecord]:
        """What a session's scanner heard during it, by time. Raises SessionNotFound, UsageError."""
        with self._database.read() as connection:
            return records.session_records(connection, session_id, limit, cursor, since)

    def create_admin(self, name: str, email: str, *, token_hash: str, now_ms: int) -> User:
        """Create an admin, or make the user with this email one, and add a token."""
        with self._database.write() as connection:
            user = accounts.create_admin(
                connection,
                name,
                email,
                token_hash=token_hash,
                new_id=self._new_id,
                now_ms=now_ms,
            )
            note(subject=f"users/{user.id}", after={"role": user.role.value})
            return user

    def add_live_token(
        self, token_hash: str, *, parent_hash: str, expires_at: int, now_ms: int
    ) -> None:
        """Keep a token that opens event streams in place of another secret; drop expired ones."""
        with self._database.write() as connection:
            live_tokens.add(connection, token_hash, parent_hash, expires_at, now_ms)

    def parent_of_live_token(self, token_hash: str, *, now_ms: int) -> str | None:
        """The hash of the secret that the token stands for, or None."""
        with self._database.read() as connection:
            return live_tokens.parent_of(connection, token_hash, now_ms)

    def observe(self, ask: Callable[[], T], *, event_id: str = "") -> tuple[T, Footing]:
        """Ask in one snapshot, and say on which versions the answer rests."""
        return self._tracked.observe(ask, event_id)

    def version(self, footing: Footing) -> int:
        """The version that the same question would rest on now."""
        return self._tracked.version(footing)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell of each commit of this process; call the result to end it."""
        return self._tracked.listen(listener)

    def ping(self) -> None:
        """Answer, or raise."""
        with self._database.read() as connection:
            connection.execute(text("SELECT 1"))

    def database_bytes(self) -> int:
        """The size of the database, without its write-ahead log."""
        with self._database.read() as connection:
            return size.database_bytes(connection)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()
