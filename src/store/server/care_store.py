"""The part of the store that is about the care of data: each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from ...core.audit import AuditFilter, AuditRow, Entry, note, pending
from ...core.backend import Page
from ...core.personal import Erasure, PersonalData
from ...core.retention import Archive, Due, Retention
from . import audit, erasure, personal, purge
from .accounts import require_another_admin, user_row
from .database import Database
from .participant_data import forget_asked


class CareStore:
    """Implements `core.audit.AuditLog`, `core.retention.Care`, `core.personal.Personal`."""

    _database: Database
    _new_id: Callable[[], str]

    def add_audit(self, entry: Entry) -> None:
        """Keep an entry that no transaction of a change has written."""

        def work(connection: Connection) -> None:
            audit.add(connection, entry)

        self._database.run(work, event_id="")  # no event's: batches go on meanwhile

    def audit_log(self, wanted: AuditFilter, *, limit: int, cursor: str = "") -> Page[AuditRow]:
        """Entries, the newest first. Raises UsageError for a cursor of another list."""
        with self._database.read() as connection:
            return audit.page(connection, wanted, limit, cursor)

    def purge_plan(self, keep: Retention, *, now_ms: int, event_id: str = "") -> list[Due]:
        """What has outlived its time; of one event only if `event_id`. Raises EventNotFound."""
        with self._database.read() as connection:
            return purge.plan(connection, keep, now_ms, event_id)

    def purge(self, due: Due, keep: Retention, folder: str, *, now_ms: int) -> Archive:
        """Archive, verify and delete in one transaction. Raises UsageError, EventNotFound."""
        with self._database.write() as connection:
            archive = purge.purge(connection, due, keep, folder, now_ms)
            subject = f"events/{due.event_id}" if due.event_id else ""
            note(subject=subject, rows=dict(archive.rows), archive=folder)
            return archive

    def expire(self, *, now_ms: int, idle_ms: int) -> dict[str, int]:
        """Delete sign-ins, tokens, codes and counts that are over; how many rows, by table."""
        with self._database.write() as connection:
            return purge.expire(connection, now_ms, idle_ms)

    def maintaining(self) -> AbstractContextManager[bool]:
        """Inside, True for one process at a time. Raises DatabaseUnavailable."""
        return self._database.maintaining()

    def personal_data(self, user_id: str, *, now_ms: int) -> PersonalData:
        """Everything about a person. Raises UserNotFound."""
        with self._database.read() as connection:
            person = personal.person_of(connection, user_row(connection, user_id))
            return PersonalData(user_id, now_ms, personal.collect(connection, person))

    def erasure(self, user_id: str) -> Erasure:
        """What an erasure would take away. Raises UserNotFound."""
        with self._database.read() as connection:
            person = personal.person_of(connection, user_row(connection, user_id))
            return Erasure(user_id, _counts(connection, person))

    def erase(self, user_id: str) -> Erasure:
        """Make a person anonymous, for good. Raises UserNotFound, LastAdmin."""
        with self._database.write() as connection:
            row = user_row(connection, user_id)
            require_another_admin(connection, row)
            person = personal.person_of(connection, row)
            rows = _counts(connection, person)
            new = erasure.erase(connection, person, self._new_id)
            forget_asked(connection, row.id)
            note(subject=f"users/{new}", rows=rows)
            entry = pending()
            if entry is not None and entry.actor_id == user_id:  # who erases themselves
                entry.actor_id = new
            return Erasure(new, rows)


def _counts(connection: Connection, person: personal.Person) -> dict[str, int]:
    found = personal.collect(connection, person)
    return {kind: len(rows) for kind, rows in found.items() if rows}
