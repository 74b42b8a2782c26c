"""The part of the store that is about the care of data: each method is one transaction."""

from __future__ import annotations

from sqlalchemy import Connection

from ...core.audit import AuditFilter, AuditRow, Entry, note
from ...core.backend import Page
from ...core.retention import Archive, Due, Retention
from . import audit, purge
from .database import Database


class CareStore:
    """Implements `core.audit.AuditLog` and `core.retention.Care`."""

    _database: Database

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
