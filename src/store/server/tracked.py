"""A database that keeps a version of everything written, and knows what a question has read.

It stands between `Store` and the database, so that no method of the store has to think of it:
tables are read off the statements themselves. (A write it does not see would leave live queries
and caches stale; one it sees too much of only makes them ask again.)
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, event, text

from ...core.audit import Entry, pending
from ...core.backend import BatchRecord
from ...core.live import Footing, Listener, Topic
from . import audit
from .database import Database
from .heard import BATCH, ByBadge, Kept, Sighting

T = TypeVar("T")

_log = logging.getLogger(__name__)

_WRITTEN = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE(?!\s+SET\b)|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE
)
_READ = re.compile(r"\b(?:FROM|JOIN)\s+\"?(\w+)", re.IGNORECASE)

NOBODY_READS = frozenset({"changes", "live_tokens", "throttles", "audit_log"})
"""This machinery's own, and what no answer shows, without a version."""

NEVER_CHANGES = frozenset({"scanners"})
"""Its names, all that answers show of it, stay for ever; each batch notes the last contact there,
which would make every event's report look changed. Whoever shows that column asks without us."""

_BUMP = text("""
INSERT INTO changes (event_id, table_name, version) VALUES (:event, :name, 1)
ON CONFLICT (event_id, table_name) DO UPDATE SET version = changes.version + 1
""")
_HEARD = frozenset({"sightings"})
_STAGED = text("SELECT ble_uuid, check_in_time, scanner_id FROM stage")
_OF_EVENT = text("SELECT table_name, version FROM changes WHERE event_id = '' OR event_id = :event")
_OF_ALL = text("SELECT table_name, version FROM changes")


class Added(NamedTuple):
    """What a batch added: see `heard.Kept.leave`."""

    event_id: str
    version: int
    sightings: Sequence[Sighting]


class Tracked:
    """Implements `Database` on top of another one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.new_rows = database.new_rows
        self.part = database.part
        self._listeners: tuple[Listener, ...] = ()
        self._stop_hearing: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._here = threading.local()
        self._heard = Kept()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot; inside `observe` on this thread, the one that is open already."""
        opened: Connection | None = getattr(self._here, "connection", None)
        if opened is not None:
            yield opened
            return
        with self._database.read() as connection:
            yield connection

    @contextmanager
    def write(self, event_id: str = "") -> Iterator[Connection]:
        """One transaction; what it writes to counts as changed for every event.

        `event_id`: the one of which it adds sightings, if it adds any.
        """
        topics: frozenset[Topic] = frozenset()
        with self._database.write() as connection:
            tables = self._begin(connection)
            yield connection
            topics = _bump(connection, tables, "")
            added = self._added(connection, tables, event_id)
            self._database.announce(connection, topics)
            entry = _audit(connection, topics)
        _mark(entry)
        self._heard.leave(*added)
        self._tell(topics)

    def run(self, work: Callable[[Connection], T], *, event_id: str, bulk: bool = False) -> T:
        """One transaction for what changes one event only, and nothing that is not the event's."""

        def watched(connection: Connection) -> tuple[T, frozenset[Topic], Added, Entry | None]:
            tables = self._begin(connection)
            result = work(connection)
            topics = _bump(connection, tables, event_id)
            added = self._added(connection, tables, event_id)
            self._database.announce(connection, topics)
            return result, topics, added, _audit(connection, topics)

        result, topics, added, entry = self._database.run(watched, event_id=event_id, bulk=bulk)
        _mark(entry)
        self._heard.leave(*added)
        self._tell(topics)
        return result

    def heard(self, event_id: str, connection: Connection, event: int) -> ByBadge:
        """The event's sightings, of which most are at hand; `event` is its key."""
        return self._heard.read(connection, event_id, event, _version(connection, event_id, _HEARD))

    def version_of(self, connection: Connection, event_id: str, tables: frozenset[str]) -> int:
        """A number that is another one once something in these tables has changed."""
        return _version(connection, event_id, tables)

    def _begin(self, connection: Connection) -> Counter[str]:
        self._here.staged = 0
        return _watch(connection, _WRITTEN)

    def _added(self, connection: Connection, tables: Counter[str], event_id: str) -> Added:
        """What the transaction added to the event's sightings; nothing known unless only that."""
        if not 0 < self._here.staged <= BATCH or tables["sightings"] != 1 or not event_id:
            return Added("", 0, ())
        rows = connection.execute(_STAGED).all()
        version = _version(connection, event_id, _HEARD)
        return Added(
            event_id, version, [(bytes(badge), time, scanner) for badge, time, scanner in rows]
        )

    def observe(self, ask: Callable[[], T], event_id: str) -> tuple[T, Footing]:
        """Ask, and say on which tables and versions the answer rests: all in one snapshot."""
        with self._database.read() as connection:
            tables = _watch(connection, _READ)
            self._here.connection = connection
            try:
                result = ask()
            finally:
                self._here.connection = None
            read = frozenset(tables) - NEVER_CHANGES
            return result, Footing(event_id, read, _version(connection, event_id, read))

    def version(self, footing: Footing) -> int:
        """What the versions of the same topics add up to now."""
        with self.read() as connection:
            return _version(connection, footing.event_id, footing.tables)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell of each commit, where it can be known those of other processes too.

        The result ends it. Others are listened to from the first time on, until `close`.
        """
        with self._lock:
            self._listeners = (*self._listeners, listener)
            if self._stop_hearing is None:
                self._stop_hearing = self._database.hear(self._tell)

        def end() -> None:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not listener)

        return end

    def _tell(self, topics: frozenset[Topic]) -> None:
        """After the commit. A listener's trouble is not the writer's: what it wrote is stored."""
        for listener in self._listeners if topics else ():
            try:
                listener(topics)
            except Exception:  # noqa: BLE001 - whatever it is, the commit stands
                _log.exception("a listener could not be told of a change")

    def stage(
        self, connection: Connection, records: Sequence[BatchRecord], scanners: Mapping[str, int]
    ) -> None:
        """As the database does it."""
        self._here.staged += len(records)
        self._database.stage(connection, records, scanners)

    def stage_badges(self, connection: Connection, ble_uuids: Sequence[bytes]) -> None:
        """As the database does it."""
        self._database.stage_badges(connection, ble_uuids)

    def announce(self, connection: Connection, topics: Iterable[Topic]) -> None:
        """As the database does it."""
        self._database.announce(connection, topics)

    def hear(self, tell: Listener) -> Callable[[], None]:
        """As the database does it."""
        return self._database.hear(tell)

    def finish_migration(self, connection: Connection) -> None:
        """As the database does it."""
        self._database.finish_migration(connection)

    def maintaining(self) -> AbstractContextManager[bool]:
        """As the database does it."""
        return self._database.maintaining()

    def close(self) -> None:
        """Close all connections."""
        self._listeners = ()
        if self._stop_hearing is not None:
            self._stop_hearing()
        self._database.close()


def _watch(connection: Connection, pattern: re.Pattern[str]) -> Counter[str]:
    """The tables that the connection's statements name from now on, and how often."""
    tables: Counter[str] = Counter()

    def look(*args: Any) -> None:  # noqa: ANN401 - the event's signature is the library's
        statement: str = args[2]
        tables.update(pattern.findall(statement))

    event.listen(connection, "before_cursor_execute", look)
    return tables


def _bump(connection: Connection, tables: Iterable[str], event_id: str) -> frozenset[Topic]:
    """Raise the versions, in the order that every writer uses, so that none waits for another."""
    topics = sorted(Topic(event_id, table) for table in set(tables) - NOBODY_READS)
    if topics:
        rows = [{"event": topic.event_id, "name": topic.table} for topic in topics]
        connection.execute(_BUMP, rows)
    return frozenset(topics)


def _audit(connection: Connection, topics: frozenset[Topic]) -> Entry | None:
    """Write the entry of whoever asked for this change, in the same transaction."""
    entry = pending() if topics else None
    if entry is not None:
        audit.add(connection, entry)
    return entry


def _mark(entry: Entry | None) -> None:
    """The commit has kept it: what else the same request changes needs no second one."""
    if entry is not None:
        entry.stored = True


def _version(connection: Connection, event_id: str, tables: frozenset[str]) -> int:
    query = _OF_EVENT if event_id else _OF_ALL
    rows = connection.execute(query, {"event": event_id} if event_id else {})
    return sum(row.version for row in rows if row.table_name in tables)
